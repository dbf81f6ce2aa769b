use std::time::Duration;

use super::Status;
use crate::record::{Field, Fields};
use crate::webhook::record::WebhookRecord;
use crate::webhook::scheme::Scheme;

fn text(text: &str) -> Option<Field> {
    Some(Field::Text(text.to_owned()))
}

fn number(digits: &str) -> Option<Field> {
    Some(Field::Number(digits.to_owned()))
}

fn texts(texts: &[&str]) -> Option<Field> {
    Some(Field::Texts(texts.iter().map(|text| (*text).to_owned()).collect()))
}

fn with(name: &str, value: Option<Field>) -> WebhookRecord {
    WebhookRecord::sample(&[(name, value)]).unwrap()
}

#[test]
fn what_a_row_says() {
    let row = WebhookRecord::sample(&[]).unwrap();
    assert_eq!(row.id.as_str(), "wh_1");
    assert_eq!(row.tenant_id.as_str(), "acme");
    assert_eq!((row.status, row.scheme.as_str()), (Status::Active, "portcullis"));
    assert_eq!((row.secret_field, row.handshake, row.verify_token_secret_id), (None, false, None));
    assert_eq!((row.secret_id, row.allowed_cidrs), (None, None));
    assert_eq!((row.revoked_at, row.expires_at), (None, None));
    let day = Duration::from_hours(24);
    assert_eq!((row.replay_window, row.secret_overlap), (None, day));
    assert_eq!(row.required_components.concat(), "@method@pathcontent-digest");

    assert_eq!(with("status", text("revoked")).status, Status::Revoked);
    let window = with("replay_window_seconds", number("0")).replay_window;
    assert_eq!(window, Some(Duration::ZERO));
    let month = Duration::from_hours(24 * 30);
    assert_eq!(with("secret_overlap_seconds", number("2592000")).secret_overlap, month);
    let ttl = with("ttl", number("1800000000")).expires_at.unwrap();
    assert_eq!(ttl.unix_millis(), 1_800_000_000_000);
    let last = with("ttl", number("7258118400")).expires_at.unwrap();
    assert_eq!(last.unix_millis(), 7_258_118_400_000);
    let revoked = with("revoked_at", number("0")).revoked_at.unwrap();
    assert_eq!(revoked.unix_millis(), 0);
    let arn = "arn:aws:secretsmanager:eu-central-1:123456789012:secret:hook-AbCdEf";
    assert_eq!(with("secret_id", text(arn)).secret_id.unwrap().as_ref(), arn);
    for scheme in Scheme::all() {
        assert_eq!(with("scheme", text(scheme.as_str())).scheme, scheme);
    }
    let cidrs = texts(&["10.0.0.0/8", "192.0.2.7", "2001:db8::/32"]);
    let networks = with("allowed_cidrs", cidrs).allowed_cidrs.unwrap();
    assert!(networks.contain("192.0.2.7".parse().unwrap()));
    let components = texts(&["content-digest", "@target-uri", "x-amz-content-sha256"]);
    assert_eq!(with("required_components", components).required_components.len(), 3);
}

#[test]
fn what_a_row_may_not_say() {
    fn check(name: &str, value: Option<Field>, problem: &str) {
        let bad = WebhookRecord::sample(&[(name, value)]).unwrap_err();
        assert_eq!(bad.to_string(), format!("the webhook's attribute `{name}` {problem}"));
    }
    let other = Some(Field::Other);
    for name in ["webhook_id", "user_id", "tenant_id", "name", "status", "scheme"] {
        check(name, None, "is missing");
        check(name, text(""), "is empty");
        check(name, text(" \n"), "is empty");
        check(name, number("1"), "is no string");
        check(name, other.clone(), "is no string");
    }
    check("webhook_id", text("wh_2"), "is another webhook's");
    check("user_id", text("a b"), "is no user id");
    check("tenant_id", text("acme/evil"), "is no tenant id");
    check("status", text("ACTIVE"), "is neither `active` nor `revoked`");
    check("status", text("active "), "is neither `active` nor `revoked`");
    check("scheme", text("GitHub"), "is no scheme that is known here");

    check("created_at", None, "is missing");
    for name in [
        "created_at",
        "updated_at",
        "revoked_at",
        "ttl",
        "replay_window_seconds",
        "secret_overlap_seconds",
    ] {
        check(name, text("1700000000"), "is no number");
        check(name, texts(&["1"]), "is no number");
        check(name, other.clone(), "is no number");
        check(name, number(""), "is no whole number from 0 on");
        check(name, number("-1"), "is no whole number from 0 on");
        check(name, number("1.5"), "is no whole number from 0 on");
        check(name, number("18446744073709551616"), "is no whole number from 0 on");
    }
    for name in ["created_at", "updated_at", "revoked_at", "ttl"] {
        check(name, number("7258118401"), "is not a time in seconds");
        // 2026 in milliseconds, in microseconds, and the end of the numbers.
        check(name, number("1767225600000"), "is not a time in seconds");
        check(name, number("1767225600000000"), "is not a time in seconds");
        check(name, number("18446744073709551615"), "is not a time in seconds");
    }
    check("replay_window_seconds", number("2592001"), "is longer than 30 days");
    check("secret_overlap_seconds", number("2592001"), "is longer than 30 days");

    check("secret_id", text(""), "is empty");
    check("secret_id", number("1"), "is no string");
    check("secret_id", text("two words"), "is no name and no ARN of a secret");
    check("secret_id", text(&"a".repeat(2049)), "is no name and no ARN of a secret");

    for name in ["allowed_cidrs", "required_components"] {
        check(name, text("10.0.0.0/8"), "is no list of strings");
        check(name, other.clone(), "is no list of strings");
        check(name, texts(&[]), "is empty");
        check(name, texts(&["content-digest"; 65]), "has more than 64 items");
    }
    for cidr in [
        "10.0.0.1/8",
        "10.0.0.0/33",
        "10.0.0",
        "",
        " 10.0.0.0/8",
        "2001:db8::1/32",
        "::ffff:10.0.0.0/104",
        "*",
    ] {
        check("allowed_cidrs", texts(&["192.0.2.0/24", cidr]), "has no CIDR as an item");
    }
    for component in ["Content-Type", "@request-target", "@signature-params", "", "a\"b", "a b"] {
        let components = texts(&["content-digest", component]);
        check("required_components", components, "has an item that no signature can cover");
    }
    check("required_components", texts(&["@method"]), "lacks `content-digest`");
    check("secret", text("s"), "is not known here");
    check("Status", text("active"), "is not known here");
}

