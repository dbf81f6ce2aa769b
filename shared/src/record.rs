//! Records from outside, read strictly: a column of PostgreSQL or an attribute of DynamoDB that is
//! missing, mistyped, meaningless or unknown is an error that names it. A field that is skipped
//! because it was not understood may be the one with which its author restricted the record.

use std::collections::HashMap;
use std::fmt;

use serde_json::Value;

/// The value of a column or an attribute, as its store has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Field {
    /// SQL's `null`; an attribute of DynamoDB of type `NULL`.
    Null,
    /// A string.
    Text(String),
    /// A number, in digits.
    Number(String),
    /// A list or a set of strings.
    Texts(Vec<String>),
    /// True or false.
    Flag(bool),
    /// A map.
    Map(Fields),
    /// Anything else.
    Other,
}

/// The fields of one record, by name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields(HashMap<String, Field>);

/// A record that cannot be used: an error for the operator, never "there is no such record".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordError {
    /// How the sentence begins: `the key's column`, `the webhook's attribute`.
    field_of: &'static str,
    name: Box<str>,
    problem: &'static str,
}

impl fmt::Display for RecordError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} `{}` {}", self.field_of, self.name.escape_debug(), self.problem)
    }
}

impl std::error::Error for RecordError {}

impl Fields {
    /// The members of the JSON object `text`; `None` if it is not one.
    #[must_use]
    pub fn from_json(text: &str) -> Option<Self> {
        let members: HashMap<String, Value> = serde_json::from_str(text).ok()?;
        Some(members.into_iter().map(|(name, value)| (name, value.into())).collect())
    }
}

impl Fields {
    /// Every field, by name.
    pub fn into_each(self) -> impl Iterator<Item = (String, Field)> {
        self.0.into_iter()
    }
}

impl FromIterator<(String, Field)> for Fields {
    fn from_iter<I: IntoIterator<Item = (String, Field)>>(fields: I) -> Self {
        Self(fields.into_iter().collect())
    }
}

impl From<Value> for Field {
    fn from(value: Value) -> Self {
        match value {
            Value::Null => Self::Null,
            Value::String(text) => Self::Text(text),
            Value::Number(number) => Self::Number(number.to_string()),
            Value::Array(items) => {
                let texts = items.into_iter().map(|item| match item {
                    Value::String(text) => Some(text),
                    _ => None,
                });
                texts.collect::<Option<_>>().map_or(Self::Other, Self::Texts)
            }
            Value::Bool(flag) => Self::Flag(flag),
            Value::Object(members) => {
                let fields = members.into_iter().map(|(name, value)| (name, value.into()));
                Self::Map(fields.collect())
            }
        }
    }
}

/// Reads the fields of one kind of record.
pub(crate) struct Reader<'r> {
    pub(crate) fields: &'r Fields,
    /// How errors begin: `the key's column`, `the webhook's attribute`.
    pub(crate) field_of: &'static str,
}

const MISSING: &str = "is missing";

impl<'r> Reader<'r> {
    pub(crate) fn error(&self, name: &str, problem: &'static str) -> RecordError {
        RecordError { field_of: self.field_of, name: name.into(), problem }
    }

    /// Refuses a field that is none of `known`: its author may have meant it as a restriction.
    pub(crate) fn has_only(&self, known: &[&str]) -> Result<(), RecordError> {
        let unknown = self.fields.0.keys().filter(|name| !known.contains(&name.as_str())).min();
        unknown.map_or(Ok(()), |name| Err(self.error(name, "is not known here")))
    }

    /// Refuses a record that lacks one of `names`. A field that is `null` is not lacking.
    pub(crate) fn has_all(&self, names: &[&str]) -> Result<(), RecordError> {
        let missing = names.iter().find(|name| !self.fields.0.contains_key(**name));
        missing.map_or(Ok(()), |name| Err(self.error(name, MISSING)))
    }

    /// The field `name`; `None` if it is `null` or missing.
    pub(crate) fn value(&self, name: &str) -> Option<&'r Field> {
        self.fields.0.get(name).filter(|value| **value != Field::Null)
    }

    /// The required string `name`, which may not be blank.
    pub(crate) fn text(&self, name: &str) -> Result<&'r str, RecordError> {
        self.optional_text(name)?.ok_or_else(|| self.error(name, MISSING))
    }

    pub(crate) fn optional_text(&self, name: &str) -> Result<Option<&'r str>, RecordError> {
        match self.value(name) {
            None => Ok(None),
            Some(Field::Text(text)) if text.trim().is_empty() => Err(self.error(name, "is empty")),
            Some(Field::Text(text)) => Ok(Some(text)),
            Some(_) => Err(self.error(name, "is no string")),
        }
    }

    pub(crate) fn optional_number(&self, name: &str) -> Result<Option<&'r str>, RecordError> {
        match self.value(name) {
            None => Ok(None),
            Some(Field::Number(digits)) => Ok(Some(digits)),
            Some(_) => Err(self.error(name, "is no number")),
        }
    }

    pub(crate) fn flag(&self, name: &str) -> Result<bool, RecordError> {
        match self.value(name) {
            None => Ok(false),
            Some(Field::Flag(flag)) => Ok(*flag),
            Some(_) => Err(self.error(name, "is neither true nor false")),
        }
    }

    pub(crate) fn optional_map(&self, name: &str) -> Result<Option<&'r Fields>, RecordError> {
        match self.value(name) {
            None => Ok(None),
            Some(Field::Map(fields)) => Ok(Some(fields)),
            Some(_) => Err(self.error(name, "is no map")),
        }
    }

    /// A list of at most `max` strings.
    pub(crate) fn optional_texts(
        &self,
        name: &str,
        max: usize,
        too_many: &'static str,
    ) -> Result<Option<&'r [String]>, RecordError> {
        match self.value(name) {
            None => Ok(None),
            Some(Field::Texts(texts)) if texts.len() > max => Err(self.error(name, too_many)),
            Some(Field::Texts(texts)) => Ok(Some(texts)),
            Some(_) => Err(self.error(name, "is no list of strings")),
        }
    }
}
