//! `portcullis access table`: the table as a picture.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use runtime::printable;
use serde::Serialize;
use shared::authz::{AccessTable, Holder, HolderKind, Matched};

use crate::env::Env;
use crate::exit::CommandError;
use crate::{access_table, text};

pub(super) const EXAMPLE: &str = "portcullis access table infra/access.toml --format markdown";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The table.
    #[arg(default_value = access_table::DEFAULT)]
    file: PathBuf,
    /// How to print it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Only these roles or scopes. May be given more than once.
    #[arg(long, value_name = "NAME")]
    who: Vec<String>,
    /// The scopes too, a column each.
    #[arg(long)]
    scopes: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Markdown,
    Json,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let table = access_table::load(&arguments.file, env)?;
    let holders = holders(&table, arguments)?;
    match arguments.format {
        Format::Json => env.print(&json(&table, &holders)?),
        Format::Markdown => env.print(&markdown(&table, &holders)),
        Format::Text => env.print_table(&plain(&table, &holders)),
    }
}

/// The columns: those of `--who`, or every role, with `--scopes` every scope too.
fn holders<'t>(
    table: &'t AccessTable,
    arguments: &Arguments,
) -> Result<Vec<Holder<'t>>, CommandError> {
    let all: Vec<Holder<'t>> =
        table.holders().filter(|holder| holder.kind != HolderKind::Anyone).collect();
    if let Some(name) = arguments.who.iter().find(|name| !all.iter().any(|own| own.name == **name))
    {
        let name = printable(name);
        return Err(CommandError::failed(format!("the table has no role and no scope `{name}`")));
    }
    let is_column = |holder: &Holder<'_>| match arguments.who.as_slice() {
        [] => holder.kind == HolderKind::Role || arguments.scopes,
        named => named.iter().any(|name| name == holder.name),
    };
    Ok(all.into_iter().filter(is_column).collect())
}

/// What a route requires that needs no credential.
pub(super) const PUBLIC: &str = "public";

/// What the route requires, as the table spells it.
pub(super) fn required(route: &Matched<'_>) -> String {
    route.permission().map_or_else(|| PUBLIC.to_owned(), |permission| permission.to_string())
}

pub(super) fn method(route: &Matched<'_>) -> &'static str {
    route.method().unwrap_or("CONNECT")
}

fn rows(table: &AccessTable, holders: &[Holder<'_>]) -> (Vec<String>, Vec<Vec<String>>) {
    let names = holders.iter().map(|holder| holder.name.to_owned());
    let heads = ["METHOD", "PATH", "REQUIRES"].map(str::to_owned).into_iter().chain(names);
    let cell = |holder: &Holder<'_>, route: &Matched<'_>| {
        if table.holder_permits(holder, route) { "yes" } else { "-" }.to_owned()
    };
    let row = |route: Matched<'_>| {
        let route = &route;
        let cells = holders.iter().map(|holder| cell(holder, route));
        let own = [method(route).to_owned(), route.pattern().to_owned(), required(route)];
        own.into_iter().chain(cells).collect()
    };
    (heads.collect(), table.routes().map(row).collect())
}

fn plain(table: &AccessTable, holders: &[Holder<'_>]) -> String {
    let (heads, rows) = rows(table, holders);
    text::columns(&heads, &rows)
}

fn markdown(table: &AccessTable, holders: &[Holder<'_>]) -> String {
    let (heads, rows) = rows(table, holders);
    let rule = vec!["---".to_owned(); heads.len()];
    let line = |cells: &Vec<String>| {
        let cells = cells.iter().map(|cell| cell.replace('|', "\\|"));
        format!("| {} |\n", cells.collect::<Vec<_>>().join(" | "))
    };
    [&heads, &rule].into_iter().chain(&rows).map(line).collect()
}

#[derive(Serialize)]
struct Picture<'t> {
    /// In the table's order.
    roles: Vec<&'t str>,
    routes: Vec<Row<'t>>,
}

#[derive(Serialize)]
struct Row<'t> {
    method: &'static str,
    path: &'t str,
    /// `null` for a public route.
    requires: Option<String>,
    roles: Vec<&'t str>,
    scopes: Vec<ScopeName<'t>>,
}

#[derive(Serialize)]
struct ScopeName<'t> {
    name: &'t str,
    presented_by: &'static str,
}

fn json(table: &AccessTable, holders: &[Holder<'_>]) -> Result<String, CommandError> {
    let roles = holders.iter().filter(|holder| holder.kind == HolderKind::Role);
    let roles = roles.map(|holder| holder.name).collect();
    let routes = table.routes().map(|route| row(table, holders, route)).collect();
    text::json(&Picture { roles, routes })
}

/// What `--format json --scopes` prints of the whole table.
///
/// # Errors
/// There is none.
pub(crate) fn picture(table: &AccessTable) -> Result<String, CommandError> {
    json(table, &table.holders().collect::<Vec<_>>())
}

fn row<'t>(table: &'t AccessTable, holders: &[Holder<'t>], route: Matched<'t>) -> Row<'t> {
    let may = || holders.iter().filter(|holder| table.holder_permits(holder, &route));
    let of_role = may().filter(|holder| holder.kind == HolderKind::Role);
    let of_scope = may().filter_map(|holder| match holder.kind {
        HolderKind::Scope(presented_by) => Some(ScopeName { name: holder.name, presented_by }),
        HolderKind::Anyone | HolderKind::Role => None,
    });
    Row {
        method: method(&route),
        path: route.pattern(),
        requires: route.permission().map(|permission| permission.to_string()),
        roles: of_role.map(|holder| holder.name).collect(),
        scopes: of_scope.collect(),
    }
}
