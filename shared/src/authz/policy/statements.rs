//! A compiled policy: the ARN tails that API Gateway compares requests with.

use std::fmt;

use crate::ids::TenantId;

/// Stands for the caller's tenant in a glob. No literal segment has braces.
pub(in crate::authz) const TENANT: &str = "{}";

/// What follows `{stage}/` in the resource of a statement: `GET/api/incidents/?*`. Its wildcards
/// are `*` and `?*` only, its verb is literal or, in what every policy denies, part of a wildcard.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Glob<'t> {
    text: &'t str,
    is_plain: bool,
}

impl<'t> Glob<'t> {
    /// The glob, with `{}` for the tenant.
    pub(crate) const fn as_str(self) -> &'t str {
        self.text
    }

    /// Whether it names the caller's tenant. Such a glob is left out of the policy of a caller
    /// without a tenant.
    #[must_use]
    pub fn needs_tenant(self) -> bool {
        !self.is_plain && self.text.as_bytes().contains(&b'{')
    }

    /// Whether a policy has it as it stands.
    pub(crate) const fn is_plain(self) -> bool {
        self.is_plain
    }

    /// Appends the glob as a policy for `tenant` has it; nothing if it needs a tenant and there is
    /// none.
    pub fn push_to(self, out: &mut String, tenant: Option<&TenantId>) {
        if !self.needs_tenant() {
            out.push_str(self.text);
            return;
        }
        let Some(tenant) = tenant else { return };
        for (index, piece) in self.text.split(TENANT).enumerate() {
            if index > 0 {
                out.push_str(tenant.as_str());
            }
            out.push_str(piece);
        }
    }

    /// Bytes of the glob with a tenant of `tenant` bytes.
    pub(in crate::authz) fn rendered_len(self, tenant: usize) -> usize {
        let tenants = self.text.matches(TENANT).count();
        self.text.len() + tenants * tenant - tenants * TENANT.len()
    }
}

/// The glob with `{}` for the tenant; for people, not for policies.
impl fmt::Display for Glob<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.text)
    }
}

/// Globs in one text, between blanks, which no glob has: a function that starts allocates once for all
/// of them. Where each one ends is looked up once, and not for every answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::authz) struct Globs {
    text: Box<str>,
    ends: Box<[u32]>,
    /// Whether each of them is written as it stands.
    are_plain: bool,
}

impl Globs {
    /// The globs of `text`, as [`Self::as_str`] writes them.
    pub(in crate::authz) fn from_text(text: impl Into<Box<str>>) -> Self {
        let text = text.into();
        let blanks = text.bytes().enumerate().filter(|(_, byte)| *byte == b' ').map(|(at, _)| at);
        let last = (!text.is_empty()).then_some(text.len());
        let ends = blanks.chain(last).map_while(|end| u32::try_from(end).ok()).collect();
        let are_plain = is_plain(&text);
        Self { text, ends, are_plain }
    }

    pub(in crate::authz) fn as_str(&self) -> &str {
        &self.text
    }

    pub(in crate::authz) fn iter(&self) -> impl Iterator<Item = Glob<'_>> {
        let mut begin = 0;
        self.ends.iter().filter_map(move |&end| {
            let end = end as usize;
            let text = self.text.get(begin..end)?;
            begin = end + 1;
            Some(Glob { text, is_plain: self.are_plain || is_plain(text) })
        })
    }
}

impl Default for Globs {
    fn default() -> Self {
        Self::from_text("")
    }
}

/// Whether a policy has `text` as it stands: it names no tenant, and JSON escapes none of it.
fn is_plain(text: &str) -> bool {
    !text.bytes().any(|byte| matches!(byte, b'{' | b'\\'))
}

impl FromIterator<String> for Globs {
    fn from_iter<I: IntoIterator<Item = String>>(globs: I) -> Self {
        let globs: Vec<_> = globs.into_iter().collect();
        Self::from_text(globs.join(" "))
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
