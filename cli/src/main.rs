//! `portcullis`, wired up: the environment, the clock, randomness, files and the terminal are read
//! here and nowhere else.

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use portcullis::{Problem, World, run};
use shell::Clock;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let mut world = World {
        setting: &setting,
        now: (Clock::system().now)(),
        random: &random,
        open: &open,
        is_terminal: io::stdin().is_terminal(),
        input: &mut BufReader::new(io::stdin()),
        out: &mut io::stdout(),
        err: &mut io::stderr(),
    };
    let arguments = std::env::args_os().collect();
    run(arguments, &mut world).await.into()
}

#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
fn setting(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

fn random(bytes: &mut [u8]) -> Result<(), Problem> {
    aws_lc_rs::rand::fill(bytes)
        .map_err(|_| Problem::failed("this machine has no randomness to give"))
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(Box::new(BufReader::new(File::open(path)?)))
}
