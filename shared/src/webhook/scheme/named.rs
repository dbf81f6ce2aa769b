//! The named schemes, as data.
//!
//! To add one, add a row and a test with the sender's published example. A sender that is not here
//! can be described in the webhook's record (`describe.rs`).

use std::borrow::Cow;
use std::time::Duration;

use super::description::{
    Description, Encoding, Piece, Signatures, Template, Time, TimeSource, TimeUnit,
};
use crate::webhook::handshake::Handshake;
use crate::webhook::hmac_key::KeyForm;

/// A scheme that a record calls by its name.
#[derive(Debug, PartialEq, Eq)]
pub struct NamedScheme {
    pub(super) name: &'static str,
    /// The descriptions that the sender may follow, at least one. They differ in their headers, and
    /// a delivery has those of one alone.
    pub(super) forms: &'static [Description],
    /// How the sender sees whether an address is ours, if it does.
    pub(super) handshake: Option<Handshake>,
}

/// Stripe, Slack and Standard Webhooks all recommend five minutes.
pub(super) const DEFAULT_WINDOW: Duration = Duration::from_secs(300);

/// Every named scheme, in the order of `docs/webhooks.md`.
pub(super) const NAMED: [&NamedScheme; 12] = [
    &PORTCULLIS,
    &GITHUB,
    &STRIPE,
    &SLACK,
    &STANDARD_WEBHOOKS,
    &SHOPIFY,
    &LINEAR,
    &ZOOM,
    &BITBUCKET,
    &JIRA,
    &GITLAB,
    &META,
];

static PORTCULLIS: NamedScheme = NamedScheme {
    name: "portcullis",
    forms: &[of_body("X-Webhook-Signature", "sha256=", Encoding::Hex, None)],
    handshake: None,
};

/// <https://docs.github.com/en/webhooks/using-webhooks/validating-webhook-deliveries>. The older
/// `X-Hub-Signature`, an HMAC with SHA-1, is ignored.
static GITHUB: NamedScheme = NamedScheme {
    name: "github",
    forms: &[of_body("X-Hub-Signature-256", "sha256=", Encoding::Hex, Some("X-GitHub-Delivery"))],
    handshake: None,
};

/// <https://docs.stripe.com/webhooks/signature>. It says to ignore keys other than `v1`: `v0` is of
/// test events.
static STRIPE: NamedScheme = NamedScheme {
    name: "stripe",
    forms: &[Description {
        header: Cow::Borrowed("Stripe-Signature"),
        signatures: Signatures::Pairs(Cow::Borrowed("v1")),
        encoding: Encoding::Hex,
        key: KeyForm::TEXT,
        template: Template(Cow::Borrowed(TIME_DOT)),
        time: seconds(TimeSource::Pair(Cow::Borrowed("t"))),
        id_header: None,
    }],
    handshake: None,
};

/// <https://docs.slack.dev/authentication/verifying-requests-from-slack>
static SLACK: NamedScheme = NamedScheme {
    name: "slack",
    forms: &[v0("X-Slack-Signature", "X-Slack-Request-Timestamp")],
    handshake: Some(Handshake::SignedChallenge),
};

/// <https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>, and
/// under its older names <https://docs.svix.com/receiving/verifying-payloads/how-manual>.
static STANDARD_WEBHOOKS: NamedScheme = NamedScheme {
    name: "standard-webhooks",
    forms: &[
        standard("webhook-id", "webhook-timestamp", "webhook-signature"),
        standard("svix-id", "svix-timestamp", "svix-signature"),
    ],
    handshake: None,
};

/// <https://shopify.dev/docs/apps/build/webhooks/verify-deliveries>
static SHOPIFY: NamedScheme = NamedScheme {
    name: "shopify",
    forms: &[of_body("X-Shopify-Hmac-Sha256", "", Encoding::Base64, Some("X-Shopify-Webhook-Id"))],
    handshake: None,
};

