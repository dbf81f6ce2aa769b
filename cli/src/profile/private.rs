//! The private files of a profile: JSON, and what is said where they cannot be used.

use std::io;
use std::path::Path;

use runtime::printable;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::env::Env;
use crate::exit::CommandError;

/// The longest file that is read, in bytes.
const MAX_BYTES: u64 = 256 * 1024;

/// What the file at `path` holds; `None` if there is none. `remedy` says what to do where it cannot be used.
///
/// # Errors
/// It cannot be read, or holds something else.
pub(super) fn read<T: DeserializeOwned>(
    path: &Path,
    remedy: &str,
    env: &mut Env<'_>,
) -> Result<Option<T>, CommandError> {
    let shown = printable(&path.to_string_lossy());
    let file = match env.machine.read_private(path, MAX_BYTES) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => {
            return Err(CommandError::failed(format!("{shown} cannot be read: {error}: {remedy}")));
        }
    };
    if file.was_exposed {
        env.say(&format!("{shown} could be read by others: now only you can read it"));
    }
    // The error of the parser may quote what it read.
    let read = serde_json::from_slice(&file.bytes);
    read.map(Some).map_err(|_| CommandError::failed(format!("{shown} is damaged: {remedy}")))
}

/// Writes `value` to the file at `path`, in place of what was there.
///
/// # Errors
/// It cannot be written.
pub(super) fn write<T: Serialize>(
    path: &Path,
    value: &T,
    env: &Env<'_>,
) -> Result<(), CommandError> {
    let text = crate::text::json(value)?;
    (env.save_private)(path, text.as_bytes()).map_err(|error| {
        let shown = printable(&path.to_string_lossy());
        CommandError::failed(format!("{shown} cannot be written: {error}"))
    })
}

/// Removes the file at `path`.
///
/// # Errors
/// It cannot be removed.
pub(super) fn remove(path: &Path, env: &Env<'_>) -> Result<(), CommandError> {
    env.machine.remove(path).map_err(|error| {
        let shown = printable(&path.to_string_lossy());
        CommandError::failed(format!("{shown} cannot be removed: {error}"))
    })
}
