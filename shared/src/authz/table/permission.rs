//! What roles and scopes hold and routes require: an action on a module.

use std::fmt;

/// The most modules of a table: 4 actions on 32 modules fill the 128 bits of [`Permissions`].
pub(in crate::authz) const MOST_MODULES: usize = 32;

/// What may be done with a module.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Look at it.
    Read,
    /// Change what is in it.
    Write,
    /// Change how it works.
    Admin,
    /// Use its AI endpoints.
    Ai,
}

impl Action {
    /// Every action, in the order of the bits.
    pub const ALL: [Self; 4] = [Self::Read, Self::Write, Self::Admin, Self::Ai];

    /// The action as the table spells it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
            Self::Ai => "ai",
        }
    }

    pub(in crate::authz) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|action| action.as_str() == text)
    }
}

/// An action on a module, displayed as the table spells it: `read:itsm`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Permission<'t> {
    /// What may be done.
    pub action: Action,
    /// The module's name in the table.
    pub module: &'t str,
}

impl fmt::Display for Permission<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.action.as_str(), self.module)
    }
}

/// A permission as the number of its bit: four to a module, in the order of [`Action::ALL`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::authz) struct Bit(pub(in crate::authz) u8);

impl Bit {
    /// `None` when `module` is not below [`MOST_MODULES`].
    pub(in crate::authz) fn new(module: usize, action: Action) -> Option<Self> {
        let module = u8::try_from(module).ok().filter(|&m| usize::from(m) < MOST_MODULES)?;
        Some(Self(module * 4 + action as u8))
    }

    pub(in crate::authz) fn named(self, modules: &[Box<str>]) -> Option<Permission<'_>> {
        let module = modules.get(usize::from(self.0 / 4))?;
        let action = Action::ALL.into_iter().find(|&action| action as u8 == self.0 % 4)?;
        Some(Permission { action, module })
    }
}

/// A set of permissions.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::authz) struct Permissions(u128);

impl Permissions {
    pub(in crate::authz) const NONE: Self = Self(0);

    pub(in crate::authz) const fn from_bits(bits: u128) -> Self {
        Self(bits)
    }

    pub(in crate::authz) const fn bits(self) -> u128 {
        self.0
    }

    pub(in crate::authz) fn insert(&mut self, bit: Bit) {
        *self = self.union(Self(1_u128.checked_shl(bit.0.into()).unwrap_or(0)));
    }

    pub(in crate::authz) const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(in crate::authz) const fn intersection(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    pub(in crate::authz) const fn contains(self, bit: Bit) -> bool {
        bit.0 < 128 && self.0 >> bit.0 & 1 == 1
    }

    pub(in crate::authz) const fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(in crate::authz) const fn includes(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
}
