//! Rows as values.

use shared::time::Timestamp;
use tokio_postgres::Row;

use super::{Dates, StoreError, column};

/// The account of a user, who may own keys.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) user_id: String,
    pub(crate) role: String,
    pub(crate) suspended: bool,
}

/// A key and its owner, as of a moment of the database's clock.
#[derive(Clone, Debug)]
pub(crate) struct Key {
    pub(crate) id: String,
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) scopes: Vec<String>,
    pub(crate) allowed_cidrs: Option<Vec<String>>,
    /// The `<env>` in it; `None` for an imported key.
    pub(crate) environment: Option<String>,
    pub(crate) created: Timestamp,
    pub(crate) expires: Option<Timestamp>,
    pub(crate) revoked: Option<Timestamp>,
    pub(crate) replaced_by: Option<String>,
    pub(crate) grace_until: Option<Timestamp>,
    pub(crate) last_used: Option<Timestamp>,
    /// Whether the owner is suspended.
    pub(crate) suspended: bool,
    pub(crate) as_of: Timestamp,
}

impl Account {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            user_id: column(row, "user_id")?,
            role: column(row, "role")?,
            suspended: column(row, "suspended")?,
        })
    }
}

impl Key {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            id: column(row, "id")?,
            owner: column(row, "owner")?,
            name: column(row, "name")?,
            scopes: column(row, "scopes")?,
            allowed_cidrs: column(row, "allowed_cidrs")?,
            environment: column(row, "environment")?,
            created: moment(row, "created_at")?,
            expires: optional_moment(row, "expires_at")?,
            revoked: optional_moment(row, "revoked_at")?,
            replaced_by: column(row, "replaced_by")?,
            grace_until: optional_moment(row, "grace_until")?,
            last_used: optional_moment(row, "last_used_at")?,
            suspended: column(row, "suspended")?,
            as_of: moment(row, "as_of")?,
        })
    }
}

impl Dates {
    pub(super) fn read(row: &Row) -> Result<Self, StoreError> {
        Ok(Self {
            created: moment(row, "created_at")?,
            expires: optional_moment(row, "expires_at")?,
        })
    }
}

pub(super) fn moment(row: &Row, name: &'static str) -> Result<Timestamp, StoreError> {
    Ok(of_seconds(column(row, name)?))
}

fn optional_moment(row: &Row, name: &'static str) -> Result<Option<Timestamp>, StoreError> {
    Ok(column::<Option<f64>>(row, name)?.map(of_seconds))
}

/// A time before 1970 or at `infinity` becomes the first or the last there is: still before or
/// after all others.
fn of_seconds(seconds: f64) -> Timestamp {
    let end = if seconds < 0.0 { 0 } else { u64::MAX };
    Timestamp::from_unix_seconds(seconds).unwrap_or(Timestamp::from_unix_millis(end))
}
