//! The way to the database, from the settings.

use std::path::Path;

use authorizer::io::aurora::{Aurora, Auth, Database, Login};
use shell::settings::Reader;

use crate::exit::Problem;
use crate::store::Store;
use crate::world::World;

/// Where the keys are, and how to log in there.
pub(crate) struct Connection(Aurora);

impl Connection {
    /// Reads the settings; `None` if one is missing or wrong, which is a mistake then.
    pub(crate) fn read(settings: &mut Reader<'_>, world: &World<'_>) -> Option<Self> {
        let database = Database::read(settings);
        // Without it nobody knows how to log in; who asks AWS is needed either way.
        let auth = database.as_ref().map_or(&Auth::Iam, |database| &database.auth);
        let login = Login::read(auth, settings);
        let ca = ca(settings, world);
        match Aurora::new(database?, login?, ca?.as_deref()) {
            Ok(aurora) => Some(Self(aurora)),
            Err(problem) => {
                settings.mistake(problem);
                None
            }
        }
    }

    /// Connects and logs in.
    pub(crate) async fn open(&self, world: &World<'_>) -> Result<Store, Problem> {
        Ok(Store::new(self.0.open(world.now).await?))
    }
}

/// What a command takes from the settings: `read`, unless something was wrong with them.
pub(crate) fn settled<T>(settings: Reader<'_>, read: Option<T>) -> Result<T, Problem> {
    settings.finish(read)?.ok_or_else(|| Problem::failed("the settings cannot be used"))
}

/// `Some(None)`: none is named.
fn ca(settings: &mut Reader<'_>, world: &World<'_>) -> Option<Option<Vec<u8>>> {
    let Some(path) = settings.optional("AURORA_CA_FILE") else { return Some(None) };
    match world.contents(Path::new(&path)) {
        Ok(ca) => Some(Some(ca)),
        Err(error) => {
            settings.mistake(format!("`AURORA_CA_FILE`: {path} cannot be read: {error}"));
            None
        }
    }
}
