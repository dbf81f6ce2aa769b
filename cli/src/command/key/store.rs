//! The queries to the database, and their results.
//!
//! RDS Proxy allows no named statements, so each is sent with the types of its parameters, and
//! nothing is set in the session. Times are sent as seconds since 1970.

mod accounts;
mod row;

use std::time::Duration;

use adapters::postgres::{Parameter, failure};
pub(crate) use row::{Account, Key};
use shared::authn::{ApiKeyEnvironment, NewApiKey};
use shared::ids::ApiKeyId;
use shared::time::Timestamp;
use tokio::time::timeout;
use tokio_postgres::error::SqlState;
use tokio_postgres::types::{FromSqlOwned, Type};
use tokio_postgres::{Client, Error, Row};

use crate::exit::CommandError;

/// How long a query may take.
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

/// What a new key may do, from where, and for whom.
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

/// Why a query has no result.
#[derive(Debug)]
pub(crate) enum StoreError {
    /// It took too long.
    Silent,
    /// The connection broke, or the server refused the query.
    Refused(Error),
    /// A column that is not as the schema has it.
    Misread(&'static str),
    /// The database has answered, and the command stops there.
    NotAdmitted(CommandError),
}

impl Store {
    pub(crate) const fn new(client: Client) -> Self {
        Self { client }
    }

    /// The accounts of `users`, as far as there are any.
    pub(crate) async fn accounts(&self, users: &[String]) -> Result<Vec<Account>, StoreError> {
        let sql = "SELECT user_id, role, status <> 'active' AS suspended \
                   FROM portcullis.accounts WHERE user_id = ANY ($1)";
        let rows = query(&self.client, sql, &[(&users, Type::TEXT_ARRAY)]).await?;
        rows.iter().map(Account::read).collect()
    }

    /// Every key, or every key of `owner`: by owner, the older ones first.
    pub(crate) async fn keys(&self, owner: Option<&str>) -> Result<Vec<Key>, StoreError> {
        let order = "ORDER BY k.owner, k.created_at, k.id";
        let sql = format!("{KEYS} WHERE $1::text IS NULL OR k.owner = $1 {order}");
        let rows = query(&self.client, &sql, &[(&owner, Type::TEXT)]).await?;
        rows.iter().map(Key::read).collect()
    }

    /// The key with this id.
    pub(crate) async fn key(&self, id: &ApiKeyId) -> Result<Option<Key>, StoreError> {
        key(&self.client, id, "").await
    }

    /// Inserts `key`, which expires after `lifetime`, or never.
    pub(crate) async fn insert(
        &self,
        key: &NewApiKey,
        environment: &ApiKeyEnvironment,
        grant: &Grant,
        lifetime: Option<Duration>,
    ) -> Result<Dates, StoreError> {
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
        Dates::read(&query_one(&self.client, &sql, &parameters).await?)
    }

