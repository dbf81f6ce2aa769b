//! `--template`: the API of a SAM or CloudFormation template, in place of one made of the access table.
//!
//! It is refused where something that the template or the table says would silently not hold. What is only
//! otherwise than on AWS is a note.
//!
//! | file | what it does |
//! |---|---|
//! | `chosen` | which API of the template, with the values of its parameters |
//! | `guards` | what stands before each route |
//! | `open` | routes that the table's authorizers do not stand before, and whether the table agrees |
//! | `preflights` | what SAM adds for browsers |
//! | `authorizers` | authorizers as the gateway has them |
//! | `functions` | functions and their settings |
//! | `behind` | what is behind each route |
//! | `answers` | gateway responses |
//! | `policy` | the resource policy |
//! | `problems` | what is wrong, all of it |

mod answers;
mod authorizers;
mod behind;
mod chosen;
mod functions;
mod guards;
mod open;
mod policy;
mod preflights;
mod problems;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use chosen::Chosen;
use clap::Args;
use local::gateway::{Api, ApiKind, Domain, Gateway, Route};
use problems::Problems;

use super::Serve;
use super::plan::{Plan, Table};
use crate::command::access::lint;
use crate::deployed::Deployed;
use crate::env::Env;
use crate::exit::CommandError;
use crate::template::{self, Concern};

/// Which API of which template.
#[derive(Debug, Args)]
pub(super) struct Source {
    /// A SAM or CloudFormation template: routes, authorizers, TTLs and gateway responses come from it, and
    /// not from the access table.
    #[arg(long, value_name = "FILE", conflicts_with = "api")]
    template: Option<PathBuf>,
    /// The API of the template, where it has several.
    #[arg(long, value_name = "LOGICAL_ID", requires = "template")]
    api_id: Option<String>,
    /// The value of a parameter of the template. May be given more than once. Without it: its default.
    #[arg(long, value_name = "NAME=VALUE", requires = "template")]
    parameter: Vec<String>,
    /// An authorizer of the template, or its function, that is Portcullis. May be given more than once.
    /// Without it: those whose functions have the setting CREDENTIALS.
    #[arg(long, value_name = "LOGICAL_ID", requires = "template")]
    authorizer: Vec<String>,
}

/// The plan that the template says; `None` without one.
///
/// # Errors
/// The template cannot be read, or something would silently not hold: all of it.
pub(super) fn plan(
    serve: &Serve,
    table: &Table,
    env: &Env<'_>,
) -> Result<Option<Plan>, CommandError> {
    let arguments = &serve.template;
    let Some(path) = &arguments.template else { return Ok(None) };
    let mut chosen = Chosen::read(arguments, path, env)?;
    if let Some(ttl) = serve.ttl {
        chosen.cache_for(ttl, &arguments.authorizer)?;
    }
    let deployed = Deployed::new(&chosen.file, &chosen.template, &arguments.authorizer)?;
    let mut problems = Problems::new(&chosen.file);
    tell_unresolved(&chosen, serve.ttl.is_some(), &mut problems);
    let routing = routing(&chosen, serve);
    let reading = Reading { chosen: &chosen, deployed: &deployed, table, routing };
    let mut plan = reading.plan(serve, &mut problems);
    if let Some(api) = chosen.template.apis.first() {
        reading.whole_api(api, &mut plan, &mut problems);
    }
    problems.extend(lint::unenforced(&deployed, &table.file, &table.source));
    if problems.is_empty() {
        reading.misfits(&plan, &mut problems);
    }
    problems.finish()?;
    Ok(Some(plan))
}

/// A template while it is read.
struct Reading<'r> {
    chosen: &'r Chosen,
    deployed: &'r Deployed<'r>,
    table: &'r Table,
    /// All routes, with nothing before them; `None` if one cannot be.
    routing: Option<Gateway>,
}

/// An API with the routes alone: which of them takes a request?
fn routing(chosen: &Chosen, serve: &Serve) -> Option<Gateway> {
    let mut api = empty(chosen.kind, serve);
    let keys = chosen.template.routes.iter().map(template::Route::key);
    api.routes = keys.map(|key| Route::new(&key, None)).collect();
    Gateway::new(api).ok()
}

