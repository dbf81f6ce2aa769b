//! Step 3: who does the credential prove?

use std::fmt;

/// A tenant's id: 1 to 64 of `A–Z a–z 0–9 . _ -`, and not `.` or `..`. It is pasted into policy
/// ARNs and into gateway templates, so nothing that either could read as syntax gets in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct TenantId(Box<str>);

impl TenantId {
    /// Takes `text` if it is a tenant id.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let shaped = (1..=64).contains(&text.len())
            && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'_' | b'-'))
            && !matches!(text, "." | "..");
        shaped.then(|| Self(text.into()))
    }

    /// The id as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
