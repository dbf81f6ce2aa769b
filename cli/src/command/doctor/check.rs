//! What comes of a check, and how it is printed.

use std::fmt;

use clap::ValueEnum;
use runtime::printable;
use serde::Serialize;

use crate::exit::CommandError;

/// What is looked at: the names in arguments and in JSON, which stay.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub(super) enum Group {
    /// Whether the API answers.
    Api,
    /// This machine's clock.
    Clock,
    /// The keys of the user pool.
    Keys,
    /// The seed file of the keys.
    Seed,
    /// The settings of the user pool.
    Pool,
    /// Its app clients.
    Clients,
    /// The template of the API against the access table.
    Template,
    /// Codes and CORS in what the API refuses.
    Answers,
    /// The tables of webhooks.
    Tables,
}

impl Group {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Api => "api",
            Self::Clock => "clock",
            Self::Keys => "keys",
            Self::Seed => "seed",
            Self::Pool => "pool",
            Self::Clients => "clients",
            Self::Template => "template",
            Self::Answers => "answers",
            Self::Tables => "tables",
        }
    }
}

/// What comes of a check. The later, the worse.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    /// It is as it should be.
    Ok,
    /// It can be used, and is probably not what was meant.
    Warning,
    /// It could not be looked at.
    Unknown,
    /// It is not as it should be.
    Wrong,
}

impl Outcome {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Warning => "warning",
            Self::Unknown => "unknown",
            Self::Wrong => "wrong",
        }
    }
}

/// One check.
#[derive(Debug, Serialize)]
pub(super) struct Check {
    pub(super) check: Group,
    outcome: Outcome,
    /// What was seen: lower case, no full stop.
    sentence: String,
    /// What to do, in the same form.
    remedy: Option<String>,
}

impl Check {
    pub(super) fn ok(check: Group, sentence: impl AsRef<str>) -> Self {
        Self { check, outcome: Outcome::Ok, sentence: printable(sentence.as_ref()), remedy: None }
    }

    pub(super) fn warning(
        check: Group,
        sentence: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) -> Self {
        Self::of(check, Outcome::Warning, sentence.as_ref(), remedy.as_ref())
    }

    pub(super) fn wrong(check: Group, sentence: impl AsRef<str>, remedy: impl AsRef<str>) -> Self {
        Self::of(check, Outcome::Wrong, sentence.as_ref(), remedy.as_ref())
    }

    pub(super) fn unknown(
        check: Group,
        sentence: impl AsRef<str>,
        remedy: impl AsRef<str>,
    ) -> Self {
        Self::of(check, Outcome::Unknown, sentence.as_ref(), remedy.as_ref())
    }

    /// A check that `error` kept from being made.
    pub(super) fn unasked(check: Group, error: &CommandError) -> Self {
        let remedy = format!("mend that, or leave it out with `--skip {}`", check.as_str());
        Self::unknown(check, error.sentences.join("; "), remedy)
    }

    fn of(check: Group, outcome: Outcome, sentence: &str, remedy: &str) -> Self {
        let (sentence, remedy) = (printable(sentence), Some(printable(remedy)));
        Self { check, outcome, sentence, remedy }
    }
}

/// `wrong    pool      sentence`, and the remedy below it.
impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (outcome, check) = (self.outcome.as_str(), self.check.as_str());
        writeln!(f, "{outcome:7}  {check:8}  {}", self.sentence)?;
        match &self.remedy {
            Some(remedy) => writeln!(f, "{:19}-> {remedy}", ""),
            None => Ok(()),
        }
    }
}

/// All checks.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    checks: Vec<Check>,
    wrong: usize,
    unknown: usize,
    warnings: usize,
}

impl Report {
    pub(super) fn of(checks: Vec<Check>) -> Self {
        let count = |outcome| checks.iter().filter(|check| check.outcome == outcome).count();
        Self {
            wrong: count(Outcome::Wrong),
            unknown: count(Outcome::Unknown),
            warnings: count(Outcome::Warning),
            checks,
        }
    }

    pub(super) fn worst(&self) -> Outcome {
        self.checks.iter().map(|check| check.outcome).max().unwrap_or(Outcome::Ok)
    }

    pub(super) fn summary(&self) -> String {
        let Self { wrong, unknown, warnings, .. } = self;
        format!("{wrong} wrong, {unknown} unknown, {warnings} to look at.")
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.checks.iter().try_for_each(|check| check.fmt(f))
    }
}
