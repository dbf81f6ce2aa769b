//! The compiled table: the proven policies of an access table, in a file beside it.
//!
//! It tells a function at start, without parsing TOML, compiling or proving, that exactly these
//! policies were proven for exactly this table. It guards against a table that was changed and not
//! proven again, and against a damaged file. It is not signed: whoever can write both files into
//! the function's package can write any policy.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::authn::{ServiceClient, ServiceTenant};
use crate::authz::access_table::{AccessTable, Policies};
use crate::authz::policy::compile::{Compiled, GrantSet};
use crate::authz::policy::statements::{Globs, VerbStatements};
use crate::authz::table::gateway::PolicyExtent;
use crate::authz::table::path::Pattern;
use crate::authz::table::permission::{Bit, Permissions};
use crate::authz::table::read::{PresentedBy, Role, Scope};
use crate::authz::table::route::{Method, Need, Route, TenantRule};
use crate::authz::table::tenant_location::{NamedLocations, tenant_locations};
use crate::hex;
use crate::sha256::sha256;
use crate::text::Text;

const NAME: &str = "portcullis-compiled-table ";

/// What wrote a compiled table: a hash of the sources that decide its form and its policies. A table
/// that another compiler wrote is not taken, and nobody has to remember to raise a number.
const COMPILER: u64 = hash(&[
    include_bytes!("compiled.rs"),
    include_bytes!("prove.rs"),
    include_bytes!("../policy/compile.rs"),
    include_bytes!("../policy/compiler.rs"),
    include_bytes!("../policy/forms.rs"),
    include_bytes!("../policy/globs.rs"),
    include_bytes!("../policy/grant_sets.rs"),
    include_bytes!("../policy/guards.rs"),
    include_bytes!("../policy/needed.rs"),
    include_bytes!("../policy/statements.rs"),
    include_bytes!("../policy/trie.rs"),
    include_bytes!("../table/path.rs"),
    include_bytes!("../table/permission.rs"),
    include_bytes!("../table/read.rs"),
    include_bytes!("../table/read/holders.rs"),
    include_bytes!("../table/route.rs"),
    include_bytes!("../table/tenant_location.rs"),
    include_bytes!("../../authn/service_client.rs"),
    include_bytes!("../../request/canonical.rs"),
]);

/// FNV-1a, which can be computed when this is compiled. It guards against nobody's intent.
const fn hash(mut sources: &[&[u8]]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    while let [source, rest @ ..] = sources {
        let mut bytes = *source;
        while let [byte, more @ ..] = bytes {
            hash = (hash ^ *byte as u64).wrapping_mul(0x0100_0000_01b3);
            bytes = more;
        }
        sources = rest;
    }
    hash
}

fn version() -> String {
    format!("{NAME}{COMPILER:016x} ")
}

/// Why a compiled table is not taken. The access table may be right all the same: prove it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CompiledTableError {
    /// Not a compiled table, or one that another version of the compiler wrote.
    Version,
    /// The compiled table of another access table, or of this one before a change.
    Table,
    /// Not as it was written.
    Body,
}

impl fmt::Display for CompiledTableError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Version => "the compiled table is of another version, or none",
            Self::Table => "the compiled table belongs to another state of the access table",
            Self::Body => "the compiled table is damaged",
        })
    }
}

impl std::error::Error for CompiledTableError {}

/// The compiled table of `table`, as the text of the file beside it.
pub(in crate::authz) fn write(table: &AccessTable) -> String {
    let body = serde_json::to_string(&Body::of(table)).unwrap_or_default();
    let hashes = (hex::encode(&table.source_hash), hex::encode(&sha256(body.as_bytes())));
    format!("{}{} {}\n{body}\n", version(), hashes.0, hashes.1)
}

/// Reads the compiled table of the access table whose text is `source`.
pub(in crate::authz) fn read(
    source: &[u8],
    compiled: &[u8],
) -> Result<AccessTable, CompiledTableError> {
    let compiled = std::str::from_utf8(compiled).map_err(|_| CompiledTableError::Version)?;
    let (head, body) = compiled.split_once('\n').ok_or(CompiledTableError::Version)?;
    let hashes = head.strip_prefix(&*version()).and_then(|hashes| hashes.split_once(' '));
    let (of_table, of_body) = hashes.ok_or(CompiledTableError::Version)?;
    let source_hash = sha256(source);
    if of_table != hex::encode(&source_hash) {
        return Err(CompiledTableError::Table);
    }
    let body = body.strip_suffix('\n').ok_or(CompiledTableError::Body)?;
    if of_body != hex::encode(&sha256(body.as_bytes())) {
        return Err(CompiledTableError::Body);
    }
    let body: Body<'_> = serde_json::from_str(body).map_err(|_| CompiledTableError::Body)?;
    body.into_table(source_hash).ok_or(CompiledTableError::Body)
}

