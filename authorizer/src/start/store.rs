//! The way to the store of API keys, which is not asked before somebody presents one.

use std::path::Path;

use authorizer::config::ApiKeyConfig;
use authorizer::io::api_keys::KeyTable;
use authorizer::io::aurora::{Aurora, Login};
use shell::settings::Reader;

use super::{read, setting};

pub(crate) type Store = KeyTable;

/// Prepares the way. Nothing is connected yet.
pub(super) fn open(config: &ApiKeyConfig) -> Result<Store, Vec<String>> {
    let database = config.database.clone();
    let mut settings = Reader::new(&setting);
    let login = Login::read(&database.auth, &mut settings);
    let login = settings.finish(login).map_err(|mistakes| mistakes.0)?;
    let ca = database.ca_file.as_deref().map(|path| read(Path::new(path), "AURORA_CA_FILE"));
    let (Some(login), ca) = (login, ca.transpose()?) else { return Err(Vec::new()) };
    let aurora = Aurora::new(database, login, ca.as_deref()).map_err(|problem| vec![problem])?;
    Ok(KeyTable::new(aurora))
}
