//! IAM policies: of an authorizer's answer, and of an API itself.

mod condition;
mod glob;
mod read;

use core::net::IpAddr;

use condition::Condition;
pub(super) use read::Owner;
use serde_json::Value;
use shared::time::Timestamp;

use self::glob::{GlobMatch, matches_arn, matches_text};
use super::trace::{Note, Verdict};

/// A policy document, read strictly.
#[derive(Clone, Debug)]
pub(super) struct Policy {
    statements: Vec<Statement>,
    /// What is assumed of it.
    pub(super) notes: Vec<Note>,
}

/// Why a policy, or an answer, is not used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum PolicyError {
    /// AWS does not take it either.
    Malformed(String),
    /// What AWS makes of it is not known.
    Unknown(String),
}

/// What a policy is asked.
#[derive(Clone, Copy, Debug)]
pub(super) struct Asked<'a> {
    /// The ARN of the request.
    pub(super) arn: &'a str,
    /// No IPv4 address in the form of IPv6.
    pub(super) source_ip: IpAddr,
    pub(super) now: Timestamp,
}

#[derive(Clone, Debug)]
struct Statement {
    effect: Effect,
    actions: Globs,
    resources: Globs,
    conditions: Vec<Condition>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

/// What a statement is about.
#[derive(Clone, Debug)]
enum Globs {
    Of(Vec<String>),
    AllBut(Vec<String>),
}

/// The one action that a request is.
const INVOKE: &str = "execute-api:Invoke";

impl Policy {
    /// Reads `document`.
    ///
    /// # Errors
    /// It is malformed, or has something of which it is not known what AWS makes of it.
    pub(super) fn read(document: &Value, owner: Owner<'_>) -> Result<Self, PolicyError> {
        read::read(document, owner)
    }

    /// What it says of a request: the first Deny that matches, else the first Allow.
    ///
    /// # Errors
    /// It depends on how far a wildcard reaches that AWS may read in another way.
    pub(super) fn evaluate(&self, asked: Asked<'_>) -> Result<Verdict, PolicyError> {
        let mut verdict = Verdict::ImplicitDeny;
        for (at, statement) in self.statements.iter().enumerate() {
            if !statement.matches(asked)? {
                continue;
            }
            match (statement.effect, verdict) {
                (Effect::Deny, Verdict::ExplicitDeny { .. }) => {}
                (Effect::Deny, _) => verdict = Verdict::ExplicitDeny { statement: at },
                (Effect::Allow, Verdict::ImplicitDeny) => {
                    verdict = Verdict::Allow { statement: at }
                }
                (Effect::Allow, _) => {}
            }
        }
        Ok(verdict)
    }
}

impl Statement {
    fn matches(&self, asked: Asked<'_>) -> Result<bool, PolicyError> {
        let action = |glob: &str| match matches_text(&glob.to_lowercase(), &INVOKE.to_lowercase()) {
            true => GlobMatch::Yes,
            false => GlobMatch::No,
        };
        Ok(self.actions.any(action)?
            && self.resources.any(|glob| matches_arn(glob, asked.arn))?
            && self.conditions.iter().all(|condition| condition.holds(asked.source_ip, asked.now)))
    }
}

impl Globs {
    fn any(&self, matches: impl Fn(&str) -> GlobMatch) -> Result<bool, PolicyError> {
        let (globs, expected) = match self {
            Self::Of(globs) => (globs, true),
            Self::AllBut(globs) => (globs, false),
        };
        let all: Vec<GlobMatch> = globs.iter().map(|glob| matches(glob)).collect();
        if all.contains(&GlobMatch::Yes) {
            return Ok(expected);
        }
        match all.contains(&GlobMatch::Unknown) {
            true => Err(PolicyError::Unknown(
                "a wildcard of a resource would have to reach across a `:`".to_owned(),
            )),
            false => Ok(!expected),
        }
    }
}
