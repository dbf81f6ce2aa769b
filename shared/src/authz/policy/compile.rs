//! From a table to what a function uses: every grant set that a caller can hold, with its policy,
//! proven.

use std::collections::{BTreeMap, BTreeSet};

use super::grant_sets::grant_sets;
use crate::authz::policy::compiler::{self, CompileError, Denies, Statements};
use crate::authz::policy::forms::{Flags, Forms};
use crate::authz::policy::grant_sets::{Holder, MOST_SETS};
use crate::authz::policy::guards::guards;
use crate::authz::policy::prove::{ProofError, Prover, missing_guard};
use crate::authz::policy::report::{Failure, Found};
use crate::authz::policy::size;
use crate::authz::policy::statements::{Globs, Policy, VerbStatements};
use crate::authz::table::error::Findings;
use crate::authz::table::gateway::Gateway;
use crate::authz::table::permission::Permissions;
use crate::authz::table::read::Table;
use crate::authz::table::route::{Method, Need, Route, TenantRule};
use crate::authz::table::tenant_location::{MOST_LOCATIONS, NamedLocations, tenant_locations};
use crate::request::MAX_ANSWER_BYTES;

/// One grant set for one combination of tenant locations, with its verb statements, by index.
#[derive(Clone, Debug)]
pub(in crate::authz) struct GrantSet {
    pub(in crate::authz) permissions: Permissions,
    pub(in crate::authz) named: NamedLocations,
    pub(in crate::authz) verbs: Vec<u16>,
}

#[derive(Debug, Default)]
pub(in crate::authz) struct Compiled {
    pub(in crate::authz) verbs: Vec<VerbStatements>,
    /// In the order of their permissions, then of the tenant locations: they are searched by both.
    pub(in crate::authz) sets: Vec<GrantSet>,
}

/// Compiles and proves a policy for every grant set of `table`. `routes` are its routes by
/// specificity. What no policy can express goes to `found`, each problem once with all its callers; what
/// is too large to `findings`.
pub(in crate::authz) fn compile(
    table: &Table,
    routes: &[Route],
    gateway: Gateway,
    findings: &mut Findings<'_>,
    found: &mut Vec<Found>,
) -> Compiled {
    let Some(sets) = grant_sets(table) else {
        let text = format!("roles and scopes combine to more than {MOST_SETS} different grants");
        findings.errors.add(1, text);
        return Compiled::default();
    };
    let locations = tenant_locations(routes);
    if locations.len() > MOST_LOCATIONS {
        let text = format!(
            "tenants stand in more than {MOST_LOCATIONS} tenant locations outside the path"
        );
        findings.errors.add(1, text);
        return Compiled::default();
    }
    let mut work = Work {
        routes,
        gateway,
        locations,
        forms: Forms::new(routes),
        prover: Prover::new(routes, gateway),
        known: BTreeMap::new(),
        guards: BTreeMap::new(),
        verbs: Vec::new(),
        found,
    };
    // In the order of the file, so that a problem names the first holder that it concerns.
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_by_key(|(_, holder)| holder.line);
    let mut compiled = Vec::new();
    for (permissions, holder) in &sets {
        for named in NamedLocations::combinations(work.locations.len()) {
            let verbs = work.fitting(*permissions, named, holder, findings);
            size::check(Policy { verbs: &work.verbs, used: &verbs }, holder, findings);
            compiled.push(GrantSet { permissions: *permissions, named, verbs });
        }
    }
    compiled.sort_by_key(|set| (set.permissions, set.named));
    let mut compiled = Compiled { verbs: work.verbs, sets: compiled };
    compiled.drop_unused();
    compiled
}

impl Compiled {
    /// Drops the statements that no set has.
    fn drop_unused(&mut self) {
        let used: BTreeSet<u16> = self.sets.iter().flat_map(|set| &set.verbs).copied().collect();
        let places: BTreeMap<u16, u16> = used.into_iter().zip(0..).collect();
        for index in self.sets.iter_mut().flat_map(|set| &mut set.verbs) {
            *index = places.get(index).copied().unwrap_or_default();
        }
        let mut index = 0..;
        self.verbs.retain(|_| index.next().is_some_and(|index| places.contains_key(&index)));
    }
}

/// One flag for each route: whether it may be used with the method.
type Permitted = (Method, Vec<bool>, Denies);

struct Work<'t> {
    routes: &'t [Route],
    gateway: Gateway,
    locations: Vec<TenantRule>,
    forms: Forms<'t>,
    prover: Prover<'t>,
    /// The statements so far, by the method and what is permitted with it: these alone determine them,
    /// so grant sets share them. Where there are none, the places of the problems in `found`.
    known: BTreeMap<Permitted, Result<Known, Vec<usize>>>,
    /// The guards so far, by the literals that they are for.
    guards: BTreeMap<Vec<u16>, u16>,
    verbs: Vec<VerbStatements>,
    found: &'t mut Vec<Found>,
}

#[derive(Clone, Debug)]
struct Known {
    statements: u16,
    exposed: Vec<u16>,
    has_wildcard: bool,
}

