//! One line on the terminal for each request: what came of it, and why.

use jiff::Timestamp as Moment;
use local::gateway::{Consulted, Trace};
use runtime::printable_within;
use serde_json::Value;
use shared::time::Timestamp;

/// The longest text from outside in a line, in characters.
const MAX_TEXT: usize = 60;

/// What is said of a request.
pub(super) struct Report<'r> {
    pub(super) method: &'r str,
    pub(super) path: &'r str,
    pub(super) status: u16,
    /// Whether the gateway passed it on.
    pub(super) is_let_through: bool,
    pub(super) trace: &'r Trace,
    /// The line of the decision log, if a function was called.
    pub(super) decision: Option<&'r Value>,
    pub(super) color: bool,
}

impl Report<'_> {
    /// The line, with a line feed.
    pub(super) fn text(&self) -> String {
        let outcome = self.outcome();
        let painted = if self.color { paint(outcome, self.status) } else { outcome.to_owned() };
        let mut parts = vec![
            format!("{painted:<5} {}", self.status),
            format!("{} {}", shown(self.method), shown(self.path)),
        ];
        parts.extend(self.code().map(str::to_owned));
        parts.extend(self.who());
        let route = self.trace.route.as_deref();
        parts.extend(route.map(|route| format!("route {}", shown(route))));
        parts.extend(self.text_of("permission").map(|needed| format!("needs {needed}")));
        parts.push(self.cache());
        parts.extend(self.microseconds().map(|micros| format!("{micros} µs")));
        parts.extend(self.reason());
        let mut line = parts.join("  ");
        for note in &self.trace.notes {
            line.push_str(&format!("\n      note: {}", printable_within(&note.to_string(), 200)));
        }
        line.push('\n');
        line
    }

    /// What came of the request, in a word.
    pub(super) fn outcome(&self) -> &'static str {
        match self.text_of("outcome") {
            Some("deny") => return "deny",
            Some("error") => return "error",
            _ => {}
        }
        // What the upstream answers is not the gateway's decision.
        match (self.is_let_through, &self.trace.authorizer) {
            (true, None) => "open",
            (true, Some(_)) => "allow",
            // By a cached answer, or without asking.
            (false, _) if matches!(self.status, 401 | 403) => "deny",
            (false, _) => "none",
        }
    }

    /// Why it was not let through: the function's sentence, or the gateway's.
    pub(super) fn reason(&self) -> Option<String> {
        let reason = self.text_of("reason").or(self.trace.reason.as_deref());
        reason.map(|reason| printable_within(reason, 200))
    }

    /// How long the function took.
    pub(super) fn microseconds(&self) -> Option<u64> {
        self.decision?.get("microseconds")?.as_u64()
    }

    fn code(&self) -> Option<&str> {
        self.text_of("code")
    }

    /// Who was proven.
    pub(super) fn who(&self) -> Option<String> {
        let subject = self.text_of("subject")?;
        let role = self.text_of("role").or(self.text_of("webhook")).unwrap_or("-");
        let tenant = self.text_of("tenant").unwrap_or("-");
        Some(format!("{} ({role} of {tenant})", shown(subject)))
    }

    fn cache(&self) -> String {
        let until = |until: Timestamp| {
            let moment = i64::try_from(until.unix_millis())
                .ok()
                .and_then(|millis| Moment::from_millisecond(millis).ok());
            moment.map_or_else(String::new, |moment| {
                format!(" until {}", moment.strftime("%H:%M:%S"))
            })
        };
        let cached = self.trace.cached_until.map(until).map(|until| format!(", cached{until}"));
        match self.trace.consulted {
            Consulted::Nobody => "not invoked".to_owned(),
            Consulted::Function => format!("invoked{}", cached.unwrap_or_default()),
            Consulted::Cache => format!("from the cache{}", cached.unwrap_or_default()),
        }
    }

    /// A member of the line that is text.
    pub(super) fn text_of(&self, name: &str) -> Option<&str> {
        self.decision?.get(name)?.as_str()
    }
}

fn shown(text: &str) -> String {
    printable_within(text, MAX_TEXT)
}

/// `outcome` in green, red or yellow (ECMA-48 SGR), which takes as many columns.
fn paint(outcome: &str, status: u16) -> String {
    let color = match outcome {
        "allow" | "open" if status < 500 => 32,
        "deny" => 31,
        _ => 33,
    };
    format!("\u{1b}[{color}m{outcome:<5}\u{1b}[0m")
}
