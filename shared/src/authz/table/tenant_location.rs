//! Where, outside the path, a request names a tenant: a header, a query parameter, the
//! host.
//!
//! No ARN holds them, so a policy cannot compare their values. Instead there is a policy for every
//! combination of locations in which the request names the caller's own tenant. A route with any
//! other tenant location is not in it. Such a policy is right for every request with the same
//! values in these locations, and API Gateway uses a cached policy for no other, if the operator
//! makes them identity sources.

use crate::authz::table::route::{Route, TenantRule};

/// The most different locations of a table: each one doubles the number of policies.
pub(in crate::authz) const MOST_LOCATIONS: usize = 3;

/// The locations in which a request names the caller's own tenant; collected from one `bool` for
/// each of
/// [`AccessTable::tenant_locations`](crate::authz::access_table::AccessTable::tenant_locations).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct NamedLocations(u8);

impl FromIterator<bool> for NamedLocations {
    fn from_iter<I: IntoIterator<Item = bool>>(locations: I) -> Self {
        let locations = locations.into_iter().take(MOST_LOCATIONS).enumerate();
        Self(locations.fold(0, |bits, (index, is_named)| bits | u8::from(is_named) << index))
    }
}

impl NamedLocations {
    /// Every combination of `count` locations.
    pub(in crate::authz) fn combinations(count: usize) -> impl Iterator<Item = Self> {
        (0..1_u8 << count.min(MOST_LOCATIONS)).map(Self)
    }

    pub(in crate::authz) const fn bits(self) -> u8 {
        self.0
    }

    pub(in crate::authz) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether `route` is in the policy for these locations: its own location is one of them, or is
    /// not outside the path. `locations` are those of the table.
    pub(in crate::authz) fn covers(self, route: &Route, locations: &[TenantRule]) -> bool {
        let index = locations.iter().position(|location| *location == route.tenant);
        index.is_none_or(|index| self.0 >> index & 1 == 1)
    }
}

/// The different locations of `routes`, in their order.
pub(in crate::authz) fn tenant_locations(routes: &[Route]) -> Vec<TenantRule> {
    let mut locations: Vec<TenantRule> = Vec::new();
    for route in routes {
        if route.tenant.outside().is_some() && !locations.contains(&route.tenant) {
            locations.push(route.tenant.clone());
        }
    }
    locations
}
