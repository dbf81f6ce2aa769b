//! What the machine does for a command besides plain files: private files, locks, and the terminal.

use std::any::Any;
use std::io;
use std::path::Path;

use shared::secret::Secret;

/// What the machine does. The real one is in the binary alone.
pub trait Machine {
    /// Reads a file that its owner alone should be able to read. If others can, that is changed.
    ///
    /// # Errors
    /// It is not there, is no file, belongs to another user, is longer than `max` bytes, or cannot be read.
    fn read_private(&self, path: &Path, max: u64) -> io::Result<PrivateFile>;

    /// Removes the file at `path`; one that is not there is removed already.
    ///
    /// # Errors
    /// It cannot be removed.
    fn remove(&self, path: &Path) -> io::Result<()>;

    /// Takes the lock on the file at `path`, which is made if it is missing and never removed; `None` while
    /// another process holds it. It ends when it is dropped, and with the process.
    ///
    /// # Errors
    /// The file cannot be made or locked.
    fn try_lock(&self, path: &Path) -> io::Result<Option<Lock>>;

    /// Asks for a line on the terminal without showing what is typed; `None` if it was given up.
    ///
    /// # Errors
    /// There is no terminal.
    fn ask_hidden(&self, question: &str) -> io::Result<Option<Secret<String>>>;

    /// Opens `url` in the user's browser.
    ///
    /// # Errors
    /// No browser was started.
    fn open_browser(&self, url: &str) -> io::Result<()>;
}

/// The contents of a private file.
pub struct PrivateFile {
    /// What stands in it.
    pub bytes: Vec<u8>,
    /// Others could read it until now.
    pub was_exposed: bool,
}

/// A lock, held until it is dropped.
pub struct Lock(#[expect(dead_code, reason = "it is held, and dropped")] Box<dyn Any>);

impl Lock {
    /// The lock that `held` is.
    pub fn new(held: impl Any) -> Self {
        Self(Box::new(held))
    }
}

/// Has nothing, for tests of what needs none.
#[cfg(test)]
pub(crate) struct NoMachine;

#[cfg(test)]
impl Machine for NoMachine {
    fn read_private(&self, _: &Path, _: u64) -> io::Result<PrivateFile> {
        Err(io::ErrorKind::NotFound.into())
    }

    fn remove(&self, _: &Path) -> io::Result<()> {
        Ok(())
    }

    fn try_lock(&self, _: &Path) -> io::Result<Option<Lock>> {
        Ok(None)
    }

    fn ask_hidden(&self, _: &str) -> io::Result<Option<Secret<String>>> {
        Ok(None)
    }

    fn open_browser(&self, _: &str) -> io::Result<()> {
        Err(io::ErrorKind::NotFound.into())
    }
}
