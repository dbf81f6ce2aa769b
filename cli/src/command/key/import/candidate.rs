//! One line: a key that may be imported.
//!
//! No mistake repeats a value: if the members are mixed up, it may be a key.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use shared::hex;
use shared::ids::Subject;
use shared::time::Timestamp;

use super::checks;
use crate::moment::parse_rfc3339;

const MEMBERS: [&str; 6] = ["owner", "name", "scopes", "sha256", "expires_at", "allowed_cidrs"];

/// A key as its line has it. Whether the owner exists is not checked yet.
#[derive(Debug)]
pub(super) struct Candidate {
    /// Counted from 1.
    pub(super) line: usize,
    pub(super) owner: String,
    pub(super) name: String,
    pub(super) scopes: Vec<String>,
    /// Of the whole key.
    pub(super) sha256: [u8; 32],
    pub(super) expires_at: Option<Timestamp>,
    pub(super) allowed_cidrs: Option<Vec<String>>,
}

impl Candidate {
    /// Reads the line with this number at `now`.
    ///
    /// # Errors
    /// Every mistake in it.
    pub(super) fn read(number: usize, line: &[u8], now: Timestamp) -> Result<Self, Vec<String>> {
        let members: Members = serde_json::from_slice(line)
            .map_err(|_| vec!["it is no JSON object in one line".to_owned()])?;
        let mut reader = Reader { members: members.0, mistakes: Vec::new() };
        reader.check_names();
        let owner = reader.owner();
        let name = reader.checked("name", checks::name);
        let scopes = reader.strings("scopes");
        reader.mistakes.extend(scopes.as_deref().and_then(checks::scopes));
        let sha256 = reader.sha256();
        let expires_at = reader.expires_at(now);
        let allowed_cidrs = reader.allowed_cidrs();
        match (owner, name, scopes, sha256) {
            (Some(owner), Some(name), Some(scopes), Some(sha256)) if reader.mistakes.is_empty() => {
                Ok(Self { line: number, owner, name, scopes, sha256, expires_at, allowed_cidrs })
            }
            _ => Err(reader.mistakes),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "milliseconds of a year below 10000 are exact")]
    pub(super) fn expires_at_seconds(&self) -> Option<f64> {
        self.expires_at.map(|moment| moment.unix_millis() as f64 / 1000.0)
    }
}

struct Reader {
    members: Vec<(String, Value)>,
    mistakes: Vec<String>,
}

impl Reader {
    fn check_names(&mut self) {
        let is_known = |name: &String| MEMBERS.contains(&name.as_str());
        if !self.members.iter().all(|(name, _)| is_known(name)) {
            let known = MEMBERS.map(|name| format!("`{name}`")).join(", ");
            self.mistake(format!("it has a member that is none of {known}"));
        }
        for name in MEMBERS {
            if self.members.iter().filter(|(own, _)| own == name).count() > 1 {
                self.mistake(format!("`{name}` is there twice"));
            }
        }
    }

    fn owner(&mut self) -> Option<String> {
        self.checked("owner", |text| match Subject::parse(text) {
            Some(_) => Ok(text.to_owned()),
            None => Err("`owner` is no user id".to_owned()),
        })
    }

    fn sha256(&mut self) -> Option<[u8; 32]> {
        self.checked("sha256", |text| {
            hex::decode(text).and_then(|hash| hash.try_into().ok()).ok_or_else(|| {
                let shape = "`sha256` must be the 64 hexadecimal digits of the key's SHA-256";
                format!("{shape}, and never the key itself")
            })
        })
    }

    fn expires_at(&mut self, now: Timestamp) -> Option<Timestamp> {
        self.value("expires_at")?;
        self.checked("expires_at", |text| match parse_rfc3339(text) {
            Some(moment) if moment > now => Ok(moment),
            Some(_) => Err("the key has expired already".to_owned()),
            None => Err("`expires_at` is no moment such as `2027-01-31T12:00:00Z`".to_owned()),
        })
    }

    fn allowed_cidrs(&mut self) -> Option<Vec<String>> {
        self.value("allowed_cidrs")?;
        let cidrs = self.strings("allowed_cidrs")?;
        self.mistakes.extend(checks::cidrs(&cidrs));
        if cidrs.iter().any(|text| checks::cidr(text).is_err()) {
            let example = "such as `10.0.0.0/8`, with no bit set behind the prefix";
            self.mistake(format!("`allowed_cidrs` has an item that is no network {example}"));
        }
        Some(cidrs)
    }

    /// A string that must be there, as `check` reads it.
    fn checked<T>(
        &mut self,
        name: &str,
        check: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        let checked = match self.value(name) {
            Some(Value::String(text)) => check(text),
            Some(_) => Err(format!("`{name}` must be a string")),
            None => Err(format!("`{name}` is missing")),
        };
        checked.map_err(|mistake| self.mistake(mistake)).ok()
    }

    /// A list of strings that must be there.
    fn strings(&mut self, name: &str) -> Option<Vec<String>> {
        let read = match self.value(name) {
            None => Err("is missing"),
            Some(Value::Array(items)) => {
                let texts = items.iter().map(|item| item.as_str().map(str::to_owned));
                texts.collect::<Option<_>>().ok_or("must be a list of strings")
            }
            Some(_) => Err("must be a list of strings"),
        };
        read.map_err(|mistake| self.mistake(format!("`{name}` {mistake}"))).ok()
    }

