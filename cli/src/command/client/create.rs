//! `portcullis client create`: an app client for a service.

use clap::Args;
use runtime::printable_within;
use serde::Serialize;
use serde_json::Map;
use shared::authn::ServiceTenant;
use shared::authz::{AccessTable, HolderKind};

use super::function::Function;
use super::secret::{Secret, Value};
use super::{name, secret_id};
use crate::command::admin::table;
use crate::env::Env;
use crate::exit::CommandError;
use crate::text::json;
use crate::user_pool::{PoolArguments, UserPool};

pub(super) const EXAMPLE: &str =
    "portcullis client create billing --tenant acme --scope api.read --function authorizer";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The name of the service: letters, digits, `.`, `_` and `-`.
    #[arg(value_parser = name)]
    name: String,
    /// For which tenant its requests are; `claim:<name>`: its token says it.
    #[arg(long)]
    tenant: String,
    /// What it may do: a scope of service tokens of the access table, such as `api.read`. May be given more than
    /// once.
    #[arg(long, required = true)]
    scope: Vec<String>,
    /// The name of its secret in Secrets Manager. Without it: `services/<name>`.
    #[arg(long, value_name = "NAME")]
    secret_id: Option<String>,
    /// The authorizer, a function of Lambda: the service is added to its SERVICE_CLIENTS.
    #[arg(long, value_name = "NAME")]
    function: Option<String>,
    /// Writes one JSON object.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pool: PoolArguments,
}

#[derive(Serialize)]
struct Created<'c> {
    name: &'c str,
    client_id: &'c str,
    secret_id: &'c str,
    scopes: &'c [String],
    tenant: &'c str,
    /// What SERVICE_CLIENTS must have.
    service_clients: &'c str,
    /// The function that has it.
    function: Option<&'c str>,
}

pub(super) async fn run(arguments: &Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let table = table::load(env)?;
    let scopes = scopes(&table, &arguments.scope)?;
    let tenant = tenant(&table, &arguments.tenant)?;
    let profile = arguments.pool.profile(env)?;
    let pool = UserPool::open(&profile, &arguments.pool.aws, env).await?;
    let secret_id = secret_id(&arguments.name, arguments.secret_id.as_deref());
    let secret = Secret::new(&pool.aws, &secret_id);
    secret.require_absent().await?;
    let function = match &arguments.function {
        Some(name) => Some(Function::find(&pool.aws, name).await?),
        None => None,
    };
    let made = pool.create_client(&arguments.name, &scopes).await?;
    let value = Value {
        client_id: &made.id,
        client_secret: &made.secret,
        client_secret_id: None,
        others: &Map::new(),
    };
    if let Err(problem) = secret.create(&arguments.name, &value).await {
        // Without its secret nobody can use it.
        return Err(match pool.delete_client(&made.id).await {
            Ok(()) => problem.and("nothing is left of the app client"),
            Err(second) => problem.with(second).and(format!(
                "the app client `{}` is there, and nobody has its secret: delete it with `aws cognito-idp \
                 delete-user-pool-client --user-pool-id {} --client-id {}`",
                made.id,
                pool.id(),
                made.id
            )),
        });
    }
    let line = format!("{}={tenant}", made.id);
    let created = Created {
        name: &arguments.name,
        client_id: &made.id,
        secret_id: &secret_id,
        scopes: &scopes,
        tenant: &tenant,
        service_clients: &line,
        function: arguments.function.as_deref(),
    };
    if let Some(function) = &function {
        function.add(&line).await.map_err(|error| {
            error.and(format!(
                "the app client and its secret `{}` are there: add `{line}` to SERVICE_CLIENTS of the function yourself",
                printable_within(&secret_id, 128)
            ))
        })?;
    }
    report(&created, arguments.json, env)?;
    let next = format!("token --client-credentials --secret-id {secret_id}");
    env.say(&format!("next: {}", profile.place.next(&next)));
    Ok(())
}

/// The scopes that `asked` names, in full or without the name of their resource server.
fn scopes(table: &AccessTable, asked: &[String]) -> Result<Vec<String>, CommandError> {
    let own = table.holders().filter(|own| own.kind == HolderKind::Scope("service-token"));
    let own: Vec<&str> = own.map(|own| own.name).collect();
    let mut scopes = Vec::new();
    for text in asked {
        let is_asked = |scope: &&&str| {
            **scope == text.as_str() || scope.rsplit_once('/').is_some_and(|(_, end)| end == text)
        };
        let found: Vec<&&str> = own.iter().filter(is_asked).collect();
        let shown = printable_within(text, 128);
        let [scope] = found[..] else {
            let listed: Vec<_> = own.iter().map(|own| format!("`{own}`")).collect();
            return Err(CommandError::refused(format!(
                "`{shown}` is not one scope of service tokens of the access table: those are {}",
                listed.join(", ")
            )));
        };
        if !scopes.iter().any(|own| own == scope) {
            scopes.push((*scope).to_owned());
        }
    }
    Ok(scopes)
}

/// Reads a tenant, or which claim says it.
fn tenant(table: &AccessTable, text: &str) -> Result<String, CommandError> {
    if !text.starts_with("claim:") {
        return Ok(table::tenant(table, text)?.to_string());
    }
    let tenant = ServiceTenant::parse(text);
    let tenant = tenant.map_err(|error| {
        CommandError::usage(format!("`--tenant`: `{}`: {error}", printable_within(text, 140)))
    })?;
    Ok(tenant.to_string())
}

fn report(created: &Created<'_>, as_json: bool, env: &mut Env<'_>) -> Result<(), CommandError> {
    if as_json {
        return env.print(&json(created)?);
    }
    let Created { client_id, secret_id, scopes, tenant, service_clients, function, .. } = created;
    let scopes = scopes.join(" ");
    let mut text = format!(
        "client id  {client_id}\nsecret     {secret_id}\nscopes     {scopes}\ntenant     {tenant}\n"
    );
    if function.is_none() {
        text.push_str(&format!("setting    SERVICE_CLIENTS={service_clients}\n"));
    }
    env.print(&text)?;
    env.say(&match function {
        Some(name) => format!(
            "SERVICE_CLIENTS of `{}` has the service now. Put `{service_clients}` into the template too: the next \
             deployment sets its own value.",
            printable_within(name, 140)
        ),
        None => "Add it to SERVICE_CLIENTS of the authorizer, after a comma where others stand there: until then \
                 its tokens are refused."
            .to_owned(),
    });
    Ok(())
}
