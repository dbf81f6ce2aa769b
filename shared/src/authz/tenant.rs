//! Which tenant the requested resource belongs to, by what the request says.

use crate::authz::table::route::TenantLocation;
use crate::ids::TenantId;
use crate::request::{Occurrence, Request};

/// Which tenant a request names in one location, compared with the caller's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authz) enum Ownership {
    /// The caller's own tenant.
    Own,
    /// Another one, or several.
    Another,
    /// None.
    Unsaid,
}

/// Which tenant `request` names at `location`, compared with the caller's `own`.
pub(in crate::authz) fn ownership(
    location: TenantLocation<'_>,
    request: &Request<'_>,
    own: &TenantId,
) -> Ownership {
    match location {
        TenantLocation::None => Ownership::Own,
        TenantLocation::Path(value) => of_value(Occurrence::Single(value), own),
        TenantLocation::Header(name) => of_value(request.header(name), own),
        TenantLocation::Query(name) => of_value(request.query(name), own),
        TenantLocation::Host { prefix, suffix } => of_host(request.host(), prefix, suffix, own),
    }
}

fn of_value(value: Occurrence<&str>, own: &TenantId) -> Ownership {
    match value {
        Occurrence::Absent => Ownership::Unsaid,
        Occurrence::Single(value) if value == own.as_str() => Ownership::Own,
        Occurrence::Single(_) | Occurrence::Conflicting => Ownership::Another,
    }
}

/// Host names ignore case (RFC 9110 §4.2.3) and tenant ids do not. So a host can only name a tenant
/// whose id is in lower case, and never two tenants.
fn of_host(host: Occurrence<&str>, prefix: &str, suffix: &str, own: &TenantId) -> Ownership {
    let Occurrence::Single(host) = host else { return of_value(host, own) };
    let host = host.to_ascii_lowercase();
    match host.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix)) {
        Some(tenant) => of_value(Occurrence::Single(tenant), own),
        None => Ownership::Unsaid,
    }
}
