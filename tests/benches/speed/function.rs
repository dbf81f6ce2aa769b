//! The release binary over the emulated Runtime API, next to hello world.

use std::path::Path;
use std::time::Duration;

use tests::runtime_api::{Answer, Function};
use tests::samples::Settings;

use crate::Result;
use crate::measure::{Measured, time};
use crate::report::{Aim, Row};
use crate::tokens::{Presented, Token};

const COLD_STARTS: usize = 60;
/// Events in a row to one function before it is the other's turn.
const TURN: usize = 256;
/// How often every token is presented.
const PASSES: usize = 3;

const KIB_PER_MIB: f64 = 1024.0;

/// Spawn to first answer, and the size of what is loaded for it.
pub(crate) fn cold(hello: &Path, authorizer: &Path, presented: &Presented) -> Result<Vec<Row>> {
    let (mut of_hello, mut of_ours) = (Vec::new(), Vec::new());
    for token in presented.tokens.iter().take(COLD_STARTS) {
        of_hello.push(time(|| first_answer(hello, &presented.settings, token).map(drop))?);
        of_ours.push(time(|| check_allow(&first_answer(authorizer, &presented.settings, token)?))?);
    }
    let (floor, ours) = (Measured::new(of_hello), Measured::new(of_ours));
    let row = |measure, floor: f64, ours: f64| Row {
        measure,
        unit: "ms",
        floor: floor / 1e3,
        ours: ours / 1e3,
        aim: Some(Aim::times(1.2)),
    };
    Ok(vec![
        row("cold start, minimum", floor.minimum(), ours.minimum()),
        row("cold start, median", floor.median(), ours.median()),
        Row {
            measure: "binary",
            unit: "MiB",
            floor: mebibytes(hello)?,
            ours: mebibytes(authorizer)?,
            aim: None,
        },
    ])
}

/// Round trip, CPU and memory of functions that have started; `verification` is the median of the
/// raw verification in µs.
pub(crate) fn warm(
    hello: &Path,
    authorizer: &Path,
    presented: &Presented,
    verification: f64,
) -> Result<Vec<Row>> {
    let mut floor = Warm::start(hello, &presented.settings)?;
    let mut ours = Warm::start(authorizer, &presented.settings)?;
    for turn in presented.tokens.chunks(TURN).cycle().take(PASSES * presented.tokens.len() / TURN) {
        floor.turn(turn, |_| Ok(()))?;
        ours.turn(turn, check_allow)?;
    }
    let (floor, ours) = (floor.finish()?, ours.finish()?);
    let row = |measure, unit, floor, ours, aim| Row { measure, unit, floor, ours, aim };
    let round_trip = [&floor.round_trip, &ours.round_trip];
    let [p50, p99] = [round_trip.map(Measured::median), round_trip.map(Measured::p99)];
    let [floor_cpu, ours_cpu] = [floor.cpu.median(), ours.cpu.median()];
    let cpu_aim = Aim::at_most(floor_cpu + 1.5 * verification, "hello + 1.5 verifications");
    Ok(vec![
        row("warm round trip, median", "µs", p50[0], p50[1], None),
        row("warm round trip, p99", "µs", p99[0], p99[1], None),
        row("CPU per event, median of turns", "µs", floor_cpu, ours_cpu, Some(cpu_aim)),
        row("peak memory", "MiB", floor.peak_mib, ours.peak_mib, Some(Aim::times(1.5))),
    ])
}

/// Fails unless `answer` lets the caller in: the figures of a refusal would mean nothing.
pub(crate) fn check_allow(answer: &[u8]) -> Result<()> {
    if answer.windows(7).any(|bytes| bytes == b"\"Allow\"") {
        return Ok(());
    }
    Err(format!("not an Allow: {}", String::from_utf8_lossy(answer)).into())
}

fn first_answer(program: &Path, settings: &Settings, token: &Token) -> Result<Vec<u8>> {
    let mut function = Function::start(program, settings)?;
    body(function.invoke(&token.event)?.answer)
}

/// The bytes of an answer. An error has no figures.
pub(crate) fn body(answer: Answer) -> Result<Vec<u8>> {
    match answer {
        Answer::Response(body) => Ok(body),
        Answer::Error(error) => Err(format!("the function failed: {}", error.message).into()),
    }
}

pub(crate) fn mebibytes(file: &Path) -> Result<f64> {
    Ok(std::fs::metadata(file)?.len() as f64 / KIB_PER_MIB / KIB_PER_MIB)
}

struct Warm {
    function: Function,
    round_trip: Vec<Duration>,
    cpu: Vec<Duration>,
}

struct Finished {
    round_trip: Measured,
    cpu: Measured,
    peak_mib: f64,
}

impl Warm {
    fn start(program: &Path, settings: &Settings) -> Result<Self> {
        let function = Function::start(program, settings)?;
        Ok(Self { function, round_trip: Vec::new(), cpu: Vec::new() })
    }

    fn turn(&mut self, tokens: &[Token], check: impl Fn(&[u8]) -> Result<()>) -> Result<()> {
        let before = self.function.usage()?.cpu;
        for token in tokens {
            let reply = self.function.invoke(&token.event)?;
            check(&body(reply.answer)?)?;
            self.round_trip.push(reply.latency);
        }
        let used = self.function.usage()?.cpu.saturating_sub(before);
        self.cpu.push(used / u32::try_from(tokens.len())?);
        Ok(())
    }

    fn finish(self) -> Result<Finished> {
        Ok(Finished {
            peak_mib: self.function.usage()?.peak_kib as f64 / KIB_PER_MIB,
            round_trip: Measured::new(self.round_trip),
            cpu: Measured::new(self.cpu),
        })
    }
}
