//! `portcullis key rotate`: a new key that replaces an old one.

use std::time::Duration;

use adapters::postgres::api_key_environment;
use clap::Args;
use runtime::settings::Reader;
use shared::authn::{ApiKeyEnvironment, NewApiKey};

use super::show::{Replaced, Shown};
use super::state::State;
use super::{checks, id};
use crate::command::key::connection::{Connection, settled};
use crate::command::key::store::{Grant, Key};
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;

pub(super) const EXAMPLE: &str = "portcullis key rotate EFGHIJKLMNOPQRST --grace 7d";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// The old key's id: 16 letters and digits, as `key list` shows it. Never the key itself.
    #[arg(value_name = "KEY ID")]
    id: String,
    /// How long the old key still works, such as `24h`: at most 30 days. With `0s` it is refused at
    /// once. Without it, 24 hours.
    #[arg(long, value_name = "DURATION", value_parser = checks::grace)]
    grace: Option<Duration>,
    /// Writes one JSON object, with the new key as `key`, to standard output.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let old = id::parse(&arguments.id)?;
    let mut settings = Reader::new(env.setting);
    let environment = api_key_environment(&mut settings);
    let connection = Connection::read(&mut settings, env);
    let (environment, connection) = settled(settings, environment.zip(connection))?;
    let mut store = connection.open(env).await?;
    let new = NewApiKey::generate(&environment, env.random)?;
    let grace = arguments.grace.unwrap_or(checks::DEFAULT_GRACE);
    let admit = |found| admit(found, &environment);
    let replaced = store.replace(&old, &new, &environment, grace, admit).await;
    let open = format!(
        "whether the key `{old}` was replaced by `{}` is not known, and nobody has seen the new one: if \
         `portcullis key list` shows it, rotate it",
        new.id
    );
    let (found, dates, until) = replaced.map_err(|error| error.or_open(open))?;
    let Key { owner, name, scopes, allowed_cidrs, .. } = found;
    let grant = Grant { owner, name, scopes, allowed_cidrs };
    let replaces = Some(Replaced { id: old.as_str(), grace_until: rfc3339(until) });
    Shown { key: &new, grant: &grant, dates, replaces }.show(arguments.json, env)
}

/// Returns `found` if a key of `environment` may replace it. Its scopes are not checked: a key that
/// has leaked must be replaceable, and no key does more than its owner's role.
fn admit(found: Option<Key>, environment: &ApiKeyEnvironment) -> Result<Key, CommandError> {
    let key = found.ok_or_else(unknown)?;
    if let Some(own) = key.environment.as_deref().filter(|own| *own != environment.as_str()) {
        let problem = format!(
            "the key `{}` is of the environment `{own}`, and `API_KEY_ENVIRONMENT` is `{environment}`",
            key.id
        );
        return Err(CommandError::refused(problem));
    }
    let at = |moment: Option<_>| moment.map(rfc3339).unwrap_or_default();
    let reason = match (State::of(&key), &key.replaced_by) {
        (State::Revoked, _) => format!("was revoked at {}; issue a new one", at(key.revoked)),
        (State::Expired, _) => format!("expired at {}; issue a new one", at(key.expires)),
        (_, Some(by)) => format!("is replaced already, by the key `{by}`; rotate that one"),
        (State::Suspended, _) => "belongs to an owner who is suspended".to_owned(),
        _ => return Ok(key),
    };
    Err(CommandError::refused(format!("the key `{}` {reason}", key.id)))
}

pub(super) fn unknown() -> CommandError {
    CommandError::refused("there is no key with this id")
}

#[cfg(test)]
mod tests {
    use shared::authn::ApiKeyEnvironment;

    use super::super::state::tests::{at, key};
    use super::admit;
    use crate::command::key::store::Key;
    use crate::exit::Exit;

    fn prod() -> ApiKeyEnvironment {
        ApiKeyEnvironment::parse("prod").unwrap()
    }

    #[test]
    fn which_keys_are_rotated() {
        let check = |change: fn(&mut Key), reason: &str| {
            let mut key = key();
            change(&mut key);
            let problem = admit(Some(key), &prod()).err();
            assert!(problem.as_ref().is_none_or(|problem| problem.exit == Exit::Refused));
            let sentence = problem.map(|problem| problem.sentences.concat()).unwrap_or_default();
            let expected = match reason {
                "" => String::new(),
                _ => {
                    format!("the key `EFGHIJKLMNOPQRST` {reason}")
                }
            };
            assert_eq!(sentence, expected);
        };
        check(|_| {}, "");
        check(|key| key.environment = None, "");
        check(
            |key| key.environment = Some("dev".to_owned()),
            "is of the environment `dev`, and `API_KEY_ENVIRONMENT` is `prod`",
        );
        check(|key| key.expires = Some(at(2001)), "");
        check(
            |key| key.revoked = Some(at(1500)),
            "was revoked at 1970-01-01T00:25:00Z; issue a new one",
        );
        check(
            |key| key.expires = Some(at(2000)),
            "expired at 1970-01-01T00:33:20Z; issue a new one",
        );
        check(|key| key.suspended = true, "belongs to an owner who is suspended");
        let replaced = |key: &mut Key| {
            key.replaced_by = Some("0123456789abcdef".to_owned());
            key.grace_until = Some(at(3000));
        };
        check(replaced, "is replaced already, by the key `0123456789abcdef`; rotate that one");
        let long_replaced = |key: &mut Key| {
            key.replaced_by = Some("0123456789abcdef".to_owned());
            key.grace_until = Some(at(1000));
        };
        check(long_replaced, "is replaced already, by the key `0123456789abcdef`; rotate that one");
        let problem = admit(None, &prod()).unwrap_err();
        assert_eq!(problem.sentences, ["there is no key with this id"]);
    }
}
