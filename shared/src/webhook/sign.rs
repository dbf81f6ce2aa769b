//! Signs a delivery as its sender does: the schemes turned round. Only the tool asks it, to try a webhook out; no
//! function does.

use std::fmt;

use crate::denial::Denial;
use crate::ids::DeliveryId;
use crate::request::Pairs;
use crate::time::Timestamp;
use crate::webhook::hmac_key::HmacKey;
use crate::webhook::message::Message;
use crate::webhook::record::WebhookRecord;

/// A delivery that is about to be sent over `https`.
#[derive(Clone, Copy)]
pub struct Outgoing<'o> {
    /// The method.
    pub method: &'o str,
    /// The path of the address, without its query.
    pub path: &'o str,
    /// The query of the address without its `?`, if it has one.
    pub query: Option<&'o str>,
    /// The host of the address, with its port where that is none of the scheme's own.
    pub host: &'o str,
    /// Other headers that are sent: a signature may cover them.
    pub headers: &'o [(&'o str, &'o str)],
    /// The body's bytes.
    pub body: &'o [u8],
    /// What the delivery is called, for a scheme that names deliveries. Letters and digits alone: a template may
    /// end it at any other character.
    pub id: &'o DeliveryId,
}

/// Why a delivery cannot be signed as its webhook wants it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignError(Box<str>);

impl fmt::Display for SignError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for SignError {}

impl From<Denial> for SignError {
    fn from(denial: Denial) -> Self {
        Self(denial.reason.into())
    }
}

/// Shows nothing of it, as [`Message`] does.
impl fmt::Debug for Outgoing<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outgoing").finish_non_exhaustive()
    }
}

impl WebhookRecord {
    /// The headers that sign `delivery` with `key` at `now`, by the webhook's scheme. Of a scheme that has several
    /// forms it is the first.
    ///
    /// ```
    /// use shared::ids::{DeliveryId, WebhookId};
    /// use shared::record::Fields;
    /// use shared::time::Timestamp;
    /// use shared::webhook::{Outgoing, WebhookRecord};
    ///
    /// let attributes = Fields::from_json(
    ///     r#"{"webhook_id": "wh_1", "user_id": "u", "tenant_id": "acme", "name": "Builds",
    ///         "status": "active", "scheme": "github", "created_at": 1600000000}"#,
    /// ).ok_or("it is no object")?;
    /// let webhook = WebhookRecord::read(&WebhookId::parse("wh_1").ok_or("no id")?, &attributes)?;
    /// let key = webhook.secret("portcullis/webhook/").key("It's a Secret to Everybody")?;
    /// let delivery = Outgoing {
    ///     method: "POST", path: "/hooks", query: None, host: "example.com", headers: &[],
    ///     body: b"Hello, World!", id: &DeliveryId::parse("1").ok_or("no id")?,
    /// };
    ///
    /// let headers = webhook.sign(&delivery, &key, Timestamp::default())?;
    /// // The example of GitHub's documentation.
    /// let signature = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";
    /// assert_eq!(headers[0], ("X-Hub-Signature-256".to_owned(), signature.to_owned()));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// The signature would have to cover a header that is not sent (`rfc9421`).
    pub fn sign(
        &self,
        delivery: &Outgoing<'_>,
        key: &HmacKey,
        now: Timestamp,
    ) -> Result<Vec<(String, String)>, SignError> {
        Ok(self.scheme.sign(&self.id, &self.required_components, delivery, key.hmac(), now)?)
    }
}