/// <https://linear.app/developers/webhooks>
static LINEAR: NamedScheme = NamedScheme {
    name: "linear",
    forms: &[of_body("Linear-Signature", "", Encoding::Hex, Some("Linear-Delivery"))],
    handshake: None,
};

/// <https://developers.zoom.us/docs/api/webhooks>
static ZOOM: NamedScheme = NamedScheme {
    name: "zoom",
    forms: &[v0("x-zm-signature", "x-zm-request-timestamp")],
    handshake: Some(Handshake::PlainToken),
};

/// <https://support.atlassian.com/bitbucket-cloud/docs/manage-webhooks/>
static BITBUCKET: NamedScheme = NamedScheme {
    name: "bitbucket",
    forms: &[of_body("X-Hub-Signature", "sha256=", Encoding::Hex, Some("X-Request-UUID"))],
    handshake: None,
};

/// <https://developer.atlassian.com/cloud/jira/platform/webhooks/>
static JIRA: NamedScheme = NamedScheme {
    name: "jira",
    forms: &[of_body(
        "X-Hub-Signature",
        "sha256=",
        Encoding::Hex,
        Some("X-Atlassian-Webhook-Identifier"),
    )],
    handshake: None,
};

/// <https://docs.gitlab.com/user/project/integrations/webhooks/>: Standard Webhooks. The older
/// `X-Gitlab-Token` beside it is a shared secret in plain and proves nothing here.
static GITLAB: NamedScheme = NamedScheme {
    name: "gitlab",
    forms: &[standard("webhook-id", "webhook-timestamp", "webhook-signature")],
    handshake: None,
};

/// <https://developers.facebook.com/docs/graph-api/webhooks/getting-started>
static META: NamedScheme = NamedScheme {
    name: "meta",
    forms: &[of_body("X-Hub-Signature-256", "sha256=", Encoding::Hex, None)],
    handshake: Some(Handshake::VerifyToken),
};

const DOT: Piece = Piece::Text(Cow::Borrowed("."));
const TIME_DOT: &[Piece] = &[Piece::Time, DOT];
const ID_DOT_TIME_DOT: &[Piece] = &[Piece::Id, DOT, Piece::Time, DOT];
const V0_TIME_COLON: &[Piece] =
    &[Piece::Text(Cow::Borrowed("v0:")), Piece::Time, Piece::Text(Cow::Borrowed(":"))];

const fn seconds(source: TimeSource) -> Option<Time> {
    Some(Time { source, unit: TimeUnit::Seconds, window: DEFAULT_WINDOW })
}

/// The HMAC of the body alone, after `prefix`.
const fn of_body(
    header: &'static str,
    prefix: &'static str,
    encoding: Encoding,
    id_header: Option<&'static str>,
) -> Description {
    Description {
        header: Cow::Borrowed(header),
        signatures: Signatures::One(Cow::Borrowed(prefix)),
        encoding,
        key: KeyForm::TEXT,
        template: Template(Cow::Borrowed(&[])),
        time: None,
        id_header: match id_header {
            Some(name) => Some(Cow::Borrowed(name)),
            None => None,
        },
    }
}

/// Slack's `v0=` over `v0:{time}:{body}`.
const fn v0(header: &'static str, time_header: &'static str) -> Description {
    Description {
        header: Cow::Borrowed(header),
        signatures: Signatures::One(Cow::Borrowed("v0=")),
        encoding: Encoding::Hex,
        key: KeyForm::TEXT,
        template: Template(Cow::Borrowed(V0_TIME_COLON)),
        time: seconds(TimeSource::Header(Cow::Borrowed(time_header))),
        id_header: None,
    }
}

/// Standard Webhooks: `v1,` over `{id}.{time}.{body}`.
const fn standard(id: &'static str, time: &'static str, header: &'static str) -> Description {
    Description {
        header: Cow::Borrowed(header),
        signatures: Signatures::List(Cow::Borrowed("v1,")),
        encoding: Encoding::Base64,
        key: KeyForm::Base64 { prefix: Cow::Borrowed("whsec_") },
        template: Template(Cow::Borrowed(ID_DOT_TIME_DOT)),
        time: seconds(TimeSource::Header(Cow::Borrowed(time))),
        id_header: Some(Cow::Borrowed(id)),
    }
}

