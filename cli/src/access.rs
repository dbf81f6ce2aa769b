//! The access table, from `ACCESS_FILE`.

use std::path::Path;

use shared::access::AccessTable;
use shell::settings::Reader;

use crate::world::World;

/// Where the table stands in a checkout of the repository.
const DEFAULT: &str = "infra/access.toml";

/// The table, if the seal beside it says that exactly these bytes were proven, or proven here and
/// now. `None` if it cannot be had, which is a mistake then.
pub(crate) fn read(settings: &mut Reader<'_>, world: &World<'_>) -> Option<AccessTable> {
    let path = settings.optional("ACCESS_FILE").unwrap_or_else(|| DEFAULT.to_owned());
    let source = match world.contents(Path::new(&path)) {
        Ok(source) => source,
        Err(error) => {
            settings.mistake(format!("`ACCESS_FILE`: {path} cannot be read: {error}"));
            return None;
        }
    };
    let seal = world.contents(Path::new(&format!("{path}.seal"))).unwrap_or_default();
    if let Ok(table) = AccessTable::unseal(&source, &seal) {
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
