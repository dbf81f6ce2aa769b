//! Which tenant the requested resource belongs to, by what the request says.

use std::borrow::Cow;

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
    if location == TenantLocation::None {
        return Ownership::Own;
    }
    match named(location, request) {
        Occurrence::Absent => Ownership::Unsaid,
        Occurrence::Single(value) if value == own.as_str() => Ownership::Own,
        Occurrence::Single(_) | Occurrence::Conflicting => Ownership::Another,
    }
}

/// What `request` names at `location`; nothing where that is [`TenantLocation::None`].
pub(in crate::authz) fn named<'r>(
    location: TenantLocation<'r>,
    request: &'r Request<'_>,
) -> Occurrence<Cow<'r, str>> {
    let value = match location {
        TenantLocation::None => Occurrence::Absent,
        TenantLocation::Path(value) => Occurrence::Single(value),
        TenantLocation::Header(name) => request.header(name),
        TenantLocation::Query(name) => request.query(name),
        TenantLocation::Host { prefix, suffix } => return of_host(request.host(), prefix, suffix),
    };
    match value {
        Occurrence::Absent => Occurrence::Absent,
        Occurrence::Single(value) => Occurrence::Single(value.into()),
        Occurrence::Conflicting => Occurrence::Conflicting,
    }
}

/// Host names ignore case (RFC 9110 §4.2.3) and tenant ids do not. So a host can only name a tenant
/// whose id is in lower case, and never two tenants.
fn of_host<'r>(host: Occurrence<&str>, prefix: &str, suffix: &str) -> Occurrence<Cow<'r, str>> {
    let host = match host {
        Occurrence::Absent => return Occurrence::Absent,
        Occurrence::Conflicting => return Occurrence::Conflicting,
        Occurrence::Single(host) => host.to_ascii_lowercase(),
    };
    match host.strip_prefix(prefix).and_then(|rest| rest.strip_suffix(suffix)) {
        Some(tenant) => Occurrence::Single(tenant.to_owned().into()),
        None => Occurrence::Absent,
    }
}