impl<'o> Outgoing<'o> {
    /// What the receiver sees of it, with `more` headers.
    pub(super) fn message(&self, more: &[(&'o str, &'o str)]) -> Message<'o> {
        Message {
            method: self.method.into(),
            path: self.path.into(),
            raw_query: Some(self.query.unwrap_or_default().into()),
            scheme: "https",
            domain: Some(self.host.into()),
            headers: self.headers.iter().chain(more).copied().collect(),
            multi_value_headers: Pairs::default(),
            query: Pairs::default(),
            path_parameters: Pairs::default(),
            source_ip: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Outgoing;
    use crate::ids::{DeliveryId, WebhookId};
    use crate::record::Fields;
    use crate::time::Timestamp;
    use crate::webhook::hmac_keys::HmacKeys;
    use crate::webhook::known::KnownWebhook;
    use crate::webhook::record::WebhookRecord;
    use crate::webhook::scheme::Scheme;
    use crate::webhook::signature::Signature;

    /// 32 bytes in base64: a key in every form that the schemes have.
    const SECRET: &str = "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=";
    const NOW: Timestamp = Timestamp::from_unix_millis(1_767_225_600_999);

    fn record(attributes: &str) -> WebhookRecord {
        let row = format!(
            r#"{{"webhook_id": "wh_1", "user_id": "u", "tenant_id": "acme", "name": "n",
                 "status": "active", "created_at": 1600000000, {attributes}}}"#
        );
        let id = WebhookId::parse("wh_1").unwrap();
        WebhookRecord::read(&id, &Fields::from_json(&row).unwrap()).unwrap()
    }

    /// Checks what the verifier makes of what was signed: the id of the delivery, or why there is none.
    #[track_caller]
    fn check(attributes: &str, told_apart_by: &str) {
        let (record, body) = (record(attributes), b"{\"a\": 1}");
        let key = record.secret("").key(SECRET).unwrap();
        let id = DeliveryId::parse("test0123").unwrap();
        let delivery = Outgoing {
            method: "POST",
            path: "/prod/webhooks",
            query: Some("webhook_id=wh_1"),
            host: "api.example.com",
            headers: &[("content-type", "application/json")],
            body,
            id: &id,
        };
        let headers = record.sign(&delivery, &key, NOW).unwrap();
        let headers: Vec<(&str, &str)> =
            headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let message = delivery.message(&headers);
        let webhook = KnownWebhook::admit(record, None, NOW).unwrap();
        let keys = HmacKeys { current: key, created: NOW, previous: None };
        let signature = Signature::read(&webhook, &message, NOW).unwrap();
        let verified = signature.verify(&webhook, &keys, body, NOW).unwrap().unwrap();
        assert_eq!(verified.told_apart_by().as_str(), told_apart_by, "{attributes}");
        if told_apart_by == "id" {
            assert_eq!(verified.id(), &id);
        }
        assert!(signature.verify(&webhook, &keys, b"{}", NOW).ok().flatten().is_none());
    }

    #[test]
    fn what_is_signed_verifies_in_every_scheme() {
        for scheme in Scheme::all() {
            let told_apart_by = match scheme {
                Scheme::Rfc9421 => "id",
                _ => scheme.told_apart_by().as_str(),
            };
            check(&format!(r#""scheme": "{}""#, scheme.as_str()), told_apart_by);
        }
        let components = r#""scheme": "rfc9421", "required_components":
            ["@authority", "@query", "@target-uri", "content-type", "content-digest"]"#;
        check(components, "id");
    }

    #[test]
    fn what_is_signed_verifies_as_described() {
        let check = |description: &str, told_apart_by| {
            let description = format!(
                r#""scheme": "hmac", "description": {{"header": "X-Signature", {description}}}"#
            );
            check(&description, told_apart_by);
        };
        check(r#""encoding": "hex", "template": "{body}""#, "body");
        check(r#""encoding": "base64", "prefix": "sha256=", "template": "a:{body}""#, "body");
        check(
            r#""encoding": "base64url", "signatures": "pairs", "signature_key": "v1", "time_key": "t",
               "time_unit": "milliseconds", "template": "{time}.{body}""#,
            "time",
        );
        check(
            r#""encoding": "base64", "template": "{time}{body}", "time_header": "X-Time",
               "time_unit": "rfc3339", "id_header": "X-Id""#,
            "time",
        );
        check(
            r#""encoding": "hex", "signatures": "pairs", "signature_key": "v1", "key": "base64",
               "template": "{time}-{id}_{body}", "time_header": "X-Time", "id_header": "X-Id""#,
            "id",
        );
    }

    #[test]
    fn a_header_that_is_not_sent_cannot_be_covered() {
        let record =
            record(r#""scheme": "rfc9421", "required_components": ["content-digest", "date"]"#);
        let key = record.secret("").key(SECRET).unwrap();
        let delivery = Outgoing {
            method: "POST",
            path: "/",
            query: None,
            host: "a",
            headers: &[],
            body: b"",
            id: &DeliveryId::parse("1").unwrap(),
        };
        let problem = record.sign(&delivery, &key, NOW).unwrap_err();
        assert_eq!(problem.to_string(), "the covered header `date` is missing");
    }
}
