//! `portcullis key revoke`: the end of a key.

use clap::Args;
use runtime::printable;
use runtime::settings::Reader;
use serde::Serialize;
use shared::time::Timestamp;

use super::id;
use super::rotate::unknown;
use super::state::State;
use crate::command::key::connection::{Connection, settled};
use crate::command::key::store::Key;
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::listed;

pub(super) const EXAMPLE: &str = "portcullis key revoke EFGHIJKLMNOPQRST";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The key's id: 16 letters and digits, as `key list` shows it. Never the key itself.
    #[arg(value_name = "KEY ID")]
    id: String,
    /// Does not ask. Needed where there is no terminal.
    #[arg(long)]
    yes: bool,
    /// Writes one JSON object to standard output.
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Json<'k> {
    id: &'k str,
    owner: &'k str,
    name: &'k str,
    revoked_at: String,
    /// It was revoked before this command.
    already: bool,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let id = id::parse(&arguments.id)?;
    if !arguments.yes && !env.is_terminal {
        return Err(CommandError::usage("there is no terminal to ask on: add `--yes`"));
    }
    let mut settings = Reader::new(env.setting);
    let connection = Connection::read(&mut settings, env);
    let store = settled(settings, connection)?.open(env).await?;
    let found = store.key(&id).await?.ok_or_else(unknown)?;
    if let Some(since) = found.revoked {
        return report(&found, since, true, arguments.json, env);
    }
    if !arguments.yes {
        for line in lines(&found) {
            env.say(&line);
        }
        if !env.confirm("Revoke this key for ever?") {
            return Err(CommandError::refused("nothing was changed"));
        }
    }
    let open = format!("whether the key `{id}` is revoked is not known: revoke it again");
    if let Some(since) = store.revoke(&id).await.map_err(|error| error.or_open(open))? {
        return report(&found, since, false, arguments.json, env);
    }
    // It was revoked meanwhile, by another operator.
    let found = store.key(&id).await?.ok_or_else(unknown)?;
    let since = found.revoked.unwrap_or(found.as_of);
    report(&found, since, true, arguments.json, env)
}

fn report(
    key: &Key,
    since: Timestamp,
    already: bool,
    json: bool,
    env: &mut Env<'_>,
) -> Result<(), CommandError> {
    let since = rfc3339(since);
    if json {
        let Key { id, owner, name, .. } = key;
        let json = Json { id, owner, name, revoked_at: since, already };
        let text = serde_json::to_string(&json);
        let text = text.map_err(|error| CommandError::failed(error.to_string()))?;
        return env.print(&(text + "\n"));
    }
    let already_so = if already { "already, " } else { "" };
    env.print(&format!("{} was revoked {already_so}at {since}\n", key.id))?;
    if !already {
        env.say(
            "An answer that API Gateway has cached for it still counts until the authorizer's TTL ends.",
        );
    }
    Ok(())
}

/// What is about to be revoked.
fn lines(key: &Key) -> Vec<String> {
    let or_never = |moment: Option<_>| moment.map_or_else(|| "never".to_owned(), rfc3339);
    let mut lines = vec![
        format!("id         {}", key.id),
        format!("owner      {}", printable(&key.owner)),
        format!("name       {}", printable(&key.name)),
        format!("scopes     {}", listed(&key.scopes)),
        format!("state      {}", State::of(key)),
        format!("created    {}", rfc3339(key.created)),
        format!("expires    {}", or_never(key.expires)),
        format!("last used  {}", or_never(key.last_used)),
    ];
    if let Some(by) = &key.replaced_by {
        lines.push(format!("The key {} that replaced it stays as it is.", printable(by)));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{at, key};
    use super::lines;

    #[test]
    fn what_is_about_to_be_revoked() {
        let mut key = key();
        key.name = "a\nowner      bob".to_owned();
        key.replaced_by = Some("0123456789abcdef".to_owned());
        key.grace_until = Some(at(3000));
        assert_eq!(
            lines(&key),
            [
                "id         EFGHIJKLMNOPQRST",
                "owner      alice",
                "name       a\\u{a}owner      bob",
                "scopes     read-only, itsm-write",
                "state      in grace until 1970-01-01T00:50:00Z",
                "created    1970-01-01T00:16:40Z",
                "expires    never",
                "last used  never",
                "The key 0123456789abcdef that replaced it stays as it is.",
            ]
        );
    }
}