    /// Replaces the key `old` with `new`, in one transaction that locks `old`. `admit` decides
    /// whether that may be done. The old key still works for `grace`. Returns the old key, the
    /// dates of the new one and the end of the grace.
    ///
    /// # Errors
    /// The database failed, or `admit` did: then nothing was changed.
    pub(crate) async fn replace(
        &mut self,
        old: &ApiKeyId,
        new: &NewApiKey,
        environment: &ApiKeyEnvironment,
        grace: Duration,
        admit: impl FnOnce(Option<Key>) -> Result<Key, CommandError>,
    ) -> Result<(Key, Dates, Timestamp), StoreError> {
        let transaction = within(self.client.transaction()).await?;
        let client = transaction.client();
        // Dropping the transaction rolls it back.
        let found = admit(key(client, old, "FOR UPDATE OF k").await?)?;
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
        let dates = Dates::read(&query_one(client, &copy, &parameters).await?)?;
        let end = "UPDATE portcullis.api_keys \
                   SET replaced_by = $2, \
                   grace_until = least(now() + $3 * interval '1 second', expires_at) \
                   WHERE id = $1 RETURNING extract(epoch FROM grace_until)::float8 AS grace_until";
        let seconds = grace.as_secs_f64();
        let parameters: [Parameter<'_>; 3] =
            [(&old, Type::TEXT), (&id, Type::TEXT), (&seconds, Type::FLOAT8)];
        let until = row::moment(&query_one(client, end, &parameters).await?, "grace_until")?;
        within(transaction.commit()).await?;
        Ok((found, dates, until))
    }

    /// Ends the key with this id for ever, and says when; `None` if there is none that was not
    /// revoked already.
    pub(crate) async fn revoke(&self, id: &ApiKeyId) -> Result<Option<Timestamp>, StoreError> {
        let sql = "UPDATE portcullis.api_keys SET revoked_at = now() \
                   WHERE id = $1 AND revoked_at IS NULL \
                   RETURNING extract(epoch FROM revoked_at)::float8 AS revoked_at";
        let rows = query(&self.client, sql, &[(&id.as_str(), Type::TEXT)]).await?;
        rows.first().map(|row| row::moment(row, "revoked_at")).transpose()
    }

    /// Those of `hashes` that an imported key has already.
    pub(crate) async fn imported(&self, hashes: &[&[u8]]) -> Result<Vec<Vec<u8>>, StoreError> {
        let sql = "SELECT hash FROM portcullis.api_keys \
                   WHERE hash_kind = 'whole' AND hash = ANY ($1)";
        let rows = query(&self.client, sql, &[(&hashes, Type::BYTEA_ARRAY)]).await?;
        rows.iter().map(|row| column(row, "hash")).collect()
    }

    /// Inserts imported keys, all of them or none. Each batch is a JSON array of objects with `id`,
    /// `sha256`, `owner`, `name`, `scopes`, `allowed_cidrs` and `expires_at` (seconds since 1970).
    pub(crate) async fn import(&mut self, batches: &[String]) -> Result<(), StoreError> {
        let sql = "INSERT INTO portcullis.api_keys \
                   (id, hash, hash_kind, owner, name, scopes, allowed_cidrs, expires_at) \
                   SELECT id, decode(sha256, 'hex'), 'whole', owner, name, scopes, \
                   allowed_cidrs::cidr[], to_timestamp(expires_at) \
                   FROM jsonb_to_recordset($1::jsonb) AS k (id text, sha256 text, owner text, \
                   name text, scopes text[], allowed_cidrs text[], expires_at float8)";
        let transaction = within(self.client.transaction()).await?;
        for batch in batches {
            query(transaction.client(), sql, &[(batch, Type::TEXT)]).await?;
        }
        within(transaction.commit()).await
    }
}

async fn key(client: &Client, id: &ApiKeyId, lock: &str) -> Result<Option<Key>, StoreError> {
    let sql = format!("{KEYS} WHERE k.id = $1 {lock}");
    let rows = query(client, &sql, &[(&id.as_str(), Type::TEXT)]).await?;
    rows.first().map(Key::read).transpose()
}

async fn query(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Vec<Row>, StoreError> {
    within(client.query_typed(sql, parameters)).await
}

async fn query_one(
    client: &Client,
    sql: &str,
    parameters: &[Parameter<'_>],
) -> Result<Row, StoreError> {
    within(client.query_typed_one(sql, parameters)).await
}

async fn within<T>(answer: impl Future<Output = Result<T, Error>>) -> Result<T, StoreError> {
    match timeout(ANSWER, answer).await {
        Ok(answer) => answer.map_err(StoreError::Refused),
        Err(_) => Err(StoreError::Silent),
    }
}

fn column<T: FromSqlOwned>(row: &Row, name: &'static str) -> Result<T, StoreError> {
    row.try_get(name).map_err(|_| StoreError::Misread(name))
}

impl StoreError {
    /// Whether the write may have taken effect all the same: the server has not refused it.
    pub(crate) fn leaves_open(&self) -> bool {
        match self {
            Self::Refused(error) => error.as_db_error().is_none(),
            Self::NotAdmitted(_) => false,
            Self::Silent | Self::Misread(_) => true,
        }
    }

    /// The error, and `sentence` after it if the write may have taken effect.
    pub(crate) fn or_open(self, sentence: impl Into<String>) -> CommandError {
        let leaves_open = self.leaves_open();
        let problem = CommandError::from(self);
        if leaves_open { problem.and(sentence) } else { problem }
    }

    /// Whether the key is in the database already.
    pub(crate) fn is_repetition(&self) -> bool {
        let Self::Refused(error) = self else { return false };
        error.code() == Some(&SqlState::UNIQUE_VIOLATION)
    }
}

impl From<CommandError> for StoreError {
    fn from(error: CommandError) -> Self {
        Self::NotAdmitted(error)
    }
}

impl From<StoreError> for CommandError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Silent => Self::failed("the database cannot answer: no answer in time"),
            StoreError::Refused(error) => failure(&error).into(),
            StoreError::NotAdmitted(error) => error,
            StoreError::Misread(column) => Self::failed(format!(
                "the database's column `{column}` is not as `infra/migrations` has it"
            )),
        }
    }
}
