//! Step 5 on delivery: the event for the target, which is the event as it came, with the identity
//! added and credentials left out.
//!
//! The text of each member is copied, never parsed and written again. What was verified must be
//! what the target reads, and a second writer could change it: digits of a number, escapes, names
//! that are given twice. Parsing a body of megabytes would also take longer than copying it.

use serde::Serialize;

use super::AUTH_METHOD;
use crate::ids::DeliveryId;
use crate::request::EventError;
use crate::webhook::event::{Delivery, DeliveryShape, members};
use crate::webhook::scheme::Scheme;
use crate::webhook::verify::VerifiedDelivery;

/// Headers that carry a credential and do not say so, in lower case.
const CREDENTIAL_HEADERS: [&str; 6] = [
    "x-api-key",
    "api-key",
    "x-amzn-oidc-accesstoken",
    "x-amzn-oidc-data",
    "x-amzn-oidc-identity",
    "x-vercel-protection-bypass",
];

/// Words of a header's name, in lower case, which say that its value is a credential: a signature, or
/// a shared secret in plain that senders add to what they sign or in place of it, such as
/// `X-Gitlab-Token` and `X-Telegram-Bot-Api-Secret-Token`.
const CREDENTIAL_WORDS: [&str; 13] = [
    "apikey",
    "auth",
    "authorization",
    "cookie",
    "credential",
    "credentials",
    "hmac",
    "passwd",
    "password",
    "secret",
    "sig",
    "signature",
    "token",
];

/// The last word of a header's name that has a word of the others, and is about it rather than it:
/// `X-Zendesk-Webhook-Signature-Timestamp`.
const WORDS_ABOUT: [&str; 5] = ["algorithm", "id", "time", "timestamp", "version"];

/// Whether the header `name` is never forwarded, whatever the webhook: one in which a known scheme
/// carries a signature, or one of credentials. A target that logs its event then logs nothing that
/// can be sent again.
#[must_use]
pub fn is_dropped_header(name: &str) -> bool {
    let is = |own: &str| own.eq_ignore_ascii_case(name);
    CREDENTIAL_HEADERS.into_iter().any(is)
        || says_credential(name)
        || Scheme::all().any(|scheme| scheme.signature_headers().any(is))
}

fn says_credential(name: &str) -> bool {
    let mut words = name.split(['-', '_', '.']);
    let is_one_of = |word: &str, all: &[&str]| all.iter().any(|own| own.eq_ignore_ascii_case(word));
    let is_about = words.clone().next_back().is_some_and(|last| is_one_of(last, &WORDS_ABOUT));
    !is_about && words.any(|word| is_one_of(word, &CREDENTIAL_WORDS))
}

/// Capacity for the identity, in bytes.
const IDENTITY_BYTES: usize = 1024;

/// The event of `delivery` for the target.
///
/// Every member is copied as it came, the body byte for byte, with two exceptions. The headers that
/// carry signatures or credentials are left out, that of the webhook's own description too, and so is
/// what the event repeats of them
/// (`cookies`, `requestContext.identity.apiKey`). `requestContext.authorizer` (`.lambda` in payload
/// format 2.0) is the identity in `verified`, whatever the event had there.
///
/// # Errors
/// `headers`, `multiValueHeaders` or `requestContext.identity` is no object.
pub fn forward(
    delivery: &Delivery<'_>,
    verified: &VerifiedDelivery,
) -> Result<Vec<u8>, EventError> {
    let length: usize =
        delivery.members.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let mut json = String::with_capacity(length + IDENTITY_BYTES);
    let own = verified.webhook().scheme();
    let is_dropped = |name: &str| {
        is_dropped_header(name) || own.signature_headers().any(|own| own.eq_ignore_ascii_case(name))
    };
    json.push('{');
    for (name, value) in delivery.members.iter() {
        match name {
            // `requestContext` is written below. `cookies` is format 2.0's copy of a dropped
            // header.
            "requestContext" | "cookies" => {}
            "headers" | "multiValueHeaders" => {
                push_name(&mut json, name);
                push_without(&mut json, value, is_dropped)?;
            }
            // Well-formed, the body too: it was read before it was verified.
            _ => {
                push_name(&mut json, name);
                json.push_str(value);
            }
        }
    }
    push_name(&mut json, "requestContext");
    push_context(&mut json, delivery, verified)?;
    json.push('}');
    Ok(json.into_bytes())
}

