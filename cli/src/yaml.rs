//! YAML and JSON documents of others: OpenAPI, CloudFormation, SAM. A tree with lines.
//!
//! JSON is YAML 1.2. Aliases are not followed: a few of them can stand for a document of any size,
//! and neither OpenAPI nor CloudFormation needs them.

use std::borrow::Cow;
use std::collections::HashSet;
use std::path::Path;

use runtime::printable;
use saphyr_parser::{Event, Parser, Tag};

use crate::env::Env;
use crate::exit::CommandError;

/// The largest document that is read, in bytes. CloudFormation takes 1 MB, and OpenAPI documents of
/// a thousand paths have a few.
const MAX_BYTES: usize = 16 * 1024 * 1024;
/// How deep a document may be.
const MAX_DEPTH: usize = 100;

/// A value of a document.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Where it begins, from 1.
    pub(crate) line: usize,
    /// Its tag without `!`, such as `Ref` of CloudFormation.
    pub(crate) tag: Option<String>,
    pub(crate) value: Value,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Value {
    /// A scalar, as it is written without its quotes.
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Default for Value {
    fn default() -> Self {
        Self::Text(String::new())
    }
}

/// The document in the file `path`.
///
/// # Errors
/// It cannot be read, is too large, or is neither YAML nor JSON.
pub(crate) fn load(path: &Path, env: &Env<'_>) -> Result<Node, CommandError> {
    let file = printable(&path.to_string_lossy());
    let failed = |problem: &str| CommandError::failed(format!("{file} {problem}"));
    let bytes = env.contents(path).map_err(|error| failed(&format!("cannot be read: {error}")))?;
    if bytes.len() > MAX_BYTES {
        return Err(failed("is larger than 16 MiB"));
    }
    let text = String::from_utf8(bytes).map_err(|_| failed("is not UTF-8"))?;
    read(&text).map_err(|error| CommandError::failed(format!("{file}:{error}")))
}

/// Reads `text` as exactly one document.
///
/// # Errors
/// The line and what is wrong there: `7: …`.
pub(crate) fn read(text: &str) -> Result<Node, String> {
    let mut builder = Builder::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let line = error.marker().line();
            format!("{line}: it is neither YAML nor JSON: {}", printable(error.info()))
        })?;
        let line = span.start.line();
        builder.take(event, line).map_err(|problem| format!("{line}: {problem}"))?;
    }
    builder.root.ok_or_else(|| "1: the document is empty".to_owned())
}

/// A list or map that is not complete.
struct Open {
    line: usize,
    tag: Option<String>,
    items: Items,
}

enum Items {
    List(Vec<Node>),
    /// Its members, their names, and the name whose value is still to come.
    Map(Vec<(String, Node)>, HashSet<String>, Option<String>),
}

#[derive(Default)]
struct Builder {
    open: Vec<Open>,
    root: Option<Node>,
}

impl Builder {
    fn take(&mut self, event: Event<'_>, line: usize) -> Result<(), &'static str> {
        let suffix = |tag: Option<Cow<'_, Tag>>| tag.map(|tag| tag.suffix.clone());
        match event {
            Event::Alias(_) => Err("aliases are not taken: write the value out"),
            Event::Scalar(text, _, _, tag) => {
                self.put(Node { line, tag: suffix(tag), value: Value::Text(text.into_owned()) })
            }
            Event::SequenceStart(_, tag) => self.begin(line, suffix(tag), Items::List(Vec::new())),
            Event::MappingStart(_, tag) => {
                self.begin(line, suffix(tag), Items::Map(Vec::new(), HashSet::new(), None))
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            Event::DocumentStart(_) if self.root.is_some() => Err("there is a second document"),
            _ => Ok(()),
        }
    }

    fn begin(
        &mut self,
        line: usize,
        tag: Option<String>,
        items: Items,
    ) -> Result<(), &'static str> {
        if self.open.len() == MAX_DEPTH {
            return Err("it is nested more than 100 deep");
        }
        self.open.push(Open { line, tag, items });
        Ok(())
    }

    fn end(&mut self) -> Result<(), &'static str> {
        let Some(Open { line, tag, items }) = self.open.pop() else { return Ok(()) };
        let value = match items {
            Items::List(items) => Value::List(items),
            Items::Map(members, ..) => Value::Map(members),
        };
        self.put(Node { line, tag, value })
    }

    fn put(&mut self, node: Node) -> Result<(), &'static str> {
        match self.open.last_mut().map(|open| &mut open.items) {
            None => self.root = Some(node),
            Some(Items::List(items)) => items.push(node),
            Some(Items::Map(members, names, key)) => match (key.take(), node.value) {
                (Some(name), value) => {
                    members.push((name, Node { line: node.line, tag: node.tag, value }));
                }
                (None, Value::Text(name)) if names.insert(name.clone()) => *key = Some(name),
                (None, Value::Text(_)) => return Err("a name is given twice"),
                (None, _) => return Err("a name is no text"),
            },
        }
        Ok(())
    }
}

impl Node {
    /// The member `name`, if this is a map that has it.
    pub(crate) fn get(&self, name: &str) -> Option<&Self> {
        self.members().iter().find(|(own, _)| own == name).map(|(_, node)| node)
    }

    /// The members, if this is a map.
    pub(crate) fn members(&self) -> &[(String, Self)] {
        if let Value::Map(members) = &self.value { members } else { &[] }
    }

    /// The items, if this is a list.
    pub(crate) fn items(&self) -> &[Self] {
        if let Value::List(items) = &self.value { items } else { &[] }
    }

    /// The text, if this is a scalar.
    pub(crate) fn text(&self) -> Option<&str> {
        if let Value::Text(text) = &self.value { Some(text) } else { None }
    }

    /// The text of the member `name`.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        self.get(name)?.text()
    }
}

#[cfg(test)]
mod tests {
    use super::{Node, read};

    #[track_caller]
    fn refuse(text: &str, problem: &str) {
        assert_eq!(read(text).unwrap_err(), problem, "{text}");
    }

    #[test]
    fn yaml_and_json_are_one_tree() {
        let yaml = read("paths:\n  /a:\n    get: {tags: [x, 'y']}\nref: !Ref Api\n").unwrap();
        let tags = yaml.get("paths").and_then(|paths| paths.get("/a")?.get("get")?.get("tags"));
        let texts: Vec<_> = tags.unwrap().items().iter().filter_map(Node::text).collect();
        assert_eq!((texts, tags.unwrap().line), (vec!["x", "y"], 3));
        assert_eq!(yaml.get("ref").unwrap().tag.as_deref(), Some("Ref"));
        assert_eq!((yaml.text_of("ref"), yaml.text_of("none")), (Some("Api"), None));
        let json = read(r#"{"paths": {"/a": {"get": {"tags": ["x", "y\u0021"]}}}}"#).unwrap();
        assert_eq!(json.get("paths").unwrap().members()[0].0, "/a");
        assert!(json.text().is_none() && json.items().is_empty());
    }

    #[test]
    fn what_is_refused() {
        refuse("", "1: the document is empty");
        refuse("a: &x 1\nb: *x\n", "2: aliases are not taken: write the value out");
        refuse("a: 1\na: 2\n", "2: a name is given twice");
        refuse("[a]: 1\n", "1: a name is no text");
        refuse("a: 1\n---\nb: 1\n", "2: there is a second document");
        refuse(&"[".repeat(200), "1: it is nested more than 100 deep");
        assert!(read("a: [1\nb: }").unwrap_err().contains("it is neither YAML nor JSON"));
        assert!(read("a: \"\n").unwrap_err().contains("it is neither YAML nor JSON"));
    }
}
