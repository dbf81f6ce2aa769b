//! `portcullis access …`: the access table.

mod build;
mod diff;
mod import;
pub(crate) mod lint;
mod table;
mod test;

use clap::Subcommand;
pub(crate) use table::picture;

use crate::env::Env;
use crate::exit::{CommandError, help, help_with};

/// What to do with the table.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Proves an access table and writes its compiled table beside it.
    ///
    /// With the compiled table a function starts without proving the table again. It counts for
    /// exactly the bytes that were proven: build it anew after every change. Every mistake in the
    /// table is told at once, each with its line.
    #[command(verbatim_doc_comment, after_help = help(build::EXAMPLE))]
    Build(build::Arguments),
    /// Prints who may do what: a row for each method of each route, a column for each role.
    #[command(verbatim_doc_comment, after_help = help(table::EXAMPLE))]
    Table(table::Arguments),
    /// Prints who gains and who loses what between two tables, by role, scope and route.
    #[command(verbatim_doc_comment, after_help = help(diff::EXAMPLE))]
    Diff(diff::Arguments),
    /// Prints a first table for the API of an OpenAPI document.
    ///
    /// Modules come from tags, actions from methods (GET reads, DELETE is for admins, the others
    /// write), public routes and scopes from the document's security. Roles are guessed.
    #[command(verbatim_doc_comment, after_help = help(import::EXAMPLE))]
    Import(import::Arguments),
    /// Finds what is wrong with a table, and between the table and the API it is for.
    ///
    /// Every finding has a code, its line and what to do about it. With an OpenAPI document or a SAM or
    /// CloudFormation template, the table is compared with the routes, authorizers, caching and
    /// resource policies of the API.
    #[command(verbatim_doc_comment, after_help = lint::HELP)]
    Lint(lint::Arguments),
    /// Checks what a table says of the requests in files of cases, for a team's own CI.
    ///
    /// A case says who requests what, and what must come of it. docs/explain.md shows how.
    #[command(verbatim_doc_comment, after_help = help_with(test::EXAMPLE, test::EXIT_CODES))]
    Test(test::Arguments),
}

/// Does what `command` says.
pub(crate) fn run(command: Command, env: &mut Env<'_>) -> Result<(), CommandError> {
    match command {
        Command::Build(arguments) => build::run(&arguments, env),
        Command::Table(arguments) => table::run(&arguments, env),
        Command::Diff(arguments) => diff::run(&arguments, env),
        Command::Import(arguments) => import::run(&arguments, env),
        Command::Lint(arguments) => lint::run(&arguments, env),
        Command::Test(arguments) => test::run(&arguments, env),
    }
}
