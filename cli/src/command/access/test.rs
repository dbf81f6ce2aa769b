//! `portcullis access test`: what a table says, held by cases.

mod cases;

use std::path::{Path, PathBuf};

use cases::{Case, Cases, Expected};
use clap::Args;
use runtime::printable;
use serde::Serialize;

use crate::command::explain::{self, Outcome, Report, Supposed, Table};
use crate::env::Env;
use crate::exit::{CommandError, Exit};
use crate::{access_table, text};

pub(super) const EXAMPLE: &str = "portcullis access test infra/access.cases.toml";

pub(super) const EXIT_CODES: &str = "Exit codes:
  0  every case is as expected
  1  a file of cases or an access table is wrong
  2  wrong usage
  3  a case is not as expected";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The files of cases.
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// The access table, in place of the one that a file names as `access`.
    #[arg(long, value_name = "FILE")]
    access: Option<PathBuf>,
    /// Print JSON: every case.
    #[arg(long)]
    json: bool,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let mut mistakes = Vec::new();
    let mut tried = Vec::new();
    for path in &arguments.files {
        match of_file(path, arguments.access.as_deref(), env) {
            Ok(of_file) => tried.extend(of_file),
            Err(error) => mistakes.extend(error.sentences),
        }
    }
    if !mistakes.is_empty() {
        mistakes.dedup();
        return Err(CommandError { exit: Exit::Failed, sentences: mistakes });
    }
    let total = tried.len();
    let failed = tried.iter().filter(|case| !case.passed).count();
    let printed = if arguments.json {
        text::json(&Summary { total, failed, cases: &tried })?
    } else {
        let lines = tried.iter().filter(|case| !case.passed).map(Tried::line);
        let cases = if total == 1 { "case" } else { "cases" };
        format!("{}{total} {cases}, {failed} not as expected\n", lines.collect::<String>())
    };
    env.print(&printed)?;
    if failed > 0 { Err(CommandError::answered(Exit::Refused)) } else { Ok(()) }
}

#[derive(Serialize)]
struct Summary<'t> {
    total: usize,
    failed: usize,
    cases: &'t [Tried],
}

/// A case, and what came of it. The names of its members are interface.
#[derive(Serialize)]
struct Tried {
    file: String,
    line: usize,
    name: Option<String>,
    request: String,
    expected: &'static str,
    passed: bool,
    /// Why, as `portcullis explain --json` says it.
    got: Report,
}

impl Tried {
    fn line(&self) -> String {
        let Self { file, line, name, request, expected, got, .. } = self;
        let name =
            name.as_ref().map_or_else(|| request.clone(), |name| format!("{name}: {request}"));
        let found = if got.outcome == Outcome::Allow { "allow" } else { &got.code };
        let rule = got.rule().map_or(String::new(), |rule| format!("; {rule}"));
        format!("{file}:{line}: {name}: expected {expected}, got {found}: {}{rule}\n", got.reason)
    }
}

/// The cases of one file.
///
/// # Errors
/// The file, or the table that it is about, cannot be read or is wrong: all mistakes.
fn of_file(path: &Path, access: Option<&Path>, env: &Env<'_>) -> Result<Vec<Tried>, CommandError> {
    let file = printable(&path.to_string_lossy());
    let source = env
        .contents(path)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    let source = String::from_utf8(source)
        .map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))?;
    let cases = Cases::read(&file, &source);
    let named = cases.access.as_ref().map(|access| path.with_file_name(access));
    let table = access.map(Path::to_owned).or(named);
    let table = table.unwrap_or_else(|| PathBuf::from(access_table::DEFAULT));
    let table = Table::load(&table, env);
    if let Some(error) = cases.error() {
        let of_table = table.err().map_or_else(Vec::new, |error| error.sentences);
        let sentences = error.sentences.into_iter().chain(of_table).collect();
        return Err(CommandError { sentences, ..error });
    }
    let table = table?;
    cases.cases.iter().map(|case| attempt(case, &file, &table)).collect()
}

fn attempt(case: &Case, file: &str, table: &Table) -> Result<Tried, CommandError> {
    let event = case.asked.event(table.is_simple);
    let request = explain::read(&event)?;
    let caller = case.supposed.as_ref().map(Supposed::as_caller);
    let got = Report::of_decision(&request, caller, table);
    let passed = match case.expected {
        Expected::Allow => got.outcome == Outcome::Allow,
        Expected::Code(code) => got.outcome != Outcome::Allow && got.code == code,
    };
    Ok(Tried {
        file: file.to_owned(),
        line: case.line,
        name: case.name.clone(),
        request: case.request.clone(),
        expected: case.expected.as_str(),
        passed,
        got,
    })
}
