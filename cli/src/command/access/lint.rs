//! `portcullis access lint`: what is wrong with a table, and between the table and the API it is for.
//!
//! | file | what it looks at |
//! |---|---|
//! | `finding` | the codes, and how a finding is printed |
//! | `table` | the table alone |
//! | `openapi` | the table against an OpenAPI document |
//! | `routes` | the routes of a template: is each one of the table? |
//! | `rules` | the rules of the table: is each asked about? |
//! | `preflights` | `OPTIONS` |
//! | `caching` | TTL and identity sources |
//! | `answers` | what else of an authorizer must fit its function |
//! | `stack` | resource policies, gateway responses, deployments, app clients |

mod answers;
mod caching;

mod finding;
mod openapi;

mod preflights;
mod routes;
mod rules;

mod stack;
mod table;

use std::path::{Path, PathBuf};

use clap::Args;
pub(in crate::command) use finding::Told;
use finding::{Code, Findings, Severity};
use runtime::printable;
use shared::authz::{AccessTable, LintedTable};

use crate::deployed::Deployed;
use crate::env::Env;
use crate::exit::{CommandError, Exit};
use crate::template::{Concern, Template, Unresolved};
use crate::{access_table, template, text, yaml};

/// The end of the command's help. Its exit code 3 means another thing than elsewhere.
pub(super) const HELP: &str = "Example:
  portcullis access lint infra/access.toml --template template.yaml

Exit codes:
  0  nothing is wrong: no errors, and with --strict no warnings
  1  a file cannot be read
  2  wrong usage
  3  findings

docs/lint.md explains every code.";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The table.
    #[arg(default_value = access_table::DEFAULT)]
    file: PathBuf,
    /// An OpenAPI document of the API, version 2 or 3, in YAML or JSON.
    #[arg(long, value_name = "FILE")]
    openapi: Option<PathBuf>,
    /// A SAM or CloudFormation template that deploys the API, in YAML or JSON.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// The value of a parameter of the template. May be given more than once. With one, every other
    /// parameter has its default; without any, none has a value.
    #[arg(long, value_name = "NAME=VALUE", requires = "template")]
    parameter: Vec<String>,
    /// An authorizer of the template, or its function, that answers by the table. May be given more
    /// than once. Without it: those whose functions have the setting CREDENTIALS, or else all that are
    /// functions.
    #[arg(long, value_name = "LOGICAL_ID", requires = "template")]
    authorizer: Vec<String>,
    /// Exit with 3 for warnings, too.
    #[arg(long)]
    strict: bool,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

/// A table that is taken, as the rules see it.
struct Table<'t> {
    file: &'t str,
    access: AccessTable,
    linted: LintedTable,
}

pub(super) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let found = find(arguments, env)?;
    let printed = if arguments.json { text::json(&found)? } else { found.to_string() };
    env.print(&printed)?;
    let [errors, warnings] = [Severity::Error, Severity::Warning].map(|one| found.count(one));
    if !arguments.json {
        env.say(&format!("{}, {}.", counted(errors, "error"), counted(warnings, "warning")));
    }
    if errors > 0 || arguments.strict && warnings > 0 {
        return Err(CommandError { exit: Exit::Refused, sentences: Vec::new() });
    }
    Ok(())
}

/// Where answers of the authorizers of `deployed` would be cached for requests that they are not about, or a
/// resource policy would allow what the authorizer does not, by the table `source` in `file`: one sentence each,
/// with its place and what helps.
pub(crate) fn unenforced(deployed: &Deployed<'_>, file: &str, source: &str) -> Vec<String> {
    use Code::{PL401, PL402, PL403, PL407, PL408, PL501};
    let Ok(access) = AccessTable::without_policies(file, source) else { return Vec::new() };
    let table = Table { file, access, linted: shared::authz::lint(source) };
    let mut findings = Findings::default();
    caching::lint(deployed, Some(&table), &mut findings);
    stack::lint_resource_policy(deployed, &table, &mut findings);
    findings.sort();
    findings.sentences(&[PL401, PL402, PL403, PL407, PL408, PL501])
}

