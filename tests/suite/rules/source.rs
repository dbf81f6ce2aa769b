//! Files of the repository, and the crates of the workspace.

use std::fs;

use tests::root;
use toml::Table;

/// A member of the workspace.
pub(super) struct Crate {
    pub(super) name: String,
    pub(super) folder: String,
    manifest: Table,
}

impl Crate {
    /// The names of what `table` (`dependencies`, `dev-dependencies`) has, in order.
    pub(super) fn dependencies(&self, table: &str) -> Vec<&str> {
        let table = self.manifest.get(table).and_then(|table| table.as_table());
        table.into_iter().flatten().map(|(name, _)| name.as_str()).collect()
    }

    pub(super) fn takes_the_lints(&self) -> bool {
        self.manifest["lints"]["workspace"].as_bool() == Some(true)
    }

    /// Its source, by path from the root; not its tests.
    pub(super) fn sources(&self) -> Vec<(String, String)> {
        let files = files(&format!("{}/src", self.folder)).into_iter();
        let rust = files.filter(|file| file.ends_with(".rs") && !file.ends_with("/tests.rs"));
        rust.map(|file| (without_tests(&text(&file)), file))
            .map(|(text, file)| (file, text))
            .collect()
    }
}

/// Every member, as the workspace manifest lists them.
pub(super) fn crates() -> Vec<Crate> {
    let workspace: Table = text("Cargo.toml").parse().unwrap();
    let members = workspace["workspace"]["members"].as_array().unwrap().iter();
    let folders = members.map(|member| member.as_str().unwrap().to_owned());
    folders
        .map(|folder| {
            let manifest: Table = text(&format!("{folder}/Cargo.toml")).parse().unwrap();
            let name = manifest["package"]["name"].as_str().unwrap().to_owned();
            Crate { name, folder, manifest }
        })
        .collect()
}

pub(super) fn crate_named(name: &str) -> Crate {
    crates().into_iter().find(|own| own.name == name).unwrap_or_else(|| panic!("no crate `{name}`"))
}

pub(super) fn text(path: &str) -> String {
    fs::read_to_string(root().join(path)).unwrap_or_else(|error| panic!("{path}: {error}"))
}

/// The files under `folder`, `""` for the root; without what git and cargo keep there.
pub(super) fn files(folder: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(root().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let name = entry.file_name().into_string().unwrap();
            let path = if folder.is_empty() { name.clone() } else { format!("{folder}/{name}") };
            let is_ours = !matches!(name.as_str(), "target" | ".git" | "__pycache__" | "corpus");
            match entry.file_type().unwrap() {
                kind if kind.is_dir() && is_ours => folders.push(path),
                kind if kind.is_file() => found.push(path),
                _ => {}
            }
        }
    }
    assert!(!found.is_empty(), "`{folder}` is empty");
    found.sort_unstable();
    found
}

/// What stands before the unit tests, without comments.
fn without_tests(text: &str) -> String {
    let (text, _) = text.split_once("#[cfg(test)]\nmod tests").unwrap_or((text, ""));
    text.lines().filter(|line| !line.trim_start().starts_with("//")).collect::<Vec<_>>().join("\n")
}
