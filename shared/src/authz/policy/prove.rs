//! The proof that a compiled policy says what the table says: of every canonical path, not of samples.
//!
//! Patterns and globs become automata that read a path segment by segment. The proof walks through
//! their product: through every combination of states that some path leads to, of which there are
//! finitely many. Where table and policy agree in each, they agree on every path. It is breadth first,
//! so the first difference that it finds is a shortest counter-example.
//!
//! *Segments as letters.* A pattern has a literal or a whole parameter between two slashes. A glob's
//! wildcards are checked to stand alone between slashes as well, and a canonical path has no empty
//! segment, so `*` and `?*` read one segment or more (`*` alone also reads the path `/`). So to all
//! automata two segments are alike that are no literal here and not the caller's tenant: one letter
//! stands for all of them.
//!
//! *Parts.* One product of everything would be too large for the tables of real APIs. So each permitted
//! route is compared by itself with the globs that share a path with it, and so is each route that is
//! not permitted. Most of these comparisons are done without a walk: a glob with wildcards where the
//! route has parameters matches all of its paths. In an open table the paths count, too, that no route
//! matches: there one more walk follows all Allow globs together.
//!
//! *Tenants.* One letter stands for the caller's tenant, so one proof serves every tenant. A tenant's id
//! is never empty, has no slash and no wildcard, and is no literal of the table (see
//! `AccessTable::reserved`). For a caller without a tenant the globs that need one are left out: that
//! is the same statement on paths without the letter.
//!
//! *Spellings.* API Gateway may route an encoded spelling of a literal, such as `%61dmins`, to the
//! route that has the literal. One letter for each literal stands for these spellings, unless every
//! policy denies them: patterns read it as the literal, globs as any other segment.
//!
//! This module shares nothing with the compiler: it starts from the text of the routes and the text of
//! the globs. What they shared could be wrong in both, and the proof would not show it.

mod automaton;
mod guards;
mod walk;

use std::collections::HashSet;

use automaton::{Automaton, Label, Letters};
pub(in crate::authz) use guards::missing_guard;
use walk::{Steps, Walk};

use crate::authz::policy::statements::{Globs, VerbStatements};
use crate::authz::table::gateway::Gateway;
use crate::authz::table::route::{Method, Need, Route};

/// Why a policy is not proven.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) enum ProofError {
    /// On `path`, table and policy differ; `allows` is what the policy says.
    Differs { path: String, allows: bool },
    /// A glob that is of another verb, or has a wildcard in place of the verb or of half a segment.
    Malformed(String),
    /// Beyond the bounds.
    TooLarge,
}

/// The routes of a table as automata.
#[derive(Debug)]
pub(in crate::authz) struct Prover<'t> {
    routes: &'t [Route],
    gateway: Gateway,
    letters: Letters<'t>,
    /// Of each route, by its index.
    patterns: Vec<Automaton>,
    /// The same with the caller's tenant alone in place of the tenant parameter.
    owned: Vec<Automaton>,
    /// The same with every other tenant.
    foreign: Vec<Automaton>,
    /// What is left of the work that one table may take.
    steps: Steps,
}

/// What one verb is about: who may use which routes, and which spellings count.
struct Verb<'p> {
    prover: &'p Prover<'p>,
    needs: Vec<Option<Need>>,
    permitted: &'p [bool],
    allow: Vec<Automaton>,
    deny: Vec<Automaton>,
    /// The literals of which encoded spellings are letters.
    spelled: HashSet<u16>,
}

impl<'t> Prover<'t> {
    /// `routes` are ordered by specificity.
    pub(in crate::authz) fn new(routes: &'t [Route], gateway: Gateway) -> Self {
        let mut letters = Letters::default();
        let mut with = |tenant| {
            routes.iter().map(|route| Automaton::of_route(route, tenant, &mut letters)).collect()
        };
        let (patterns, owned, foreign) =
            (with(Label::Any), with(Label::Tenant), with(Label::Foreign));
        Self { routes, gateway, letters, patterns, owned, foreign, steps: Steps::default() }
    }

    /// Proves that `statements` allow with `method` the paths of the `permitted` routes, and no
    /// others. `guarded` are the literals of which every encoded spelling is denied besides.
    ///
    /// # Errors
    ///
    /// [`ProofError::Differs`] with a counter-example if they do not.
    pub(in crate::authz) fn check(
        &self,
        method: Method,
        permitted: &[bool],
        statements: &VerbStatements,
        guarded: &[&str],
    ) -> Result<(), ProofError> {
        let globs = |globs: &Globs| {
            let automata = globs.iter().map(|glob| self.letters.glob(method, glob));
            automata.collect::<Result<Vec<_>, _>>().map_err(ProofError::Malformed)
        };
        let guarded: HashSet<u16> = guarded.iter().filter_map(|l| self.letters.known(l)).collect();
        let verb = Verb {
            prover: self,
            needs: self.routes.iter().map(|route| route.need(method)).collect(),
            permitted,
            allow: globs(&statements.allow)?,
            deny: globs(&statements.deny)?,
            spelled: self.letters.all().filter(|letter| !guarded.contains(letter)).collect(),
        };
        for route in 0..self.routes.len() {
            verb.check_route(route)?;
        }
        if self.gateway.closed { Ok(()) } else { Walk::of_everything(&verb).run() }
    }
}

impl<'v> Verb<'v> {
    /// Compares the policy with the table on the paths that `route` decides.
    fn check_route(&self, route: usize) -> Result<(), ProofError> {
        let Some(pattern) = self.prover.patterns.get(route) else { return Ok(()) };
        if self.prover.gateway.closed && self.need(route).is_none() {
            return Ok(());
        }
        let known = match (self.permits(route), self.is_of_tenants(route)) {
            (true, false) => self.is_allowed(pattern),
            (false, _) => self.is_refused(pattern),
            (true, true) => {
                let of = |automata: &'v [Automaton]| automata.get(route);
                of(&self.prover.owned).is_some_and(|owned| self.is_allowed(owned))
                    && of(&self.prover.foreign).is_some_and(|foreign| self.is_refused(foreign))
            }
        };
        if known { Ok(()) } else { Walk::of_route(self, route, pattern).run() }
    }

    /// Whether the policy is sure to allow every canonical path of `pattern`.
    fn is_allowed(&self, pattern: &Automaton) -> bool {
        self.allow.iter().any(|glob| glob.covers(pattern, |_| false))
            && !self.deny.iter().any(|glob| glob.meets(pattern))
    }

    /// Whether the policy is sure to refuse every path of `pattern`, in every spelling that counts.
    fn is_refused(&self, pattern: &Automaton) -> bool {
        let spelled = |letter| self.spelled.contains(&letter);
        let unmatched = || !self.allow.iter().any(|glob| glob.meets(pattern));
        self.deny.iter().any(|glob| glob.covers(pattern, spelled))
            || (!self.prover.gateway.resource_policy_allows && unmatched())
    }

    fn need(&self, route: usize) -> Option<Need> {
        self.needs.get(route).copied().flatten()
    }

    fn permits(&self, route: usize) -> bool {
        self.permitted.get(route) == Some(&true)
    }

    /// Whether only the caller's own tenant may use `route`.
    fn is_of_tenants(&self, route: usize) -> bool {
        let tenants = self.prover.routes.get(route).and_then(Route::tenant_parameter).is_some();
        tenants && self.need(route) != Some(Need::Nothing)
    }
}