/// Appends `object` without the members whose names are `dropped`.
fn push_without(
    json: &mut String,
    object: &str,
    dropped: impl Fn(&str) -> bool,
) -> Result<(), EventError> {
    if object == "null" {
        json.push_str(object);
        return Ok(());
    }
    json.push('{');
    members(object, |name, value| {
        if !dropped(&name) {
            push_name(json, &name);
            json.push_str(value);
        }
        Ok(())
    })?;
    json.push('}');
    Ok(())
}

fn push_context(
    json: &mut String,
    delivery: &Delivery<'_>,
    verified: &VerifiedDelivery,
) -> Result<(), EventError> {
    json.push('{');
    for (name, value) in delivery.context.iter().filter(|(name, _)| *name != "authorizer") {
        push_name(json, name);
        match name {
            // A REST API repeats the header `x-api-key` there.
            "identity" => push_without(json, value, |name| name.eq_ignore_ascii_case("apiKey"))?,
            _ => json.push_str(value),
        }
    }
    push_name(json, "authorizer");
    let is_nested = delivery.shape == DeliveryShape::Proxy2;
    json.push_str(if is_nested { r#"{"lambda":"# } else { "" });
    json.push_str(&identity(verified)?);
    json.push_str(if is_nested { "}}" } else { "}" });
    Ok(())
}

fn identity(verified: &VerifiedDelivery) -> Result<String, EventError> {
    let webhook = verified.webhook();
    let identity = Identity {
        user_id: webhook.user_id().as_str(),
        tenant_id: webhook.tenant().as_str(),
        webhook_id: webhook.id().as_str(),
        auth_method: AUTH_METHOD,
        verified: "body",
        delivery_id: verified.id().as_str(),
        sender_id: verified.sender_id().map(DeliveryId::as_str),
        scheme: webhook.scheme().as_str(),
    };
    serde_json::to_string(&identity).map_err(|_| EventError::of("its identity cannot be written"))
}

#[derive(Serialize)]
struct Identity<'v> {
    user_id: &'v str,
    tenant_id: &'v str,
    webhook_id: &'v str,
    auth_method: &'static str,
    verified: &'static str,
    delivery_id: &'v str,
    #[serde(skip_serializing_if = "Option::is_none")]
    sender_id: Option<&'v str>,
    scheme: &'v str,
}

/// Appends `name` as the name of a member, escaped, with the comma before it and the colon after
/// it.
fn push_name(json: &mut String, name: &str) {
    if !json.ends_with('{') {
        json.push(',');
    }
    if name.bytes().any(|b| b < b' ' || matches!(b, b'"' | b'\\')) {
        json.push_str(&serde_json::Value::from(name).to_string());
    } else {
        json.push('"');
        json.push_str(name);
        json.push('"');
    }
    json.push(':');
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{CREDENTIAL_HEADERS, is_dropped_header};
    use crate::ids::DeliveryId;
    use crate::record::{Field, Fields};
    use crate::request::EventError;
    use crate::time::Timestamp;
    use crate::webhook::event::WebhookRequest;
    use crate::webhook::forward::forward;
    use crate::webhook::known::KnownWebhook;
    use crate::webhook::record::WebhookRecord;
    use crate::webhook::scheme::Scheme;
    use crate::webhook::verify::VerifiedDelivery;

    const DESCRIPTION: &str =
        r#"{"header": "X-Acme-Mac", "encoding": "hex", "template": "{body}"}"#;

    fn webhook() -> KnownWebhook {
        let description = Field::Map(Fields::from_json(DESCRIPTION).unwrap());
        let row = WebhookRecord::sample(&[
            ("scheme", Some(Field::Text("hmac".to_owned()))),
            ("description", Some(description)),
        ]);
        let row = row.unwrap();
        KnownWebhook::admit(row, None, Timestamp::default()).unwrap()
    }

    fn forwarded(event: &str) -> Result<String, EventError> {
        let WebhookRequest::Delivery(delivery) = WebhookRequest::read(event.as_bytes())? else {
            panic!("{event}");
        };
        let webhook = webhook();
        let verified = VerifiedDelivery::of_test(&webhook, DeliveryId::new("d-1"));
        forward(&delivery, &verified).map(|json| String::from_utf8(json).unwrap())
    }

    const IDENTITY: &str = r#"{"user_id":"7d9f5a2e-0b1c-4c1e-9a34-1d2f6a7b8c90","tenant_id":"acme","webhook_id":"wh_1","auth_method":"webhook","verified":"body","delivery_id":"d-1","scheme":"hmac"}"#;

    /// `event` comes out as `expected`, in which `IDENTITY` stands for the identity.
    #[track_caller]
    fn check(event: &str, expected: &str) {
        assert_eq!(forwarded(event).unwrap(), expected.replace("IDENTITY", IDENTITY), "{event}");
    }

    #[test]
    fn format_1_0() {
        check(
            r#"{"httpMethod":"POST","path":"/a","requestContext":{"stage" : "p"},"body":"x"}"#,
            r#"{"httpMethod":"POST","path":"/a","body":"x","requestContext":{"stage":"p","authorizer":IDENTITY}}"#,
        );
        check(
            r#"{"httpMethod":"POST","path":"/a","headers":null,"multiValueHeaders":null,"requestContext":null,"body":null}"#,
            r#"{"httpMethod":"POST","path":"/a","headers":null,"multiValueHeaders":null,"body":null,"requestContext":{"authorizer":IDENTITY}}"#,
        );
        check(
            r#"{"httpMethod":"POST","path":"/a","x":1.50}"#,
            r#"{"httpMethod":"POST","path":"/a","x":1.50,"requestContext":{"authorizer":IDENTITY}}"#,
        );
        check(
            r#"{"httpMethod":"POST","path":"/a","requestContext":{"identity":{"apiKey":"k","sourceIp":"::1"}}}"#,
            r#"{"httpMethod":"POST","path":"/a","requestContext":{"identity":{"sourceIp":"::1"},"authorizer":IDENTITY}}"#,
        );
    }

    #[test]
    fn format_2_0_and_load_balancers() {
        check(
            r#"{"version":"2.0","rawPath":"/a","cookies":["s=1"],"requestContext":{"http":{"method":"POST"}}}"#,
            r#"{"version":"2.0","rawPath":"/a","requestContext":{"http":{"method":"POST"},"authorizer":{"lambda":IDENTITY}}}"#,
        );
        check(
            r#"{"requestContext":{"elb":{}},"httpMethod":"POST","path":"/a"}"#,
            r#"{"httpMethod":"POST","path":"/a","requestContext":{"elb":{},"authorizer":IDENTITY}}"#,
        );
    }

    #[test]
    fn what_claims_to_be_an_identity_is_replaced() {
        for claim in [
            r#""authorizer":{"user_id":"eve"}"#,
            r#""authorizer":null"#,
            r#""authorizer":"\"},\"authorizer\":{""#,
            r#""Authoriz\u0065r":1,"authoriz\u0065r":{"lambda":{"user_id":"eve"}}"#,
        ] {
            let event = format!(r#"{{"httpMethod":"P","path":"/","requestContext":{{{claim}}}}}"#);
            let event: Value = serde_json::from_str(&forwarded(&event).unwrap()).unwrap();
            let identity: Value = serde_json::from_str(IDENTITY).unwrap();
            assert_eq!(event["requestContext"]["authorizer"], identity, "{claim}");
        }
    }

    #[test]
    fn names_are_compared_unescaped_and_written_escaped() {
        check(
            r#"{"httpMethod":"P","path":"/","headers":{"Authoriz\u0061tion":"t","a\"\u0001\\b":"t\/"}}"#,
            r#"{"httpMethod":"P","path":"/","headers":{"a\"\u0001\\b":"t\/"},"requestContext":{"authorizer":IDENTITY}}"#,
        );
    }

    #[test]
    fn what_is_not_of_its_form_is_refused() {
        for event in [
            r#"{"httpMethod":"P","path":"/","requestContext":{"authorizer":1,"authorizer":2}}"#,
            r#"{"httpMethod":"P","path":"/","requestContext":{"stage":1,"st\u0061ge":2}}"#,
            r#"{"httpMethod":"P","path":"/","requestContext":[]}"#,
            r#"{"httpMethod":"P","path":"/","headers":[]}"#,
            r#"{"httpMethod":"P","path":"/","headers":["authorization"]}"#,
            r#"{"httpMethod":"P","path":"/","requestContext":{},"requestContext":{}}"#,
        ] {
            assert!(forwarded(event).is_err(), "{event}");
        }
    }

    #[test]
    fn names_of_credentials() {
        for name in [
            "Authorization",
            "Proxy-Authorization",
            "Cookie",
            "X-Api-Key",
            "apikey",
            "X-Amz-Security-Token",
            "X-Gitlab-Token",
            "X-Telegram-Bot-Api-Secret-Token",
            "X-Goog-Channel-Token",
            "X-Hook-Secret",
            "x_shared_secret",
            "PAYPAL-TRANSMISSION-SIG",
            "X-Twilio-Signature",
            "Twitch-Eventsub-Message-Signature",
            "X-Basic-Auth",
            "Signature-Input",
        ] {
            assert!(is_dropped_header(name), "{name}");
        }
        for name in [
            "Content-Type",
            "Content-Digest",
            "X-Event-Key",
            "X-GitHub-Event",
            "X-Gitlab-Event",
            "X-GitHub-Hook-Installation-Target-ID",
            "X-Zendesk-Webhook-Signature-Timestamp",
            "webhook-id",
            "X-Tokens-Left",
            "Author",
            "",
        ] {
            assert!(!is_dropped_header(name), "{name}");
        }
    }

    /// Whatever the case, the escapes and the repetitions.
    #[test]
    fn no_credential_is_forwarded_and_no_byte_of_the_body_changes() {
        let mut headers = String::from(r#"{"X-Kept":"1""#);
        let mut multi = String::from(r#"{"X-Kept":["1","2"]"#);
        let names_of = |scheme: Scheme| -> Vec<String> {
            scheme.signature_headers().map(str::to_owned).collect()
        };
        let names = Scheme::all().flat_map(names_of).chain(["X-Acme-Mac".to_owned()]);
        for name in names.chain(CREDENTIAL_HEADERS.map(str::to_owned)) {
            let escaped: String = name.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
            for name in [&name, &name.to_uppercase(), &escaped] {
                headers.push_str(&format!(r#","{name}":"secret-1","{name}":"secret-2""#));
                multi.push_str(&format!(r#","{name}":["secret-3",null]"#));
            }
        }
        for body in [
            r#""""#,
            "null",
            r#""{\"headers\":{\"authorization\":\"\\u0000\"},\"requestContext\":{}}""#,
            r#""\u00e4\/ä😀\ud83d\ude00""#,
        ] {
            for frame in [
                r#""httpMethod":"P","path":"/""#,
                r#""version":"2.0","rawPath":"/","cookies":["secret-4"],"requestContext":{"http":{"method":"P"}}"#,
                r#""httpMethod":"P","path":"/","requestContext":{"elb":{}}"#,
            ] {
                let event = format!(
                    r#"{{{frame},"headers":{headers}}},"body" : {body},"multiValueHeaders":{multi}}}}}"#
                );
                let json = forwarded(&event).unwrap();
                assert!(!json.contains("secret-"), "{json}");
                assert_eq!(json.matches(IDENTITY).count(), 1, "{json}");
                assert!(json.contains(&format!(r#""body":{body}"#)), "{json}");
                let members: Map<String, Value> = serde_json::from_str(&json).unwrap();
                assert_eq!(members["headers"], json!({ "X-Kept": "1" }));
                assert_eq!(members["multiValueHeaders"], json!({ "X-Kept": ["1", "2"] }));
            }
        }
    }
}
