//! The file by which `dev token` finds the pool that runs: its address and its keys, for its user alone.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use super::pool::{SharedPool, failed};
use crate::env::Env;
use crate::exit::CommandError;

/// The name of the file in the user's runtime directory.
const NAME: &str = "portcullis-dev.json";

/// The file. It stays when the command ends: the tokens of a kept pool are good again at its next start.
pub(super) struct RuntimeFile(PathBuf);

/// What it says.
pub(super) struct Running {
    /// Where the pool is.
    pub(super) endpoint: String,
    /// The pool's state, with its keys.
    pub(super) state: Value,
}

impl RuntimeFile {
    /// Writes it for `pool`.
    ///
    /// # Errors
    /// It cannot be written.
    pub(super) fn write(pool: &SharedPool, env: &Env<'_>) -> Result<Self, CommandError> {
        let path = path(env);
        let pool = pool.borrow();
        let state = pool.export().map_err(failed)?;
        let text = json!({ "endpoint": pool.config().endpoint, "state": state }).to_string();
        (env.save_private)(&path, text.as_bytes()).map_err(|error| {
            CommandError::failed(format!("{} cannot be written: {error}", path.display()))
        })?;
        Ok(Self(path))
    }

    pub(super) fn path(&self) -> &Path {
        &self.0
    }
}

/// Reads the file of the command that runs, or ran last.
///
/// # Errors
/// There is none, or it cannot be read.
pub(super) fn read(env: &Env<'_>) -> Result<Running, CommandError> {
    let path = path(env);
    let shown = path.display();
    let bytes = env.contents(&path).map_err(|error| match error.kind() {
        std::io::ErrorKind::NotFound => {
            CommandError::failed("no development pool has run: start `portcullis dev`")
        }
        _ => CommandError::failed(format!("{shown} cannot be read: {error}")),
    })?;
    let wrong =
        || CommandError::failed(format!("{shown} is damaged: start `portcullis dev` again"));
    let mut read: Value = serde_json::from_slice(&bytes).map_err(|_| wrong())?;
    let endpoint = read.get("endpoint").and_then(Value::as_str).ok_or_else(wrong)?.to_owned();
    let state = read.get_mut("state").map(Value::take).ok_or_else(wrong)?;
    Ok(Running { endpoint, state })
}

/// The user's runtime directory (XDG), or else the directory of temporary files with the user's name.
fn path(env: &Env<'_>) -> PathBuf {
    if let Some(directory) = (env.setting)("XDG_RUNTIME_DIR").filter(|text| !text.is_empty()) {
        return Path::new(&directory).join(NAME);
    }
    let directory = (env.setting)("TMPDIR").unwrap_or_else(|| "/tmp".to_owned());
    let user = (env.setting)("USER").unwrap_or_else(|| "user".to_owned());
    let user: String = user.chars().filter(char::is_ascii_alphanumeric).collect();
    Path::new(&directory).join(format!("portcullis-{user}")).join(NAME)
}
