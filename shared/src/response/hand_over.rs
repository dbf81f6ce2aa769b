//! What the target gets: the event as it came, with identity attached and without credentials.

use crate::identity::VerifiedDelivery;
use crate::request::{Delivery, DeliveryShape, Malformed, members};

use super::text::{push_members, push_name};

/// Headers that carry a signature or a credential, in lower case.
const DROPPED: [&str; 16] = [
    "x-webhook-signature",
    "x-hub-signature",
    "x-hub-signature-256",
    "stripe-signature",
    "x-slack-signature",
    "webhook-signature",
    "signature",
    "signature-input",
    "authorization",
    "proxy-authorization",
    "cookie",
    "x-api-key",
    "x-amz-security-token",
    "x-amzn-oidc-accesstoken",
    "x-amzn-oidc-data",
    "x-amzn-oidc-identity",
];

/// Room for the identity.
const IDENTITY_BYTES: usize = 1024;

/// The event of `delivery` for the target.
///
/// Every member is passed on as it came, the body byte for byte, but for two things. The headers
/// that carry signatures or credentials are left out, and so is what the event repeats of them
/// (`cookies`, `requestContext.identity.apiKey`). `requestContext.authorizer` (`.lambda` in
/// payload format 2.0) is what `verified` proves, whatever stood there before.
///
/// # Errors
/// Headers are not of the form that this kind of event has.
pub fn hand_over(
    delivery: &Delivery<'_>,
    verified: &VerifiedDelivery<'_>,
) -> Result<Vec<u8>, Malformed> {
    let length: usize =
        delivery.members.iter().map(|(name, value)| name.len() + value.len() + 4).sum();
    let mut json = String::with_capacity(length + IDENTITY_BYTES);
    json.push('{');
    for (name, value) in delivery.members.iter() {
        match name {
            // Written below. `cookies` is what format 2.0 makes of a header that is dropped.
            "requestContext" | "cookies" => {}
            "headers" | "multiValueHeaders" => {
                push_name(&mut json, name);
                push_without(&mut json, value, &DROPPED)?;
            }
            // The body too is well-formed: it was read before it was verified.
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

/// Appends `object` without the members that are called one of `dropped`, in any case.
fn push_without(json: &mut String, object: &str, dropped: &[&str]) -> Result<(), Malformed> {
    if object == "null" {
        json.push_str(object);
        return Ok(());
    }
    json.push('{');
    members(object, |name, value| {
        if !dropped.iter().any(|dropped| name.eq_ignore_ascii_case(dropped)) {
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
    verified: &VerifiedDelivery<'_>,
) -> Result<(), Malformed> {
    json.push('{');
    for (name, value) in delivery.context.iter().filter(|(name, _)| *name != "authorizer") {
        push_name(json, name);
        match name {
            // A REST API repeats the header `x-api-key` there.
            "identity" => push_without(json, value, &["apiKey"])?,
            _ => json.push_str(value),
        }
    }
    push_name(json, "authorizer");
    let is_nested = delivery.shape == DeliveryShape::Proxy2;
    json.push_str(if is_nested { r#"{"lambda":"# } else { "" });
    let webhook = verified.webhook();
    push_members(
        json,
        &[
            ("user_id", webhook.user_id().as_str()),
            ("tenant_id", webhook.tenant().as_str()),
            ("webhook_id", webhook.id().as_str()),
            ("auth_method", super::WEBHOOK),
            ("verified", "body"),
            ("delivery_id", verified.id().as_str()),
            ("scheme", webhook.scheme().as_str()),
        ],
    );
    json.push_str(if is_nested { "}}" } else { "}" });
    Ok(())
}

#[cfg(test)]
mod tests {
    use serde_json::{Map, Value, json};

    use super::{DROPPED, hand_over};
    use crate::credential::webhook::{DeliveryId, SecretVersion};
    use crate::identity::{Attribute, KnownWebhook, Registration, VerifiedDelivery};
    use crate::request::{Malformed, WebhookRequest};
    use crate::time::Timestamp;

    fn webhook() -> KnownWebhook {
        let github = Attribute::Text("github".to_owned());
        let row = Registration::sample(&[("scheme", Some(github))]).unwrap();
        KnownWebhook::admit(row, None, Timestamp::default()).unwrap()
    }

    fn handed_over(event: &str) -> Result<String, Malformed> {
        let WebhookRequest::Delivery(delivery) = WebhookRequest::read(event.as_bytes())? else {
            panic!("{event}");
        };
        let verified = VerifiedDelivery {
            webhook: &webhook(),
            id: DeliveryId::parse("d-1").unwrap(),
            replay_keys: Vec::new(),
            secret: SecretVersion::Current,
        };
        hand_over(&delivery, &verified).map(|json| String::from_utf8(json).unwrap())
    }

    const IDENTITY: &str = r#"{"user_id":"7d9f5a2e-0b1c-4c1e-9a34-1d2f6a7b8c90","tenant_id":"acme","webhook_id":"wh_1","auth_method":"webhook","verified":"body","delivery_id":"d-1","scheme":"github"}"#;

    /// `event` comes out as `expected`, in which `IDENTITY` stands for the identity.
    #[track_caller]
    fn check(event: &str, expected: &str) {
        assert_eq!(handed_over(event).unwrap(), expected.replace("IDENTITY", IDENTITY), "{event}");
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
            let event: Value = serde_json::from_str(&handed_over(&event).unwrap()).unwrap();
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
            assert!(handed_over(event).is_err(), "{event}");
        }
    }

    /// Whatever the case, the escapes and the repetitions.
    #[test]
    fn no_credential_is_handed_over_and_no_byte_of_the_body_changes() {
        let mut headers = String::from(r#"{"X-Kept":"1""#);
        let mut multi = String::from(r#"{"X-Kept":["1","2"]"#);
        for name in DROPPED {
            let escaped: String = name.chars().map(|c| format!("\\u{:04x}", c as u32)).collect();
            for name in [name, &name.to_uppercase(), &escaped] {
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
                let json = handed_over(&event).unwrap();
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
