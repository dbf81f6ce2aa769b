//! What looks wrong in a table that is taken: found in the table alone, without policies.

use std::cmp::Ordering;

use crate::authz::policy::grant_sets::required;
use crate::authz::table::error::TableErrors;
use crate::authz::table::gateway::PolicyExtent;
use crate::authz::table::path::Pattern;
use crate::authz::table::permission::Permissions;
use crate::authz::table::read::{At, PresentedBy, Table};
use crate::authz::table::route::{Method, Need, Route};

/// One thing in a table that its author may not have meant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableFinding {
    /// What it is.
    pub kind: TableFindingKind,
    /// Its line, counted from 1.
    pub line: usize,
    /// One sentence, lower case, no full stop.
    pub text: String,
}

/// The kinds of [`TableFinding`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TableFindingKind {
    /// No route requires what a scope grants.
    EmptyScope,
    /// No role grants any of what a scope grants, so nobody can use the scope.
    UselessScope,
    /// Two roles permit the same.
    EqualRoles,
    /// A public route takes some of the paths that look as if they were a protected one's.
    PublicOverlap,
    /// A tenant stands where no policy of the caller can compare it.
    TenantOutsidePath,
    /// A route requires what nobody can have.
    UnheldPermission,
}

/// A method of a route as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RuleLine {
    /// The HTTP method; `None` is `$connect`.
    pub method: Option<&'static str>,
    /// The route's path.
    pub path: String,
    /// Whether it needs no credential.
    pub is_public: bool,
    /// Whether its tenant is in the path.
    pub has_tenant_in_path: bool,
    /// Whether its tenant is in a header, the query or the host.
    pub has_tenant_outside_path: bool,
    /// Where the route begins.
    pub line: usize,
}

/// What people may want to change in a table, and its rules with their lines.
#[derive(Debug)]
pub struct LintedTable {
    /// In the order of the rules that found them.
    pub findings: Vec<TableFinding>,
    /// In the order of the file, without what `preflight` adds.
    pub rules: Vec<RuleLine>,
    /// Whether every `OPTIONS` that the table does not list is public.
    pub has_public_preflight: bool,
    /// What an answer says.
    pub policy: PolicyExtent,
    /// Where `[gateway]` is.
    pub gateway_line: usize,
}

/// Looks at the table `source`, which [`AccessTable::without_policies`] takes.
///
/// [`AccessTable::without_policies`]: crate::authz::AccessTable::without_policies
#[must_use]
pub fn lint(source: &str) -> LintedTable {
    let table = Table::read(source, &mut TableErrors::new(""));
    let mut findings = Vec::new();
    for rule in [
        empty_scopes,
        useless_scopes,
        equal_roles,
        public_overlaps,
        tenants_outside_paths,
        unheld_permissions,
    ] {
        rule(&table, &mut findings);
    }
    LintedTable {
        findings,
        rules: rules(&table),
        has_public_preflight: table.gateway.public_preflight,
        policy: table.gateway.policy,
        gateway_line: table.gateway_line,
    }
}

fn rules(table: &Table) -> Vec<RuleLine> {
    let of_route = |At { line, it: route }: &At<Route>| {
        let (line, path) = (*line, route.pattern.as_str().to_owned());
        let outside = route.tenant.outside().is_some();
        let inside = route.tenant_parameter().is_some();
        let rule = move |(method, need): &(Method, Need)| RuleLine {
            method: (*method != Method::Connect).then(|| method.key()),
            path: path.clone(),
            is_public: *need == Need::Nothing,
            has_tenant_in_path: inside,
            has_tenant_outside_path: outside,
            line,
        };
        route.methods.iter().map(rule).collect::<Vec<_>>()
    };
    table.routes.iter().flat_map(of_route).collect()
}

/// A scope that grants only what no route requires is a scope for nothing, or a misspelled grant.
fn empty_scopes(table: &Table, findings: &mut Vec<TableFinding>) {
    let required = required(table);
    for At { line, it: scope } in &table.scopes {
        if !scope.grants.intersection(required).is_empty() {
            continue;
        }
        let name = &scope.name;
        add(
            findings,
            TableFindingKind::EmptyScope,
            *line,
            format!("no route requires what scope `{name}` grants: it permits nothing"),
        );
    }
}

