//! A file of cases: TOML, every mistake with its line.

use std::ops::Range;

use runtime::printable;
use shared::denial::Code;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::command::explain::{Asked, Parts, Supposed};
use crate::exit::{CommandError, Exit};

/// What a case may expect besides `allow`: what a table can answer to a caller who is supposed, and the
/// errors of a closed table that does not list the route, and of a policy that says otherwise.
const CODES: [&str; 5] = [
    Code::TokenMissing.as_str(),
    Code::InsufficientRole.as_str(),
    Code::TenantMismatch.as_str(),
    "MISCONFIGURED",
    "ANSWER_DISAGREES",
];

const KEYS: &str =
    "`name`, `role`, `scopes`, `credential`, `tenant`, `request`, `headers`, `expect`";

/// The cases of one file, as far as they could be read.
#[derive(Debug)]
pub(super) struct Cases {
    /// The access table that the file names.
    pub(super) access: Option<String>,
    pub(super) cases: Vec<Case>,
    mistakes: Vec<(usize, String)>,
    file: String,
}

#[derive(Debug)]
pub(super) struct Case {
    pub(super) line: usize,
    pub(super) name: Option<String>,
    pub(super) supposed: Option<Supposed>,
    pub(super) asked: Asked,
    /// As the file has it.
    pub(super) request: String,
    pub(super) expected: Expected,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Expected {
    Allow,
    Code(&'static str),
}

impl Expected {
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Allow => "allow",
            Self::Code(code) => code,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        let code = || CODES.into_iter().find(|code| *code == text).map(Self::Code);
        if text == "allow" { Some(Self::Allow) } else { code() }
    }
}

type Value<'t> = Spanned<DeValue<'t>>;

impl Cases {
    /// Reads `source`; `file` is its name in messages.
    pub(super) fn read(file: &str, source: &str) -> Self {
        let cases =
            Self { access: None, cases: Vec::new(), mistakes: Vec::new(), file: file.to_owned() };
        let mut reader = Reader { source, cases };
        reader.read();
        reader.cases
    }

    /// The mistakes, in the order of the lines.
    pub(super) fn error(&self) -> Option<CommandError> {
        let mut mistakes = self.mistakes.clone();
        mistakes.sort();
        let sentences =
            mistakes.iter().map(|(line, text)| printable(&format!("{}:{line}: {text}", self.file)));
        (!mistakes.is_empty())
            .then(|| CommandError { exit: Exit::Failed, sentences: sentences.collect() })
    }
}

struct Reader<'s> {
    source: &'s str,
    cases: Cases,
}

