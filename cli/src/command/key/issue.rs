//! `portcullis key issue`: a new key.

use std::time::Duration;

use adapters::postgres::api_key_environment;
use clap::Args;
use runtime::settings::Reader;
use shared::authn::{ApiKeyEnvironment, NewApiKey};
use shared::authz::AccessTable;

use super::checks;
use super::owner::OwnerProfile;
use super::show::Shown;
use crate::access_table;
use crate::command::key::connection::{Connection, settled};
use crate::command::key::store::Grant;
use crate::env::Env;
use crate::exit::{CommandError, Exit};

pub(super) const EXAMPLE: &str = "portcullis key issue --owner alice --name 'nightly export' \\
      --scope read-only --expires-in 90d --cidr 192.0.2.0/24";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The user in whose name the key speaks: the `sub` in Cognito.
    #[arg(
        long,
        value_name = "USER ID",
        required_unless_present = "profile",
        conflicts_with = "profile"
    )]
    owner: Option<String>,
    #[command(flatten)]
    profile: OwnerProfile,
    /// What the key is for: 1 to 100 characters.
    #[arg(long, value_parser = checks::name)]
    name: String,
    /// What the key may do: a scope of the access table. May be given up to 32 times.
    #[arg(long, required = true)]
    scope: Vec<String>,
    /// How long the key lives, such as `90d`: at most 10 years. Without it, until it is revoked.
    #[arg(long, value_name = "DURATION", value_parser = checks::lifetime)]
    expires_in: Option<Duration>,
    /// From where the key may be used, such as `192.0.2.0/24`: a network, or one address. May be
    /// given up to 64 times. Without it, from anywhere.
    #[arg(long, value_name = "NETWORK", value_parser = checks::cidr)]
    cidr: Vec<String>,
    /// Writes one JSON object, with the key as `key`, to standard output.
    #[arg(long)]
    json: bool,
}

struct Settings {
    environment: ApiKeyEnvironment,
    table: AccessTable,
    connection: Connection,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let Arguments { expires_in, json, .. } = arguments;
    let grant = grant(arguments, env).await?;
    let Settings { environment, table, connection } = settings(env)?;
    let store = connection.open(env).await?;
    let accounts = store.accounts(std::slice::from_ref(&grant.owner)).await?;
    let problems = checks::owner(&grant.owner, accounts.first(), &grant.scopes, &table);
    if !problems.is_empty() {
        return Err(CommandError { exit: Exit::Refused, sentences: problems });
    }
    let key = NewApiKey::generate(&environment, env.random)?;
    let kept = store.insert(&key, &environment, &grant, expires_in).await;
    let open = format!(
        "whether the key `{}` was made is not known, and nobody has seen it: if `portcullis key list` \
         shows it, revoke it",
        key.id
    );
    let dates = kept.map_err(|error| error.or_open(open))?;
    Shown { key: &key, grant: &grant, dates, replaces: None }.show(json, env)
}

async fn grant(arguments: Arguments, env: &mut Env<'_>) -> Result<Grant, CommandError> {
    let Arguments { owner, profile, name, scope: scopes, cidr, .. } = arguments;
    let allowed_cidrs = (!cidr.is_empty()).then_some(cidr);
    let networks = allowed_cidrs.as_deref().and_then(checks::cidrs);
    let sentences: Vec<_> = checks::scopes(&scopes).into_iter().chain(networks).collect();
    if !sentences.is_empty() {
        return Err(CommandError { exit: Exit::Usage, sentences });
    }
    let owner = profile.or(owner, env).await?;
    let owner =
        owner.ok_or_else(|| CommandError::usage("whose key? Give `--owner` or `--profile`"))?;
    Ok(Grant { owner, name, scopes, allowed_cidrs })
}

fn settings(env: &Env<'_>) -> Result<Settings, CommandError> {
    let mut settings = Reader::new(env.setting);
    let environment = api_key_environment(&mut settings);
    let table = access_table::read(&mut settings, env);
    let connection = Connection::read(&mut settings, env);
    let read = environment.zip(table).zip(connection);
    let ((environment, table), connection) = settled(settings, read)?;
    Ok(Settings { environment, table, connection })
}