/// The 128 bits of a set of permissions, the high half first: JSON readers differ on numbers
/// beyond 64 bits.
type Bits = (u64, u64);

#[derive(Deserialize, Serialize)]
struct Body<'b> {
    /// The words of `[gateway]`.
    closed: bool,
    resource_policy_allows: bool,
    per_request: bool,
    #[serde(borrow)]
    modules: Vec<&'b str>,
    /// Name and permissions.
    roles: Vec<(&'b str, Bits)>,
    /// Name, what it is presented by, and permissions.
    scopes: Vec<(&'b str, &'b str, Bits)>,
    /// Client id and tenant, or the claim that says the tenant.
    #[serde(borrow)]
    clients: Vec<(&'b str, Text<'b>)>,
    routes: Vec<CompiledRoute<'b>>,
    /// The globs of the verb statements, between blanks: Allow and Deny.
    #[serde(borrow)]
    verbs: Vec<(Text<'b>, Text<'b>)>,
    /// Permissions, locations in which the tenant is named, and indices in `verbs`.
    sets: Vec<(Bits, u8, Vec<u16>)>,
}

#[derive(Deserialize, Serialize)]
struct CompiledRoute<'b> {
    #[serde(borrow)]
    path: &'b str,
    /// The method and the number of the permission it requires; `None` is public.
    methods: Vec<(&'b str, Option<u8>)>,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    tenant: String,
}

impl<'b> Body<'b> {
    fn of(table: &'b AccessTable) -> Self {
        let text = |globs: &'b Globs| Text(globs.as_str().into());
        let (verbs, sets) = match &table.policies {
            Policies::Caller(Compiled { verbs, sets }) => (&**verbs, &**sets),
            Policies::Request | Policies::Unproven => (&[][..], &[][..]),
        };
        Self {
            closed: table.closed,
            resource_policy_allows: table.resource_policy_allows,
            per_request: table.policy_extent() == Some(PolicyExtent::Request),
            modules: table.modules.iter().map(|module| &**module).collect(),
            roles: table.roles.iter().map(|r| (&*r.name, bits(r.grants))).collect(),
            scopes: (table.scopes.iter())
                .map(|s| (&*s.name, s.presented_by.as_str(), bits(s.grants)))
                .collect(),
            clients: (table.clients.iter())
                .map(|client| (&*client.client_id, Text(client.tenant.to_string().into())))
                .collect(),
            routes: table.routes.iter().map(CompiledRoute::of).collect(),
            verbs: (verbs.iter())
                .map(|statements| (text(&statements.allow), text(&statements.deny)))
                .collect(),
            sets: (sets.iter())
                .map(|set| (bits(set.permissions), set.named.bits(), set.verbs.clone()))
                .collect(),
        }
    }

    fn into_table(self, source_hash: [u8; 32]) -> Option<AccessTable> {
        let globs = |text: Text<'_>| Globs::from_text(text.0);
        let verbs: Vec<_> = (self.verbs.into_iter())
            .map(|(allow, deny)| VerbStatements { allow: globs(allow), deny: globs(deny) })
            .collect();
        let set = |(permissions, named, used): (Bits, u8, Vec<u16>)| {
            let known = used.iter().all(|&statements| usize::from(statements) < verbs.len());
            let (permissions, named) =
                (permissions_of(permissions), NamedLocations::from_bits(named));
            known.then_some(GrantSet { permissions, named, verbs: used })
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
        let client = |(id, Text(tenant)): (&str, Text<'_>)| {
            let tenant = ServiceTenant::parse(&tenant).ok()?;
            Some(ServiceClient { client_id: id.into(), tenant })
        };
        let routes: Vec<_> =
            self.routes.into_iter().map(CompiledRoute::into_route).collect::<Option<_>>()?;
        Some(AccessTable {
            source_hash,
            warnings: Vec::new(),
            closed: self.closed,
            resource_policy_allows: self.resource_policy_allows,
            modules: self.modules.into_iter().map(Into::into).collect(),
            roles: self.roles.into_iter().map(role).collect(),
            scopes: self.scopes.into_iter().map(scope).collect::<Option<_>>()?,
            clients: self.clients.into_iter().map(client).collect::<Option<_>>()?,
            tenant_locations: tenant_locations(&routes),
            reserved: AccessTable::reserved_of(&routes),
            spellings: AccessTable::spellings_of(&routes),
            routes,
            policies: if self.per_request {
                Policies::Request
            } else {
                Policies::Caller(Compiled { verbs, sets: sets? })
            },
        })
    }
}

impl<'b> CompiledRoute<'b> {
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
            pattern: Pattern::compiled(self.path),
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
