//! From the text of a table to an [`AccessTable`].

use crate::authz::access_table::{AccessTable, Policies};
use crate::authz::policy::compile::{Compiled, compile};
use crate::authz::policy::grant_sets;
use crate::authz::policy::remedies::Remedies;
use crate::authz::table::check;
use crate::authz::table::error::{Findings, TableError};
use crate::authz::table::gateway::PolicyExtent;
use crate::authz::table::path::CONNECT;
use crate::authz::table::read::{Role, Scope, Table};
use crate::authz::table::route::{Method, Need, Route};
use crate::authz::table::tenant_location::tenant_locations;
use crate::sha256::sha256;

/// Reads `source` and proves its policies, if it wants any.
pub(in crate::authz) fn prove(file: &str, source: &str) -> Result<AccessTable, Vec<TableError>> {
    let mut findings = Findings::new(file);
    let (table, can_compile) = read(source, &mut findings);
    let routes = routes_of(&table);
    let policies = match table.gateway.policy {
        PolicyExtent::Request => Policies::Request,
        PolicyExtent::Caller if !can_compile => Policies::Unproven,
        PolicyExtent::Caller => Policies::Caller(compiled(&table, &routes, &mut findings)),
    };
    finish(source, table, routes, policies, findings)
}

/// Reads `source` without making policies.
pub(in crate::authz) fn unproven(file: &str, source: &str) -> Result<AccessTable, Vec<TableError>> {
    let mut findings = Findings::new(file);
    let (table, _) = read(source, &mut findings);
    let policies = match table.gateway.policy {
        PolicyExtent::Request => Policies::Request,
        PolicyExtent::Caller => Policies::Unproven,
    };
    let routes = routes_of(&table);
    finish(source, table, routes, policies, findings)
}

/// The table, and whether it is so far in order that policies can be made of it.
fn read(source: &str, findings: &mut Findings<'_>) -> (Table, bool) {
    let mut table = Table::read(source, &mut findings.errors);
    let is_read = findings.errors.is_empty();
    let is_distinct = check::check(&table, &mut findings.errors);
    warn(&table, findings);
    if table.gateway.public_preflight {
        let routes = table.routes.iter_mut().map(|route| &mut route.it);
        routes.filter(|route| route.pattern.as_str() != CONNECT).for_each(let_preflight_through);
    }
    (table, is_read && is_distinct)
}

fn let_preflight_through(route: &mut Route) {
    if route.need(Method::Options).is_none() {
        route.methods.push((Method::Options, Need::Nothing));
        route.methods.sort_by_key(|(method, _)| *method);
    }
}

fn warn(table: &Table, findings: &mut Findings<'_>) {
    let required = grant_sets::required(table);
    let empty = |role: &&Role| !role.by_scope && role.grants.intersection(required).is_empty();
    for role in table.roles.iter().filter(|role| empty(&&role.it)) {
        let text =
            format!("no route requires what role `{}` grants: it may do nothing", role.it.name);
        findings.warnings.add(role.line, text);
    }
}

/// By specificity.
fn routes_of(table: &Table) -> Vec<Route> {
    let mut routes: Vec<_> = table.routes.iter().map(|route| route.it.clone()).collect();
    routes.sort_by(|a, b| a.pattern.specificity(&b.pattern));
    routes
}

fn compiled(table: &Table, routes: &[Route], findings: &mut Findings<'_>) -> Compiled {
    let gateway = table.gateway;
    if gateway.resource_policy_allows && !gateway.closed {
        let helps = Remedies::new(table, routes, gateway, usize::MAX).of_all();
        let text = format!(
            "with `resource_policy = \"allows\"` a policy must deny by name whatever it does not \
             allow, and an open table does not name it: `GET /x` may be a route of the API. What \
             helps: {helps}"
        );
        findings.errors.add(table.gateway_line, text);
        return Compiled::default();
    }
    let mut found = Vec::new();
    let compiled = compile(table, routes, gateway, findings, &mut found);
    if found.is_empty() {
        return compiled;
    }
    let remedies = Remedies::new(table, routes, gateway, found.len());
    for (index, problem) in found.iter().enumerate() {
        let (line, text) = problem.sentence(table, routes, &remedies.of(index, problem));
        findings.errors.add(line, text);
    }
    compiled
}

fn finish(
    source: &str,
    table: Table,
    routes: Vec<Route>,
    policies: Policies,
    findings: Findings<'_>,
) -> Result<AccessTable, Vec<TableError>> {
    let required = grant_sets::required(&table);
    let people = table.roles.into_iter().filter(|role| !role.it.by_scope);
    let warnings = findings.warnings.into_list();
    findings.errors.settle(AccessTable {
        source_hash: sha256(source.as_bytes()),
        warnings,
        closed: table.gateway.closed,
        resource_policy_allows: table.gateway.resource_policy_allows,
        modules: table.modules.into_iter().map(|module| module.it).collect(),
        roles: people
            .map(|role| Role { grants: role.it.grants.intersection(required), ..role.it })
            .collect(),
        scopes: (table.scopes.into_iter())
            .map(|scope| Scope { grants: scope.it.grants.intersection(required), ..scope.it })
            .collect(),
        clients: table.clients.into_iter().map(|client| client.it).collect(),
        tenant_locations: tenant_locations(&routes),
        reserved: AccessTable::reserved_of(&routes),
        spellings: AccessTable::spellings_of(&routes),
        routes,
        policies,
    })
}