impl Reader<'_> {
    fn read(&mut self) {
        let (document, errors) = DeTable::parse_recoverable(self.source);
        for error in &errors {
            let line = error.span().map_or(1, |span| self.line(&span));
            self.mistake(line, format!("not TOML: {}", error.message()));
        }
        if !errors.is_empty() {
            return;
        }
        for (key, value) in document.get_ref() {
            let line = self.line(&key.span());
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("access", DeValue::String(path)) => self.cases.access = Some(path.to_string()),
                ("access", _) => self.mistake(line, "`access` is the name of an access table"),
                ("case", DeValue::Array(cases)) => {
                    cases.iter().for_each(|case| self.case(case));
                }
                ("case", _) => self.mistake(line, "`case` is no array of tables: write `[[case]]`"),
                (key, _) => {
                    self.mistake(line, format!("unknown key `{key}`; keys are `access`, `case`"));
                }
            }
        }
        if self.cases.cases.is_empty() && self.cases.mistakes.is_empty() {
            self.mistake(1, "the file has no `[[case]]`");
        }
    }

    fn case(&mut self, case: &Value<'_>) {
        let line = self.line(&case.span());
        let Some(table) = case.get_ref().as_table() else {
            return self.mistake(line, "a case is a table: write `[[case]]`");
        };
        let before = self.cases.mistakes.len();
        let fields = self.fields(table);
        let request =
            fields.request.as_ref().map(|(at, text)| (*at, *text, self.asked(*at, text, table)));
        let parts = Parts {
            role: fields.role,
            scopes: fields.scopes.clone(),
            credential: fields.credential,
            tenant: fields.tenant,
        };
        let supposed = match Supposed::read(&parts) {
            Ok(supposed) => supposed,
            Err(problem) => return self.mistake(line, problem),
        };
        if request.is_none() {
            self.mistake(line, "a case says a `request`, such as `GET /api/incidents`");
        }
        if fields.expected.is_none() && !table.contains_key("expect") {
            self.mistake(line, format!("a case says what to `expect`: {}", outcomes()));
        }
        let (Some((_, request, Some(asked))), Some(expected)) = (request, fields.expected) else {
            return;
        };
        if self.cases.mistakes.len() == before {
            let name = fields.name.map(printable);
            let request = printable(request);
            self.cases.cases.push(Case { line, name, supposed, asked, request, expected });
        }
    }

    fn fields<'t>(&mut self, table: &'t DeTable<'_>) -> Fields<'t> {
        let mut fields = Fields::default();
        for (key, value) in table {
            let line = self.line(&key.span());
            let text = value.get_ref().as_str();
            match (key.get_ref().as_ref(), text) {
                ("name", Some(text)) => fields.name = Some(text),
                ("role", Some(text)) => fields.role = Some(text),
                ("credential", Some(text)) => fields.credential = Some(text),
                ("tenant", Some(text)) => fields.tenant = Some(text),
                ("request", Some(text)) => fields.request = Some((line, text)),
                ("expect", Some(text)) => match Expected::parse(text) {
                    Some(expected) => fields.expected = Some(expected),
                    None => self.mistake(line, format!("`expect` is {}", outcomes())),
                },
                ("scopes", _) => fields.scopes = self.scopes(line, value),
                // They are part of the request.
                ("headers", _) => {}
                (
                    key @ ("name" | "role" | "credential" | "tenant" | "request" | "expect"),
                    None,
                ) => {
                    self.mistake(line, format!("`{key}` is no string"));
                }
                (key, _) => {
                    self.mistake(line, format!("unknown key `{key}` in a case; keys are {KEYS}"));
                }
            }
        }
        fields
    }

    fn scopes<'t>(&mut self, line: usize, value: &'t Value<'_>) -> Vec<&'t str> {
        let list = value.get_ref().as_array();
        let scopes = list.and_then(|list| list.iter().map(|one| one.get_ref().as_str()).collect());
        if scopes.is_none() {
            self.mistake(line, "`scopes` is no array of strings");
        }
        scopes.unwrap_or_default()
    }

    fn asked(&mut self, line: usize, text: &str, table: &DeTable<'_>) -> Option<Asked> {
        let asked = Asked::parse(text).map_err(|problem| self.mistake(line, problem));
        let mut asked = asked.ok()?;
        let Some((key, headers)) = table.get_key_value("headers") else { return Some(asked) };
        let at = self.line(&key.span());
        let pairs = headers.get_ref().as_table().map(|headers| {
            let pairs = headers.iter();
            pairs.map(|(name, value)| Some((name.get_ref().as_ref(), value.get_ref().as_str()?)))
        });
        let Some(Some(pairs)) = pairs.map(Iterator::collect::<Option<Vec<_>>>) else {
            self.mistake(at, "`headers` is no table of strings");
            return None;
        };
        for (name, value) in pairs {
            asked.add_header(name, value);
        }
        Some(asked)
    }

    fn mistake(&mut self, line: usize, text: impl Into<String>) {
        self.cases.mistakes.push((line, text.into()));
    }

    fn line(&self, span: &Range<usize>) -> usize {
        let before = self.source.as_bytes().get(..span.start).unwrap_or_default();
        1 + before.iter().filter(|byte| **byte == b'\n').count()
    }
}

/// What a case says.
#[derive(Default)]
struct Fields<'t> {
    name: Option<&'t str>,
    role: Option<&'t str>,
    scopes: Vec<&'t str>,
    credential: Option<&'t str>,
    tenant: Option<&'t str>,
    request: Option<(usize, &'t str)>,
    expected: Option<Expected>,
}

fn outcomes() -> String {
    let codes = CODES.map(|code| format!("`{code}`"));
    format!("`allow` or one of {}", codes.join(", "))
}
