//! A new key, shown this once.

use runtime::printable;
use serde::Serialize;
use shared::authn::NewApiKey;
use shared::ids::ApiKeyId;
use zeroize::Zeroizing;

use crate::command::key::store::{Dates, Grant};
use crate::env::Env;
use crate::exit::CommandError;
use crate::moment::rfc3339;
use crate::text::listed;

/// More than the longest output has. A buffer that grows would leave copies of the key behind.
const MAX_JSON_BYTES: usize = 64 * 1024;

/// A new key, and what it is.
pub(super) struct Shown<'s> {
    pub(super) key: &'s NewApiKey,
    pub(super) grant: &'s Grant,
    pub(super) dates: Dates,
    /// The key that it replaces, if any.
    pub(super) replaces: Option<Replaced<'s>>,
}

/// A key that was replaced.
#[derive(Serialize)]
pub(super) struct Replaced<'s> {
    #[serde(rename = "replaces")]
    pub(super) id: &'s str,
    /// Until when it works.
    pub(super) grace_until: String,
}

#[derive(Serialize)]
struct Json<'s> {
    id: &'s str,
    key: &'s str,
    owner: &'s str,
    name: &'s str,
    scopes: &'s [String],
    allowed_cidrs: Option<&'s [String]>,
    created_at: String,
    expires_at: Option<String>,
    #[serde(flatten)]
    replaces: Option<&'s Replaced<'s>>,
}

impl Shown<'_> {
    /// Writes the key to standard output, as JSON if `json`, and what it is to standard error.
    pub(super) fn show(&self, json: bool, env: &mut Env<'_>) -> Result<(), CommandError> {
        let text = if json { self.json()? } else { self.line() };
        env.print_once(&text).map_err(|problem| problem.and(self.unseen()))?;
        if !json {
            self.explain(env);
        }
        Ok(())
    }

    fn line(&self) -> Zeroizing<String> {
        let mut line = Zeroizing::new(String::with_capacity(MAX_JSON_BYTES));
        line.push_str(&self.key.value);
        line.push('\n');
        line
    }

    fn json(&self) -> Result<Zeroizing<String>, CommandError> {
        let json = Json {
            id: self.key.id.as_str(),
            key: &self.key.value,
            owner: &self.grant.owner,
            name: &self.grant.name,
            scopes: &self.grant.scopes,
            allowed_cidrs: self.grant.allowed_cidrs.as_deref(),
            created_at: rfc3339(self.dates.created),
            expires_at: self.dates.expires.map(rfc3339),
            replaces: self.replaces.as_ref(),
        };
        let mut bytes = Zeroizing::new(Vec::with_capacity(MAX_JSON_BYTES));
        let written = serde_json::to_writer(&mut *bytes, &json).ok();
        bytes.push(b'\n');
        let text = written.and_then(|()| String::from_utf8(std::mem::take(&mut *bytes)).ok());
        text.map(Zeroizing::new).ok_or_else(|| CommandError::failed(self.unseen()))
    }

    fn explain(&self, env: &mut Env<'_>) {
        let Grant { owner, name, scopes, allowed_cidrs } = self.grant;
        let never = || "never".to_owned();
        env.say(&format!("id       {}", self.key.id));
        env.say(&format!("owner    {}", printable(owner)));
        env.say(&format!("name     {}", printable(name)));
        env.say(&format!("scopes   {}", listed(scopes)));
        let networks = allowed_cidrs.as_deref().map_or_else(|| "anywhere".to_owned(), listed);
        env.say(&format!("from     {networks}"));
        env.say(&format!("expires  {}", self.dates.expires.map_or_else(never, rfc3339)));
        if let Some(Replaced { id, grace_until }) = &self.replaces {
            env.say(&format!("The old key {id} works until {grace_until}."));
        }
        env.say(
            "The key is shown once: only a hash of it is kept. It goes into the header x-api-key.",
        );
    }

    fn unseen(&self) -> String {
        let sentence = unseen(&self.key.id);
        match &self.replaces {
            None => sentence,
            Some(old) => format!("{sentence}; the old key `{}` is replaced already", old.id),
        }
    }
}

fn unseen(id: &ApiKeyId) -> String {
    format!(
        "the key `{id}` was made, but nobody has seen it: revoke it with `portcullis key revoke {id}`"
    )
}
