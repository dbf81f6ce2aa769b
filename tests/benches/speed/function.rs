//! A release binary over the emulated Runtime API, next to another: hello world, or another build.

use std::path::Path;
use std::time::Duration;

use tests::runtime_api::{Answer, Function};
use tests::samples::Settings;

use crate::Result;
use crate::measure::{Measured, time};
use crate::report::{Aim, Row};

const COLD_STARTS: usize = 60;
/// Events in a row to one function before it is the other's turn.
const TURN: usize = 256;
/// How often every event is handed out.
const PASSES: usize = 3;

const KIB_PER_MIB: f64 = 1024.0;

/// A function that gets the same events as another, in turns.
#[derive(Clone, Copy)]
pub(crate) struct Side<'a> {
    pub(crate) program: &'a Path,
    pub(crate) settings: &'a Settings,
    /// What its answers have in them: the figures of a refusal would mean nothing.
    pub(crate) says: &'a str,
}

/// Spawn to first answer, and the size of what is loaded for it.
pub(crate) fn cold(floor: Side<'_>, ours: Side<'_>, events: &[&[u8]]) -> Result<Vec<Row>> {
    let (mut of_floor, mut of_ours) = (Vec::new(), Vec::new());
    for event in events.iter().take(COLD_STARTS) {
        of_floor.push(time(|| floor.first_answer(event))?);
        of_ours.push(time(|| ours.first_answer(event))?);
    }
    let [of_floor, of_ours] = [of_floor, of_ours].map(Measured::new);
    let row = |measure, floor: f64, ours: f64| Row {
        measure,
        unit: "ms",
        floor: floor / 1e3,
        ours: ours / 1e3,
        aim: Some(Aim::times(1.2)),
    };
    Ok(vec![
        row("cold start, minimum", of_floor.minimum(), of_ours.minimum()),
        row("cold start, median", of_floor.median(), of_ours.median()),
        binary(floor.program, ours.program)?,
    ])
}

/// The size of both binaries.
pub(crate) fn binary(floor: &Path, ours: &Path) -> Result<Row> {
    let bytes = |file: &Path| std::fs::metadata(file).map(|file| file.len() as f64);
    let (floor, ours) = (bytes(floor)?, bytes(ours)?);
    Ok(Row { measure: "binary", unit: "bytes", floor, ours, aim: None })
}

/// Round trip, CPU and memory of functions that have started; `verification` is the median of the
/// raw verification in µs.
pub(crate) fn warm(
    floor: Side<'_>,
    ours: Side<'_>,
    events: &[&[u8]],
    verification: f64,
) -> Result<Vec<Row>> {
    let (mut floor, mut ours) = (Warm::start(floor)?, Warm::start(ours)?);
    for turn in events.chunks(TURN).cycle().take(PASSES * events.len() / TURN) {
        floor.turn(turn)?;
        ours.turn(turn)?;
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

impl Side<'_> {
    fn start(&self) -> Result<Function> {
        Ok(Function::start(self.program, self.settings)?)
    }

    fn first_answer(&self, event: &[u8]) -> Result<()> {
        self.check(self.start()?.invoke(event)?.answer)
    }

    fn check(&self, answer: Answer) -> Result<()> {
        let answer = String::from_utf8(body(answer)?)?;
        if answer.contains(self.says) {
            return Ok(());
        }
        Err(format!("an answer without `{}`: {answer}", self.says).into())
    }
}

/// The bytes of an answer. An error has no figures.
pub(crate) fn body(answer: Answer) -> Result<Vec<u8>> {
    match answer {
        Answer::Response(body) => Ok(body),
        Answer::Error(error) => Err(format!("the function failed: {}", error.message).into()),
    }
}

struct Warm<'a> {
    side: Side<'a>,
    function: Function,
    round_trip: Vec<Duration>,
    cpu: Vec<Duration>,
}

struct Finished {
    round_trip: Measured,
    cpu: Measured,
    peak_mib: f64,
}

impl<'a> Warm<'a> {
    fn start(side: Side<'a>) -> Result<Self> {
        Ok(Self { side, function: side.start()?, round_trip: Vec::new(), cpu: Vec::new() })
    }

    fn turn(&mut self, events: &[&[u8]]) -> Result<()> {
        let before = self.function.usage()?.cpu;
        for event in events {
            let reply = self.function.invoke(event)?;
            self.side.check(reply.answer)?;
            self.round_trip.push(reply.latency);
        }
        let used = self.function.usage()?.cpu.saturating_sub(before);
        self.cpu.push(used / u32::try_from(events.len())?);
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
