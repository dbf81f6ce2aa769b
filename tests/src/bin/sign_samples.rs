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
        ("allow-http-2-simple", http_2(&[("authorization", &bearer(&viewer))], "GET", incidents)),
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
    ]
}
