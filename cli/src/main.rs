//! `portcullis`, wired up: the environment, the clock, randomness, files and the terminal are read
//! here and nowhere else.

mod system;

use std::fs::File;
use std::io::{self, BufRead, BufReader, IsTerminal as _};
use std::path::Path;
use std::process::ExitCode;

use portcullis::{CommandError, Env, run};
use runtime::{Clock, process};

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let clock = Clock::system();
    let no_color = process::environment("NO_COLOR").is_some_and(|value| !value.is_empty());
    let mut env = Env {
        setting: &process::environment,
        now: (clock.now)(),
        clock,
        random: &random,
        open: &open,
        save: &|path, bytes| std::fs::write(path, bytes),
        save_private: &system::files::save_private,
        machine: &system::System,
        shows_color: io::stdout().is_terminal() && !no_color,
        columns: system::columns(),
        is_terminal: io::stdin().is_terminal(),
        input: &mut BufReader::new(io::stdin()),
        out: &mut io::stdout(),
        err: &mut io::stderr(),
    };
    let arguments = std::env::args_os().collect();
    run(arguments, &mut env).await.into()
}

fn random(bytes: &mut [u8]) -> Result<(), CommandError> {
    aws_lc_rs::rand::fill(bytes)
        .map_err(|_| CommandError::failed("this machine has no randomness to give"))
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(Box::new(BufReader::new(File::open(path)?)))
}
