//! What to tell the author of a table that no policy can express.

use crate::authz::policy::compiler::CompileError;
use crate::authz::policy::grant_sets::Holder;
use crate::authz::policy::prove::ProofError;
use crate::authz::table::read::Table;
use crate::authz::table::route::{Method, Route};

/// Why there are no proven statements.
#[derive(Debug)]
pub(in crate::authz) enum StatementsError {
    Refused(CompileError),
    Unproven(ProofError),
}

/// Where it failed: `method`, for the grant set of `holder`.
#[derive(Debug)]
pub(in crate::authz) struct Report<'t> {
    pub(in crate::authz) table: &'t Table,
    /// By specificity: a [`CompileError`] names routes by their index here.
    pub(in crate::authz) routes: &'t [Route],
    pub(in crate::authz) method: Method,
    pub(in crate::authz) holder: &'t Holder,
}

impl Report<'_> {
    /// The line and the sentence for `failure`.
    pub(in crate::authz) fn sentence(&self, failure: &StatementsError) -> (usize, String) {
        let (verb, name) = (self.method.key(), &self.holder.name);
        let text = match failure {
            StatementsError::Refused(CompileError::Inexpressible { allowed, blocked, path }) => {
                return (self.line_of(*allowed), self.inexpressible(*allowed, *blocked, path));
            }
            StatementsError::Refused(CompileError::TooLarge)
            | StatementsError::Unproven(ProofError::TooLarge) => {
                format!("what {name} may do with {verb} is too large to prove")
            }
            StatementsError::Unproven(ProofError::Differs { path, allows }) => {
                let does = if *allows { "allows" } else { "does not allow" };
                format!(
                    "the policy compiled for {name} {does} `{verb} {path}`, unlike the table: \
                     {FAULT}"
                )
            }
            StatementsError::Unproven(ProofError::NotOfTheVerb(glob)) => {
                format!("the policy compiled for {name} has `{glob}` for {verb}: {FAULT}")
            }
        };
        (self.holder.line, text)
    }

    fn inexpressible(&self, allowed: usize, blocked: usize, path: &str) -> String {
        let (verb, name) = (self.method.key(), &self.holder.name);
        let (first, second) = (self.rule(allowed), self.rule(blocked));
        let both = if allowed == blocked {
            format!("`{first}`")
        } else {
            format!("both `{first}` and `{second}`")
        };
        let closed = if self.table.closed { "" } else { CLOSED };
        format!(
            "no policy can allow {name} {both} and refuse `{verb} {path}`, since a wildcard also \
             matches `/`; give them different methods, rename one of the paths, or let a \
             `{{name+}}` take all that follows{closed}"
        )
    }

    fn rule(&self, route: usize) -> String {
        self.routes.get(route).map(|route| route.rule(self.method)).unwrap_or_default()
    }

    fn line_of(&self, route: usize) -> usize {
        let pattern = self.routes.get(route).map(|route| &route.pattern);
        let written = self.table.routes.iter().find(|r| Some(&r.it.pattern) == pattern);
        written.map_or(1, |route| route.line)
    }
}

const FAULT: &str = "this is a fault of the compiler, not of the table";
const CLOSED: &str = "; or, if the API has exactly the table's resources and no catch-all, write \
                      `routes = \"closed\"` under `[gateway]`";
