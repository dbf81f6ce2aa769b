//! `Signature-Input` (RFC 9421 §4.1): which components a signature covers, and its parameters.

use sfv::{BareItemFromInput, KeyRef, ListSerializer, StringRef};

use super::component::is_component;
use super::fields::{InnerItem, Member, Value};
use crate::denial::Denial;
use crate::ids::{DeliveryId, WebhookId};
use crate::time::Timestamp;
use crate::webhook::scheme::named::DEFAULT_WINDOW;
use crate::webhook::scheme::read::{expired, inside_window, invalid};
use crate::webhook::scheme::time::moment;

/// More than senders cover: API Gateway takes 10 KB of headers in all.
const MAX_COMPONENTS: usize = 32;

/// A member of `Signature-Input`, well-formed.
pub(super) struct Input<'m> {
    pub(super) label: &'m str,
    /// The names of the covered components, in order, each once (RFC 9421 §2.5).
    pub(super) components: Vec<&'m StringRef>,
    pub(super) nonce: Option<DeliveryId>,
    created: u64,
    expires: Option<u64>,
    /// All parameters in their order, for the signature base.
    parameters: &'m [(&'m KeyRef, BareItemFromInput<'m>)],
}

impl<'m> Input<'m> {
    /// The only one of `inputs`; of several, the only one whose `keyid` is the webhook's id. A
    /// proxy may add a signature of its own (RFC 9421 §4.3), and so may an attacker (§7.2.6):
    /// neither the order nor the label, which a proxy may change (§7.2.5), says which one is the
    /// sender's.
    pub(super) fn choose(inputs: &'m [Member<'m>], webhook: &WebhookId) -> Result<Self, Denial> {
        if let [only] = inputs {
            return Self::read(only);
        }
        let mut own = inputs.iter().filter(|input| names(input, webhook));
        match (own.next(), own.next()) {
            (Some(own), None) => Self::read(own),
            (None, _) => Err(invalid("no `keyid` of `Signature-Input` is the webhook's id")),
            (Some(_), Some(_)) => {
                Err(invalid("more than one `keyid` of `Signature-Input` is the webhook's id"))
            }
        }
    }

    pub(super) fn read(input: &'m Member<'m>) -> Result<Self, Denial> {
        let Value::InnerList(items) = &input.value else {
            return Err(invalid("`Signature-Input` has no list of components"));
        };
        let Parameters { created, expires, nonce } = Parameters::read(&input.parameters)?;
        let created = created.ok_or_else(|| invalid("`created` is missing"))?;
        if expires.is_some_and(|expires| expires <= created) {
            return Err(invalid("`expires` is not after `created`"));
        }
        Ok(Self {
            label: input.key.as_str(),
            components: components(items)?,
            nonce,
            created,
            expires,
            parameters: &input.parameters,
        })
    }

    /// Refuses a signature that does not cover all of `required`. A MAC that fits proves only what
    /// is covered (RFC 9421 §7.2.1): one over `date` alone would fit any path and any body.
    pub(super) fn must_cover(&self, required: &[Box<str>]) -> Result<(), Denial> {
        for name in required {
            if !self.components.iter().any(|own| own.as_str() == &**name) {
                return Err(invalid(format!("the signature does not cover `{name}`")));
            }
        }
        Ok(())
    }

    /// Refuses a signature whose `created` is more than 300 seconds from `now`, or whose `expires`
    /// has passed. RFC 9421 §2.3 requires neither parameter, but without a bound a copied request
    /// could be sent again at any time (§7.2.2). So `created` is required here, and `expires` can
    /// only shorten the 300 seconds.
    pub(super) fn must_be_current(&self, now: Timestamp) -> Result<(), Denial> {
        inside_window(moment(self.created), DEFAULT_WINDOW, now)?;
        if self.expires.is_some_and(|expires| moment(expires) <= now) {
            return Err(expired("the signature's `expires` has passed"));
        }
        Ok(())
    }

    /// The value of `@signature-params` (RFC 9421 §2.3): what was read, serialized again.
    /// Structured fields have one serialization, so blanks that a proxy added are gone; the order
    /// is kept, because it is signed.
    pub(super) fn signature_params(&self) -> String {
        let mut text = String::new();
        let mut list = ListSerializer::with_buffer(&mut text);
        let mut components = list.inner_list();
        for name in &self.components {
            let _ = components.bare_item(*name);
        }
        let mut parameters = components.finish();
        for (key, value) in self.parameters {
            parameters = parameters.parameter(key, value);
        }
        text
    }
}

fn names(input: &Member<'_>, webhook: &WebhookId) -> bool {
    let mut parameters = input.parameters.iter();
    parameters.any(|(key, value)| key.as_str() == "keyid" && text(value) == Some(webhook.as_str()))
}

fn components<'m>(items: &'m [InnerItem<'_>]) -> Result<Vec<&'m StringRef>, Denial> {
    if items.len() > MAX_COMPONENTS {
        return Err(invalid("the signature covers more than 32 components"));
    }
    let mut components = Vec::with_capacity(items.len());
    for item in items {
        if item.has_parameters {
            return Err(invalid("a covered component has a parameter"));
        }
        let name = item.value.as_string().filter(|name| is_component(name.as_str()));
        let name = name.ok_or_else(|| invalid("a covered component is not known here"))?;
        if components.contains(&name) {
            return Err(invalid(format!("the signature covers `{}` twice", name.as_str())));
        }
        components.push(name);
    }
    Ok(components)
}

#[derive(Default)]
struct Parameters {
    created: Option<u64>,
    expires: Option<u64>,
    nonce: Option<DeliveryId>,
}

impl Parameters {
    fn read(given: &[(&KeyRef, BareItemFromInput<'_>)]) -> Result<Self, Denial> {
        let mut read = Self::default();
        for (index, (key, value)) in given.iter().enumerate() {
            if given.iter().take(index).any(|(earlier, _)| earlier == key) {
                return Err(invalid("a parameter of the signature is given twice"));
            }
            read.take(key.as_str(), value).map_err(invalid)?;
        }
        Ok(read)
    }

    fn take(&mut self, key: &str, value: &BareItemFromInput<'_>) -> Result<(), &'static str> {
        match key {
            "created" => self.created = Some(seconds(value).ok_or("`created` is no time")?),
            "expires" => self.expires = Some(seconds(value).ok_or("`expires` is no time")?),
            "nonce" => {
                let id = text(value).and_then(DeliveryId::parse);
                self.nonce = Some(id.ok_or("`nonce` is no delivery id")?);
            }
            // The algorithm is the key's. If the request could choose it, an attacker could choose
            // a weaker one (RFC 9421 §7.3.6), so `alg` may only agree (§3.2).
            "alg" if text(value) != Some("hmac-sha256") => return Err("`alg` is not the key's"),
            "keyid" if text(value).is_none() => return Err("`keyid` is no string"),
            "tag" if text(value).is_none() => return Err("`tag` is no string"),
            "alg" | "keyid" | "tag" => {}
            _ => return Err("the signature has a parameter that is not known here"),
        }
        Ok(())
    }
}

fn text<'v>(value: &'v BareItemFromInput<'_>) -> Option<&'v str> {
    value.as_string().map(StringRef::as_str)
}

/// Whole seconds since 1970.
fn seconds(value: &BareItemFromInput<'_>) -> Option<u64> {
    i64::from(value.as_integer()?).try_into().ok()
}
