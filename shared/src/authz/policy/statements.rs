//! A compiled policy: the ARN tails that API Gateway compares requests with.

use std::fmt;

use crate::ids::TenantId;

/// Stands for the caller's tenant in a glob. No literal segment has braces.
pub(in crate::authz) const TENANT: &str = "{}";

/// What follows `{stage}/` in the resource of a statement: `GET/api/incidents/?*`. Its wildcards
/// are `*` and `?*` only, its verb is literal or, in what every policy denies, part of a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glob<'t>(&'t str);

impl<'t> Glob<'t> {
    /// The glob, with `{}` for the tenant.
    pub(crate) const fn as_str(self) -> &'t str {
        self.0
    }

    /// Whether it names the caller's tenant. Such a glob is left out of the policy of a caller
    /// without a tenant.
    #[must_use]
    pub fn needs_tenant(self) -> bool {
        self.0.as_bytes().contains(&b'{')
    }

    /// Whether it is written as it stands: it names no tenant, and JSON escapes none of it.
    pub(crate) fn is_plain(self) -> bool {
        !self.0.bytes().any(|byte| matches!(byte, b'{' | b'\\'))
    }

    /// Appends the glob as a policy for `tenant` has it; nothing if it needs a tenant and there is
    /// none.
    pub fn push_to(self, out: &mut String, tenant: Option<&TenantId>) {
        if !self.needs_tenant() {
            out.push_str(self.0);
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
    pub(in crate::authz) fn rendered_len(self, tenant: usize) -> usize {
        let tenants = self.0.matches(TENANT).count();
        self.0.len() + tenants * tenant - tenants * TENANT.len()
    }
}

/// The glob with `{}` for the tenant; for people, not for policies.
impl fmt::Display for Glob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

/// Globs in one text, between blanks, which no glob has: a function that starts allocates once for all
/// of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::authz) struct Globs(Box<str>);

impl Globs {
    /// The globs of `text`, as [`Self::as_str`] writes them.
    pub(in crate::authz) fn from_text(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    pub(in crate::authz) fn as_str(&self) -> &str {
        &self.0
    }

    pub(in crate::authz) fn iter(&self) -> impl Iterator<Item = Glob<'_>> {
        self.0.split(' ').filter(|glob| !glob.is_empty()).map(Glob)
    }
}

impl FromIterator<String> for Globs {
    fn from_iter<I: IntoIterator<Item = String>>(globs: I) -> Self {
        let globs: Vec<_> = globs.into_iter().collect();
        Self(globs.join(" ").into())
    }
}

/// The globs of one verb. Grant sets that permit the same routes with it share them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::authz) struct VerbStatements {
    pub(in crate::authz) allow: Globs,
    pub(in crate::authz) deny: Globs,
}

/// The complete policy of one grant set: a request is allowed when an `allow` glob matches it and
/// no `deny` glob does, and exactly then the table permits it.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'t> {
    pub(in crate::authz) verbs: &'t [VerbStatements],
    pub(in crate::authz) used: &'t [u16],
}

impl<'t> Policy<'t> {
    /// What to allow, verb by verb. Empty when the caller may do nothing.
    pub fn allow(&self) -> impl Iterator<Item = Glob<'t>> + use<'t> {
        self.verbs().flat_map(|statements| statements.allow.iter())
    }

    /// What to deny, verb by verb, and then what every policy with a wildcard denies.
    pub fn deny(&self) -> impl Iterator<Item = Glob<'t>> + use<'t> {
        self.verbs().flat_map(|statements| statements.deny.iter())
    }

    /// Whether it allows nothing at all.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.allow().next().is_none()
    }

    fn verbs(&self) -> impl Iterator<Item = &'t VerbStatements> + use<'t> {
        let verbs = self.verbs;
        self.used.iter().filter_map(|&index| verbs.get(usize::from(index)))
    }
}
