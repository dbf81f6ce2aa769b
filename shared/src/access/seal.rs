//! The seal: what a proof found, kept in a file beside the table.
//!
//! A seal tells a function at start, without parsing TOML, compiling or proving, that exactly these
//! policies were proven for exactly this table. It guards against a table that was changed and not
//! proven again, and against a damaged file. It is no signature: who can write both files into the
//! function's package can write any policy.

use super::compile::{Compiled, GrantSet};
use super::path::Pattern;
use super::permission::{Bit, Permissions};
use super::place::{Named, places};
use super::policy::{Glob, Lane};
use super::route::{Method, Need, Route, TenantRule};
use super::table::{PresentedBy, Role, Scope};
use super::{AccessTable, ServiceClient};
use crate::identity::TenantId;
use crate::sha256::sha256;
use serde::{Deserialize, Serialize};
use std::fmt;

/// Raised whenever the body changes its form or the compiler its meaning.
const VERSION: &str = "portcullis-seal 1";

/// Why a seal is not taken. The table may be right all the same: prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SealError {
    /// Not a seal of this version.
    Version,
    /// The seal of another table, or of this one before a change.
    Table,
    /// The seal is not as it was written.
    Body,
}

impl fmt::Display for SealError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "the seal is of another version, or none",
            Self::Table => "the seal belongs to another state of the access table",
            Self::Body => "the seal is damaged",
        })
    }
}

impl std::error::Error for SealError {}

/// The file to put beside the table whose text is `source`.
pub(super) fn write(table: &AccessTable) -> String {
    let body = serde_json::to_string(&Body::of(table)).unwrap_or_default();
    let hashes = (hex(&table.source_hash), hex(&sha256(body.as_bytes())));
    format!("{VERSION} {} {}\n{body}\n", hashes.0, hashes.1)
}

/// Reads a seal of the table whose text is `source`.
pub(super) fn read(source: &[u8], seal: &[u8]) -> Result<AccessTable, SealError> {
    let seal = std::str::from_utf8(seal).map_err(|_| SealError::Version)?;
    let (head, body) = seal.split_once('\n').ok_or(SealError::Version)?;
    let hashes = head.strip_prefix(VERSION).and_then(|rest| rest.strip_prefix(' '));
    let (of_table, of_body) = hashes.and_then(|h| h.split_once(' ')).ok_or(SealError::Version)?;
    let source_hash = sha256(source);
    if of_table != hex(&source_hash) {
        return Err(SealError::Table);
    }
    let body = body.strip_suffix('\n').ok_or(SealError::Body)?;
    if of_body != hex(&sha256(body.as_bytes())) {
        return Err(SealError::Body);
    }
    let body: Body<'_> = serde_json::from_str(body).map_err(|_| SealError::Body)?;
    body.into_table(source_hash).ok_or(SealError::Body)
}

fn hex(hash: &[u8]) -> String {
    let digits = hash.iter().flat_map(|byte| [byte >> 4, byte & 0xf]);
    digits.filter_map(|digit| char::from_digit(digit.into(), 16)).collect()
}

/// Two halves: JSON readers differ on numbers beyond 64 bits.
type Bits = (u64, u64);

#[derive(Deserialize, Serialize)]
struct Body<'b> {
    #[serde(borrow)]
    modules: Vec<&'b str>,
    /// Name and permissions.
    roles: Vec<(&'b str, Bits)>,
    /// Name, what presents it, and permissions.
    scopes: Vec<(&'b str, &'b str, Bits)>,
    /// Client id and tenant.
    clients: Vec<(&'b str, &'b str)>,
    routes: Vec<SealedRoute<'b>>,
    /// Allow and deny.
    lanes: Vec<(Vec<&'b str>, Vec<&'b str>)>,
    /// Permissions, places in which the tenant is named, and lanes.
    sets: Vec<(Bits, u8, Vec<u16>)>,
}

#[derive(Deserialize, Serialize)]
struct SealedRoute<'b> {
    #[serde(borrow)]
    path: &'b str,
    /// The method and its permission's number; none is public.
    methods: Vec<(&'b str, Option<u8>)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    tenant: String,
}

