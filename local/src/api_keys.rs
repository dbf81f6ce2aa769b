//! API keys in a file: an object from a key's id to its row, with the columns of
//! `infra/migrations/`.

use adapters::postgres::ApiKeyStore;
use runtime::{Failure, MisconfiguredError};
use serde_json::{Map, Value};
use shared::authn::{ApiKeyLookup, ApiKeyRecord};
use shared::hex;
use shared::record::{Field, Fields};
use shared::time::Timestamp;

use crate::samples::check_available;

/// The rows of the file.
#[derive(Debug)]
pub struct FileApiKeys(Map<String, Value>);

impl FileApiKeys {
    /// Takes an object from ids to rows, which need not repeat the id.
    ///
    /// # Errors
    /// One sentence: an entry is no row.
    pub fn new(mut rows: Map<String, Value>) -> Result<Self, String> {
        for (id, row) in &mut rows {
            let columns =
                row.as_object_mut().ok_or_else(|| format!("`{id}` is no row of a key"))?;
            columns.insert("id".to_owned(), id.as_str().into());
        }
        Ok(Self(rows))
    }

    fn row(&self, lookup: &ApiKeyLookup) -> Option<&Value> {
        match lookup {
            ApiKeyLookup::ById(id) => self.0.get(id.as_str()),
            ApiKeyLookup::ByHash(hash) => self.0.values().find(|row| {
                let digits = row.get("hash").and_then(Value::as_str).unwrap_or_default();
                hex::decode(digits.strip_prefix("\\x").unwrap_or(digits)).as_deref()
                    == Some(hash.as_slice())
            }),
        }
    }
}

impl ApiKeyStore for FileApiKeys {
    async fn find(
        &self,
        lookup: &ApiKeyLookup,
        _: Timestamp,
    ) -> Result<Option<ApiKeyRecord>, Failure> {
        let Some(row) = self.row(lookup) else { return Ok(None) };
        check_available(row, "the database")?;
        let record = ApiKeyRecord::read(&fields(row));
        Ok(Some(record.map_err(|error| MisconfiguredError::new(error.to_string()))?))
    }

    fn touch(&self, _: &ApiKeyRecord, _: Timestamp) {}
}

/// The members of an object as a store would have them.
pub(crate) fn fields(row: &Value) -> Fields {
    let members = row.as_object().into_iter().flatten();
    members.map(|(name, value)| (name.clone(), Field::from(value.clone()))).collect()
}