#[cfg(test)]
mod tests {
    use super::super::description::{Piece, TimeUnit, ToldApartBy};
    use super::super::fixture::Sent;
    use super::super::template;
    use super::{DEFAULT_WINDOW, NAMED};

    const SECRET: &str = "correct horse battery staple";
    const BODY: &[u8] = br#"{"hello": "world"}"#;
    const HEX: &str = "6e1ad38780fd1a2b078b8d7f1b23b3a782200733403dabf5126b988d3ec2742b";
    const V0: &str = "v0=e9aba4e01ee24db36453db9394e8fe876b08f2d23fecf7231cad0754ad40eabd";
    const NOW: &str = "1700000000";
    const WHSEC: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const TO_EVERYBODY: &str = "It's a Secret to Everybody";

    /// Checks that a delivery verifies, and that neither another secret nor another body does.
    #[track_caller]
    fn check(scheme: &str, secret: &str, now: u64, headers: &[(&str, &str)], body: &[u8]) {
        let sent = Sent { scheme, secret, previous: None, now, headers, body };
        assert_eq!(sent.verdict(), "verified", "{scheme}");
        let longer = [body, b" "].concat();
        let other_body = Sent { body: &longer, ..sent };
        assert_eq!(other_body.verdict(), "no key fits", "{scheme}");
        let swapped = match secret.strip_prefix("whsec_").unwrap_or(secret).strip_prefix("MfKQ") {
            Some(rest) => format!("whsec_NfKQ{rest}"),
            None => secret.to_uppercase(),
        };
        let other_secret = Sent { secret: &swapped, ..sent };
        assert_eq!(other_secret.verdict(), "no key fits", "{scheme}");
        let rotated = Sent { secret: &swapped, previous: Some(secret), ..sent };
        assert_eq!(rotated.verdict(), "verified", "{scheme}");
        for index in 0..headers.len() {
            let mut fewer = headers.to_vec();
            let (name, _) = fewer.remove(index);
            let verdict = Sent { headers: &fewer, ..sent }.verdict();
            assert_eq!(verdict, format!("SIGNATURE_INVALID: `{name}` is missing"), "{scheme}");
        }
    }

