//! From a table to what a function uses: every grant set that a caller can hold, with its policy,
//! proven.

use std::collections::BTreeMap;

use super::grant_sets::grant_sets;
use crate::authz::policy::compiler::{CompileError, Compiler};
use crate::authz::policy::grant_sets::{Holder, MOST_SETS};
use crate::authz::policy::prove::Prover;
use crate::authz::policy::report::{Report, StatementsError};
use crate::authz::policy::statements::{Policy, VerbStatements};
use crate::authz::table::error::TableErrors;
use crate::authz::table::permission::Permissions;
use crate::authz::table::read::Table;
use crate::authz::table::route::{Method, Need, Route, TenantRule};
use crate::authz::table::tenant_location::{MOST_LOCATIONS, NamedLocations, tenant_locations};

/// An answer's size in bytes stays under this. A WebSocket answer may have 8 KB; the other APIs'
/// bounds are wider. <https://docs.aws.amazon.com/apigateway/latest/developerguide/limits.html>
const POLICY_LIMIT: usize = 8192;
/// A resource's length in characters stays under this.
/// <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
const RESOURCE_LIMIT: usize = 512;
/// The length that is assumed for `arn:{partition}:execute-api:{region}:{account}:{api}/{stage}/`.
const PREFIX: usize = 100;
/// The length of the longest tenant id.
const TENANT: usize = 64;
/// The bytes of an answer without its resources: policy document, principal and context.
const FRAME: usize = 1200;

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
/// specificity. What no policy can express, or is too large, goes to `mistakes`.
pub(in crate::authz) fn compile(
    table: &Table,
    routes: &[Route],
    mistakes: &mut TableErrors<'_>,
) -> Compiled {
    let Some(sets) = grant_sets(table) else {
        let text = format!("roles and scopes combine to more than {MOST_SETS} different grants");
        mistakes.add(1, text);
        return Compiled::default();
    };
    let locations = tenant_locations(routes);
    if locations.len() > MOST_LOCATIONS {
        let text = format!(
            "tenants stand in more than {MOST_LOCATIONS} tenant locations outside the path"
        );
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
    let (known, verbs) = (BTreeMap::new(), Vec::new());
    let mut work = Work { table, routes, locations, compiler, prover, known, verbs };
    // In the order of the file, so that a mistake names the first holder that it concerns.
    let mut sets: Vec<_> = sets.into_iter().collect();
    sets.sort_by_key(|(_, holder)| holder.line);
    let mut compiled = Vec::new();
    for (permissions, holder) in &sets {
        for named in NamedLocations::combinations(work.locations.len()) {
            let verbs = work.verbs_of(*permissions, named, holder, mistakes);
            check_size(Policy { verbs: &work.verbs, used: &verbs }, holder, mistakes);
            compiled.push(GrantSet { permissions: *permissions, named, verbs });
        }
    }
    compiled.sort_by_key(|set| (set.permissions, set.named));
    Compiled { verbs: work.verbs, sets: compiled }
}

struct Work<'t> {
    table: &'t Table,
    routes: &'t [Route],
    locations: Vec<TenantRule>,
    compiler: Compiler<'t>,
    prover: Prover<'t>,
    /// The statements so far, by the method and the routes permitted with it: these alone determine
    /// them, so grant sets share them. `None` where a mistake was reported.
    known: BTreeMap<(Method, Vec<bool>), Option<u16>>,
    verbs: Vec<VerbStatements>,
}

impl Work<'_> {
    fn verbs_of(
        &mut self,
        set: Permissions,
        named: NamedLocations,
        holder: &Holder,
        mistakes: &mut TableErrors<'_>,
    ) -> Vec<u16> {
        let mut verbs = Vec::new();
        for method in Method::ALL {
            let permitted = |route: &Route| {
                permits(set, route.need(method)) && named.covers(route, &self.locations)
            };
            let permitted: Vec<_> = self.routes.iter().map(permitted).collect();
            if !permitted.contains(&true) {
                continue;
            }
            let statements = match self.known.get(&(method, permitted.clone())) {
                Some(known) => *known,
                None => {
                    let statements = self.statements(method, &permitted);
                    let statements = statements
                        .map_err(|failure| self.report(method, &failure, holder, mistakes));
                    self.known.insert((method, permitted), statements.ok());
                    statements.ok()
                }
            };
            verbs.extend(statements);
        }
        verbs
    }

    fn report(
        &self,
        method: Method,
        failure: &StatementsError,
        holder: &Holder,
        mistakes: &mut TableErrors<'_>,
    ) {
        let of = Report { table: self.table, routes: self.routes, method, holder };
        let (line, text) = of.sentence(failure);
        mistakes.add(line, text);
    }

    /// Compiles and proves the statements for `method`, and returns their index.
    fn statements(&mut self, method: Method, permitted: &[bool]) -> Result<u16, StatementsError> {
        let statements =
            self.compiler.statements(method, permitted).map_err(StatementsError::Refused)?;
        self.prover.check(method, permitted, &statements).map_err(StatementsError::Unproven)?;
        self.verbs.push(statements);
        u16::try_from(self.verbs.len() - 1)
            .map_err(|_| StatementsError::Refused(CompileError::TooLarge))
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

fn check_size(policy: Policy<'_>, holder: &Holder, mistakes: &mut TableErrors<'_>) {
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
