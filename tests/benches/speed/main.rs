//! `make bench`: how far the functions are from their floors, measured side by side in one run.
//!
//! The floor of a decision is one RSA-2048 verification, of a delivery one HMAC of its body, of a
//! function a hello world on the same runtime crate. It reports and never fails on a missed aim: a
//! shared machine has bad days. `--tables` measures the access tables alone.
#![expect(clippy::print_stdout, reason = "the report is the point")]
#![expect(clippy::disallowed_methods, reason = "a benchmark reads the clock")]

mod against;
mod copies;
mod function;
mod keys;
mod measure;
mod report;
mod tables;
mod tokens;
mod webhooks;

use std::cell::RefCell;
use std::error::Error;
use std::path::Path;
use std::process::Command;

use tests::postgres::Cluster;

use crate::copies::Copies;
use crate::function::Side;
use crate::measure::interleave;
use crate::report::{Aim, Row};
use crate::tokens::Presented;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

/// Distinct tokens: enough that no cache of tokens seen before could hold them all.
const TOKENS: usize = 4096;

fn main() -> Result<()> {
    if let Some(path) = argument("--table") {
        return tables::child(&path);
    }
    if std::env::args().any(|argument| argument == "--tables") {
        println!("{}", tables::report()?);
        return Ok(());
    }
    // The database is a process that no function shares a CPU with: it gets the first, the rest the last.
    let cpus = std::thread::available_parallelism().map_or(1, |cpus| cpus.get());
    pin_to(0);
    let cluster = Cluster::own();
    let pinned = pin_to(cpus - 1);
    let presented = Presented::new(TOKENS)?;
    let copies = Copies::new()?;
    let hello = copies.of(Path::new(env!("CARGO_BIN_EXE_hello")), "hello")?;
    let hello = Side { says: "hello", ..presented.side(&hello) };
    let ours = |name| copies.of(&tests::binary(name)?, name);
    let (authorizer, with_keys) = (ours("authorizer")?, ours("authorizer-api-keys")?);
    let of_webhooks = ours("webhook-authorizer")?;
    let (authorizer, with_keys) = (presented.side(&authorizer), presented.side(&with_keys));
    let events = presented.events();
    let other_build = argument("--against").map(against::Build::of).transpose()?;

    let mut rows = decision(&presented)?;
    let verification = rows.first().map_or(0.0, |row| row.floor);
    rows.extend(function::cold(hello, authorizer, &events)?);
    rows.extend(function::warm(hello, authorizer, &events, verification)?);

    rows.extend(keys::decisions(&cluster)?);

    let mut deliveries = webhooks::deliveries()?;
    deliveries.extend(webhooks::unescaping()?);
    deliveries.extend(webhooks::start(hello.program, &of_webhooks)?);

    println!("{}", report::heading(pinned));
    println!("{}", report::table("authorizer", &rows));
    println!("{}", report::table("webhook-authorizer", &deliveries));
    let rows = beside(authorizer, with_keys, &events)?;
    println!("{}", report::table("authorizer-api-keys; the floor is authorizer", &rows));
    println!("{}", tables::report()?);
    if let Some(other_build) = other_build {
        other_build.report(&presented, &copies)?;
    }
    Ok(())
}

/// Two of the functions side by side: neither is a floor, so there is nothing to aim at.
fn beside(floor: Side<'_>, ours: Side<'_>, events: &[&[u8]]) -> Result<Vec<Row>> {
    let mut rows = function::cold(floor, ours, events)?;
    rows.extend(function::warm(floor, ours, events, 0.0)?);
    rows.iter_mut().for_each(|row| row.aim = None);
    Ok(rows)
}

/// The whole decision, event bytes in and response bytes out, next to the one verification in it.
fn decision(presented: &Presented) -> Result<Vec<Row>> {
    let authorizer = presented.authorizer();
    let key = presented.public_key()?;
    let log = RefCell::new(Vec::new());
    let [verify, decide] = interleave(
        &presented.tokens,
        |token| Ok(key.verify_sig(&token.signed, &token.signature)?),
        |token| match authorizer.run(&token.event, &mut log.borrow_mut()) {
            0 => Err("the decision is no Allow".into()),
            _ => Ok(()),
        },
    )?;
    let row = |measure, floor, ours| {
        let aim = Some(Aim::times(1.25));
        Row { measure, unit: "µs", floor, ours, aim }
    };
    Ok(vec![
        row("decision in process, median", verify.median(), decide.median()),
        row("decision in process, minimum", verify.minimum(), decide.minimum()),
    ])
}

/// What follows `name` on the command line.
fn argument(name: &str) -> Option<String> {
    std::env::args().skip_while(|argument| argument != name).nth(1)
}

/// Keeps this process, and what it starts from here on, on one CPU: with emulator and functions across
/// two, the median has two modes.
fn pin_to(cpu: usize) -> bool {
    let pid = std::process::id().to_string();
    Command::new("taskset")
        .args(["--cpu-list", "--pid", &cpu.to_string(), &pid])
        .output()
        .is_ok_and(|output| output.status.success())
}
