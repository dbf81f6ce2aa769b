//! Every binary next to that of the same name in another build.

use std::path::PathBuf;

use tests::samples::Settings;

use crate::copies::Copies;
use crate::function::Side;
use crate::report::table;
use crate::tokens::Presented;
use crate::webhooks::Delivered;
use crate::{Result, beside};

const BINARIES: [&str; 3] = ["authorizer", "authorizer-api-keys", "webhook-authorizer"];

/// The folder of another build's release binaries.
pub(crate) struct Build(PathBuf);

impl Build {
    /// The one in `folder`, which is relative to where `make` runs.
    pub(crate) fn of(folder: String) -> Result<Self> {
        let build = Self(tests::root().join(folder));
        if build.binaries().next().is_none() {
            return Err(format!("`{}` has none of the binaries", build.0.display()).into());
        }
        Ok(build)
    }

    fn binaries(&self) -> impl Iterator<Item = &'static str> {
        BINARIES.into_iter().filter(|name| self.0.join(name).is_file())
    }

    /// One table for each binary that the other build has.
    pub(crate) fn report(&self, presented: &Presented, copies: &Copies) -> Result<()> {
        let settings = self.settings(presented);
        let delivered = Delivered::new()?;
        for name in self.binaries() {
            let other = copies.of(&self.0.join(name), &format!("other-{name}"))?;
            let ours = copies.of(&tests::binary(name)?, name)?;
            let rows = if name == "webhook-authorizer" {
                beside(delivered.side(&other), delivered.side(&ours), &delivered.events())?
            } else {
                let other = Side { settings: &settings, ..presented.side(&other) };
                beside(other, presented.side(&ours), &presented.events())?
            };
            println!("{}", table(&format!("{name}; the floor is the other build"), &rows));
        }
        Ok(())
    }

    /// The other authorizer's settings. What was proven of a table is written in a form of the build's
    /// own: a folder that has it has a copy of the table beside it. Without, the other build proves
    /// the table at every start.
    fn settings(&self, presented: &Presented) -> Settings {
        let mut settings = presented.settings.clone();
        let table = self.0.join("access.toml");
        if table.is_file() {
            settings.insert("ACCESS_FILE".to_owned(), table.to_string_lossy().into_owned());
        }
        settings
    }
}