    /// The member, unless it is missing or `null`.
    fn value(&self, name: &str) -> Option<&Value> {
        let found = self.members.iter().find(|(own, _)| own == name);
        found.map(|(_, value)| value).filter(|value| !value.is_null())
    }

    fn mistake(&mut self, sentence: String) {
        self.mistakes.push(sentence);
    }
}

/// The members of an object, with those that are there twice.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collector;
        impl<'de> Visitor<'de> for Collector {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collector)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};
    use shared::time::Timestamp;

    use super::{Candidate, hex};

    const SHA256: &str = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

    fn line(changes: &Value) -> String {
        let mut line = json!({
            "owner": "alice", "name": "old export", "scopes": ["read-only"], "sha256": SHA256,
        });
        for (name, value) in changes.as_object().unwrap() {
            line[name] = value.clone();
        }
        line.to_string()
    }

    fn read(line: &str) -> Result<Candidate, Vec<String>> {
        Candidate::read(7, line.as_bytes(), Timestamp::from_unix_millis(1_000_000))
    }

    #[track_caller]
    fn check(line: &str, mistakes: &[&str]) {
        assert_eq!(read(line).err().unwrap_or_default(), mistakes, "{line}");
    }

    #[test]
    fn a_line_with_everything() {
        let cidrs = json!(["10.0.0.0/8", "2001:db8::/32"]);
        let expires = "2027-01-31T12:00:00.5+01:00";
        let line = line(&json!({
            "expires_at": expires, "allowed_cidrs": cidrs, "sha256": SHA256.to_uppercase(),
        }));
        let read = read(&line).unwrap();
        assert_eq!(
            (read.line, read.owner.as_str(), read.name.as_str()),
            (7, "alice", "old export")
        );
        assert_eq!(read.scopes, ["read-only"]);
        assert_eq!(hex::encode(&read.sha256), SHA256);
        assert_eq!(read.expires_at_seconds(), Some(1_801_393_200.5));
        assert_eq!(json!(read.allowed_cidrs), cidrs);
    }

    #[test]
    fn lines() {
        let changed = |name: &str, value: Value| line(&json!({ name: value }));
        check(&line(&json!({})), &[]);
        check(&line(&json!({ "expires_at": null, "allowed_cidrs": null })), &[]);
        for bad in ["", "{", "[]", "1", "null", "\"a\"", "{} {}", "\u{feff}{}", "{\"owner\":}"] {
            check(bad, &["it is no JSON object in one line"]);
        }
        check(
            "{}",
            &[
                "`owner` is missing",
                "`name` is missing",
                "`scopes` is missing",
                "`sha256` is missing",
            ],
        );
        check(&changed("owner", json!(1)), &["`owner` must be a string"]);
        check(&changed("owner", json!(null)), &["`owner` is missing"]);
        check(&changed("owner", json!("al ice")), &["`owner` is no user id"]);
        check(&changed("name", json!("")), &["a name has 1 to 100 characters"]);
        check(&changed("name", json!("a\u{0}")), &["a name has no control characters"]);
        check(&changed("scopes", json!("read-only")), &["`scopes` must be a list of strings"]);
        check(&changed("scopes", json!([1])), &["`scopes` must be a list of strings"]);
        check(&changed("scopes", json!([])), &["a key has 1 to 32 scopes"]);
        check(&changed("scopes", json!(["a", "a"])), &["the scope `a` is there twice"]);
        check(&changed("expires_at", json!(1)), &["`expires_at` must be a string"]);
        check(
            &changed("expires_at", json!("tomorrow")),
            &["`expires_at` is no moment such as `2027-01-31T12:00:00Z`"],
        );
        let now = "1970-01-01T00:16:40Z";
        check(&changed("expires_at", json!(now)), &["the key has expired already"]);
        let networks = "`allowed_cidrs` has an item that is no network such as `10.0.0.0/8`, with \
                        no bit set behind the prefix";
        check(&changed("allowed_cidrs", json!(["10.0.0.1/8"])), &[networks]);
        let none = "a key has 1 to 64 networks, or none are given at all";
        check(&changed("allowed_cidrs", json!([])), &[none]);
        check(
            &line(&json!({ "owner": "", "name": "", "scopes": [], "allowed_cidrs": [""] })),
            &[
                "`owner` is no user id",
                "a name has 1 to 100 characters",
                "a key has 1 to 32 scopes",
                networks,
            ],
        );
    }

    #[test]
    fn members_and_hashes_are_not_repeated() {
        let hash = "`sha256` must be the 64 hexadecimal digits of the key's SHA-256, and never the \
                    key itself";
        for bad in ["", &"9f".repeat(31), &"g".repeat(64), &"ü".repeat(32), "sfk_prod_secret"] {
            check(&line(&json!({ "sha256": bad })), &[hash]);
        }
        let unknown = "it has a member that is none of `owner`, `name`, `scopes`, `sha256`, \
                       `expires_at`, `allowed_cidrs`";
        check(&line(&json!({ "sfk_prod_secret": 1 })), &[unknown]);
        check(&line(&json!({ "Owner": "bob" })), &[unknown]);
        let twice = line(&json!({})).replacen('{', r#"{"owner":"bob","#, 1);
        check(&twice, &["`owner` is there twice"]);
    }
}
