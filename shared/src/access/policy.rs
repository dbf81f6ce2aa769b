//! A compiled policy: the ARN tails that API Gateway compares requests with.

use crate::identity::TenantId;
use std::fmt;

/// Stands for the caller's tenant. Braces stand in no literal segment.
pub(super) const TENANT: &str = "{}";

/// What follows `{stage}/` in the resource of a statement: `GET/api/incidents/?*`. Its wildcards
/// are `*` and `?*` only, its verb is literal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Glob(pub(super) Box<str>);

impl Glob {
    /// Whether the caller's tenant stands in it. Such a glob is left out of the policy of a
    /// caller without a tenant.
    #[must_use]
    pub fn needs_tenant(&self) -> bool {
        self.0.as_bytes().contains(&b'{')
    }

    /// Appends the glob as it stands in a policy for `tenant`; nothing if it needs a tenant and
    /// there is none.
    pub fn push_to(&self, out: &mut String, tenant: Option<&TenantId>) {
        if !self.needs_tenant() {
            out.push_str(&self.0);
            return;
        }
        let Some(tenant) = tenant else { return };
        for (index, piece) in self.0.split(TENANT).enumerate() {
            if index > 0 {
                out.push_str(tenant.as_str());
            }
            out.push_str(piece);
        }
    }

    /// Bytes of the glob with a tenant of `tenant` bytes.
    pub(super) fn rendered_len(&self, tenant: usize) -> usize {
        let places = self.0.matches(TENANT).count();
        self.0.len() + places * tenant - places * TENANT.len()
    }
}

/// The glob with `{}` for the tenant; for people, not for policies.
impl fmt::Display for Glob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The globs of one verb. Lanes are shared: two callers who may do the same with a verb have the
/// same lane.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Lane {
    pub(super) allow: Vec<Glob>,
    pub(super) deny: Vec<Glob>,
}

/// The complete policy of one grant set: a request is allowed when an `allow` glob matches it and
/// no `deny` glob does, and exactly then the table permits it.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'t> {
    pub(super) lanes: &'t [Lane],
    pub(super) used: &'t [u16],
}

impl<'t> Policy<'t> {
    /// What to allow, verb by verb. Empty when the caller may do nothing.
    pub fn allow(&self) -> impl Iterator<Item = &'t Glob> + use<'t> {
        self.lanes().flat_map(|lane| &lane.allow)
    }

    /// What to deny, verb by verb. Often empty.
    pub fn deny(&self) -> impl Iterator<Item = &'t Glob> + use<'t> {
        self.lanes().flat_map(|lane| &lane.deny)
    }

    /// Whether it allows nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.allow().next().is_none()
    }

    fn lanes(&self) -> impl Iterator<Item = &'t Lane> + use<'t> {
        let lanes = self.lanes;
        self.used.iter().filter_map(|&index| lanes.get(usize::from(index)))
    }
}
