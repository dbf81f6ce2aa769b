//! Tokens: verified where keys are at hand, and never given as an argument.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::{Value, json};
use tests::mint::{
    APP_CLIENT, NEW_YEAR_2026, POOL, Signer, id_claims, service_claims, user_access_claims, with,
};

use super::{Done, File, run, run_in};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("key-1"));
static JWKS: LazyLock<String> = LazyLock::new(|| SIGNER.jwks());

fn settings() -> BTreeMap<String, String> {
    [
        ("CREDENTIALS", "id-token,service-token"),
        ("USER_POOL_IDS", POOL),
        ("APP_CLIENT_IDS", APP_CLIENT),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Explains `GET /api/incidents` with `token` on standard input. Nothing of the token may be shown.
#[track_caller]
fn explained(env: &BTreeMap<String, String>, jwks: Option<&str>, token: &str) -> Done {
    let file = jwks.map(File::new);
    let mut arguments = vec!["GET /api/incidents", "--token", "-", "--json"];
    if let Some(file) = &file {
        arguments.extend(["--jwks", file.path()]);
    }
    let done = run_in(env, &arguments, token);
    for part in token.split(['.', ' ']).filter(|part| part.len() > 16) {
        assert!(!done.out.contains(part) && !done.err.contains(part));
    }
    done
}

#[track_caller]
fn check(env: &BTreeMap<String, String>, jwks: Option<&str>, token: &str, expected: &str) {
    let done = explained(env, jwks, token);
    let json = done.json();
    let word = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let verified = json["caller"]["verified"]
        .as_bool()
        .map_or("", |is| if is { ", verified" } else { ", not verified" });
    let [code, step, reason] = ["code", "step", "reason"].map(|name| word(&json[name]));
    assert_eq!(format!("{code} {step}: {reason}{verified}"), expected);
    assert_eq!(done.code, if code == "OK" { 0 } else { 3 });
}

const HOLDS: &str = "OK decision: the caller holds what the route requires";

#[test]
fn verified_by_the_rules_of_the_settings() {
    let id = || id_claims("viewer", "acme");
    let check = |claims: Value, expected: &str| {
        check(&settings(), Some(&JWKS), &SIGNER.token(&claims), expected);
    };
    check(id(), &format!("{HOLDS}, verified"));
    check(service_claims("stackflow/api.read"), &format!("{HOLDS}, verified"));
    check(
        service_claims("stackflow/api.write"),
        "INSUFFICIENT_ROLE decision: the role or the scopes lack the permission, verified",
    );
    check(
        with(id(), "exp", json!(NEW_YEAR_2026 + 1)),
        "TOKEN_EXPIRED identity: claim `exp` has passed",
    );
    check(
        with(id(), "nbf", json!(4_000_000_000_u64)),
        "TOKEN_INVALID identity: claim `nbf` is still to come",
    );
    check(
        with(
            id(),
            "iss",
            json!("https://cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Other"),
        ),
        "TOKEN_INVALID identity: claim `iss` is not an issuer of this function",
    );
    check(
        with(id(), "aud", json!("another")),
        "TOKEN_INVALID identity: claim `aud` is not an app client of this function",
    );
    check(user_access_claims(), "WRONG_TOKEN_TYPE identity: an access token of a user");
    check(
        with(id(), "custom:role", json!("remove")),
        "INSUFFICIENT_ROLE identity: claim `custom:role` is missing",
    );
    check(
        with(id(), "custom:role", json!("nobody")),
        "INSUFFICIENT_ROLE decision: the role is not in the access table, verified",
    );
}

#[test]
fn forged_and_malformed() {
    let check = |token: &str, expected: &str| check(&settings(), Some(&JWKS), token, expected);
    let other = Signer::generate("key-1").token(&id_claims("viewer", "acme"));
    check(&other, "TOKEN_INVALID identity: the signature does not verify");
    let unknown = Signer::generate("key-2").token(&id_claims("viewer", "acme"));
    check(&unknown, "TOKEN_INVALID identity: the issuer has no key with the token's `kid`");
    let claims = id_claims("viewer", "acme").to_string();
    let none = SIGNER.token_of(br#"{"alg":"none","kid":"key-1"}"#, claims.as_bytes());
    check(&none, "TOKEN_INVALID identity: header member `alg` is not `RS256`");
    check("gibberish", "TOKEN_INVALID identity: the token is not three parts");
    check("", "TOKEN_INVALID identity: the token is not three parts");
    check("a.b.c", "TOKEN_INVALID identity: the header is not base64url");
}

#[test]
fn without_settings() {
    let none = BTreeMap::new();
    let token = SIGNER.token(&id_claims("viewer", "acme"));
    check(&none, Some(&JWKS), &token, &format!("{HOLDS}, verified"));
    check(&none, None, &format!("Bearer {token}\n"), &format!("{HOLDS}, not verified"));
    let expired = SIGNER.token(&with(id_claims("viewer", "acme"), "exp", json!(NEW_YEAR_2026 + 1)));
    check(&none, None, &expired, "TOKEN_EXPIRED identity: claim `exp` has passed");
    let text = run_in(&none, &["GET /api/incidents", "--token", "-"], &token);
    assert_eq!(
        text.out,
        "GET /api/incidents: allowed, if the token is genuine
step    4. decision: the caller holds what the route requires
rule    GET /api/incidents requires read:itsm (infra/access.toml:102)
caller  role viewer (infra/access.toml:30), tenant acme; id-token, not verified
holds   read:itsm, read:cloud, read:platform
answer  the caller's policy, the same for every route: it allows this request
note    the token's user pool and app client are taken on trust: CREDENTIALS, USER_POOL_IDS and \
APP_CLIENT_IDS are not set
note    NOT VERIFIED: the keys of the token's user pool are not at hand, so anybody may have written it; give \
them with `--jwks`, or in JWKS_FILE
"
    );
}

#[test]
fn keys_and_settings_that_are_wrong() {
    let token = SIGNER.token(&id_claims("viewer", "acme"));
    let check = |env: &BTreeMap<String, String>, jwks: Option<&str>, expected: &str| {
        let done = explained(env, jwks, &token);
        assert_eq!((done.code, done.out.as_str()), (1, ""));
        assert!(done.err.contains(expected), "{}", done.err);
    };
    check(&settings(), Some("{}"), "not an object with an array `keys`");
    let mut two = settings();
    two.insert("USER_POOL_IDS".to_owned(), format!("{POOL},eu-central-1_Other"));
    check(&two, Some(&JWKS), "one key set for several pools");
    let mut none = settings();
    none.remove("CREDENTIALS");
    check(&none, None, "`CREDENTIALS` is not set");
}

#[test]
fn no_credential_is_an_argument() {
    let token = SIGNER.token(&id_claims("viewer", "acme"));
    let header = format!("authorization:Bearer {token}");
    let sentence = "portcullis: that is a whole token: it is now in your shell's history, so sign out; give it in \
                    a file, with `--token FILE`, or on standard input, with `--token -`\n";
    run(&["GET /a", "--token", &token]).is(2, "", sentence);
    run(&["GET /a", "--header", &header]).is(2, "", sentence);
    run(&[&token]).is(2, "", sentence);
    let key = format!("sfk_prod_{}", "a".repeat(64));
    let done = run(&["GET /a", "--header", &format!("x-api-key:{key}")]);
    assert_eq!((done.code, done.out.as_str()), (2, ""));
    assert!(done.err.contains("whole key") && !done.err.contains(&"a".repeat(20)), "{}", done.err);
    run_in(&BTreeMap::new(), &["GET /a", "--token", "-"], &key).is(
        1,
        "",
        "portcullis: that is an API key, and no database is asked: say what it holds, with `--credential api-key`, \
         `--role` of its owner, and `--scope`\n",
    );
}

#[test]
fn a_token_in_a_file() {
    let token = File::new(&SIGNER.token(&id_claims("viewer", "acme")));
    let done = run(&["POST /api/incidents", "--token", token.path()]);
    assert_eq!(done.code, 3);
    assert!(done.out.starts_with("POST /api/incidents: denied, INSUFFICIENT_ROLE (403)\n"));
    run(&["GET /a", "--token", "nowhere.jwt"]).is(
        1,
        "",
        "portcullis: nowhere.jwt cannot be read: No such file or directory (os error 2)\n",
    );
}
