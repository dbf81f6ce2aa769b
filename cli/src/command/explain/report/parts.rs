//! The route that decides, and what the caller holds.

use runtime::printable;
use serde::Serialize;
use shared::authn::SERVICE_ROLE;
use shared::authz::{Caller, Explanation, HeldScope, Matched, ScopeUse, TenantLocation};

use super::super::asked::CONNECT;
use super::super::caller::credential;
use super::super::table::Table;

/// The route of the table that decides.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct RoutePart {
    pub(super) method: &'static str,
    pub(super) path: String,
    /// A permission, or `public`.
    pub(super) requires: String,
    /// Where the request names the tenant; `null` where the resource belongs to none.
    pub(super) tenant: Option<String>,
    pub(super) file: String,
    pub(super) line: Option<usize>,
}

impl RoutePart {
    pub(super) fn of(route: &Matched<'_>, table: &Table) -> Self {
        let method = route.method().unwrap_or(CONNECT);
        let permission = route.permission().map(|permission| permission.to_string());
        Self {
            method,
            path: route.pattern().to_owned(),
            requires: permission.unwrap_or_else(|| "public".to_owned()),
            tenant: location(route.tenant()),
            file: table.file.clone(),
            line: table.lines.route(route.pattern(), method),
        }
    }
}

/// A tenant location as people name it; `None` where there is none.
pub(super) fn location(location: TenantLocation<'_>) -> Option<String> {
    match location {
        TenantLocation::None => None,
        TenantLocation::Path(_) => Some("the path".to_owned()),
        TenantLocation::Header(name) => Some(format!("the header `{name}`")),
        TenantLocation::Query(name) => Some(format!("the query parameter `{name}`")),
        TenantLocation::Host { prefix, suffix } => {
            Some(format!("the host `{prefix}{{tenant}}{suffix}`"))
        }
    }
}

/// Who calls, and what they hold.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct CallerPart {
    /// The kind of credential.
    pub(in super::super) credential: &'static str,
    /// Whether a signature was verified; `null` where the caller is supposed.
    pub(in super::super) verified: Option<bool>,
    pub(super) role: Option<Named>,
    pub(super) tenant: Option<String>,
    /// Whether the tenant is taken from the request, because nobody said it.
    pub(super) tenant_is_supposed: bool,
    pub(super) scopes: Vec<ScopePart>,
    /// What role and scopes grant together, as far as some route requires it.
    pub(super) permissions: Vec<String>,
}

/// A role, and where it stands in the table.
#[derive(Clone, Debug, Serialize)]
pub(super) struct Named {
    pub(super) name: String,
    pub(super) line: Option<usize>,
}

#[derive(Clone, Debug, Serialize)]
pub(super) struct ScopePart {
    pub(super) name: String,
    pub(super) line: Option<usize>,
    pub(super) counts: bool,
    /// Of which other credential it is, where it does not count for this one.
    pub(super) presented_by: Option<&'static str>,
}

impl CallerPart {
    pub(super) fn of(caller: Caller<'_>, said: &Explanation<'_>, table: &Table) -> Self {
        let holdings = &said.holdings;
        let name = holdings.role.unwrap_or(SERVICE_ROLE);
        Self {
            credential: credential(caller.principal).as_str(),
            verified: None,
            role: Some(Named { name: printable(name), line: table.lines.role(name) }),
            tenant: said.tenant.as_ref().map(ToString::to_string),
            tenant_is_supposed: caller.tenant.is_none(),
            scopes: holdings.scopes.iter().map(|scope| scope_part(scope, table)).collect(),
            permissions: holdings.permissions.iter().map(ToString::to_string).collect(),
        }
    }
}

fn scope_part(scope: &HeldScope<'_>, table: &Table) -> ScopePart {
    ScopePart {
        name: printable(scope.name),
        line: table.lines.scope(scope.name),
        counts: scope.used == ScopeUse::Counts,
        presented_by: match scope.used {
            ScopeUse::Of(other) => Some(other),
            ScopeUse::Counts | ScopeUse::Unknown => None,
        },
    }
}
