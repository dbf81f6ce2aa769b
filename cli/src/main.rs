//! `portcullis`, wired up: the environment, the clock, randomness, files and the terminal are read
//! here and nowhere else.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, BufRead, BufReader, IsTerminal as _, Write as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
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
        save_private: &save_private,
        shows_color: io::stdout().is_terminal() && !no_color,
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

/// Through a new file in the same directory, so that there is always the old one or the new one.
fn save_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    if let Some(directory) = path.parent().filter(|directory| !directory.exists()) {
        DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    }
    let new = path.with_extension(format!("{}.new", std::process::id()));
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&new)?;
    let written = file.write_all(bytes).and_then(|()| file.sync_all());
    let written = written.and_then(|()| std::fs::rename(&new, path));
    if written.is_err() {
        let _ = std::fs::remove_file(&new);
    }
    written
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    Ok(Box::new(BufReader::new(File::open(path)?)))
}