/// What is wrong between the table in the file `path` and the API of the template `tree`, which `file` is called,
/// with the values of `parameters`.
///
/// # Errors
/// The table cannot be read, `tree` is no template, or it has not these parameters.
pub(in crate::command) fn against(
    path: &Path,
    (file, tree): (&str, &yaml::Node),
    parameters: &[(String, String)],
    env: &mut Env<'_>,
) -> Result<Vec<Told>, CommandError> {
    let table_file = printable(&path.to_string_lossy());
    let source = source(&table_file, path, env)?;
    let mut findings = Findings::default();
    let read = table::read(&table_file, &source, true, &mut findings);
    let template = read_template(file, tree, parameters)?;
    let deployed = Deployed::new(file, &template, &[])?;
    lint_template(&deployed, read.as_ref(), &mut findings);
    findings.sort();
    Ok(findings.told())
}

fn counted(count: usize, what: &str) -> String {
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

fn find(arguments: &Arguments, env: &mut Env<'_>) -> Result<Findings, CommandError> {
    let file = printable(&arguments.file.to_string_lossy());
    let source = source(&file, &arguments.file, env)?;
    let mut findings = Findings::default();
    // Both are read first: a table with mistakes is no reason to look at nothing else.
    let document = arguments.openapi.as_deref().map(|path| yaml::load(path, env)).transpose()?;
    let tree = arguments.template.as_deref().map(|path| yaml::load(path, env)).transpose()?;
    let read = table::read(&file, &source, tree.is_some(), &mut findings);
    if let (Some(document), Some(path)) = (&document, &arguments.openapi) {
        let file = printable(&path.to_string_lossy());
        let operations = crate::openapi::operations(&file, document)?;
        if let Some(table) = &read {
            openapi::lint(&file, document, &operations, table, &mut findings);
        }
    }
    if let (Some(tree), Some(path)) = (&tree, &arguments.template) {
        let file = printable(&path.to_string_lossy());
        let parameters = template::values(&arguments.parameter)?;
        let template = read_template(&file, tree, &parameters)?;
        let deployed = Deployed::new(&file, &template, &arguments.authorizer)?;
        lint_template(&deployed, read.as_ref(), &mut findings);
    }
    if read.is_none() {
        env.say("The table has mistakes, so nothing was compared with it.");
    }
    findings.sort();
    Ok(findings)
}

/// Without any value no default is taken: it would be a guess.
fn read_template(
    file: &str,
    tree: &yaml::Node,
    parameters: &[(String, String)],
) -> Result<Template, CommandError> {
    if parameters.is_empty() {
        return template::read(file, tree);
    }
    template::read_with(file, tree, parameters).map(|(template, _)| template)
}

fn source(file: &str, path: &Path, env: &Env<'_>) -> Result<String, CommandError> {
    let source = env
        .contents(path)
        .map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    String::from_utf8(source).map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))
}

fn lint_template(deployed: &Deployed<'_>, table: Option<&Table<'_>>, findings: &mut Findings) {
    tell_unresolved(deployed, findings);
    answers::lint(deployed, table, findings);
    stack::lint(deployed, findings);
    if let Some(table) = table {
        routes::lint(deployed, table, findings);
        rules::lint(deployed, table, findings);
        preflights::lint(deployed, table, findings);
        stack::lint_resource_policy(deployed, table, findings);
    }
    caching::lint(deployed, table, findings);
}

/// What only a deployment knows is said, not guessed.
fn tell_unresolved(deployed: &Deployed<'_>, findings: &mut Findings) {
    let concerns = |own: &&Unresolved| own.concern != Concern::Answer;
    for unresolved in deployed.template.unresolved.iter().filter(concerns) {
        findings.add(
            Code::PL901,
            (deployed.file, unresolved.line),
            &unresolved.sentence,
            "only a deployment knows it: write the value itself, or check by hand what depends on it",
        );
    }
}
