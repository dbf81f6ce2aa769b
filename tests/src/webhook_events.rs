//! Events of webhooks, and the sender's side of every scheme: a second implementation of what the
//! function verifies.

use aws_lc_rs::{digest, hmac};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};
use shared::hex;

/// Headers in the order in which they were sent.
pub type Headers = Vec<(&'static str, String)>;

/// HMAC-SHA256 of `parts`, one after the other.
#[must_use]
pub fn mac(secret: &[u8], parts: &[&[u8]]) -> Vec<u8> {
    let mut context = hmac::Context::with_key(&hmac::Key::new(hmac::HMAC_SHA256, secret));
    parts.iter().for_each(|part| context.update(part));
    context.sign().as_ref().to_vec()
}

/// `X-Webhook-Signature` over `body`.
#[must_use]
pub fn portcullis(id: &str, secret: &str, body: &[u8]) -> Headers {
    let signature = format!("sha256={}", hex::encode(&mac(secret.as_bytes(), &[body])));
    vec![("X-Webhook-Id", id.to_owned()), ("X-Webhook-Signature", signature)]
}

/// `X-Hub-Signature-256` over `body`.
#[must_use]
pub fn github(id: &str, secret: &str, delivery: &str, body: &[u8]) -> Headers {
    let signature = format!("sha256={}", hex::encode(&mac(secret.as_bytes(), &[body])));
    vec![
        ("X-Webhook-Id", id.to_owned()),
        ("X-GitHub-Delivery", delivery.to_owned()),
        ("X-Hub-Signature-256", signature),
    ]
}

/// `Stripe-Signature` over `time` and `body`, once with each of `secrets`.
#[must_use]
pub fn stripe(id: &str, secrets: &[&str], time: &str, body: &[u8]) -> Headers {
    let of = |secret: &&str| {
        format!(",v1={}", hex::encode(&mac(secret.as_bytes(), &[time.as_bytes(), b".", body])))
    };
    let signatures: String = secrets.iter().map(of).collect();
    vec![("X-Webhook-Id", id.to_owned()), ("Stripe-Signature", format!("t={time}{signatures}"))]
}

/// `X-Slack-Signature` over `time` and `body`.
#[must_use]
pub fn slack(id: &str, secret: &str, time: &str, body: &[u8]) -> Headers {
    let mac = mac(secret.as_bytes(), &[b"v0:", time.as_bytes(), b":", body]);
    vec![
        ("X-Webhook-Id", id.to_owned()),
        ("X-Slack-Request-Timestamp", time.to_owned()),
        ("X-Slack-Signature", format!("v0={}", hex::encode(&mac))),
    ]
}

/// `webhook-signature` over the message's id, `time` and `body`; `key` is the secret's bytes.
#[must_use]
pub fn standard(id: &str, key: &[u8], message: &str, time: &str, body: &[u8]) -> Headers {
    let mac = mac(key, &[message.as_bytes(), b".", time.as_bytes(), b".", body]);
    vec![
        ("X-Webhook-Id", id.to_owned()),
        ("webhook-id", message.to_owned()),
        ("webhook-timestamp", time.to_owned()),
        ("webhook-signature", format!("v1,{}", STANDARD.encode(mac))),
    ]
}

/// What the sender of the named `scheme` sends to `id`: `name` is its id of the delivery, where it has
/// one, `time` in seconds since 1970 where it signs one. `secret` is the key's text.
///
/// # Panics
/// There is no such scheme.
#[must_use]
pub fn signed_by(
    scheme: &str,
    id: &str,
    secret: &str,
    name: &str,
    time: u64,
    body: &[u8],
) -> Headers {
    let key = secret.as_bytes();
    let of_body = || hex::encode(&mac(key, &[body]));
    let own = ("X-Webhook-Id", id.to_owned());
    let seconds = time.to_string();
    match scheme {
        "portcullis" => portcullis(id, secret, body),
        "github" => github(id, secret, name, body),
        "stripe" => stripe(id, &[secret], &seconds, body),
        "slack" => slack(id, secret, &seconds, body),
        "standard-webhooks" => standard(id, key, name, &seconds, body),
        // While both are set up, GitLab sends its older token beside the signature.
        "gitlab" => {
            let token = ("X-Gitlab-Token", "a-shared-secret-in-plain".to_owned());
            [standard(id, key, name, &seconds, body), vec![token]].concat()
        }
        "shopify" => vec![
            own,
            ("X-Shopify-Webhook-Id", name.to_owned()),
            ("X-Shopify-Hmac-Sha256", STANDARD.encode(mac(key, &[body]))),
        ],
        "linear" => {
            vec![own, ("Linear-Delivery", name.to_owned()), ("Linear-Signature", of_body())]
        }
        "zoom" => {
            let signed = mac(key, &[b"v0:", seconds.as_bytes(), b":", body]);
            let signature = format!("v0={}", hex::encode(&signed));
            vec![own, ("x-zm-request-timestamp", seconds), ("x-zm-signature", signature)]
        }
        "bitbucket" => vec![
            own,
            ("X-Request-UUID", name.to_owned()),
            ("X-Hub-Signature", format!("sha256={}", of_body())),
        ],
        "jira" => vec![
            own,
            ("X-Atlassian-Webhook-Identifier", name.to_owned()),
            ("X-Hub-Signature", format!("sha256={}", of_body())),
        ],
        "meta" => vec![own, ("X-Hub-Signature-256", format!("sha256={}", of_body()))],
        "rfc9421" => rfc9421(id, secret, &format!(";created={seconds};nonce=\"{name}\""), body),
        _ => panic!("no sender of the tests signs by `{scheme}`"),
    }
}

/// The secret whose key is `text`, as the sender of the named `scheme` gives it out.
#[must_use]
pub fn secret_of(scheme: &str, text: &str) -> String {
    match scheme {
        "standard-webhooks" | "gitlab" => format!("whsec_{}", STANDARD.encode(text)),
        _ => text.to_owned(),
    }
}

/// `Content-Digest` of `body` with SHA-256.
#[must_use]
pub fn content_digest(body: &[u8]) -> String {
    format!("sha-256=:{}:", STANDARD.encode(digest::digest(&digest::SHA256, body)))
}

/// RFC 9421 over `@method`, `@path` and `content-digest` of a `POST /webhooks`, with `parameters`
/// behind the covered components.
#[must_use]
pub fn rfc9421(id: &str, secret: &str, parameters: &str, body: &[u8]) -> Headers {
    let digest = content_digest(body);
    let input = format!(r#"("@method" "@path" "content-digest"){parameters}"#);
    let base = format!(
        "\"@method\": POST\n\"@path\": /webhooks\n\"content-digest\": {digest}\n\
         \"@signature-params\": {input}"
    );
    let signature = STANDARD.encode(mac(secret.as_bytes(), &[base.as_bytes()]));
    vec![
        ("X-Webhook-Id", id.to_owned()),
        ("Content-Digest", digest),
        ("Signature-Input", format!("sig={input}")),
        ("Signature", format!("sig=:{signature}:")),
    ]
}

/// The same headers with `name` set to `value`; left out where `value` is empty.
#[must_use]
pub fn with(headers: &Headers, name: &'static str, value: &str) -> Headers {
    let mut headers: Headers =
        headers.iter().filter(|(own, _)| !own.eq_ignore_ascii_case(name)).cloned().collect();
    if !value.is_empty() {
        headers.push((name, value.to_owned()));
    }
    headers
}

/// A REST API's REQUEST authorizer event about `POST /webhooks`.
#[must_use]
pub fn gate_rest(headers: &Headers) -> Value {
    json!({
        "type": "REQUEST",
        "methodArn":
            "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/POST/webhooks",
        "resource": "/webhooks",
        "path": "/webhooks",
        "httpMethod": "POST",
        "headers": last_of_each(headers),
        "multiValueHeaders": all_of_each(headers),
        "queryStringParameters": null,
        "multiValueQueryStringParameters": null,
        "pathParameters": null,
        "stageVariables": null,
        "requestContext": {
            "domainName": "hooks.example.com",
            "path": "/webhooks",
            "httpMethod": "POST",
            "requestId": "request-1",
            "stage": "prod",
            "identity": {"sourceIp": "203.0.113.7"},
        },
    })
}

/// The same question of an HTTP API with payload format 2.0.
#[must_use]
pub fn gate_http_2(headers: &Headers) -> Value {
    json!({
        "version": "2.0",
        "type": "REQUEST",
        "routeArn":
            "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/$default/POST/webhooks",
        "identitySource": null,
        "routeKey": "POST /webhooks",
        "rawPath": "/webhooks",
        "rawQueryString": "",
        "headers": joined(headers),
        "requestContext": context_2(),
    })
}

/// A REST API's proxy event of `POST /webhooks` with `body`.
#[must_use]
pub fn proxy_1(headers: &Headers, body: &[u8]) -> Value {
    let mut event = gate_rest(headers);
    let members = event.as_object_mut().expect("an event is an object");
    members.remove("type");
    members.remove("methodArn");
    with_body(event, body)
}

/// The same with payload format 2.0, of an HTTP API or a function URL.
#[must_use]
pub fn proxy_2(headers: &Headers, body: &[u8]) -> Value {
    let event = json!({
        "version": "2.0",
        "routeKey": "POST /webhooks",
        "rawPath": "/webhooks",
        "rawQueryString": "",
        "headers": joined(headers),
        "requestContext": context_2(),
    });
    with_body(event, body)
}

/// The same behind a load balancer.
#[must_use]
pub fn alb(headers: &Headers, body: &[u8]) -> Value {
    let headers = with(headers, "x-forwarded-for", "192.0.2.1, 203.0.113.7");
    let event = json!({
        "requestContext": {"elb": {"targetGroupArn":
            "arn:aws:elasticloadbalancing:eu-central-1:123456789012:targetgroup/hooks/1234"}},
        "httpMethod": "POST",
        "path": "/webhooks",
        "queryStringParameters": {},
        "headers": joined(&headers),
    });
    with_body(event, body)
}

/// `event` with `body`, as API Gateway does it: what is no text comes in base64.
#[must_use]
pub fn with_body(mut event: Value, body: &[u8]) -> Value {
    let text = std::str::from_utf8(body);
    event["isBase64Encoded"] = text.is_err().into();
    event["body"] = text.map_or_else(|_| STANDARD.encode(body), str::to_owned).into();
    event
}

fn context_2() -> Value {
    json!({
        "accountId": "123456789012",
        "domainName": "hooks.example.com",
        "http": {"method": "POST", "path": "/webhooks", "sourceIp": "203.0.113.7"},
        "requestId": "request-2",
        "stage": "$default",
    })
}

fn last_of_each(headers: &Headers) -> Value {
    headers.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect()
}

fn all_of_each(headers: &Headers) -> Value {
    let mut all = Map::new();
    for (name, value) in headers {
        let values = all.entry(*name).or_insert_with(|| json!([]));
        values.as_array_mut().expect("it is a list").push(json!(value));
    }
    Value::Object(all)
}

fn joined(headers: &Headers) -> Value {
    let mut all = Map::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        let joined = match all.get(&name).and_then(Value::as_str) {
            Some(before) => format!("{before},{value}"),
            None => value.clone(),
        };
        all.insert(name, joined.into());
    }
    Value::Object(all)
}
