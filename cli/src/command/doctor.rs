//! `portcullis doctor`: is all that stands around the gate as it should be?
//!
//! | file | what it looks at |
//! |---|---|
//! | `check` | what comes of a check, and how it is printed |
//! | `api` | the API: whether it answers, and what its refusals look like |
//! | `clock` | this machine's clock, against the `Date` of others |
//! | `keys` | the user pool's keys, and the seed file |
//! | `pool`, `clients` | the user pool's settings, and those of its app clients |
//! | `template` | authorizers, TTLs, identity sources and gateway responses, against the access table |
//! | `tables` | the tables of webhooks and deliveries |

mod api;
mod check;
mod clients;
mod clock;
mod keys;
mod pool;
mod tables;
mod template;

use std::path::PathBuf;

use aws_config::SdkConfig;
use clap::Args;

use self::check::{Check, Group, Outcome, Report};
use crate::access_table;
use crate::aws::{self, AwsArguments};
use crate::env::Env;
use crate::exit::{CommandError, Exit};
use crate::oauth::{self, Http};
use crate::profile::{Place, Profile, ProfileArguments};
use crate::proxy::Proxy;
use crate::text::json;

pub(crate) const EXAMPLE: &str =
    "portcullis doctor --stack-name api --route /incidents --skip seed";

pub(crate) const EXIT_CODES: &str = "Exit codes:
  0  nothing is wrong, and everything was looked at
  1  nothing is wrong, but something could not be looked at
  2  wrong usage
  3  something is wrong";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// A protected route of the API, such as `/incidents`: what it says to whoever shows no credential.
    #[arg(long, value_name = "PATH")]
    route: Option<String>,
    /// The seed file of the keys, as JWKS_FILE has it.
    #[arg(long, value_name = "FILE")]
    jwks: Option<PathBuf>,
    /// The access table.
    #[arg(long, value_name = "FILE", default_value = access_table::DEFAULT)]
    access: PathBuf,
    /// The SAM or CloudFormation template that deploys the API.
    #[arg(long, value_name = "FILE")]
    template: Option<PathBuf>,
    /// The value of a parameter of that template. May be given more than once. With one, every other
    /// parameter has its default; without any, none has a value.
    #[arg(long, value_name = "NAME=VALUE", requires = "template")]
    parameter: Vec<String>,
    /// The CloudFormation stack of the API: its template is read as it is deployed, with its parameters, and its
    /// outputs name the tables.
    #[arg(long, value_name = "NAME", conflicts_with = "template")]
    stack_name: Option<String>,
    /// The DynamoDB table of the webhooks. Without it: that of the stack, or WEBHOOK_TABLE.
    #[arg(long, value_name = "NAME")]
    webhook_table: Option<String>,
    /// The DynamoDB table of the deliveries. Without it: that of the stack, or REPLAY_TABLE.
    #[arg(long, value_name = "NAME")]
    replay_table: Option<String>,
    /// Leaves a check out. May be given more than once.
    #[arg(long, value_name = "CHECK", value_enum)]
    skip: Vec<Group>,
    /// Writes a JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    aws: AwsArguments,
    #[command(flatten)]
    profile: ProfileArguments,
}

pub(crate) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let profile = Place::of(&arguments.profile, env)?.profile(env)?;
    let mut checks = of_network(arguments, &profile, env).await?;
    checks.extend(of_aws(arguments, &profile, env).await);
    checks.retain(|check| !arguments.skip.contains(&check.check));
    checks.sort_by_key(|check| check.check);
    let report = Report::of(checks);
    let printed = if arguments.json { json(&report)? } else { report.to_string() };
    env.print(&printed)?;
    if !arguments.json {
        env.say(&report.summary());
    }
    match report.worst() {
        Outcome::Wrong => Err(CommandError::answered(Exit::Refused)),
        Outcome::Unknown => Err(CommandError::answered(Exit::Failed)),
        Outcome::Ok | Outcome::Warning => Ok(()),
    }
}

/// What anybody can see.
async fn of_network(
    arguments: &Arguments,
    profile: &Profile,
    env: &mut Env<'_>,
) -> Result<Vec<Check>, CommandError> {
    let asks = |group: Group| !arguments.skip.contains(&group);
    let http = Http::new(&Proxy::of(&profile.place, env)?)?;
    let mut checks = Vec::new();
    let mut dates = Vec::new();
    if asks(Group::Api) || asks(Group::Answers) || asks(Group::Clock) {
        let answer = api::ask(profile, arguments.route.as_deref(), &http).await;
        let now = (env.clock.now)();
        dates.extend(answer.as_ref().ok().map(|answer| clock::Seen::of("the API", answer, now)));
        checks.extend(api::look(profile, arguments.route.as_deref(), answer));
    }
    if asks(Group::Keys) || asks(Group::Seed) || asks(Group::Clock) {
        let answer = oauth::keys::ask(profile, &http, env).await;
        let now = (env.clock.now)();
        dates.extend(
            answer.as_ref().ok().map(|answer| clock::Seen::of("the user pool", answer, now)),
        );
        checks.push(keys::look(profile, answer.as_ref()));
        checks.push(keys::seed(profile, arguments.jwks.as_deref(), answer.as_ref().ok(), env));
    }
    checks.push(clock::look(&dates));
    Ok(checks)
}

/// What AWS credentials are needed for.
async fn of_aws(arguments: &Arguments, profile: &Profile, env: &mut Env<'_>) -> Vec<Check> {
    let asks = |group: Group| !arguments.skip.contains(&group);
    let mut checks = Vec::new();
    let by_file = arguments.template.is_some() || arguments.stack_name.is_none();
    if asks(Group::Template) && by_file {
        checks.extend(template::of_file(arguments, env));
    }
    let mut asked: Vec<Group> =
        [Group::Pool, Group::Clients, Group::Tables].into_iter().filter(|one| asks(*one)).collect();
    if asks(Group::Template) && !by_file {
        asked.push(Group::Template);
    }
    if asked.is_empty() {
        return checks;
    }
    let region = aws::region_beside(profile, env);
    let config = aws::load(&arguments.aws, Some(&region), &profile.place, env).await;
    let config = match config {
        Ok(config) => config,
        Err(error) => {
            checks.extend(asked.into_iter().map(|group| Check::unasked(group, &error)));
            return checks;
        }
    };
    for group in asked {
        checks.extend(with_credentials(group, arguments, profile, &config, env).await);
    }
    checks
}

async fn with_credentials(
    group: Group,
    arguments: &Arguments,
    profile: &Profile,
    config: &SdkConfig,
    env: &mut Env<'_>,
) -> Vec<Check> {
    match group {
        Group::Pool => pool::look(profile, config, env).await,
        Group::Clients => clients::look(profile, config, env).await,
        Group::Tables => tables::look(arguments, config, env).await,
        _ => template::of_stack(arguments, config, env).await,
    }
}

/// The claim of role or tenant, as the authorizer's settings name it.
fn claims(env: &Env<'_>) -> [String; 2] {
    let names = [("ROLE_CLAIM", "custom:role"), ("TENANT_CLAIM", "custom:tenant_id")];
    names.map(|(name, default)| {
        let set = (env.setting)(name).filter(|own| !own.is_empty());
        set.unwrap_or_else(|| default.to_owned())
    })
}
