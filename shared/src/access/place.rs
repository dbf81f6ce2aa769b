//! The places outside the path in which a request names a tenant: a header, a query parameter, the
//! host.
//!
//! No ARN holds them, so a policy cannot compare what stands there. Instead there is a policy for
//! every combination of places in which the request names the caller's own tenant: a route whose
//! tenant stands in another place, or in the same one with another tenant, is not in it. Such a
//! policy is right for every request with the same values there, which is what an identity source
//! promises.

use super::route::{Route, TenantRule};

/// How many different places a table may use: every further one doubles the policies.
pub(super) const MOST_PLACES: usize = 3;

/// The places in which a request names the caller's own tenant; collected from one `bool` for each
/// of [`AccessTable::places`](super::AccessTable::places).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Named(u8);

impl FromIterator<bool> for Named {
    fn from_iter<I: IntoIterator<Item = bool>>(places: I) -> Self {
        let places = places.into_iter().take(MOST_PLACES).enumerate();
        Self(places.fold(0, |bits, (place, is_named)| bits | u8::from(is_named) << place))
    }
}

impl Named {
    /// Every combination of `count` places.
    pub(super) fn combinations(count: usize) -> impl Iterator<Item = Self> {
        (0..1_u8 << count.min(MOST_PLACES)).map(Self)
    }

    pub(super) const fn bits(self) -> u8 {
        self.0
    }

    pub(super) const fn from_bits(bits: u8) -> Self {
        Self(bits)
    }

    /// Whether a request that names the tenant so may be for `route`, whose place is one of
    /// `places` or in the path.
    pub(super) fn reaches(self, route: &Route, places: &[TenantRule]) -> bool {
        let place = places.iter().position(|place| *place == route.tenant);
        place.is_none_or(|place| self.0 >> place & 1 == 1)
    }
}

/// The different places of `routes`, in their order.
pub(super) fn places(routes: &[Route]) -> Vec<TenantRule> {
    let mut places: Vec<TenantRule> = Vec::new();
    for route in routes {
        if route.tenant.outside().is_some() && !places.contains(&route.tenant) {
            places.push(route.tenant.clone());
        }
    }
    places
}
