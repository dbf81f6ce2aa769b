//! The sample events of `events/`: an event word for word, and beside it what must come of it.
//!
//! `events/<function>/<outcome>.json` is the event, `events/<function>/expected/<outcome>.json` the
//! expectation, `events/<function>.env` the settings that all samples of a function share.

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::path::Path;
use std::{fs, io};

use serde_json::{Map, Value};

use crate::root;

/// Settings by name, in a fixed order.
pub type Settings = BTreeMap<String, String>;

/// One event and its expectation.
#[derive(Debug)]
pub struct Sample {
    /// The function it is a sample of.
    pub function: String,
    /// The outcome it is named after.
    pub name: String,
    /// The event, word for word.
    pub event: Vec<u8>,
    /// One sentence: what this sample shows.
    pub about: String,
    /// What the function must answer.
    pub expected: Expected,
    /// The code of the decision.
    pub code: String,
    /// The environment of the function: the shared settings with this sample's own on top.
    pub settings: Settings,
}

impl Sample {
    /// Writes `answer` and `code` into the expectation of this sample, for a person to read before it
    /// is committed.
    ///
    /// # Errors
    /// The file cannot be read or written.
    pub fn expect(&self, answer: &Expected, code: &str) -> io::Result<()> {
        let Self { function, name, .. } = self;
        let path = root().join(format!("events/{function}/expected/{name}.json"));
        let mut members: Map<String, Value> = serde_json::from_slice(&fs::read(&path)?)?;
        members.retain(|name, _| name != "answer" && name != "error");
        members.insert("code".to_owned(), code.into());
        match answer {
            Expected::Answer(answer) => members.insert("answer".to_owned(), answer.clone()),
            Expected::Error(message) => members.insert("error".to_owned(), message.as_str().into()),
        };
        fs::write(path, format!("{:#}\n", Value::Object(members)))
    }
}

/// What a function must answer.
#[derive(Debug, PartialEq)]
pub enum Expected {
    /// This answer, whole.
    Answer(Value),
    /// An error with this message.
    Error(String),
}

/// All samples of `function`, by name. An event without an expectation, an expectation without an
/// event and an expectation with a member that means nothing are errors.
pub fn load(function: &str) -> io::Result<Vec<Sample>> {
    let events = root().join("events").join(function);
    let expectations = events.join("expected");
    let names = json_names(&events)?;
    if let Some(name) = names.symmetric_difference(&json_names(&expectations)?).next() {
        return Err(io::Error::other(format!(
            "`{name}` must be both in `events/{function}` and in `events/{function}/expected`"
        )));
    }
    let shared = shared_settings(function)?;
    let sample = |name: String| {
        let event = fs::read(events.join(&name))?;
        let expectation = fs::read(expectations.join(&name))?;
        read_sample(function, &name, event, &expectation, &shared)
            .map_err(|e| io::Error::new(e.kind(), format!("`{function}/expected/{name}`: {e}")))
    };
    names.into_iter().map(sample).collect()
}

/// The settings of `events/<function>.env`: lines of `NAME=value`, empty lines, `#` comments.
pub fn shared_settings(function: &str) -> io::Result<Settings> {
    let path = root().join("events").join(format!("{function}.env"));
    fs::read_to_string(&path)?
        .lines()
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
        .map(|line| match line.split_once('=') {
            Some((name, value)) => Ok((name.to_owned(), value.to_owned())),
            None => Err(io::Error::other(format!("`{}`: no `=` in `{line}`", path.display()))),
        })
        .collect()
}

fn json_names(directory: &Path) -> io::Result<BTreeSet<String>> {
    let mut names = BTreeSet::new();
    for entry in fs::read_dir(directory)? {
        let path = entry?.path();
        if let (Some(name), Some("json")) =
            (path.file_name().and_then(OsStr::to_str), path.extension().and_then(OsStr::to_str))
        {
            names.insert(name.to_owned());
        }
    }
    Ok(names)
}

fn read_sample(
    function: &str,
    file_name: &str,
    event: Vec<u8>,
    expectation: &[u8],
    shared: &Settings,
) -> io::Result<Sample> {
    let mut members: Map<String, Value> = serde_json::from_slice(expectation)?;
    let expected = match (members.remove("answer"), members.remove("error")) {
        (Some(answer), None) => Expected::Answer(answer),
        (None, Some(error)) => Expected::Error(serde_json::from_value(error)?),
        _ => return Err(io::Error::other("needs either `answer` or `error`")),
    };
    let about = take_string(&mut members, "about")?;
    let code = take_string(&mut members, "code")?;
    let mut settings = shared.clone();
    if let Some(own) = members.remove("settings") {
        settings.extend(serde_json::from_value::<Settings>(own)?);
    }
    if let Some(unknown) = members.keys().next() {
        return Err(io::Error::other(format!("`{unknown}` means nothing here")));
    }
    let name = file_name.trim_end_matches(".json").to_owned();
    Ok(Sample { function: function.to_owned(), name, event, about, expected, code, settings })
}

fn take_string(members: &mut Map<String, Value>, name: &str) -> io::Result<String> {
    match members.remove(name) {
        Some(Value::String(text)) => Ok(text),
        _ => Err(io::Error::other(format!("needs a string `{name}`"))),
    }
}

#[cfg(test)]
mod tests {
    use super::{Expected, Settings, read_sample};

    fn problem(expectation: &str) -> String {
        read_sample("f", "a.json", vec![], expectation.as_bytes(), &Settings::new())
            .unwrap_err()
            .to_string()
    }

    #[test]
    fn a_sample_has_its_own_settings_on_top() {
        let shared = Settings::from([("RESPONSE".into(), "iam".into()), ("A".into(), "a".into())]);
        let expectation =
            br#"{"about":"?","code":"-","error":"x","settings":{"RESPONSE":"simple"}}"#;
        let sample = read_sample("f", "a.json", vec![], expectation, &shared).unwrap();
        assert_eq!(sample.name, "a");
        assert_eq!(sample.expected, Expected::Error("x".into()));
        assert_eq!(sample.settings["RESPONSE"], "simple");
        assert_eq!(sample.settings["A"], "a");
    }

    #[test]
    fn an_expectation_says_everything_and_nothing_else() {
        assert_eq!(problem(r#"{"about":"?","code":"-"}"#), "needs either `answer` or `error`");
        assert_eq!(problem(r#"{"answer":{},"error":"x"}"#), "needs either `answer` or `error`");
        assert_eq!(problem(r#"{"about":"?","error":"x"}"#), "needs a string `code`");
        assert_eq!(
            problem(r#"{"about":"?","code":"-","error":"x","answr":{}}"#),
            "`answr` means nothing here"
        );
    }
}
