//! The environment and the files of a process. Binaries pass these functions on; nothing else reads
//! either.

use std::io;
use std::path::Path;

/// The value of the environment variable `name`; `None` if it is not set or not UTF-8.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "the environment is read here and nowhere else")]
pub fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok()
}

/// The contents of the file at `path`. A bare name is a file beside the binary, whatever the
/// working directory; every other path is used as it is.
///
/// # Errors
/// It cannot be read.
pub fn file(path: &Path) -> io::Result<Vec<u8>> {
    if path.components().count() > 1 {
        return std::fs::read(path);
    }
    let binary = std::env::current_exe()?;
    std::fs::read(binary.parent().unwrap_or(Path::new("/")).join(path))
}
