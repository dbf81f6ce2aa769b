//! Whose is the resource? What a request says of it, outside the path.

use crate::access::TenantSource;
use crate::identity::TenantId;
use crate::request::{Given, Request};

/// What stands in one place of a request, for a caller of one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ownership {
    /// The caller's own tenant.
    Own,
    /// Another one, or several.
    Another,
    /// Nothing that names a tenant.
    Unsaid,
}

/// What stands at `place` of `request`, for a caller of the tenant `own`.
pub(super) fn ownership(
    place: TenantSource<'_>,
    request: &Request<'_>,
    own: &TenantId,
) -> Ownership {
    match place {
        TenantSource::None => Ownership::Own,
        TenantSource::Path(value) => of_value(Given::Once(value), own),
        TenantSource::Header(name) => of_value(request.header(name), own),
        TenantSource::Query(name) => of_value(request.query(name), own),
        TenantSource::Host { prefix, suffix } => of_host(request.host(), prefix, suffix, own),
    }
}

fn of_value(given: Given<&str>, own: &TenantId) -> Ownership {
    match given {
        Given::Never => Ownership::Unsaid,
        Given::Once(value) if value == own.as_str() => Ownership::Own,
        Given::Once(_) | Given::Conflicting => Ownership::Another,
    }
}

/// Host names have no case (RFC 9110 §4.2.3) and tenant ids have: only a tenant whose id is in
/// lower case can be named by a host, so no two tenants share one.
fn of_host(host: Given<&str>, prefix: &str, suffix: &str, own: &TenantId) -> Ownership {
    let Given::Once(host) = host else { return of_value(host, own) };
    let host = host.to_ascii_lowercase();
    match host.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix)) {
        Some(tenant) => of_value(Given::Once(tenant), own),
        None => Ownership::Unsaid,
    }
}
