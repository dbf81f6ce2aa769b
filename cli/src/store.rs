//! The database: what is asked of it, and what it answers.
//!
//! RDS Proxy allows no named statements, so each travels with the types of its parameters, and
//! nothing is set in the session. Moments travel as seconds since 1970.

mod row;

use std::time::Duration;

use authorizer::io::aurora::{Parameter, failure};
use shared::credential::api_key::{KeyEnvironment, KeyId, NewKey};
use shared::time::Timestamp;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSqlOwned, Type};
use tokio_postgres::{Client, Error, Row};

use crate::exit::Problem;
pub(crate) use row::{Account, Key};

/// How long an answer may take.
const ANSWER: Duration = Duration::from_secs(10);

/// A key with its owner, as [`Key`] reads it.
const KEYS: &str = "SELECT k.id, k.owner, k.name, k.scopes, k.allowed_cidrs::text[], \
     k.environment, k.replaced_by, o.status <> 'active' AS suspended, \
     extract(epoch FROM k.created_at)::float8 AS created_at, \
     extract(epoch FROM k.expires_at)::float8 AS expires_at, \
     extract(epoch FROM k.revoked_at)::float8 AS revoked_at, \
     extract(epoch FROM k.grace_until)::float8 AS grace_until, \
     extract(epoch FROM k.last_used_at)::float8 AS last_used_at, \
     extract(epoch FROM clock_timestamp())::float8 AS as_of \
     FROM portcullis.api_keys k JOIN portcullis.accounts o ON o.user_id = k.owner";
const DATES: &str = "extract(epoch FROM created_at)::float8 AS created_at, \
     extract(epoch FROM expires_at)::float8 AS expires_at";

/// A connection to the database, logged in.
pub(crate) struct Store {
    client: Client,
}

/// What a new key is, besides what it is proven with.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    /// From where it may be used; `None`: from anywhere.
    pub(crate) allowed_cidrs: Option<Vec<String>>,
}

/// When a key was made, and when it ends by itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Dates {
    pub(crate) created: Timestamp,
    pub(crate) expires: Option<Timestamp>,
}

/// No answer.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Not in time.
    Silent,
    /// The connection broke, or the server refused the question.
    Refused(Error),
    /// A column that is not as the schema has it.
    Misread(&'static str),
}

impl Store {
    pub(crate) const fn new(client: Client) -> Self {
        Self { client }
    }

    /// The accounts of `users`, as far as there are any.
    pub(crate) async fn accounts(&self, users: &[String]) -> Result<Vec<Account>, Trouble> {
        let sql = "SELECT user_id, role, status <> 'active' AS suspended \
                   FROM portcullis.accounts WHERE user_id = ANY ($1)";
        let rows = ask(&self.client, sql, &[(&users, Type::TEXT_ARRAY)]).await?;
        rows.iter().map(Account::read).collect()
    }

    /// Every key, or every key of `owner`: by owner, the older ones first.
    pub(crate) async fn keys(&self, owner: Option<&str>) -> Result<Vec<Key>, Trouble> {
        let order = "ORDER BY k.owner, k.created_at, k.id";
        let sql = format!("{KEYS} WHERE $1::text IS NULL OR k.owner = $1 {order}");
        let rows = ask(&self.client, &sql, &[(&owner, Type::TEXT)]).await?;
        rows.iter().map(Key::read).collect()
    }

    /// The key with this id.
    pub(crate) async fn key(&self, id: &KeyId) -> Result<Option<Key>, Trouble> {
        key(&self.client, id, "").await
    }

    /// Keeps `key`, which ends after `lifetime`.
    pub(crate) async fn insert(
        &self,
        key: &NewKey,
        environment: &KeyEnvironment,
        grant: &Grant,
        lifetime: Option<Duration>,
    ) -> Result<Dates, Trouble> {
        let sql = format!(
            "INSERT INTO portcullis.api_keys \
             (id, hash, environment, owner, name, scopes, allowed_cidrs, expires_at) \
             VALUES ($1, $2, $3, $4, $5, $6, $7::cidr[], now() + $8 * interval '1 second') \
             RETURNING {DATES}"
        );
        let parameters: [Parameter<'_>; 8] = [
            (&key.id.as_str(), Type::TEXT),
            (&&key.hash[..], Type::BYTEA),
            (&environment.as_str(), Type::TEXT),
            (&grant.owner, Type::TEXT),
            (&grant.name, Type::TEXT),
            (&grant.scopes, Type::TEXT_ARRAY),
            (&grant.allowed_cidrs, Type::TEXT_ARRAY),
            (&lifetime.map(|lifetime| lifetime.as_secs_f64()), Type::FLOAT8),
        ];
        Dates::read(&ask_one(&self.client, &sql, &parameters).await?)
    }