/// An API key and a user's access token may do what scope *and* role grant.
fn useless_scopes(table: &Table, findings: &mut Vec<TableFinding>) {
    let required = required(table);
    for At { line, it: scope } in &table.scopes {
        let grants = scope.grants.intersection(required);
        if scope.presented_by == PresentedBy::ServiceToken || grants.is_empty() {
            continue;
        }
        if table.roles.iter().any(|role| !role.it.grants.intersection(grants).is_empty()) {
            continue;
        }
        let (name, by) = (&scope.name, scope.presented_by.as_str());
        add(
            findings,
            TableFindingKind::UselessScope,
            *line,
            format!(
                "no role grants any of what scope `{name}` grants, and its `{by}` may do no more than \
             the role of its owner: it permits nothing"
            ),
        );
    }
}

/// Two names for one set of permissions are one name too many, or a grant that was forgotten.
fn equal_roles(table: &Table, findings: &mut Vec<TableFinding>) {
    let required = required(table);
    let mut seen: Vec<(Permissions, &str, usize)> = Vec::new();
    for At { line, it: role } in table.roles.iter().filter(|role| !role.it.by_scope) {
        let grants = role.grants.intersection(required);
        // A role that may do nothing is a warning of its own.
        if grants.is_empty() {
            continue;
        }
        match seen.iter().find(|(other, ..)| *other == grants) {
            Some((_, other, at)) => {
                let name = &role.name;
                add(
                    findings,
                    TableFindingKind::EqualRoles,
                    *line,
                    format!("role `{name}` may do exactly what role `{other}` on line {at} may"),
                );
            }
            None => seen.push((grants, &role.name, *line)),
        }
    }
}

/// Of two routes that share paths without one being a special case of the other, the one whose first
/// literal comes earlier takes them. If that is the public one, some paths of a protected route need no
/// credential.
fn public_overlaps(table: &Table, findings: &mut Vec<TableFinding>) {
    for At { line, it: public } in &table.routes {
        for At { line: at, it: protected } in &table.routes {
            let takes = |method: &Method| {
                public.need(*method) == Some(Need::Nothing)
                    && matches!(protected.need(*method), Some(Need::Permission(_)))
            };
            let Some(method) = Method::ALL.into_iter().find(takes) else { continue };
            if !public.pattern.overlaps(&protected.pattern)
                || public.pattern.specificity(&protected.pattern) != Ordering::Less
                || is_within(&public.pattern, &protected.pattern)
            {
                continue;
            }
            let (public, protected) = (public.rule(method), protected.rule(method));
            add(
                findings,
                TableFindingKind::PublicOverlap,
                *line,
                format!(
                    "`{public}` is public and takes some of the paths that `{protected}` on line {at} \
                 matches, too"
                ),
            );
        }
    }
}

/// Whether every path of `inner` is one of `outer`.
fn is_within(inner: &Pattern, outer: &Pattern) -> bool {
    use crate::authz::table::path::Segment::{Literal, One, Rest};
    let (mut inner, mut outer) = (inner.segments(), outer.segments());
    loop {
        match (inner.next(), outer.next()) {
            (None, None) | (Some(_), Some(Rest(_))) => return true,
            (Some(Literal(one)), Some(Literal(other))) if one == other => {}
            (Some(Literal(_) | One(_)), Some(One(_))) => {}
            _ => return false,
        }
    }
}

/// No ARN has a header, a query or a host. Such a tenant is compared when the function is asked, and a
/// cached answer does not ask it.
fn tenants_outside_paths(table: &Table, findings: &mut Vec<TableFinding>) {
    if table.gateway.policy != PolicyExtent::Caller {
        return;
    }
    for At { line, it: route } in &table.routes {
        if route.tenant.outside().is_none() {
            continue;
        }
        let (path, tenant) = (&route.pattern, &route.tenant);
        add(
            findings,
            TableFindingKind::TenantOutsidePath,
            *line,
            format!(
                "the tenant of `{path}` is `{tenant}`, which no policy can compare: an answer that is \
             cached would be used for other tenants"
            ),
        );
    }
}

/// Nobody can use a route that requires what no role and no scope grants.
fn unheld_permissions(table: &Table, findings: &mut Vec<TableFinding>) {
    let people = table.roles.iter().map(|role| role.it.grants);
    let services = table.scopes.iter().filter(|s| s.it.presented_by == PresentedBy::ServiceToken);
    let held = people
        .chain(services.map(|scope| scope.it.grants))
        .fold(Permissions::NONE, Permissions::union);
    let modules: Vec<Box<str>> = table.modules.iter().map(|module| module.it.clone()).collect();
    let mut told = Permissions::NONE;
    for At { line, it: route } in &table.routes {
        for (method, need) in &route.methods {
            let Need::Permission(bit) = *need else { continue };
            if held.contains(bit) || told.contains(bit) {
                continue;
            }
            told.insert(bit);
            let Some(permission) = bit.named(&modules) else { continue };
            let rule = route.rule(*method);
            add(
                findings,
                TableFindingKind::UnheldPermission,
                *line,
                format!(
                    "no role and no scope of service tokens grants `{permission}`, so nobody may use \
                 `{rule}`"
                ),
            );
        }
    }
}