fn described(json: &str) -> Option<Field> {
    Some(Field::Map(Fields::from_json(json).unwrap()))
}

#[test]
fn a_description_is_of_the_scheme_hmac() {
    let check = |scheme: &str, description: Option<Field>, outcome: Result<&str, &str>| {
        let row = WebhookRecord::sample(&[("scheme", text(scheme)), ("description", description)]);
        let row = row.map(|row| row.scheme.as_str().to_owned()).map_err(|bad| bad.to_string());
        assert_eq!(row, outcome.map(str::to_owned).map_err(str::to_owned), "{scheme}");
    };
    let right = r#"{"header": "X-Sig", "encoding": "hex", "template": "{body}"}"#;
    check("hmac", described(right), Ok("hmac"));
    let missing = "the webhook's attribute `description` is missing: the scheme is `hmac`";
    check("hmac", None, Err(missing));
    let alone = "the webhook's attribute `description` is of the scheme `hmac` alone";
    check("github", described(right), Err(alone));
    check("rfc9421", described(right), Err(alone));
    check("hmac", text(right), Err("the webhook's attribute `description` is no map"));
    let member = "the description's member `header` is missing";
    check("hmac", described("{}"), Err(member));
}

#[test]
fn handshakes() {
    let check = |attributes: &[(&str, Option<Field>)], outcome: Result<(), (&str, &str)>| {
        let row = WebhookRecord::sample(attributes);
        let outcome = outcome
            .map_err(|(name, problem)| format!("the webhook's attribute `{name}` {problem}"));
        assert_eq!(row.map(|_| ()).map_err(|bad| bad.to_string()), outcome, "{attributes:?}");
    };
    let (yes, token) = (Some(Field::Flag(true)), "verify_token_secret_id");
    let scheme = |name| ("scheme", text(name));
    let handshake = ("handshake", yes);
    let verify = (token, text("acme/meta/verify"));
    for name in ["slack", "zoom"] {
        check(&[scheme(name), handshake.clone()], Ok(()));
        let not = Err((token, "is not of this scheme"));
        check(&[scheme(name), handshake.clone(), verify.clone()], not);
    }
    check(&[scheme("meta"), handshake.clone(), verify.clone()], Ok(()));
    check(&[scheme("meta")], Ok(()));
    check(
        &[scheme("meta"), handshake.clone()],
        Err((token, "is missing: the handshake compares it")),
    );
    let effect = Err((token, "has no effect: `handshake` is not true"));
    check(&[scheme("meta"), verify.clone()], effect);
    check(&[scheme("meta"), verify.clone(), ("handshake", Some(Field::Flag(false)))], effect);
    check(
        &[scheme("meta"), handshake.clone(), verify, ("secret_id", text("acme/meta/verify"))],
        Err((token, "is also the secret of the signatures: make one of its own")),
    );
    for name in ["portcullis", "github", "stripe", "standard-webhooks", "rfc9421"] {
        let none = Err(("handshake", "is true, but the scheme has none"));
        check(&[scheme(name), handshake.clone()], none);
    }
    check(&[("handshake", text("true"))], Err(("handshake", "is neither true nor false")));
    check(&[("handshake", number("1"))], Err(("handshake", "is neither true nor false")));
    check(&[("secret_field", text(" "))], Err(("secret_field", "is empty")));
    check(&[("secret_field", text("signing"))], Ok(()));
}