    /// The examples that the senders publish.
    #[test]
    fn published_examples_verify() {
        let slack = b"token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow\
            &channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner\
            &command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands\
            %2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN\
            &trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c";
        let slack_mac = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503";
        check(
            "slack",
            "8f742231b10e8888abcd99yyyzzz85a5",
            1_531_420_618,
            &[("X-Slack-Signature", slack_mac), ("X-Slack-Request-Timestamp", "1531420618")],
            slack,
        );
        check(
            "github",
            TO_EVERYBODY,
            0,
            &[(
                "X-Hub-Signature-256",
                "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17",
            )],
            b"Hello, World!",
        );
        // Atlassian's example, for both of its products.
        for scheme in ["bitbucket", "jira"] {
            check(
                scheme,
                TO_EVERYBODY,
                0,
                &[(
                    "X-Hub-Signature",
                    "sha256=a4771c39fbe90f317c7824e83ddef3caae9cb3d976c214ace1f2937e133263c9",
                )],
                b"Hello World!",
            );
        }
        // The example of Standard Webhooks, which is also Svix's and GitLab's scheme.
        let (id, time, signature) = (
            "msg_p5jXN8AQM9LWM0D4loKWxJek",
            "1614265330",
            "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
        );
        for (scheme, family) in
            [("standard-webhooks", "webhook"), ("standard-webhooks", "svix"), ("gitlab", "webhook")]
        {
            let name = |member| format!("{family}-{member}");
            let names = [name("signature"), name("id"), name("timestamp")];
            let mut headers = vec![(&*names[0], signature), (&*names[1], id), (&*names[2], time)];
            // Without any header, the first form's is missed.
            if family == "svix" {
                headers.rotate_left(1);
            }
            check(scheme, WHSEC, 1_614_265_330, &headers, br#"{"test": 2432232314}"#);
            let bare = WHSEC.trim_start_matches("whsec_");
            check(scheme, bare, 1_614_265_330, &headers, br#"{"test": 2432232314}"#);
        }
    }

    /// Of senders that publish no example with its secret: these MACs are computed by Python's
    /// `hmac`.
    #[test]
    fn other_senders_sign_like_python() {
        let now = 1_700_000_000;
        let signature = |name| [(name, HEX)];
        let prefixed = format!("sha256={HEX}");
        check("portcullis", SECRET, 0, &[("X-Webhook-Signature", &prefixed)], BODY);
        check("meta", SECRET, 0, &[("X-Hub-Signature-256", &prefixed)], BODY);
        check("linear", SECRET, 0, &signature("Linear-Signature"), BODY);
        let base64 = "bhrTh4D9GisHi41/GyOzp4IgBzNAPav1EmuYjT7CdCs=";
        check("shopify", SECRET, 0, &[("X-Shopify-Hmac-Sha256", base64)], BODY);
        let zoom = [("x-zm-signature", V0), ("x-zm-request-timestamp", NOW)];
        check("zoom", SECRET, now, &zoom, BODY);
        let stripe = "7de945b08fc688381b06fc6e929d19f6436c64e2cccf2aa2eb2cf60d28f4cf52";
        let stripe = format!("t=1700000000,v1={stripe}");
        check("stripe", SECRET, now, &[("Stripe-Signature", &stripe)], BODY);
    }

    #[test]
    fn a_signed_time_has_a_window_of_300_seconds() {
        let zoom = [("x-zm-signature", V0), ("x-zm-request-timestamp", NOW)];
        let now = 1_700_000_000;
        Sent { scheme: "zoom", secret: SECRET, previous: None, now, headers: &zoom, body: BODY }
            .check_window();
    }

    /// A row is written by hand, and keeps the rules of the descriptions that are read.
    #[test]
    fn rows_keep_the_rules() {
        for scheme in NAMED {
            assert_eq!(NAMED.iter().filter(|other| other.name == scheme.name).count(), 1);
            for form in scheme.forms {
                let mut text = String::new();
                for piece in form.template.0.iter() {
                    text.push_str(match piece {
                        Piece::Text(text) => text,
                        Piece::Time => "{time}",
                        Piece::Id => "{id}",
                    });
                }
                text.push_str("{body}");
                let read = template::read(&text, TimeUnit::Seconds);
                assert_eq!(read.as_ref(), Ok(&form.template), "{}", scheme.name);
                assert_eq!(form.time.is_some(), form.template.has(&Piece::Time));
                assert!(form.time.as_ref().is_none_or(|time| time.window == DEFAULT_WINDOW));
                assert!(form.id_header.is_some() || !form.template.has(&Piece::Id));
                assert_eq!(form.told_apart_by(), scheme.forms[0].told_apart_by());
                assert_eq!(form.key, scheme.forms[0].key);
            }
        }
    }

    #[test]
    fn what_tells_a_repetition() {
        let told = NAMED.map(|scheme| (scheme.name, scheme.forms[0].told_apart_by()));
        use ToldApartBy::{Body, Id, Time};
        assert_eq!(
            told,
            [
                ("portcullis", Body),
                ("github", Body),
                ("stripe", Time),
                ("slack", Time),
                ("standard-webhooks", Id),
                ("shopify", Body),
                ("linear", Body),
                ("zoom", Time),
                ("bitbucket", Body),
                ("jira", Body),
                ("gitlab", Id),
                ("meta", Body),
            ]
        );
    }
}
