//! From a table to what the program runs on: every reachable grant set with its policy, proven.

use super::compiler::{Compiler, Refusal};
use super::mistake::Mistakes;
use super::permission::Permissions;
use super::place::{MOST_PLACES, Named, places};
use super::policy::{Lane, Policy};
use super::proof::Prover;
use super::reach::{Holder, MOST_SETS, reachable};
use super::report::{Failure, Report};
use super::route::{Method, Need, Route, TenantRule};
use super::table::Table;
use std::collections::BTreeMap;

/// An answer's size in bytes stays under this. A WebSocket answer may have 8 KB; the other APIs'
/// bounds are wider. <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const POLICY_LIMIT: usize = 8192;
/// A resource's length stays under this.
const RESOURCE_LIMIT: usize = 512;
/// The longest `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/` reckoned with.
const PREFIX: usize = 100;
/// The longest tenant id.
const TENANT: usize = 64;
/// An answer without its resources: the policy document, the principal and the context.
const FRAME: usize = 1200;

/// One grant set, for requests that name the caller's tenant so, and the lanes of its policy, by
/// index.
#[derive(Clone, Debug)]
pub(super) struct GrantSet {
    pub(super) permissions: Permissions,
    pub(super) named: Named,
    pub(super) lanes: Vec<u16>,
}

#[derive(Debug, Default)]
pub(super) struct Compiled {
    pub(super) lanes: Vec<Lane>,
    /// In the order of their permissions, then of what is named.
    pub(super) sets: Vec<GrantSet>,
}

/// Compiles and proves a policy for every reachable grant set of `table`. `routes` are its routes
/// by specificity. What cannot be said exactly, or is too large, goes to `mistakes`.
pub(super) fn compile(table: &Table, routes: &[Route], mistakes: &mut Mistakes<'_>) -> Compiled {
    let Some(sets) = reachable(table) else {
        let text = format!("roles and scopes combine to more than {MOST_SETS} different grants");
        mistakes.add(1, text);
        return Compiled::default();
    };
    let places = places(routes);
    if places.len() > MOST_PLACES {
        let text =
            format!("tenants stand in more than {MOST_PLACES} different places outside the path");
        mistakes.add(1, text);
        return Compiled::default();
    }
    let prover = match Prover::new(routes, table.closed) {
        Ok(prover) => prover,
        Err(_) => {
            mistakes.add(1, "the routes are too large to prove");
            return Compiled::default();
        }
    };
    let compiler = Compiler::new(routes, table.closed);
    let (known, lanes) = (BTreeMap::new(), Vec::new());
    let mut work = Work { table, routes, places, compiler, prover, known, lanes };
    // In the order of the file, so that a mistake names the first who is concerned.
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_by_key(|(_, holder)| holder.line);
    let mut compiled = Vec::new();
    for (permissions, holder) in &sets {
        for named in Named::combinations(work.places.len()) {
            let lanes = work.lanes_of(*permissions, named, holder, mistakes);
            check_size(Policy { lanes: &work.lanes, used: &lanes }, holder, mistakes);
            compiled.push(GrantSet { permissions: *permissions, named, lanes });
        }
    }
    compiled.sort_by_key(|set| (set.permissions, set.named));
    Compiled { lanes: work.lanes, sets: compiled }
}

struct Work<'t> {
    table: &'t Table,
    routes: &'t [Route],
    places: Vec<TenantRule>,
    compiler: Compiler<'t>,
    prover: Prover<'t>,
    /// What was compiled before: `None` where a mistake was reported.
    known: BTreeMap<(Method, Vec<bool>), Option<u16>>,
    lanes: Vec<Lane>,
}

impl Work<'_> {
    fn lanes_of(
        &mut self,
        set: Permissions,
        named: Named,
        holder: &Holder,
        mistakes: &mut Mistakes<'_>,
    ) -> Vec<u16> {
        let mut lanes = Vec::new();
        for method in Method::ALL {
            let permitted = |route: &Route| {
                permits(set, route.need(method)) && named.reaches(route, &self.places)
            };
            let permitted: Vec<_> = self.routes.iter().map(permitted).collect();
            if !permitted.contains(&true) {
                continue;
            }
            let lane = match self.known.get(&(method, permitted.clone())) {
                Some(known) => *known,
                None => {
                    let lane = self.lane(method, &permitted);
                    let lane =
                        lane.map_err(|failure| self.report(method, &failure, holder, mistakes));
                    self.known.insert((method, permitted), lane.ok());
                    lane.ok()
                }
            };
            lanes.extend(lane);
        }
        lanes
    }

    fn report(
        &self,
        method: Method,
        failure: &Failure,
        holder: &Holder,
        mistakes: &mut Mistakes<'_>,
    ) {
        let of = Report { table: self.table, routes: self.routes, method, holder };
        let (line, text) = of.sentence(failure);
        mistakes.add(line, text);
    }

    /// A new lane, compiled and proven.
    fn lane(&mut self, method: Method, permitted: &[bool]) -> Result<u16, Failure> {
        let lane = self.compiler.lane(method, permitted).map_err(Failure::Refused)?;
        self.prover.check(method, permitted, &lane).map_err(Failure::Unproven)?;
        self.lanes.push(lane);
        u16::try_from(self.lanes.len() - 1).map_err(|_| Failure::Refused(Refusal::TooLarge))
    }
}

/// Whether `set` meets the `need` of a route, `None` if the route does not have the method.
pub(super) fn permits(set: Permissions, need: Option<Need>) -> bool {
    match need {
        None => false,
        Some(Need::Nothing) => true,
        Some(Need::Permission(bit)) => set.contains(bit),
    }
}

fn check_size(policy: Policy<'_>, holder: &Holder, mistakes: &mut Mistakes<'_>) {
    let mut size = FRAME;
    for glob in policy.allow().chain(policy.deny()) {
        let resource = PREFIX + glob.rendered_len(TENANT);
        if resource >= RESOURCE_LIMIT {
            mistakes.add(holder.line, format!(
                "the resource `{glob}` takes up to {resource} characters; under {RESOURCE_LIMIT} fit"
            ));
        }
        // Quotes and a comma.
        size += resource + 3;
    }
    if size >= POLICY_LIMIT {
        mistakes.add(
            holder.line,
            format!(
                "the policy of {} takes up to {size} bytes; under {POLICY_LIMIT} fit",
                holder.name
            ),
        );
    }
}
