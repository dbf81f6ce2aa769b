//! `portcullis access import`: a first table from an OpenAPI document.
//!
//! Modules come from tags, actions from methods, public routes and scopes from the document's
//! security. Roles are guessed, because no OpenAPI document has them: whoever imports a table reads
//! it before it is used.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::PathBuf;

use clap::Args;
use runtime::printable;
use shared::authz::AccessTable;

use crate::env::Env;
use crate::exit::CommandError;
use crate::openapi::{self, Operation};
use crate::yaml;

pub(super) const EXAMPLE: &str = "portcullis access import openapi.yaml > infra/access.toml";

/// As many as a table can have.
const MOST_MODULES: usize = 32;
/// What is left of the tags where there are more.
const OTHER: &str = "other";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The OpenAPI document, version 2 or 3, in YAML or JSON.
    file: PathBuf,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let file = printable(&arguments.file.to_string_lossy());
    let document = yaml::load(&arguments.file, env)?;
    let operations = openapi::operations(&file, &document)?;
    if operations.is_empty() {
        return Err(CommandError::failed(format!("{file} has no operations")));
    }
    let draft = Draft::of(&operations);
    let table = settled(&draft)?;
    for note in &draft.notes {
        env.say(&format!("note: {}", printable(note)));
    }
    env.print(&table)?;
    env.say("Read it before you use it: roles are guessed, and so is `resource_policy`.");
    Ok(())
}

/// The table with the policy of the caller if that can be proven, else with that of the request.
fn settled(draft: &Draft) -> Result<String, CommandError> {
    let caller = draft.to_toml("caller");
    if AccessTable::prove("the table", &caller).is_ok() {
        return Ok(caller);
    }
    let request = draft.to_toml("request");
    match AccessTable::prove("the table", &request) {
        Ok(_) => Ok(request),
        Err(errors) => Err(CommandError {
            exit: crate::exit::Exit::Failed,
            sentences: errors.iter().map(|error| printable(&error.to_string())).collect(),
        }),
    }
}

/// What is written, before it is written.
#[derive(Default)]
struct Draft {
    modules: Vec<String>,
    /// By shape, the path without the names of its parameters: the first path of that shape, and its
    /// methods with what they require.
    routes: BTreeMap<String, (String, BTreeMap<String, String>)>,
    /// What each scope is required for.
    scopes: BTreeMap<String, BTreeSet<String>>,
    notes: Vec<String>,
}

impl Draft {
    fn of(operations: &[Operation]) -> Self {
        let modules = modules(operations);
        let mut draft = Self { modules, ..Self::default() };
        for operation in operations {
            draft.add(operation);
        }
        let used: BTreeSet<&str> = draft
            .routes
            .values()
            .flat_map(|(_, methods)| methods.values())
            .filter_map(|needed| needed.split_once(':').map(|(_, module)| module))
            .collect();
        draft.modules = used.into_iter().map(str::to_owned).collect();
        draft
    }

    fn add(&mut self, operation: &Operation) {
        let path = path(&operation.path);
        if path != operation.path {
            let note = format!("`{}` is written as `{path}`", operation.path);
            if self.notes.last() != Some(&note) {
                self.notes.push(note);
            }
        }
        let wanted = module(operation);
        let module = if self.modules.contains(&wanted) { wanted } else { OTHER.to_owned() };
        let needed = if operation.is_public {
            "public".to_owned()
        } else {
            format!("{}:{module}", action(&operation.method))
        };
        let (_, methods) =
            self.routes.entry(shape(&path)).or_insert_with(|| (path, BTreeMap::new()));
        if methods.contains_key(&operation.method) {
            let (method, path) = (&operation.method, &operation.path);
            self.notes.push(format!("`{method} {path}` has the shape of another path: left out"));
            return;
        }
        methods.insert(operation.method.clone(), needed.clone());
        if !operation.is_public {
            for scope in &operation.scopes {
                self.scopes.entry(scope.clone()).or_default().insert(needed.clone());
            }
        }
    }