impl Work<'_> {
    /// The statements of a grant set. Where those with every Deny do not fit and need not be, the
    /// policy has only the Denies that it must have.
    fn fitting(
        &mut self,
        set: Permissions,
        named: NamedLocations,
        holder: &Holder,
        findings: &mut Findings<'_>,
    ) -> Vec<u16> {
        let all = self.verbs_of(set, named, holder, Denies::All);
        let bytes = size::of(Policy { verbs: &self.verbs, used: &all });
        if bytes <= MAX_ANSWER_BYTES || self.gateway.resource_policy_allows {
            return all;
        }
        findings.warnings.add(holder.line, format!(
            "the policy of {} would take up to {bytes} bytes if it denied by name whatever it does not \
             allow: it denies only what its wildcards match besides",
            holder.name
        ));
        self.verbs_of(set, named, holder, Denies::Needed)
    }

    fn verbs_of(
        &mut self,
        set: Permissions,
        named: NamedLocations,
        holder: &Holder,
        denies: Denies,
    ) -> Vec<u16> {
        let (mut verbs, mut exposed) = (Vec::new(), Vec::new());
        let mut has_wildcard = false;
        let mut may_nothing = true;
        // Of a WebSocket's opening an answer says nothing else: no policy of several routes has it.
        for method in Method::ALL.into_iter().filter(|method| *method != Method::Connect) {
            let permitted = |route: &Route| {
                let need = route.need(method);
                permits(set, need)
                    && (need == Some(Need::Nothing) || named.covers(route, &self.locations))
            };
            let permitted: Vec<_> = self.routes.iter().map(permitted).collect();
            may_nothing &= !permitted.contains(&true);
            if !self.routes.iter().any(|route| route.need(method).is_some()) {
                continue;
            }
            if let Some(known) = self.statements_of(method, permitted, denies, holder) {
                verbs.push(known.statements);
                exposed.extend(known.exposed);
                has_wildcard |= known.has_wildcard;
            }
        }
        // The answer to a caller who may do nothing denies everything.
        if may_nothing {
            return Vec::new();
        }
        if has_wildcard || self.gateway.resource_policy_allows {
            exposed.sort_unstable();
            exposed.dedup();
            verbs.extend(self.guards_of(exposed, holder));
        }
        verbs
    }

    fn statements_of(
        &mut self,
        method: Method,
        permitted: Vec<bool>,
        denies: Denies,
        holder: &Holder,
    ) -> Option<Known> {
        let key = (method, permitted, denies);
        if let Some(known) = self.known.get(&key) {
            if let Err(places) = known {
                for place in places {
                    self.found.get_mut(*place).into_iter().for_each(|found| found.add(holder));
                }
            }
            return known.as_ref().ok().cloned();
        }
        let known = self.statements(method, &key.1, denies).map_err(|failures| {
            let before = self.found.len();
            let new = |failure| Found::new(method, failure, holder);
            let found = failures.into_iter().map(new);
            self.found.extend(found);
            (before..self.found.len()).collect()
        });
        self.known.insert(key, known.clone());
        known.ok()
    }

    /// Compiles and proves the statements for `method`.
    fn statements(
        &mut self,
        method: Method,
        permitted: &[bool],
        denies: Denies,
    ) -> Result<Known, Vec<Failure>> {
        let flags = Flags::new(&self.forms, self.routes, method, permitted);
        let Statements { statements, exposed } =
            compiler::statements(&self.forms, self.gateway, method, &flags, denies)
                .map_err(failures)?;
        let guarded: Vec<_> = exposed.iter().map(|literal| self.forms.text(*literal)).collect();
        let proven = self.prover.check(method, permitted, &statements, &guarded);
        proven.map_err(|error| vec![Failure::Unproven(error)])?;
        let has_wildcard = statements.allow.iter().any(|glob| glob.as_str().contains('*'));
        Ok(Known { statements: self.keep(statements)?, exposed, has_wildcard })
    }

    fn guards_of(&mut self, exposed: Vec<u16>, holder: &Holder) -> Option<u16> {
        if let Some(known) = self.guards.get(&exposed) {
            return Some(*known);
        }
        let literals: Vec<_> = exposed.iter().map(|literal| self.forms.text(*literal)).collect();
        let guards = guards(&literals);
        let missing = missing_guard(&guards, &literals);
        let kept = match missing {
            None => self.keep(VerbStatements { allow: Globs::default(), deny: guards }),
            Some(glob) => Err(vec![Failure::Unproven(ProofError::Malformed(glob))]),
        };
        match kept {
            Ok(place) => {
                self.guards.insert(exposed, place);
                Some(place)
            }
            Err(failures) => {
                let found = failures.into_iter().map(|f| Found::new(Method::Get, f, holder));
                self.found.extend(found);
                None
            }
        }
    }

    fn keep(&mut self, statements: VerbStatements) -> Result<u16, Vec<Failure>> {
        let place = u16::try_from(self.verbs.len());
        let place = place.map_err(|_| vec![Failure::Unproven(ProofError::TooLarge)])?;
        self.verbs.push(statements);
        Ok(place)
    }
}

fn failures(error: CompileError) -> Vec<Failure> {
    match error {
        CompileError::Inexpressible(all) => all.into_iter().map(Failure::Inexpressible).collect(),
        CompileError::TooLarge => vec![Failure::Unproven(ProofError::TooLarge)],
    }
}

/// Whether `set` meets the `need` of a route, `None` if the route does not have the method.
pub(in crate::authz) fn permits(set: Permissions, need: Option<Need>) -> bool {
    match need {
        None => false,
        Some(Need::Nothing) => true,
        Some(Need::Permission(bit)) => set.contains(bit),
    }
}