/// An API without a route, under the name of this machine.
fn empty(kind: ApiKind, serve: &Serve) -> Api {
    let mut api = Api::new(kind, &serve.stage);
    api.domain = Domain::Custom { name: "localhost".to_owned(), base_path: None };
    api
}

impl Reading<'_> {
    fn plan(&self, serve: &Serve, problems: &mut Problems<'_>) -> Plan {
        let mut plan = Plan {
            api: empty(self.chosen.kind, serve),
            title: String::new(),
            authorizers: BTreeMap::new(),
            webhooks: BTreeMap::new(),
            asked: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            notes: BTreeSet::new(),
        };
        self.authorizers(&mut plan, problems);
        self.routes(&mut plan, problems);
        self.preflights(&mut plan);
        self.gateway_responses(&mut plan, problems);
        plan.title = self.title(&plan);
        plan
    }

    fn title(&self, plan: &Plan) -> String {
        let what = match self.chosen.kind {
            ApiKind::Http => "HTTP API",
            _ => "REST API",
        };
        let ttl = |own: &local::gateway::Authorizer| {
            format!(", `{}` TTL {} s", own.name, own.ttl_seconds)
        };
        let ttls: String = plan.api.authorizers.iter().map(ttl).collect();
        format!("the {what} `{}` of {}{ttls}", self.chosen.id, self.chosen.file)
    }

    /// What the gateway itself does not take, at the lines of what it names.
    fn misfits(&self, plan: &Plan, problems: &mut Problems<'_>) {
        let template = self.deployed.template;
        let Err(errors) = Gateway::new(plan.api.clone()) else { return };
        let authorizers = template.authorizers.iter();
        let authorizers = authorizers.map(|own| (own.line, format!("authorizer `{}`", own.id)));
        let routes = template.routes.iter().map(|own| (own.line, format!("`{}`", own.key())));
        let responses = template.gateway_responses.iter();
        let responses =
            responses.map(|own| (own.line, format!("gateway response {}:", own.response_type)));
        let places: Vec<(usize, String)> = authorizers.chain(routes).chain(responses).collect();
        for error in errors.iter().map(ToString::to_string) {
            let place = places.iter().find(|(_, name)| error.contains(name));
            let line = place.map_or(self.chosen.template.line, |(line, _)| *line);
            problems.add(line, error, "change it, or leave it out by a condition");
        }
    }

    /// What an API has as a whole.
    fn whole_api(&self, api: &template::Api, plan: &mut Plan, problems: &mut Problems<'_>) {
        plan.api.resource_policy = policy::of(api, problems);
        if api.asks_for_api_keys {
            plan.notes.insert(format!(
                "API keys of usage plans (`ApiKeyRequired` in `{}`) are not checked here.",
                api.id
            ));
        }
        if self.chosen.kind == ApiKind::Http && api.has_cors {
            plan.notes.insert(format!(
                "The CORS of `{}` is not done here: preflights are requests like any other.",
                api.id
            ));
        }
        if !self.chosen.defaults.is_empty() {
            let names: Vec<String> =
                self.chosen.defaults.iter().map(|name| format!("`{name}`")).collect();
            plan.notes.insert(format!(
                "Parameters with their defaults: {}. `--parameter NAME=VALUE` gives another value.",
                names.join(", ")
            ));
        }
    }
}

/// What only a deployment knows is not guessed.
fn tell_unresolved(chosen: &Chosen, has_ttl: bool, problems: &mut Problems<'_>) {
    for unresolved in &chosen.template.unresolved {
        let remedy = match unresolved.concern {
            // What of them is needed is told where it is.
            Concern::Function => continue,
            Concern::Ttl if has_ttl => continue,
            Concern::Ttl => {
                "write the value itself, give its parameters by `--parameter`, or use `--ttl`"
            }
            Concern::Macro => "give the template that CloudFormation makes of it",
            Concern::Api | Concern::Answer => {
                "write the value itself, or give its parameters by `--parameter`"
            }
        };
        problems.add(unresolved.line, unresolved.sentence.clone(), remedy);
    }
}