    fn to_toml(&self, policy: &str) -> String {
        let mut text = String::new();
        let modules: Vec<_> = self.modules.iter().map(|name| quoted(name)).collect();
        let _ = writeln!(
            text,
            "modules = [{}]\n\n[gateway]\nroutes = \"closed\"\nresource_policy = \"none\"\npolicy = \
             \"{policy}\"\n",
            modules.join(", ")
        );
        for (role, grants) in [
            ("viewer", r#"["read:*"]"#),
            ("editor", r#"["read:*", "write:*"]"#),
            ("admin", r#"["read:*", "write:*", "admin:*"]"#),
        ] {
            let _ = writeln!(text, "[roles.{role}]\ngrants = {grants}\n");
        }
        if !self.scopes.is_empty() {
            text.push_str("[roles.service_account]\nby_scope = true\n\n");
        }
        for (scope, grants) in &self.scopes {
            let grants: Vec<_> = grants.iter().map(|grant| quoted(grant)).collect();
            let _ = writeln!(
                text,
                "[scopes.{}]\npresented_by = \"service-token\"\ngrants = [{}]\n",
                quoted(scope),
                grants.join(", ")
            );
        }
        for (path, methods) in self.routes.values() {
            let _ = writeln!(text, "[[routes]]\npath = {}", quoted(path));
            for (method, needed) in methods {
                let _ = writeln!(text, "{method} = {}", quoted(needed));
            }
            text.push('\n');
        }
        text.truncate(text.trim_end().len());
        text.push('\n');
        text
    }
}

/// The names that are used most, as many as a table can have.
fn modules(operations: &[Operation]) -> Vec<String> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for operation in operations {
        *counts.entry(module(operation)).or_default() += 1;
    }
    let mut names: Vec<(String, usize)> = counts.into_iter().collect();
    names.sort_by(|(a, many), (b, more)| more.cmp(many).then(a.cmp(b)));
    let is_too_many = names.len() > MOST_MODULES;
    names.truncate(if is_too_many { MOST_MODULES - 1 } else { MOST_MODULES });
    let mut names: Vec<String> = names.into_iter().map(|(name, _)| name).collect();
    if is_too_many && !names.iter().any(|name| name == OTHER) {
        names.push(OTHER.to_owned());
    }
    names
}

/// The operation's tag, or else the first literal of its path that is more than a version.
fn module(operation: &Operation) -> String {
    let is_version = |segment: &str| {
        segment.strip_prefix('v').is_some_and(|rest| rest.bytes().all(|b| b.is_ascii_digit()))
    };
    let of_path = || {
        let mut literals = operation.path.split('/').filter(|segment| {
            !segment.is_empty()
                && !segment.contains('{')
                && *segment != "api"
                && !is_version(segment)
        });
        literals.next()
    };
    let name = operation.tag.as_deref().or_else(of_path).unwrap_or("root");
    let name = word(name, '-');
    if name.is_empty() { "root".to_owned() } else { name }
}

/// `text` in lower-case letters and digits, with `joint` for everything else.
fn word(text: &str, joint: char) -> String {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    let joined: Vec<String> = words.map(str::to_ascii_lowercase).collect();
    let mut name = joined.join(&joint.to_string());
    name.truncate(40);
    name
}

fn action(method: &str) -> &'static str {
    match method {
        "GET" | "HEAD" | "OPTIONS" => "read",
        // What is gone stays gone: the fewer may do it, the better.
        "DELETE" => "admin",
        _ => "write",
    }
}

/// `text` as a path of a table: without a slash at its end, and with a parameter for every segment
/// that has one.
pub(super) fn path(text: &str) -> String {
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut segment = |text: &str| {
        let Some((_, after)) = text.split_once('{') else { return text.to_owned() };
        let inner = after.split_once('}').map_or(after, |(inner, _)| inner);
        let is_rest = inner.ends_with('+') && text.ends_with("+}");
        let mut name = word(inner, '_');
        if name.is_empty() {
            name.push_str("value");
        }
        while !names.insert(name.clone()) {
            name.push_str("_2");
        }
        if is_rest { format!("{{{name}+}}") } else { format!("{{{name}}}") }
    };
    let path = text.trim_end_matches('/');
    if path.is_empty() {
        return "/".to_owned();
    }
    path.split('/').map(&mut segment).collect::<Vec<_>>().join("/")
}

/// `path` without the names of its parameters.
fn shape(path: &str) -> String {
    let of = |segment: &str| {
        if !segment.starts_with('{') {
            return segment.to_owned();
        }
        if segment.ends_with("+}") { "{+}" } else { "{}" }.to_owned()
    };
    path.split('/').map(of).collect::<Vec<_>>().join("/")
}

/// `text` as a string of TOML.
fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for c in text.chars() {
        match c {
            '"' | '\\' => quoted.extend(['\\', c]),
            c if c.is_control() => {
                let _ = write!(quoted, "\\u{:04X}", u32::from(c));
            }
            c => quoted.push(c),
        }
    }
    quoted.push('"');
    quoted
}
