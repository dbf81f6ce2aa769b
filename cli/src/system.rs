//! The machine itself: a part of the binary, and nothing but calls of the operating system.

pub(crate) mod files;
mod terminal;

use std::io;
use std::path::Path;
use std::process::{Command, Stdio};

use portcullis::machine::{Lock, Machine, PrivateFile};
use shared::secret::Secret;
pub(crate) use terminal::columns;

/// The machine that this runs on.
pub(crate) struct System;

impl Machine for System {
    fn read_private(&self, path: &Path, max: u64) -> io::Result<PrivateFile> {
        files::read_private(path, max)
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        files::remove(path)
    }

    fn try_lock(&self, path: &Path) -> io::Result<Option<Lock>> {
        Ok(files::try_lock(path)?.map(Lock::new))
    }

    fn ask_hidden(&self, question: &str) -> io::Result<Option<Secret<String>>> {
        Ok(terminal::ask_hidden(question)?.map(Secret::new))
    }

    /// The address is no command line: no shell reads it.
    fn open_browser(&self, url: &str) -> io::Result<()> {
        let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
        let mut browser = Command::new(program);
        browser.arg(url).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        browser.spawn().map(drop)
    }
}
