//! `portcullis key list`: which keys there are.

use clap::Args;
use runtime::printable;
use runtime::settings::Reader;
use serde::Serialize;

use super::owner::OwnerProfile;
use super::state::State;
use crate::command::key::connection::{Connection, settled};
use crate::command::key::store::Key;
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::{listed, table};

pub(super) const EXAMPLE: &str = "portcullis key list --owner alice --all";

#[derive(Debug, Args)]
pub(crate) struct Arguments {
    /// Lists the keys of this user alone: the `sub` in Cognito.
    #[arg(long, value_name = "USER ID", conflicts_with = "profile")]
    owner: Option<String>,
    #[command(flatten)]
    profile: OwnerProfile,
    /// Lists those too that cannot be used any more: replaced, revoked, expired, or of a suspended
    /// owner.
    #[arg(long)]
    all: bool,
    /// Writes a JSON array to standard output, one object a key.
    #[arg(long)]
    json: bool,
}

/// A key as JSON, for programs.
#[derive(Serialize)]
pub(super) struct Json<'k> {
    id: &'k str,
    owner: &'k str,
    name: &'k str,
    scopes: &'k [String],
    allowed_cidrs: Option<&'k [String]>,
    state: &'static str,
    imported: bool,
    created_at: String,
    expires_at: Option<String>,
    revoked_at: Option<String>,
    replaced_by: Option<&'k str>,
    grace_until: Option<String>,
    last_used_at: Option<String>,
}

pub(super) async fn run(arguments: Arguments, env: &mut Env<'_>) -> Result<(), CommandError> {
    let mut settings = Reader::new(env.setting);
    let connection = Connection::read(&mut settings, env);
    let connection = settled(settings, connection)?;
    let owner = arguments.profile.or(arguments.owner, env).await?;
    let store = connection.open(env).await?;
    let mut keys = store.keys(owner.as_deref()).await?;
    keys.retain(|key| arguments.all || State::of(key).is_usable());
    if arguments.json {
        return env.print(&json(&keys)?);
    }
    env.print_table(&text(&keys))?;
    if keys.is_empty() && !arguments.all {
        env.say("There is no key that can be used. With --all the others are listed too.");
    }
    Ok(())
}

fn json(keys: &[Key]) -> Result<String, CommandError> {
    let keys: Vec<_> = keys.iter().map(Json::of).collect();
    let text = serde_json::to_string_pretty(&keys);
    text.map(|text| text + "\n").map_err(|error| CommandError::failed(error.to_string()))
}

impl<'k> Json<'k> {
    fn of(key: &'k Key) -> Self {
        Self {
            id: &key.id,
            owner: &key.owner,
            name: &key.name,
            scopes: &key.scopes,
            allowed_cidrs: key.allowed_cidrs.as_deref(),
            state: State::of(key).as_str(),
            imported: key.environment.is_none(),
            created_at: rfc3339(key.created),
            expires_at: key.expires.map(rfc3339),
            revoked_at: key.revoked.map(rfc3339),
            replaced_by: key.replaced_by.as_deref(),
            grace_until: key.grace_until.map(rfc3339),
            last_used_at: key.last_used.map(rfc3339),
        }
    }
}

fn text(keys: &[Key]) -> String {
    let rows: Vec<_> = keys.iter().map(row).collect();
    table(["ID", "OWNER", "NAME", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST USED"], &rows)
}

fn row(key: &Key) -> [String; 8] {
    let or_never = |moment: Option<_>| moment.map_or_else(|| "never".to_owned(), rfc3339);
    [
        printable(&key.id),
        printable(&key.owner),
        printable(&key.name),
        listed(&key.scopes),
        State::of(key).to_string(),
        rfc3339(key.created),
        or_never(key.expires),
        or_never(key.last_used),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::state::tests::{at, key};
    use super::{json, text};

    #[test]
    fn a_table_for_people() {
        let mut other = key();
        other.name = "\u{1b}]0;gone\u{7}".to_owned();
        other.scopes.truncate(1);
        other.replaced_by = Some("0123456789abcdef".to_owned());
        other.grace_until = Some(at(86_400));
        other.expires = Some(at(90_000));
        other.last_used = Some(at(1999));
        let shown = text(&[key(), other]);
        let lines: Vec<Vec<&str>> = shown.lines().map(cells).collect();
        let expected = [
            ["ID", "OWNER", "NAME", "SCOPES", "STATE", "CREATED", "EXPIRES", "LAST USED"],
            [
                "EFGHIJKLMNOPQRST",
                "alice",
                "nightly export",
                "read-only, itsm-write",
                "active",
                "1970-01-01T00:16:40Z",
                "never",
                "never",
            ],
            [
                "EFGHIJKLMNOPQRST",
                "alice",
                "\\u{1b}]0;gone\\u{7}",
                "read-only",
                "in grace until 1970-01-02T00:00:00Z",
                "1970-01-01T00:16:40Z",
                "1970-01-02T01:00:00Z",
                "1970-01-01T00:33:19Z",
            ],
        ];
        assert_eq!(lines, expected);
    }

    fn cells(line: &str) -> Vec<&str> {
        line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()
    }

    #[test]
    fn an_array_for_programs() {
        let mut other = key();
        other.revoked = Some(at(1500));
        other.environment = None;
        other.allowed_cidrs = Some(vec!["10.0.0.0/8".to_owned()]);
        let read: serde_json::Value =
            serde_json::from_str(&json(&[key(), other]).unwrap()).unwrap();
        let first = serde_json::json!({
            "id": "EFGHIJKLMNOPQRST", "owner": "alice", "name": "nightly export",
            "scopes": ["read-only", "itsm-write"], "allowed_cidrs": null, "state": "active",
            "imported": false, "created_at": "1970-01-01T00:16:40Z", "expires_at": null,
            "revoked_at": null, "replaced_by": null, "grace_until": null, "last_used_at": null,
        });
        assert_eq!(read[0], first);
        assert_eq!(read[1]["state"], "revoked");
        assert_eq!(read[1]["revoked_at"], "1970-01-01T00:25:00Z");
        assert_eq!(read[1]["allowed_cidrs"], serde_json::json!(["10.0.0.0/8"]));
        assert_eq!(json(&[]).unwrap(), "[]\n");
    }
}