impl<'b> Body<'b> {
    fn of(table: &'b AccessTable) -> Self {
        let texts = |globs: &'b [Glob]| globs.iter().map(|glob| &*glob.0).collect();
        Self {
            modules: table.modules.iter().map(|module| &**module).collect(),
            roles: table.roles.iter().map(|r| (&*r.name, bits(r.grants))).collect(),
            scopes: (table.scopes.iter())
                .map(|s| (&*s.name, s.presented_by.as_str(), bits(s.grants)))
                .collect(),
            clients: (table.clients.iter())
                .map(|client| (&*client.client_id, client.tenant.as_str()))
                .collect(),
            routes: table.routes.iter().map(SealedRoute::of).collect(),
            lanes: (table.compiled.lanes.iter())
                .map(|lane| (texts(&lane.allow), texts(&lane.deny)))
                .collect(),
            sets: (table.compiled.sets.iter())
                .map(|set| (bits(set.permissions), set.named.bits(), set.lanes.clone()))
                .collect(),
        }
    }

    fn into_table(self, source_hash: [u8; 32]) -> Option<AccessTable> {
        let globs = |texts: Vec<&str>| texts.into_iter().map(|text| Glob(text.into())).collect();
        let lanes: Vec<_> = (self.lanes.into_iter())
            .map(|(allow, deny)| Lane { allow: globs(allow), deny: globs(deny) })
            .collect();
        let set = |(permissions, named, used): (Bits, u8, Vec<u16>)| {
            let known = used.iter().all(|&lane| usize::from(lane) < lanes.len());
            let (permissions, named) = (permissions_of(permissions), Named::from_bits(named));
            known.then_some(GrantSet { permissions, named, lanes: used })
        };
        let sets: Option<Vec<_>> = self.sets.into_iter().map(set).collect();
        let role = |(name, grants): (&str, Bits)| Role {
            name: name.into(),
            by_scope: false,
            grants: permissions_of(grants),
        };
        let scope = |(name, presented_by, grants): (&str, &str, Bits)| {
            let presented_by = PresentedBy::parse(presented_by)?;
            Some(Scope { name: name.into(), presented_by, grants: permissions_of(grants) })
        };
        let client = |(id, tenant): (&str, &str)| {
            Some(ServiceClient { client_id: id.into(), tenant: TenantId::parse(tenant)? })
        };
        let routes: Vec<_> =
            self.routes.into_iter().map(SealedRoute::into_route).collect::<Option<_>>()?;
        Some(AccessTable {
            source_hash,
            modules: self.modules.into_iter().map(Into::into).collect(),
            roles: self.roles.into_iter().map(role).collect(),
            scopes: self.scopes.into_iter().map(scope).collect::<Option<_>>()?,
            clients: self.clients.into_iter().map(client).collect::<Option<_>>()?,
            places: places(&routes),
            routes,
            compiled: Compiled { lanes, sets: sets? },
        })
    }
}

impl<'b> SealedRoute<'b> {
    fn of(route: &'b Route) -> Self {
        let method = |(method, need): &(Method, Need)| match need {
            Need::Nothing => (method.key(), None),
            Need::Permission(bit) => (method.key(), Some(bit.0)),
        };
        Self {
            path: route.pattern.as_str(),
            methods: route.methods.iter().map(method).collect(),
            tenant: route.tenant.to_string(),
        }
    }

    fn into_route(self) -> Option<Route> {
        let method = |(key, bit): (&str, Option<u8>)| {
            let need = bit.map_or(Need::Nothing, |bit| Need::Permission(Bit(bit)));
            Some((Method::parse(key)?, need))
        };
        Some(Route {
            pattern: Pattern::sealed(self.path),
            methods: self.methods.into_iter().map(method).collect::<Option<_>>()?,
            tenant: match &*self.tenant {
                "" => TenantRule::None,
                text => TenantRule::parse(text)?,
            },
        })
    }
}

fn bits(permissions: Permissions) -> Bits {
    let bits = permissions.bits();
    ((bits >> 64) as u64, bits as u64)
}

fn permissions_of((high, low): Bits) -> Permissions {
    Permissions::from_bits(u128::from(high) << 64 | u128::from(low))
}
