//! What is shown once: on standard output, or in a file for one user's eyes alone.

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;
use runtime::printable;
use zeroize::Zeroizing;

use crate::env::Env;
use crate::exit::CommandError;

#[derive(Debug, Args)]
pub(super) struct OutArguments {
    /// Writes what is shown once to this new file, which its owner alone can read, in place of standard output.
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

/// Where it goes.
pub(super) struct Out<'a>(Option<&'a Path>);

impl<'a> Out<'a> {
    /// Looks whether it can be written there, before there is anything to lose.
    ///
    /// # Errors
    /// The file is there already, or cannot be made.
    pub(super) fn reserve(
        arguments: &'a OutArguments,
        env: &Env<'_>,
    ) -> Result<Self, CommandError> {
        let Some(path) = arguments.out.as_deref() else { return Ok(Self(None)) };
        let shown = printable(&path.to_string_lossy());
        let is_free = (env.open)(path).is_err_and(|error| error.kind() == io::ErrorKind::NotFound);
        if !is_free {
            return Err(CommandError::usage(format!(
                "`--out`: {shown} is there already: name another file"
            )));
        }
        (env.save_private)(path, b"").map_err(|error| unwritten(path, &error))?;
        Ok(Self(Some(path)))
    }

    /// There is nothing to show: the file goes.
    pub(super) fn give_up(&self, env: &Env<'_>) {
        if let Some(path) = self.0 {
            // It is empty.
            let _ = env.machine.remove(path);
        }
    }

    /// Shows `text`.
    ///
    /// # Errors
    /// It cannot be written, and is lost.
    pub(super) fn show(
        &self,
        text: &Zeroizing<String>,
        env: &mut Env<'_>,
    ) -> Result<(), CommandError> {
        let Some(path) = self.0 else { return env.print_once(text) };
        (env.save_private)(path, text.as_bytes()).map_err(|error| unwritten(path, &error))?;
        let shown = printable(&path.to_string_lossy());
        env.say(&format!("The password is in {shown}, for your eyes alone."));
        Ok(())
    }
}

fn unwritten(path: &Path, error: &io::Error) -> CommandError {
    let shown = printable(&path.to_string_lossy());
    CommandError::failed(format!("{shown} cannot be written: {error}"))
}
