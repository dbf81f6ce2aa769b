//! What to tell the author of a table that no policy can express.

use std::collections::BTreeSet;

use crate::authz::policy::compiler::Inexpressible;
use crate::authz::policy::grant_sets::Holder;
use crate::authz::policy::prove::ProofError;
use crate::authz::table::read::Table;
use crate::authz::table::route::{Method, Route};

/// Why there are no proven statements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) enum Failure {
    Inexpressible(Inexpressible),
    Unproven(ProofError),
}

/// A problem of a table, and whom it concerns.
#[derive(Debug)]
pub(in crate::authz) struct Found {
    pub(in crate::authz) failure: Failure,
    method: Method,
    holder: Holder,
    /// The other callers that it concerns.
    others: BTreeSet<String>,
}

impl Found {
    pub(in crate::authz) fn new(method: Method, failure: Failure, holder: &Holder) -> Self {
        Self { failure, method, holder: holder.clone(), others: BTreeSet::new() }
    }

    /// It concerns `holder` as well.
    pub(in crate::authz) fn add(&mut self, holder: &Holder) {
        if holder.name != self.holder.name {
            self.others.insert(holder.name.clone());
        }
    }

    /// The line and the sentence, with `remedies` at its end. `routes` are those of `table` by
    /// specificity.
    pub(in crate::authz) fn sentence(
        &self,
        table: &Table,
        routes: &[Route],
        remedies: &[String],
    ) -> (usize, String) {
        let (verb, name) = (self.method.key(), self.callers());
        let text = match &self.failure {
            Failure::Inexpressible(it) => {
                let line = it.allowed.unwrap_or(it.blocked);
                let text = self.inexpressible(it, routes);
                let remedies = remedies.join("; or ");
                return (line_of(table, routes, line), format!("{text}. What helps: {remedies}"));
            }
            Failure::Unproven(ProofError::TooLarge) => {
                format!(
                    "what {name} may do with {verb} is too large to prove; write \
                     `policy = \"request\"` under `[gateway]`, or split the API"
                )
            }
            Failure::Unproven(ProofError::Differs { path, allows }) => {
                let does = if *allows { "allows" } else { "does not allow" };
                format!(
                    "the policy compiled for {name} {does} `{verb} {path}`, unlike the table: \
                     {FAULT}"
                )
            }
            Failure::Unproven(ProofError::Malformed(glob)) => {
                format!("the policy compiled for {name} has or lacks `{glob}`: {FAULT}")
            }
        };
        (self.holder.line, text)
    }

    fn inexpressible(&self, it: &Inexpressible, routes: &[Route]) -> String {
        let (verb, name) = (self.method.key(), self.callers());
        let rule = |route: usize| {
            routes.get(route).map(|route| route.rule(self.method)).unwrap_or_default()
        };
        let blocked = rule(it.blocked);
        let Inexpressible { refused, met, .. } = it;
        match it.allowed {
            None if it.foreign => format!(
                "no policy can deny {name} `{verb} {refused}` by name and allow `{blocked}`, since the \
                 tenants are not known"
            ),
            None => format!(
                "no policy can deny {name} `{verb} {refused}` by name and allow `{verb} {met}` of \
                 `{blocked}`, since a wildcard matches both"
            ),
            Some(allowed) if allowed == it.blocked => format!(
                "no policy can allow {name} `{blocked}` and refuse `{verb} {refused}`, since a wildcard \
                 also matches `/`: a Deny would refuse `{verb} {met}`, too"
            ),
            Some(allowed) => format!(
                "no policy can allow {name} both `{}` and `{blocked}` and refuse `{verb} {refused}`, \
                 since a wildcard also matches `/`: a Deny would refuse `{verb} {met}`, too",
                rule(allowed)
            ),
        }
    }

    fn callers(&self) -> String {
        let name = &self.holder.name;
        match self.others.len() {
            0 => name.clone(),
            1 => format!("{name} (and one more caller)"),
            others => format!("{name} (and {others} more callers)"),
        }
    }
}

fn line_of(table: &Table, routes: &[Route], route: usize) -> usize {
    let pattern = routes.get(route).map(|route| &route.pattern);
    let written = table.routes.iter().find(|r| Some(&r.it.pattern) == pattern);
    written.map_or(1, |route| route.line)
}

const FAULT: &str = "this is a fault of the compiler, not of the table";
