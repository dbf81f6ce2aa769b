//! What to tell the author of a table that no policy can express.

use super::compiler::Refusal;
use super::proof::Fault;
use super::reach::Holder;
use super::route::{Method, Route};
use super::table::Table;

/// Why there is no proven lane.
#[derive(Debug)]
pub(super) enum Failure {
    Refused(Refusal),
    Unproven(Fault),
}

/// Where it failed: `method`, for the caller `holder`.
#[derive(Debug)]
pub(super) struct Report<'t> {
    pub(super) table: &'t Table,
    /// By specificity: a [`Refusal`] names routes by their index here.
    pub(super) routes: &'t [Route],
    pub(super) method: Method,
    pub(super) holder: &'t Holder,
}

impl Report<'_> {
    /// The line and the sentence for `failure`.
    pub(super) fn sentence(&self, failure: &Failure) -> (usize, String) {
        let (verb, name) = (self.method.key(), &self.holder.name);
        let text = match failure {
            Failure::Refused(Refusal::Inexpressible { allowed, blocked, path }) => {
                return (self.line_of(*allowed), self.inexpressible(*allowed, *blocked, path));
            }
            Failure::Refused(Refusal::TooLarge) | Failure::Unproven(Fault::TooLarge) => {
                format!("what {name} may do with {verb} is too large to prove")
            }
            Failure::Unproven(Fault::Differs { path, allows }) => {
                let does = if *allows { "allows" } else { "does not allow" };
                format!(
                    "the policy compiled for {name} {does} `{verb} {path}`, unlike the table: \
                     {FAULT}"
                )
            }
            Failure::Unproven(Fault::NotOfTheVerb(glob)) => {
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