fn add(findings: &mut Vec<TableFinding>, kind: TableFindingKind, line: usize, text: String) {
    findings.push(TableFinding { kind, line, text });
}

#[cfg(test)]
mod tests {
    use super::lint;

    const TABLE: &str = r#"
modules = ["itsm"]
[gateway]
routes = "closed"
resource_policy = "none"
policy = "caller"
[roles.viewer]
grants = ["read:itsm"]
[roles.agent]
grants = ["read:itsm", "write:itsm"]
[scopes.some]
presented_by = "api-key"
grants = ["read:itsm"]
[[routes]]
path = "/files/{name}"
GET = "read:itsm"
PATCH = "write:itsm"
"#;

    #[track_caller]
    fn check(old: &str, new: &str, texts: &[&str]) {
        assert!(TABLE.contains(old));
        let found = lint(&TABLE.replace(old, new)).findings;
        let found: Vec<String> =
            found.iter().map(|one| format!("{}: {}", one.line, one.text)).collect();
        assert_eq!(found, texts);
    }

    #[test]
    fn what_is_found() {
        check("", "", &[]);
        check(
            "presented_by = \"api-key\"\ngrants = [\"read:itsm\"]",
            "presented_by = \"api-key\"\ngrants = [\"ai:itsm\"]",
            &["11: no route requires what scope `some` grants: it permits nothing"],
        );
        check(
            "[\"read:itsm\", \"write:itsm\"]",
            "[\"read:itsm\"]",
            &[
                "9: role `agent` may do exactly what role `viewer` on line 7 may",
                "15: no role and no scope of service tokens grants `write:itsm`, so nobody may use \
             `PATCH /files/{name}`",
            ],
        );
        let admin = "PATCH = \"write:itsm\"\nDELETE = \"admin:itsm\"";
        check(
            "PATCH = \"write:itsm\"",
            admin,
            &["15: no role and no scope of service tokens grants `admin:itsm`, so nobody may use \
             `DELETE /files/{name}`"],
        );
        check(
            "[[routes]]",
            "[[routes]]\npath = \"/files/{name}/{v}\"\nGET = \"public\"\n[[routes]]",
            &[],
        );
        check(
            "[[routes]]",
            "[[routes]]\npath = \"/files/open\"\nGET = \"public\"\n[[routes]]",
            &[],
        );
        check(
            "path = \"/files/{name}\"",
            "path = \"/{area}/open\"\nGET = \"read:itsm\"\n[[routes]]\npath = \"/files/{name}\"\nHEAD = \"public\"",
            &[],
        );
        let beside = "path = \"/{area}/secret\"\nGET = \"read:itsm\"\n[[routes]]\npath = \
                      \"/files/{name}\"\nGET = \"public\"\nPOST = \"read:itsm\"\n[[routes]]\npath = \"/x\"";
        check(
            "path = \"/files/{name}\"",
            beside,
            &["18: `GET /files/{name}` is public and takes some of the paths that \
             `GET /{area}/secret` on line 15 matches, too"],
        );
        check(
            "PATCH",
            "tenant = \"header:x-tenant\"\nPATCH",
            &[
                "15: the tenant of `/files/{name}` is `header:x-tenant`, which no policy can compare: \
             an answer that is cached would be used for other tenants",
            ],
        );
        check("policy = \"caller\"", "policy = \"request\"", &[]);
    }

    #[test]
    fn a_scope_that_no_role_can_use() {
        let table = "PATCH = \"write:itsm\"\nDELETE = \"admin:itsm\"\n[scopes.more]\npresented_by \
                     = \"api-key\"\ngrants = [\"admin:itsm\"]\n[scopes.service]\npresented_by = \
                     \"service-token\"\ngrants = [\"admin:itsm\"]";
        check(
            "PATCH = \"write:itsm\"",
            table,
            &[
                "19: no role grants any of what scope `more` grants, and its `api-key` may do no more \
             than the role of its owner: it permits nothing",
            ],
        );
    }

    #[test]
    fn the_rules_have_their_lines() {
        let rules = lint(TABLE).rules;
        let rules: Vec<_> =
            rules.iter().map(|rule| (rule.line, rule.method, rule.path.as_str())).collect();
        let path = "/files/{name}";
        assert_eq!(rules, [(15, Some("GET"), path), (15, Some("PATCH"), path)]);
    }
}
