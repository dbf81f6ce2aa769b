//! Writes `events/authorizer/*.json` and `events/dev-jwks.json`.
//!
//! A new development key is made, signs every sample and is forgotten: no private key is stored
//! anywhere, so nobody can sign one more token that a sample set-up would take. Run it after a
//! change here: `cargo run -p tests --bin sign_samples`. The expectations are not written.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use tests::events::{http_1, http_2, rest_request, rest_token, websocket};
use tests::mint::{
    ISSUER, NEW_YEAR_2026, Signer, id_claims, service_claims, user_access_claims, with,
};
use tests::root;

fn main() -> std::io::Result<()> {
    let signer = Signer::generate("portcullis-dev-2026");
    let stranger = Signer::generate("portcullis-dev-2026");
    let folder = root().join("events");
    for (name, event) in samples(&signer, &stranger) {
        write(&folder.join("authorizer").join(format!("{name}.json")), &event)?;
    }
    write(&folder.join("dev-jwks.json"), &json!({ "keys": [signer.jwk()] }))
}

fn write(path: &Path, value: &Value) -> std::io::Result<()> {
    fs::write(path, format!("{value:#}\n"))
}

fn samples(signer: &Signer, stranger: &Signer) -> Vec<(&'static str, Value)> {
    let token = |claims: &Value| signer.token(claims);
    let viewer = token(&id_claims("viewer", "acme"));
    let agent = token(&id_claims("itsm_agent", "acme"));
    let bearer = |token: &str| format!("Bearer {token}");
    let get = |token: &str, path: &str| rest_token(&bearer(token), "GET", path);
    let edited = |name: &str, value: Value| with(id_claims("viewer", "acme"), name, value);
    let unsigned = {
        let part = |value: Value| {
            use base64::Engine;
            base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(value.to_string())
        };
        let header = json!({ "alg": "none", "kid": signer.kid });
        format!("{}.{}.AAAA", part(header), part(id_claims("super_admin", "acme")))
    };
    let incidents = "/api/incidents";
    vec![
        ("allow-rest-token", get(&viewer, incidents)),
        ("allow-rest-token-raw", rest_token(&viewer, "GET", incidents)),
        (
            "allow-rest-request",
            rest_request(&[("Authorization", &bearer(&agent))], "POST", incidents),
        ),
        ("allow-http-1", http_1(&[("authorization", &bearer(&viewer))], "GET", incidents)),
        ("allow-http-2", http_2(&[("authorization", &bearer(&viewer))], "GET", incidents)),
        (
            "allow-http-2-simple",
            with(
                http_2(&[("authorization", &bearer(&viewer))], "GET", incidents),
                "identitySource",
                json!([bearer(&viewer), "GET", incidents]),
            ),
        ),
        (
            "misconfigured-http-2-simple-cached",
            http_2(&[("authorization", &bearer(&viewer))], "GET", incidents),
        ),
        ("allow-websocket", websocket(&[("Authorization", &bearer(&viewer))], &[])),
        ("allow-websocket-query", websocket(&[], &[("token", &viewer)])),
        ("allow-service-token", get(&token(&service_claims("stackflow/api.read")), incidents)),
        ("allow-tenant-path", get(&viewer, "/api/tenants/acme/reports")),
        (
            "allow-tenant-header",
            rest_request(
                &[("Authorization", &bearer(&viewer)), ("X-Tenant-Id", "acme")],
                "GET",
                "/api/cloud/costs",
            ),
        ),
        ("allow-public", rest_request(&[], "GET", "/health")),
        ("token-missing", rest_request(&[], "GET", incidents)),
        ("token-missing-deny", rest_request(&[], "GET", incidents)),
        ("token-missing-http-2", http_2(&[], "GET", incidents)),
        ("token-expired", get(&token(&edited("exp", json!(NEW_YEAR_2026 + 3600))), incidents)),
        ("token-expired-deny", get(&token(&edited("exp", json!(NEW_YEAR_2026 + 3600))), incidents)),
        (
            "token-expired-http-2-simple",
            http_2(
                &[("authorization", &bearer(&token(&edited("exp", json!(NEW_YEAR_2026 + 3600)))))],
                "GET",
                incidents,
            ),
        ),
        ("token-invalid-algorithm", get(&unsigned, incidents)),
        ("token-invalid-audience", get(&token(&edited("aud", json!("another"))), incidents)),
        (
            "token-invalid-issuer",
            get(&token(&edited("iss", json!(format!("{ISSUER}x")))), incidents),
        ),
        (
            "token-invalid-signature",
            get(&stranger.token(&id_claims("super_admin", "acme")), incidents),
        ),
        (
            "token-invalid-two-headers",
            rest_request(
                &[("Authorization", &bearer(&viewer)), ("authorization", &bearer(&agent))],
                "GET",
                incidents,
            ),
        ),
        ("wrong-token-type", get(&token(&user_access_claims()), incidents)),
        ("insufficient-role", rest_token(&bearer(&viewer), "POST", incidents)),
        (
            "insufficient-scope",
            rest_token(&bearer(&token(&service_claims("stackflow/api.read"))), "POST", incidents),
        ),
        ("insufficient-role-unknown-role", get(&token(&id_claims("wizard", "acme")), incidents)),
        ("insufficient-role-unknown-route", get(&viewer, "/api/secrets")),
        ("insufficient-role-dot-segment", get(&viewer, "/api/knowledge/../admin/itsm")),
        ("insufficient-role-encoded", get(&viewer, "/api/incidents/%7A")),
        ("answer-disagrees", get(&viewer, "/api/incidents/\u{7}")),
        ("tenant-mismatch-path", get(&viewer, "/api/tenants/globex/reports")),
        (
            "tenant-mismatch-header",
            rest_request(
                &[("Authorization", &bearer(&viewer)), ("X-Tenant-Id", "globex")],
                "GET",
                "/api/cloud/costs",
            ),
        ),
        ("outage", get(&viewer, incidents)),
        (
            "malformed-event",
            json!({ "type": "TOKEN", "authorizationToken": bearer(&viewer), "methodArn": "*" }),
        ),
        (
            "ping",
            json!({
                "version": "0", "detail-type": "Scheduled Event", "source": "aws.events",
                "resources": [], "detail": {},
            }),
        ),
    ]
    .into_iter()
    .chain(samples_of_places(signer))
    .chain(samples_of_claims(signer))
    .collect()
}