    /// Puts `new` in the place of the key `old`, which is looked at first, and still works for
    /// `grace`: all of it or nothing, and by nobody else meanwhile. Returns what the old key was, the
    /// new one's dates and the end of the grace.
    ///
    /// # Errors
    /// Of two kinds: no answer, or the `refuse` of `admit`.
    pub(crate) async fn replace(
        &mut self,
        old: &KeyId,
        new: &NewKey,
        environment: &KeyEnvironment,
        grace: Duration,
        admit: impl FnOnce(Option<Key>) -> Result<Key, Problem>,
    ) -> Result<Result<(Key, Dates, Timestamp), Problem>, Trouble> {
        let transaction = within(self.client.transaction()).await?;
        let client = transaction.client();
        let found = match admit(key(client, old, "FOR UPDATE OF k").await?) {
            Ok(found) => found,
            // Going away undoes it.
            Err(problem) => return Ok(Err(problem)),
        };
        let copy = format!(
            "INSERT INTO portcullis.api_keys \
             (id, hash, environment, owner, name, scopes, allowed_cidrs, expires_at) \
             SELECT $1, $2, $4, owner, name, scopes, allowed_cidrs, expires_at \
             FROM portcullis.api_keys WHERE id = $3 RETURNING {DATES}"
        );
        let (old, id) = (old.as_str(), new.id.as_str());
        let parameters: [Parameter<'_>; 4] = [
            (&id, Type::TEXT),
            (&&new.hash[..], Type::BYTEA),
            (&old, Type::TEXT),
            (&environment.as_str(), Type::TEXT),
        ];
        let dates = Dates::read(&ask_one(client, &copy, &parameters).await?)?;
        let end = "UPDATE portcullis.api_keys \
                   SET replaced_by = $2, \
                   grace_until = least(now() + $3 * interval '1 second', expires_at) \
                   WHERE id = $1 RETURNING extract(epoch FROM grace_until)::float8 AS grace_until";
        let seconds = grace.as_secs_f64();
        let parameters: [Parameter<'_>; 3] =
            [(&old, Type::TEXT), (&id, Type::TEXT), (&seconds, Type::FLOAT8)];
        let until = row::moment(&ask_one(client, end, &parameters).await?, "grace_until")?;
        within(transaction.commit()).await?;
        Ok(Ok((found, dates, until)))
    }

    /// Ends the key with this id for ever, and says when; `None` if there is none that was not
    /// revoked already.
    pub(crate) async fn revoke(&self, id: &KeyId) -> Result<Option<Timestamp>, Trouble> {
        let sql = "UPDATE portcullis.api_keys SET revoked_at = now() \
                   WHERE id = $1 AND revoked_at IS NULL \
                   RETURNING extract(epoch FROM revoked_at)::float8 AS revoked_at";
        let rows = ask(&self.client, sql, &[(&id.as_str(), Type::TEXT)]).await?;
        rows.first().map(|row| row::moment(row, "revoked_at")).transpose()
    }

    /// Those of `hashes` that an imported key has already.
    pub(crate) async fn imported(&self, hashes: &[&[u8]]) -> Result<Vec<Vec<u8>>, Trouble> {
        let sql = "SELECT hash FROM portcullis.api_keys \
                   WHERE hash_kind = 'whole' AND hash = ANY ($1)";
        let rows = ask(&self.client, sql, &[(&hashes, Type::BYTEA_ARRAY)]).await?;
        rows.iter().map(|row| column(row, "hash")).collect()
    }

    /// Keeps imported keys, all of them or none. Each batch is a JSON array of objects with `id`,
    /// `sha256`, `owner`, `name`, `scopes`, `allowed_cidrs` and `expires_at` (seconds since 1970).
    pub(crate) async fn import(&mut self, batches: &[String]) -> Result<(), Trouble> {
        let sql = "INSERT INTO portcullis.api_keys \
                   (id, hash, hash_kind, owner, name, scopes, allowed_cidrs, expires_at) \
                   SELECT id, decode(sha256, 'hex'), 'whole', owner, name, scopes, \
                   allowed_cidrs::cidr[], to_timestamp(expires_at) \
                   FROM jsonb_to_recordset($1::jsonb) AS k (id text, sha256 text, owner text, \
                   name text, scopes text[], allowed_cidrs text[], expires_at float8)";
        let transaction = within(self.client.transaction()).await?;
        for batch in batches {
            ask(transaction.client(), sql, &[(batch, Type::TEXT)]).await?;
        }
        within(transaction.commit()).await
    }
}

async fn key(client: &Client, id: &KeyId, lock: &str) -> Result<Option<Key>, Trouble> {
    let sql = format!("{KEYS} WHERE k.id = $1 {lock}");
    let rows = ask(client, &sql, &[(&id.as_str(), Type::TEXT)]).await?;
    rows.first().map(Key::read).transpose()
}

async fn ask(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, Trouble> {
    within(client.query_typed(sql, parameters)).await
}

async fn ask_one(client: &Client, sql: &str, parameters: &[Parameter<'_>]) -> Result<Row, Trouble> {
    within(client.query_typed_one(sql, parameters)).await
}

async fn within<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, Trouble> {
    match timeout(ANSWER, answer).await {
        Ok(answer) => answer.map_err(Trouble::Refused),
        Err(_) => Err(Trouble::Silent),
    }
}

fn column<T: FromSqlOwned>(row: &Row, name: &'static str) -> Result<T, Trouble> {
    row.try_get(name).map_err(|_| Trouble::Misread(name))
}

impl Trouble {
    /// Whether what was to be written may be there all the same: nobody heard the server refuse it.
    pub(crate) fn leaves_open(&self) -> bool {
        match self {
            Self::Refused(error) => error.as_db_error().is_none(),
            Self::Silent | Self::Misread(_) => true,
        }
    }

    /// The problem, and `sentence` after it where what was to be written may be there.
    pub(crate) fn or_open(self, sentence: impl Into<String>) -> Problem {
        let leaves_open = self.leaves_open();
        let problem = Problem::from(self);
        if leaves_open { problem.and(sentence) } else { problem }
    }

    /// Whether what was to be written is there already.
    pub(crate) fn is_repetition(&self) -> bool {
        let Self::Refused(error) = self else { return false };
        error.code() == Some(&SqlState::UNIQUE_VIOLATION)
    }
}

impl From<Trouble> for Problem {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Silent => Self::failed("the database cannot answer: no answer in time"),
            Trouble::Refused(error) => failure(&error).into(),
            Trouble::Misread(column) => Self::failed(format!(
                "the database's column `{column}` is not as `infra/migrations` has it"
            )),
        }
    }
}
