//! API keys in a file: an object from a key's id to its row, as `infra/migrations/` names the columns.

use std::fs;

use authorizer::io::api_keys::{ApiKeys, read_row};
use serde_json::{Map, Value};
use shared::credential::api_key::{KeyQuestion, KeyRow};
use shared::time::Timestamp;
use shell::{Failure, Unavailable};

/// The rows of the file.
pub(crate) struct FileKeys(Vec<Entry>);

enum Entry {
    Row(Box<KeyRow>),
    /// `{"unavailable": true}` under this id: a store that cannot be asked.
    Unavailable(String),
}

impl FileKeys {
    pub(crate) fn open(path: &str) -> Result<Self, String> {
        let bytes = fs::read(path).map_err(|error| format!("{path} cannot be read: {error}"))?;
        let wrong = |error: serde_json::Error| format!("{path}: {error}");
        let rows: Map<String, Value> = serde_json::from_slice(&bytes).map_err(wrong)?;
        let entries = rows.into_iter().map(|(id, mut row)| {
            if row.get("unavailable") == Some(&Value::Bool(true)) {
                return Ok(Entry::Unavailable(id));
            }
            if let Some(columns) = row.as_object_mut() {
                columns.insert("id".to_owned(), id.as_str().into());
            }
            let row = read_row(&row.to_string());
            let row = row.ok_or_else(|| format!("{path}: `{id}` is not the row of a key"))?;
            Ok(Entry::Row(Box::new(row)))
        });
        entries.collect::<Result<_, _>>().map(Self)
    }
}

impl ApiKeys for FileKeys {
    async fn find(&self, question: &KeyQuestion, _: Timestamp) -> Result<Option<KeyRow>, Failure> {
        let found = self.0.iter().find(|entry| match (entry, question) {
            (Entry::Row(row), KeyQuestion::ById(id)) => row.id == id.as_str(),
            (Entry::Row(row), KeyQuestion::ByHash(hash)) => row.hash == hash,
            (Entry::Unavailable(name), KeyQuestion::ById(id)) => name == id.as_str(),
            (Entry::Unavailable(_), KeyQuestion::ByHash(_)) => false,
        });
        match found {
            Some(Entry::Row(row)) => Ok(Some(KeyRow::clone(row))),
            Some(Entry::Unavailable(_)) => {
                Err(Unavailable::new("the database is out of reach").into())
            }
            None => Ok(None),
        }
    }

    fn touch(&self, _: &KeyRow, _: Timestamp) {}
}
