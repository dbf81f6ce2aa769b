//! One process at a time changes the files of a profile.

use std::path::Path;
use std::time::Duration;

use runtime::printable;

use crate::env::Env;
use crate::exit::CommandError;
use crate::machine::Lock;

/// How long to wait: longer than a refresh can take, all attempts included.
const PATIENCE: Duration = Duration::from_secs(45);
/// How often to look.
const ROUND: Duration = Duration::from_millis(25);

/// Waits for the lock on the file at `path`.
///
/// # Errors
/// Another process holds it for too long, or it cannot be locked.
pub(super) async fn wait(path: &Path, env: &Env<'_>) -> Result<Lock, CommandError> {
    let shown = || printable(&path.to_string_lossy());
    let mut waited = Duration::ZERO;
    while waited < PATIENCE {
        let lock = env.machine.try_lock(path).map_err(|error| {
            CommandError::failed(format!("{} cannot be locked: {error}", shown()))
        })?;
        if let Some(lock) = lock {
            return Ok(lock);
        }
        tokio::time::sleep(ROUND).await;
        waited += ROUND;
    }
    Err(CommandError::failed(format!(
        "another `portcullis` has held {} for {} seconds: end it, and try again",
        shown(),
        PATIENCE.as_secs()
    )))
}