/// A token in another place than `Authorization`.
fn samples_of_places(signer: &Signer) -> Vec<(&'static str, Value)> {
    let viewer = signer.token(&id_claims("viewer", "acme"));
    let agent = signer.token(&id_claims("itsm_agent", "acme"));
    let incidents = "/api/incidents";
    let own_header = |sources: Value| {
        with(http_2(&[("access-key", &viewer)], "GET", incidents), "identitySource", sources)
    };
    let subprotocols = |offered: &str| websocket(&[("Sec-WebSocket-Protocol", offered)], &[]);
    let arn = "arn:aws:execute-api:us-east-1:random-account-id:random-api-id/dev/GET/api/incidents";
    vec![
        ("allow-header", own_header(json!([viewer]))),
        (
            "allow-header-beside-basic",
            rest_request(
                &[("Authorization", "Basic c2hvcDpzaG9w"), ("access-key", &viewer)],
                "GET",
                incidents,
            ),
        ),
        ("misconfigured-header-not-cached-by", own_header(json!(["203.0.113.7"]))),
        ("allow-websocket-protocol", subprotocols(&format!("bearer, {viewer}"))),
        ("token-invalid-two-subprotocols", subprotocols(&format!("{viewer}, {agent}"))),
        (
            "token-invalid-two-places",
            rest_request(&[("Authorization", &viewer), ("access-key", &viewer)], "GET", incidents),
        ),
        ("allow-emulator", with(rest_token(&viewer, "GET", incidents), "methodArn", json!(arn))),
    ]
}

/// A token whose claims are read in another way.
fn samples_of_claims(signer: &Signer) -> Vec<(&'static str, Value)> {
    let incidents = "/api/incidents";
    let get = |claims: Value| rest_token(&signer.token(&claims), "GET", incidents);
    let post = |claims: Value| rest_token(&signer.token(&claims), "POST", incidents);
    let groups = |groups: Value| {
        with(with(id_claims("", "acme"), "custom:role", json!("remove")), "cognito:groups", groups)
    };
    let user = |scope: &str| {
        let claims = with(user_access_claims(), "custom:role", json!("itsm_agent"));
        with(with(claims, "custom:tenant_id", json!("acme")), "scope", json!(scope))
    };
    let service = |name: &str, value: Value| {
        let claims = with(service_claims("stackflow/api.read"), "client_id", json!("manyTenants"));
        with(with(claims, "sub", json!("manyTenants")), name, value)
    };
    let api = json!("https://api.acme.example");
    vec![
        ("allow-user-token", post(user("openid"))),
        ("allow-user-token-scope", get(user("openid app/read"))),
        ("insufficient-scope-user-token", post(user("openid app/read"))),
        ("insufficient-scope-user-token-none", get(user("openid"))),
        ("allow-group", get(groups(json!(["staff", "viewer", "eu-central"])))),
        ("insufficient-role-two-groups", get(groups(json!(["viewer", "itsm_agent"])))),
        ("insufficient-role-no-group", get(groups(json!(["staff"])))),
        (
            "allow-context-list",
            get(with(id_claims("viewer", "acme"), "cognito:groups", json!(["staff", "eu"]))),
        ),
        ("tenant-mismatch-pool", get(id_claims("viewer", "acme"))),
        (
            "allow-service-token-audience",
            get(with(service_claims("stackflow/api.read"), "aud", api.clone())),
        ),
        (
            "token-invalid-audience-service-token",
            get(with(service_claims("stackflow/api.read"), "aud", api)),
        ),
        ("allow-service-token-claim", get(service("tenant", json!("globex")))),
        ("tenant-mismatch-service-token-claim", get(service("tenant", json!("remove")))),
    ]
}
