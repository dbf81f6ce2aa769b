//! `portcullis configure`: which API, and where to log in.

mod stack;

use std::io::Read as _;

use clap::Args;
use runtime::printable;

use crate::aws::AwsArguments;
use crate::env::Env;
use crate::exit::CommandError;
use crate::profile::{Bundle, Config, MAX_BUNDLE_BYTES, Place, ProfileArguments};

pub(crate) const EXAMPLE: &str = "portcullis configure --from-bundle eyJhcGlfdXJsIjoiaHR0cHM6Ly9…";

/// Where the four values come from: a bundle, a stack, or flags.
#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The bundle that an administrator sent; `-` reads it from standard input.
    #[arg(long, value_name = "BASE64", group = "source", allow_hyphen_values = true)]
    from_bundle: Option<String>,
    /// The CloudFormation stack of the API: its outputs ApiUrl, UserPoolId and AppClientId.
    #[arg(long, value_name = "NAME", group = "source")]
    stack_name: Option<String>,
    /// The address of the API. With `--stack-name`: in place of the stack's output.
    #[arg(long, value_name = "URL", conflicts_with = "from_bundle")]
    api_url: Option<String>,
    /// The region of the user pool, or of the stack.
    #[arg(long, conflicts_with = "from_bundle")]
    region: Option<String>,
    /// The user pool.
    #[arg(long, value_name = "ID", requires = "api_url", conflicts_with = "stack_name")]
    user_pool_id: Option<String>,
    /// The app client through which people log in.
    #[arg(long, value_name = "ID", requires = "api_url", conflicts_with = "stack_name")]
    client_id: Option<String>,
    /// Where Cognito is, if not at AWS: the user pool of `portcullis dev`.
    #[arg(long, value_name = "URL", conflicts_with = "from_bundle")]
    cognito_endpoint: Option<String>,
    /// Does not ask whether the host is right.
    #[arg(long)]
    yes: bool,
    #[command(flatten)]
    aws: AwsArguments,
    #[command(flatten)]
    profile: ProfileArguments,
}

pub(crate) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let place = Place::of(&arguments.profile, env)?;
    let config = read(&arguments, &place, env).await?;
    config.check().map_err(|problem| CommandError::failed(problem.to_string()))?;
    if let Some(warning) = config.warning() {
        env.say(&format!("warning: {warning}"));
    }
    confirm(&config, &place, arguments.yes, env)?;
    place.configure(&config, env).await?;
    env.say(&format!("The profile `{}` is configured.", place.name));
    env.say(&format!("next: {}", place.next("login --username EMAIL")));
    Ok(())
}

async fn read(
    arguments: &Arguments,
    place: &Place,
    env: &mut Env<'_>,
) -> Result<Config, CommandError> {
    if let Some(bundle) = &arguments.from_bundle {
        return from_bundle(bundle, env);
    }
    let endpoint = arguments.cognito_endpoint.clone();
    if let Some(name) = &arguments.stack_name {
        let source = stack::Source { name, api_url: arguments.api_url.as_deref() };
        let region = arguments.region.as_deref();
        let of_stack = stack::read(source, region, &arguments.aws, place, env).await?;
        return Ok(Config { cognito_endpoint: endpoint, ..of_stack });
    }
    match (&arguments.api_url, &arguments.region, &arguments.user_pool_id, &arguments.client_id) {
        (Some(api_url), Some(region), Some(user_pool_id), Some(client_id)) => Ok(Config {
            api_url: api_url.clone(),
            region: region.clone(),
            user_pool_id: user_pool_id.clone(),
            client_id: client_id.clone(),
            cognito_endpoint: endpoint,
        }),
        _ => Err(CommandError::usage(
            "nothing to configure: give `--from-bundle`, `--stack-name`, or `--api-url` with `--region`, \
             `--user-pool-id` and `--client-id`",
        )),
    }
}

fn from_bundle(text: &str, env: &mut Env<'_>) -> Result<Config, CommandError> {
    let bundle = match text {
        "-" => Bundle::parse(&standard_input(env)?),
        text => Bundle::parse(text.as_bytes()),
    };
    let bundle = bundle.map_err(|problem| CommandError::failed(problem.to_string()))?;
    for field in &bundle.unknown {
        env.say(&format!("`{field}` of the bundle is unknown, and ignored"));
    }
    Ok(bundle.config)
}

/// One byte more than a bundle may have, so that it is seen to be too long.
fn standard_input(env: &mut Env<'_>) -> Result<Vec<u8>, CommandError> {
    if env.is_terminal {
        env.say("Paste the bundle, and end it with Ctrl-D on a line of its own.");
    }
    let mut bytes = Vec::new();
    let most = u64::try_from(MAX_BUNDLE_BYTES).unwrap_or(u64::MAX).saturating_add(1);
    env.input
        .take(most)
        .read_to_end(&mut bytes)
        .map_err(|error| CommandError::failed(format!("standard input cannot be read: {error}")))?;
    Ok(bytes)
}

/// Shows what the profile will trust: the password goes to the pool, and every token to the host.
fn confirm(
    config: &Config,
    place: &Place,
    yes: bool,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let Config { api_url, user_pool_id, client_id, cognito_endpoint, .. } = config;
    env.say(&format!("API         {}", printable(api_url)));
    env.say(&format!("user pool   {user_pool_id}"));
    env.say(&format!("app client  {client_id}"));
    if let Some(endpoint) = cognito_endpoint {
        env.say(&format!("Cognito     {}", printable(endpoint)));
    }
    if yes {
        return Ok(());
    }
    if !env.is_terminal {
        return Err(CommandError::usage("there is no terminal to ask on: add `--yes`"));
    }
    let host = config.host();
    if env.confirm(&format!("Send the tokens of the profile `{}` to {host}?", place.name)) {
        return Ok(());
    }
    Err(CommandError::refused("not confirmed: nothing was changed"))
}
