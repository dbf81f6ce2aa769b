//! What an answer tells the route's integration and the gateway responses.

use serde::ser::{Serialize, SerializeMap, Serializer};

use crate::authn::Identity;
use crate::authz::Permit;
use crate::denial::Code;

/// The flat map of strings that the route's integration and the gateway responses read. API Gateway
/// takes no nested value (a 500), and a `null` can spoil the whole answer: an absent value is left
/// out.
pub(super) struct Context<'a> {
    pub(super) caller: Option<(&'a Identity, &'a Permit<'a>)>,
    pub(super) code: Option<Code>,
}

impl Serialize for Context<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut context = serializer.serialize_map(None)?;
        if let Some((identity, permit)) = self.caller {
            context.serialize_entry("user_id", identity.subject().as_str())?;
            context.serialize_entry("role", identity.role())?;
            context.serialize_entry("tenant_id", identity.tenant().as_str())?;
            context.serialize_entry("auth_method", identity.kind().as_str())?;
            if let Some(key) = identity.key() {
                context.serialize_entry("key_id", key.as_str())?;
            }
            context.serialize_entry("scopes", permit.scopes())?;
            for (name, value) in identity.claims().filter(|(_, value)| is_plain(value)) {
                context.serialize_entry(name, value)?;
            }
        }
        if let Some(code) = self.code {
            context.serialize_entry("code", code.as_str())?;
        }
        context.end()
    }
}

/// Whether `value` can be copied into a gateway template, which does not escape: letters and
/// digits of any script, blanks and `- . , _ : @ + = / '`, 256 bytes at most.
fn is_plain(value: &str) -> bool {
    let plain = |c: char| c.is_alphanumeric() || " -.,_:@+=/'".contains(c);
    value.len() <= 256 && value.chars().all(plain)
}
