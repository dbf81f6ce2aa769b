//! `portcullis access diff`: who gains and who loses what, for reviews.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use clap::Args;
use serde::Serialize;
use shared::authz::{AccessTable, Holder, HolderKind, Matched};

use super::table::{PUBLIC, method, required};
use crate::env::Env;
use crate::exit::CommandError;
use crate::{access_table, text};

pub(super) const EXAMPLE: &str = "portcullis access diff main.toml infra/access.toml";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The table before the change.
    old: PathBuf,
    /// The table after the change.
    new: PathBuf,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let old = access_table::load(&arguments.old, env)?;
    let new = access_table::load(&arguments.new, env)?;
    let changes = changes(&old, &new);
    if arguments.json {
        return env.print(&text::json(&changes)?);
    }
    if changes.gains.is_empty() && changes.loses.is_empty() {
        env.say("Nobody gains or loses anything.");
        return Ok(());
    }
    let list = |title: &str, changes: &[Change]| match changes {
        [] => String::new(),
        changes => format!("{title}\n{}", columns(changes)),
    };
    env.print(&format!("{}{}", list("Gains:", &changes.gains), list("Loses:", &changes.loses)))
}

#[derive(Serialize)]
struct Changes {
    gains: Vec<Change>,
    loses: Vec<Change>,
}

#[derive(Serialize)]
struct Change {
    who: String,
    method: &'static str,
    path: String,
    /// What the route requires before and after; `none` where the table has no such route.
    before: String,
    after: String,
}

fn columns(changes: &[Change]) -> String {
    let row = |change: &Change| {
        let requires = if change.before == change.after {
            change.after.clone()
        } else {
            format!("{} -> {}", change.before, change.after)
        };
        vec![format!("  {}", change.who), change.method.to_owned(), change.path.clone(), requires]
    };
    let heads = ["  WHO", "METHOD", "PATH", "REQUIRES"].map(str::to_owned);
    text::columns(&heads, &changes.iter().map(row).collect::<Vec<_>>())
}

/// What each holder may do in one of the tables and not in the other. Both tables are asked for every
/// method of a path of every route of either, since a new route may take paths from an older one.
fn changes(old: &AccessTable, new: &AccessTable) -> Changes {
    let mut paths: BTreeMap<String, &str> = BTreeMap::new();
    let mut verbs: BTreeSet<&'static str> = BTreeSet::new();
    for route in new.routes().chain(old.routes()) {
        paths.entry(sample(route.pattern())).or_insert_with(|| route.pattern());
        verbs.insert(method(&route));
    }
    let mut holders: BTreeMap<(HolderKind, &str), Both<'_>> = BTreeMap::new();
    for holder in old.holders() {
        holders.entry((holder.kind, holder.name)).or_default().old = Some(holder);
    }
    for holder in new.holders() {
        holders.entry((holder.kind, holder.name)).or_default().new = Some(holder);
    }
    let mut changes = Changes { gains: Vec::new(), loses: Vec::new() };
    for Both { old: before, new: after } in holders.values() {
        let Some(who) = after.or(*before) else { continue };
        for (path, pattern) in &paths {
            for verb in &verbs {
                let had = asked(old, before.as_ref(), verb, path);
                let has = asked(new, after.as_ref(), verb, path);
                let list = match (had.may, has.may) {
                    (false, true) if who.kind == HolderKind::Anyone || !has.is_public() => {
                        &mut changes.gains
                    }
                    (true, false) if who.kind == HolderKind::Anyone || !had.is_public() => {
                        &mut changes.loses
                    }
                    // Nothing changes, or it changes for everybody, which is said once.
                    _ => continue,
                };
                list.push(Change {
                    who: who.to_string(),
                    method: verb,
                    path: (*pattern).to_owned(),
                    before: had.required,
                    after: has.required,
                });
            }
        }
    }
    changes
}

/// A holder in both tables.
#[derive(Default)]
struct Both<'t> {
    old: Option<Holder<'t>>,
    new: Option<Holder<'t>>,
}

struct Answer {
    may: bool,
    required: String,
}

impl Answer {
    fn is_public(&self) -> bool {
        self.required == PUBLIC
    }
}

fn asked(table: &AccessTable, holder: Option<&Holder<'_>>, verb: &str, path: &str) -> Answer {
    let verb = (verb != "CONNECT").then_some(verb);
    let route = table.route(verb, path);
    let permits = |route: &Matched<'_>| {
        holder.is_some_and(|holder| table.holder_permits(holder, route)) || route.is_public()
    };
    Answer {
        may: route.as_ref().is_some_and(permits),
        required: route.as_ref().map_or_else(|| "none".to_owned(), required),
    }
}

/// A path of the route `pattern`, with values that are no literal of a table.
fn sample(pattern: &str) -> String {
    let value = |segment: &str| match segment.strip_prefix('{').and_then(|s| s.strip_suffix('}')) {
        Some(rest) if rest.ends_with('+') => "~/~".to_owned(),
        Some(_) => "~".to_owned(),
        None => segment.to_owned(),
    };
    pattern.split('/').map(value).collect::<Vec<_>>().join("/")
}
