//! `portcullis explain`: why a request is allowed or denied, and what would have to change.

mod asked;
mod caller;
mod event;
mod log;
mod report;
mod secret;
mod settings;
mod table;
mod token;

use std::io::Read as _;
use std::path::{Path, PathBuf};

pub(crate) use asked::Asked;
pub(crate) use caller::{Parts, Supposed};
use clap::Args;
pub(crate) use log::explain as of_line;
pub(crate) use report::{Outcome, Report};
use runtime::printable;
pub(crate) use secret::{has_token, whole_token};
use settings::Settings;
use shared::authn::CredentialKind;
use shared::request::Request;
pub(crate) use table::Table;

use crate::env::Env;
use crate::exit::{CommandError, Exit};
use crate::{access_table, text};

pub(crate) const EXAMPLE: &str =
    "portcullis explain POST /api/incidents --role viewer --tenant acme";

pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  the request is allowed
  1  it cannot be decided: a wrong setting, a table that cannot be read or that
     is not what the API is
  2  wrong usage
  3  the request is denied";

/// The longest token, line of the log or event that is read, in bytes.
const MAX_BYTES: usize = 1024 * 1024;

const KINDS: [CredentialKind; 4] = CredentialKind::ALL;

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The method and the path that are requested, or `$connect`.
    #[arg(value_name = "METHOD PATH", num_args = 0..=2, conflicts_with_all = ["log", "event"])]
    request: Vec<String>,
    /// The access table.
    #[arg(long, value_name = "FILE", default_value = access_table::DEFAULT)]
    access: PathBuf,
    /// A header of the request, as `name:value`. May be given more than once.
    #[arg(long, value_name = "NAME:VALUE", conflicts_with_all = ["log", "event"])]
    header: Vec<String>,
    /// Suppose a caller with this role; of an API key, its owner's.
    #[arg(long, conflicts_with_all = ["token", "log"])]
    role: Option<String>,
    /// Suppose a caller with this scope. May be given more than once.
    #[arg(long, conflicts_with_all = ["token", "log"])]
    scope: Vec<String>,
    /// The supposed caller's tenant; without it, the one that the request names.
    #[arg(long, conflicts_with_all = ["token", "log"])]
    tenant: Option<String>,
    /// The kind of credential that the supposed caller presents.
    #[arg(long, value_parser = KINDS.map(CredentialKind::as_str), conflicts_with_all = ["token", "log"])]
    credential: Option<String>,
    /// The caller is the one of the token in this file; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with_all = ["log", "event"])]
    token: Option<PathBuf>,
    /// The keys of the token's user pool: a JWK set, or an object from issuer to JWK set.
    #[arg(long, value_name = "FILE", conflicts_with = "log")]
    jwks: Option<PathBuf>,
    /// Explain this line of the decision log; `-` is standard input.
    #[arg(long, value_name = "FILE", conflicts_with = "event")]
    log: Option<PathBuf>,
    /// Explain this event, as API Gateway sends it to an authorizer.
    #[arg(long, value_name = "FILE")]
    event: Option<PathBuf>,
    /// Print JSON.
    #[arg(long)]
    json: bool,
}

impl Arguments {
    fn parts(&self) -> Parts<'_> {
        Parts {
            role: self.role.as_deref(),
            scopes: self.scope.iter().flat_map(|text| text.split_whitespace()).collect(),
            credential: self.credential.as_deref(),
            tenant: self.tenant.as_deref(),
        }
    }

    fn asked(&self) -> Result<Asked, String> {
        if self.request.is_empty() {
            return Err(
                "which request? Give its method and its path, such as `GET /api/incidents`, or \
                        `--event` or `--log`"
                    .to_owned(),
            );
        }
        let mut asked = Asked::parse(&self.request.join(" "))?;
        for header in &self.header {
            asked.read_header(header)?;
        }
        Ok(asked)
    }
}

pub(crate) fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let supposed = Supposed::read(&arguments.parts()).map_err(CommandError::usage)?;
    let is_read = arguments.log.is_some() || arguments.event.is_some();
    let asked = (!is_read).then(|| arguments.asked()).transpose().map_err(CommandError::usage)?;
    if arguments.jwks.is_some() && arguments.token.is_none() && arguments.event.is_none() {
        return Err(CommandError::usage("`--jwks` verifies the token of `--token` or `--event`"));
    }
    let table = Table::load(&arguments.access, env)?;
    let report = match (asked, &arguments.log, &arguments.event) {
        (Some(asked), ..) => explain_asked(&asked, supposed.as_ref(), arguments, &table, env)?,
        (_, Some(log), _) => log::explain(&contents(log, env)?, &table)?,
        (_, _, Some(event)) => {
            let event = contents(event, env)?;
            let settings = Settings::read(arguments.jwks.as_deref(), env)?;
            event::explain(&event, supposed.as_ref(), &settings, &table, env.now)?
        }
        (None, None, None) => return Err(CommandError::usage("which request?")),
    };
    let printed = if arguments.json { text::json(&report)? } else { report.text(&table) };
    env.print(&printed)?;
    match report.outcome.exit() {
        Exit::Done => Ok(()),
        exit => Err(CommandError::answered(exit)),
    }
}

fn explain_asked(
    asked: &Asked,
    supposed: Option<&Supposed>,
    arguments: &Arguments,
    table: &Table,
    env: &mut Env<'_>,
) -> Result<Report, CommandError> {
    let event = asked.event(table.is_simple);
    let request = read(&event)?;
    let Some(token) = &arguments.token else {
        return Ok(Report::of_decision(&request, supposed.map(Supposed::as_caller), table));
    };
    let token = contents(token, env)?;
    let settings = Settings::read(arguments.jwks.as_deref(), env)?;
    token::explain(&token, &request, &settings, table, env.now)
}

/// Reads an event.
///
/// # Errors
/// It is none of an authorizer.
pub(crate) fn read(event: &[u8]) -> Result<Request<'_>, CommandError> {
    Request::read(event).map_err(|error| {
        CommandError::failed(format!("the authorizer cannot read that request: {error}"))
    })
}

/// The text of the file at `path`, or of standard input for `-`, without blanks around it.
fn contents(path: &Path, env: &mut Env<'_>) -> Result<String, CommandError> {
    let file = printable(&path.to_string_lossy());
    let mut bytes = Vec::new();
    let read = if path.as_os_str() == "-" {
        let limit = u64::try_from(MAX_BYTES).unwrap_or(u64::MAX);
        env.input.take(limit + 1).read_to_end(&mut bytes).map(drop)
    } else {
        env.contents(path).map(|read| bytes = read)
    };
    read.map_err(|error| CommandError::failed(format!("{file} cannot be read: {error}")))?;
    if bytes.len() > MAX_BYTES {
        return Err(CommandError::failed(format!(
            "{file} is larger than {} KiB",
            MAX_BYTES / 1024
        )));
    }
    let text = String::from_utf8(bytes);
    let text = text.map_err(|_| CommandError::failed(format!("{file} is not UTF-8")))?;
    Ok(text.trim().to_owned())
}
