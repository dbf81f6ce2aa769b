//! The ids of subjects, tenants, webhooks, deliveries and API keys. Each is checked once, where it
//! comes in, and has a type of its own from then on.

use std::fmt;

/// Defines an id: a text that [`parse`](Subject::parse) or the code that made it has checked.
macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $is_one:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        pub struct $name(Box<str>);

        impl $name {
            /// The id `text`; `None` if it breaks the rule above.
            #[must_use]
            pub fn parse(text: &str) -> Option<Self> {
                let is_one: fn(&str) -> bool = $is_one;
                is_one(text).then(|| Self(text.into()))
            }

            /// The id `text`, unchecked: for text that this crate has made or checked itself.
            #[allow(dead_code, reason = "most ids are only ever parsed")]
            pub(crate) fn new(text: &str) -> Self {
                Self(text.into())
            }

            /// The id as text.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

id! {
    /// The user or service that a credential proves: 1 to 128 of `A–Z a–z 0–9 - . _ : @ + = /`. It
    /// is the answer's `principalId`, so it is never empty, and gateway templates read none of its
    /// characters as syntax.
    Subject, |text| is(text, 128, b"-._:@+=/")
}

id! {
    /// A tenant's id: 1 to 64 of `A–Z a–z 0–9 . _ -`, and not `.` or `..`. It is copied into policy
    /// ARNs and gateway templates, so it has no character that either reads as syntax.
    TenantId, |text| is(text, 64, b"._-") && !matches!(text, "." | "..")
}

id! {
    /// A webhook's id: 1 to 64 of `A–Z a–z 0–9 _ -`.
    WebhookId, |text| is(text, 64, b"_-")
}

id! {
    /// A delivery's id: the sender's own, or a digest of its signature. 1 to 128 of
    /// `A–Z a–z 0–9 - . _ : + = / ~`.
    DeliveryId, |text| is(text, 128, b"-._:+=/~")
}

id! {
    /// The public part of an API key: 16 letters and digits.
    ApiKeyId, |text| text.len() == ApiKeyId::CHARS && is(text, ApiKeyId::CHARS, b"")
}

impl ApiKeyId {
    /// Its length in characters.
    pub const CHARS: usize = 16;
}

/// Whether `text` is 1 to `max` letters, digits and bytes of `more`.
fn is(text: &str, max: usize, more: &[u8]) -> bool {
    (1..=max).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
}

#[cfg(test)]
mod tests {
    use crate::ids::{ApiKeyId, DeliveryId, Subject, TenantId, WebhookId};

    #[test]
    fn ids() {
        type Parse = fn(&str) -> bool;
        let subject: Parse = |text| Subject::parse(text).is_some();
        let tenant: Parse = |text| TenantId::parse(text).is_some();
        let webhook: Parse = |text| WebhookId::parse(text).is_some();
        let delivery: Parse = |text| DeliveryId::parse(text).is_some();
        let key: Parse = |text| ApiKeyId::parse(text).is_some();
        let check = |parse: Parse, text: &str, taken: bool| {
            assert_eq!(parse(text), taken, "{text:?}");
        };
        for parse in [subject, tenant, webhook, delivery, key] {
            for bad in ["", " ", "a b", "a*", "ä", "a\"", "a\n", "${a}"] {
                check(parse, bad, false);
            }
            check(parse, "0123456789ABCdef", true);
        }
        check(subject, &"a".repeat(128), true);
        check(subject, &"a".repeat(129), false);
        check(subject, "auth0|x", false);
        check(subject, "a.b-c_d:e@f+g=h/i", true);
        check(tenant, &"a".repeat(64), true);
        check(tenant, &"a".repeat(65), false);
        for dots in [".", ".."] {
            check(tenant, dots, false);
        }
        check(tenant, "...", true);
        check(webhook, "wh_1-a", true);
        check(webhook, "wh.1", false);
        check(delivery, "a~b", true);
        check(delivery, "a@b", false);
        for bad in ["0123456789ABCde", "0123456789ABCdef0", "0123456789ABCde_", "0123456789ABCdé"]
        {
            check(key, bad, false);
        }
    }
}
