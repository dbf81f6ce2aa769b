//! The access table, from `ACCESS_FILE`.

use std::path::Path;

use runtime::printable;
use runtime::settings::Reader;
use shared::authz::AccessTable;

use crate::env::Env;
use crate::exit::{CommandError, Exit};

/// Where the table is in a checkout of the repository.
pub(crate) const DEFAULT: &str = "infra/access.toml";

/// The table in the file `path`, for a command that looks at the table and at no policy of it.
///
/// # Errors
/// It cannot be read, or has mistakes: all of them.
pub(crate) fn load(path: &Path, env: &mut Env<'_>) -> Result<AccessTable, CommandError> {
    let file = printable(&path.to_string_lossy());
    let source = env
        .contents(path)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    let source = String::from_utf8(source)
        .map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))?;
    AccessTable::without_policies(&file, &source).map_err(|errors| CommandError {
        exit: Exit::Failed,
        sentences: errors.iter().map(|error| printable(&error.to_string())).collect(),
    })
}

/// The access table, from the compiled table beside it if that was made from exactly these bytes,
/// else proven here. `None` if neither succeeds, which is a mistake then.
pub(crate) fn read(settings: &mut Reader<'_>, env: &Env<'_>) -> Option<AccessTable> {
    let path = settings.optional("ACCESS_FILE").unwrap_or_else(|| DEFAULT.to_owned());
    let source = match env.contents(Path::new(&path)) {
        Ok(source) => source,
        Err(error) => {
            settings.mistake(format!("`ACCESS_FILE`: {path} cannot be read: {error}"));
            return None;
        }
    };
    let compiled = env.contents(Path::new(&format!("{path}.compiled"))).unwrap_or_default();
    if let Ok(table) = AccessTable::from_compiled(&source, &compiled) {
        return Some(table);
    }
    let Ok(source) = String::from_utf8(source) else {
        settings.mistake(format!("`ACCESS_FILE`: {path} is not UTF-8"));
        return None;
    };
    let proven = AccessTable::prove(&path, &source);
    proven
        .map_err(|mistakes| mistakes.iter().for_each(|one| settings.mistake(one.to_string())))
        .ok()
}
