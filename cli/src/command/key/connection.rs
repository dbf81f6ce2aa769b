//! The connection to the database, from the settings.

use std::path::Path;

use adapters::postgres::{Aurora, Auth, Database, Login};
use runtime::settings::Reader;

use crate::command::key::store::Store;
use crate::env::Env;
use crate::exit::CommandError;

/// Where the keys are, and how to log in there.
pub(crate) struct Connection(Aurora);

impl Connection {
    /// Reads the settings; `None` if one is missing or wrong, which is a mistake then.
    pub(crate) fn read(settings: &mut Reader<'_>, env: &Env<'_>) -> Option<Self> {
        let database = Database::read(settings);
        // If the settings of the database are wrong, `AURORA_AUTH` is not known. The AWS
        // credentials are needed either way, so they are read all the same.
        let auth = database.as_ref().map_or(&Auth::Iam, |database| &database.auth);
        let login = Login::read(auth, settings);
        let ca = ca(settings, env);
        match Aurora::new(database?, login?, ca?.as_deref()) {
            Ok(aurora) => Some(Self(aurora)),
            Err(problem) => {
                settings.mistake(problem);
                None
            }
        }
    }

    /// Connects and logs in.
    pub(crate) async fn open(&self, env: &Env<'_>) -> Result<Store, CommandError> {
        Ok(Store::new(self.0.open(env.now).await?))
    }
}

/// `read`, unless a mistake was found in the settings.
pub(crate) fn settled<T>(settings: Reader<'_>, read: Option<T>) -> Result<T, CommandError> {
    settings.finish(read)?.ok_or_else(|| CommandError::failed("the settings cannot be used"))
}

/// The file in `AURORA_CA_FILE`; `Some(None)` if that is not set.
fn ca(settings: &mut Reader<'_>, env: &Env<'_>) -> Option<Option<Vec<u8>>> {
    let Some(path) = settings.optional("AURORA_CA_FILE") else { return Some(None) };
    match env.contents(Path::new(&path)) {
        Ok(ca) => Some(Some(ca)),
        Err(error) => {
            settings.mistake(format!("`AURORA_CA_FILE`: {path} cannot be read: {error}"));
            None
        }
    }
}
