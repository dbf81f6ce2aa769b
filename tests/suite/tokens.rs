//! Every rule for tokens, each with what it refuses and what it still takes.

mod claims;
mod pools;
mod services;
mod sources;
mod user_tokens;

use std::sync::LazyLock;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use tests::events::{rest_request, rest_token};
use tests::mint::{
    APP_CLIENT, ISSUER, NEW_YEAR_2026, NEW_YEAR_2100, SERVICE_CLIENT, Signer, id_claims,
    service_claims, user_access_claims, with,
};
use tests::test_authorizer::{Answer, TestAuthorizer};

static SIGNER: LazyLock<Signer> = LazyLock::new(|| Signer::generate("a"));
static AUTHORIZER: LazyLock<TestAuthorizer> = LazyLock::new(|| TestAuthorizer::new(&SIGNER, &[]));

const PATH: &str = "/api/incidents";
/// What the authorizer's clock shows, in seconds.
const NOW: u64 = NEW_YEAR_2026 + 60;

fn answer(token: &str) -> Answer {
    AUTHORIZER.answer(&rest_token(&format!("Bearer {token}"), "GET", PATH))
}

/// `OK`, or the code and the sentence of the log.
fn outcome(answer: &Answer) -> String {
    match answer.reason() {
        "" => answer.code().to_owned(),
        reason => format!("{}: {reason}", answer.code()),
    }
}

#[track_caller]
fn check(token: &str, expected: &str) {
    assert_eq!(outcome(&answer(token)), expected, "{token:.120}");
}

#[track_caller]
fn check_header(header: &str, outcome: &str) {
    let claims = id_claims("viewer", "acme").to_string();
    check(&SIGNER.token_of(header.as_bytes(), claims.as_bytes()), outcome);
}

#[track_caller]
fn check_claims(claims: &Value, outcome: &str) {
    check(&SIGNER.token(claims), outcome);
}

/// The usual ID token with one claim replaced, or removed where `value` is JSON's `"remove"`.
#[track_caller]
fn check_claim(name: &str, value: Value, outcome: &str) {
    check_claims(&with(id_claims("viewer", "acme"), name, value), outcome);
}

/// The usual payload as text, with `member` in front of its other members.
fn payload_with(member: &str) -> String {
    id_claims("viewer", "acme").to_string().replacen('{', &format!("{{{member},"), 1)
}

#[track_caller]
fn check_payload(payload: &str, outcome: &str) {
    check(&SIGNER.token_of(br#"{"alg":"RS256","kid":"a"}"#, payload.as_bytes()), outcome);
}

fn good() -> String {
    SIGNER.token(&id_claims("viewer", "acme"))
}

#[test]
fn schemes() {
    let token = good();
    for header in [
        format!("Bearer {token}"),
        format!("bearer {token}"),
        format!("BEARER   {token}"),
        format!(" Bearer {token} "),
        token.clone(),
    ] {
        assert_eq!(
            AUTHORIZER.answer(&rest_token(&header, "GET", PATH)).code(),
            "OK",
            "{header:.12}"
        );
    }
    for header in [
        format!("Bearer{token}"),
        format!("Bearer\t{token}"),
        format!("Basic {token}"),
        format!("Bearer {token} {token}"),
        format!("Bearer {token}, Bearer {token}"),
        format!("Bearer {token},{token}"),
        format!("Beäre {token}"),
        format!("Beareé{token}"),
        format!("Bearer Bearer {token}"),
        format!("\u{a0}Bearer {token}"),
    ] {
        assert_eq!(
            AUTHORIZER.answer(&rest_token(&header, "GET", PATH)).code(),
            "TOKEN_INVALID",
            "{header:.12}"
        );
    }
    for header in ["", " ", "Bearer", "Bearer ", "bearer    "] {
        assert_eq!(
            AUTHORIZER.answer(&rest_token(header, "GET", PATH)).code(),
            "TOKEN_MISSING",
            "{header}"
        );
    }
}

#[test]
fn structure() {
    const THREE: &str = "TOKEN_INVALID: the token is not three parts";
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    check(&token, "OK");
    check("x", THREE);
    check("x.y", THREE);
    check(&format!("{token}."), THREE);
    check(&format!(".{token}"), THREE);
    check(&format!("{header}.{payload}"), THREE);
    check(&format!("{header}.{payload}.{signature}.{signature}"), THREE);
    check(&".".repeat(8000), THREE);
    check(&".".repeat(10_241), "TOKEN_INVALID: the token is longer than 10 KiB");
    check(&"x".repeat(10_240), THREE);
    check(&"x".repeat(10_241), "TOKEN_INVALID: the token is longer than 10 KiB");
    let long = payload_with(&format!("\"pad\":\"{}\"", "x".repeat(100_000)));
    check_payload(&long, "TOKEN_INVALID: the token is longer than 10 KiB");
    check_payload(&payload_with(&format!("\"pad\":\"{}\"", "x".repeat(6_800))), "OK");
}

#[test]
fn encoding() {
    const HEADER: &str = "TOKEN_INVALID: the header is not base64url";
    const PAYLOAD: &str = "TOKEN_INVALID: the payload is not base64url";
    const SIGNATURE: &str = "TOKEN_INVALID: the signature is not base64url";
    let token = good();
    let parts: Vec<&str> = token.split('.').collect();
    let [header, payload, signature] = parts[..] else { panic!("three parts") };
    check(&format!(".{payload}.{signature}"), HEADER);
    check(&format!("{header}..{signature}"), PAYLOAD);
    check(&format!("{header}.{payload}."), SIGNATURE);
    check(&format!("{header}=.{payload}.{signature}"), HEADER);
    check(&format!("{header}.{payload}=.{signature}"), PAYLOAD);
    check(&format!("{header}.{payload}.{signature}=="), SIGNATURE);
    check(&format!("{header}\n.{payload}.{signature}"), HEADER);
    check(&format!("{header}.{payload} .{signature}"), PAYLOAD);
    check(&format!("{header}.{payload}.{signature}+"), SIGNATURE);
    check(&format!("{header}.{payload}.{signature}\u{e9}"), SIGNATURE);
    // 342 characters carry 256 bytes and four bits that must be zero.
    let (start, last) = signature.split_at(signature.len() - 1);
    check(&format!("{header}.{payload}.{start}{}", next(last)), SIGNATURE);
    let claims = id_claims("viewer", "acme").to_string() + "~~~???";
    for alphabet in [&STANDARD, &URL_SAFE] {
        let padded = alphabet.encode(&claims);
        check(&format!("{header}.{padded}.{signature}"), PAYLOAD);
    }
}

/// The base64url character after `character`: it differs in the last bit.
fn next(character: &str) -> char {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    ALPHABET.chars().skip_while(|c| !character.contains(*c)).nth(1).unwrap()
}

#[test]
fn json() {
    const HEADER: &str = "TOKEN_INVALID: the header is not one JSON object";
    const PAYLOAD: &str = "TOKEN_INVALID: the payload is not one JSON object";
    check_header(r#"{"alg":"RS256","kid":"a"}"#, "OK");
    check_header(" {\"alg\" : \"RS256\",\n\"kid\":\"a\"} ", "OK");
    check_header("null", HEADER);
    check_header(r#"[{"alg":"RS256","kid":"a"}]"#, HEADER);
    check_header(r#"{"alg":"RS256","kid":"a"}{}"#, HEADER);
    check_header(r#"{"alg":"RS256","kid":"a"} x"#, HEADER);
    check_header("{\"alg\":\"RS256\",\"kid\":\"a\"}\0", HEADER);
    check_header("\u{feff}{\"alg\":\"RS256\",\"kid\":\"a\"}", HEADER);
    check(&SIGNER.token_of(b"{\"alg\":\"RS256\",\"kid\":\"\xff\"}", b"{}"), HEADER);
    check_payload("[]", PAYLOAD);
    check_payload("\"x\"", PAYLOAD);
    check_payload("", "TOKEN_INVALID: the payload is not base64url");
    check(&SIGNER.token_of(br#"{"alg":"RS256","kid":"a"}"#, b"{\"sub\":\"\xc3\"}"), PAYLOAD);
    check_payload(&payload_with("\"x\":1e999"), PAYLOAD);
    let nested = |depth: usize| format!("\"x\":{}{}", "[".repeat(depth), "]".repeat(depth));
    check_payload(&payload_with(&nested(100)), "OK");
    check_payload(&payload_with(&nested(2_500)), PAYLOAD);
    check_payload(&payload_with(&nested(50_000)), "TOKEN_INVALID: the token is longer than 10 KiB");
}

#[test]
fn duplicate_names() {
    const HEADER: &str = "TOKEN_INVALID: the header is not one JSON object";
    const PAYLOAD: &str = "TOKEN_INVALID: the payload is not one JSON object";
    check_header(r#"{"alg":"RS256","kid":"a","alg":"RS256"}"#, HEADER);
    check_header(r#"{"alg":"none","kid":"a","\u0061lg":"RS256"}"#, HEADER);
    check_header(r#"{"alg":"RS256","kid":"a","x":{"y":1,"y":1}}"#, HEADER);
    check_header(r#"{"alg":"RS256","kid":"a","x":{"y":1},"y":{"y":1}}"#, "OK");
    check_payload(&payload_with(r#""custom:role":"super_admin""#), PAYLOAD);
    check_payload(&payload_with(r#""custom:r\u006fle":"super_admin""#), PAYLOAD);
    check_payload(&payload_with(r#""x":[{"y":1,"y":2}]"#), PAYLOAD);
    check_payload(&payload_with(r#""x":[{"y":1},{"y":2}]"#), "OK");
}

#[test]
fn header_members() {
    const ALG: &str = "TOKEN_INVALID: header member `alg` is not `RS256`";
    for alg in [
        r#""none""#,
        r#""None""#,
        r#""HS256""#,
        r#""RS384""#,
        r#""RS512""#,
        r#""PS256""#,
        r#""ES256""#,
        r#""EdDSA""#,
        r#""rs256""#,
        r#""RS256 ""#,
        r#""""#,
        "null",
        "true",
        "256",
        r#"["RS256"]"#,
    ] {
        check_header(&format!(r#"{{"alg":{alg},"kid":"a"}}"#), ALG);
    }
    check_header(r#"{"kid":"a"}"#, ALG);
    check_header(r#"{"ALG":"RS256","kid":"a"}"#, ALG);
    for name in ["crit", "b64", "zip", "jwk", "jku", "x5u", "x5c", "enc", "cty"] {
        for value in [r#""x""#, "null", "false", "[]", "{}"] {
            check_header(
                &format!(r#"{{"alg":"RS256","kid":"a","{name}":{value}}}"#),
                &format!("TOKEN_INVALID: header member `{name}` is not taken"),
            );
        }
    }
    for name in ["x5t", "x5t#S256", "url", "nonce"] {
        check_header(&format!(r#"{{"alg":"RS256","kid":"a","{name}":"abc"}}"#), "OK");
        for value in ["null", "1", "[]"] {
            check_header(
                &format!(r#"{{"alg":"RS256","kid":"a","{name}":{value}}}"#),
                &format!("TOKEN_INVALID: header member `{name}` is not a string"),
            );
        }
    }
    const TYP: &str = "TOKEN_INVALID: header member `typ` is neither `JWT` nor `at+jwt`";
    check_header(r#"{"alg":"RS256","kid":"a","typ":"JWT"}"#, "OK");
    for typ in [r#""jwt""#, r#""JWS""#, r#""""#, "null", "1", r#""application/jwt""#] {
        check_header(&format!(r#"{{"alg":"RS256","kid":"a","typ":{typ}}}"#), TYP);
    }
    check_header(
        r#"{"alg":"RS256","kid":"a","typ":"at+jwt"}"#,
        "TOKEN_INVALID: an ID token with the `typ` of an access token",
    );
}

#[test]
fn key_ids() {
    const KID: &str = "TOKEN_INVALID: header member `kid` is not a string of 1 to 256 bytes";
    const UNKNOWN: &str = "TOKEN_INVALID: the issuer has no key with the token's `kid`";
    check_header(r#"{"alg":"RS256"}"#, KID);
    for kid in [r#""""#, "null", "1", r#"["a"]"#, r#"{"a":1}"#] {
        check_header(&format!(r#"{{"alg":"RS256","kid":{kid}}}"#), KID);
    }
    check_header(&format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "a".repeat(257)), KID);
    check_header(&format!(r#"{{"alg":"RS256","kid":"{}"}}"#, "a".repeat(256)), UNKNOWN);
    check_header(r#"{"alg":"RS256","kid":"\u0061"}"#, "OK");
    for kid in ["b", "A", " a", "a\\u0000", "../../etc/passwd", "a' OR '1'='1", "https://evil"] {
        check_header(&format!(r#"{{"alg":"RS256","kid":"{kid}"}}"#), UNKNOWN);
    }
}

#[test]
fn signatures() {
    const WRONG: &str = "TOKEN_INVALID: the signature does not verify";
    let token = good();
    let (input, signature) = token.rsplit_once('.').unwrap();
    let bytes = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let signed = |bytes: &[u8]| format!("{input}.{}", URL_SAFE_NO_PAD.encode(bytes));
    check(&signed(&bytes), "OK");
    for at in [0, 1, 127, 254, 255] {
        for bit in [0x01, 0x80] {
            let mut flipped = bytes.clone();
            flipped[at] ^= bit;
            check(&signed(&flipped), WRONG);
        }
    }
    check(&signed(&bytes[..255]), WRONG);
    check(&signed(&bytes[1..]), WRONG);
    check(&signed(&bytes[..1]), WRONG);
    check(&signed(&[bytes.as_slice(), &[0]].concat()), WRONG);
    check(&signed(&[&[0], bytes.as_slice()].concat()), WRONG);
    check(&signed(&[0; 256]), WRONG);
    check(&signed(&[0xff; 256]), WRONG);
    check(&signed(&[0; 32]), WRONG);
    // Another key, which calls itself the same.
    check(&Signer::generate("a").token(&id_claims("super_admin", "acme")), WRONG);
    // Another token's signature under these claims.
    let other = SIGNER.token(&id_claims("super_admin", "acme"));
    let (other, _) = other.rsplit_once('.').unwrap();
    check(&format!("{other}.{signature}"), WRONG);
}

#[test]
fn times() {
    const EXPIRED: &str = "TOKEN_EXPIRED: claim `exp` has passed";
    let wrong = |name| {
        format!("TOKEN_INVALID: claim `{name}` is not a number of seconds between 0 and 2^53")
    };
    check_claim("exp", json!("remove"), "TOKEN_INVALID: claim `exp` is missing");
    for name in ["exp", "nbf", "iat"] {
        for value in [json!("1767225660"), json!(null), json!(true), json!([]), json!({})] {
            check_claim(name, value, &wrong(name));
        }
        check_claim(name, json!(-1), &wrong(name));
        check_claim(name, json!(-0.5), &wrong(name));
        check_claim(name, json!(9_007_199_254_740_994_u64), &wrong(name));
        check_claim(name, json!(u64::MAX), &wrong(name));
        check_claim(name, json!(1e300), &wrong(name));
    }
    // The leeway is 30 seconds on either side, and the edge itself is out.
    check_claim("exp", json!(NOW + 1), "OK");
    check_claim("exp", json!(NOW), "OK");
    check_claim("exp", json!(NOW - 29), "OK");
    check_claim("exp", json!(NOW - 30), EXPIRED);
    check_claim("exp", json!(0), EXPIRED);
    check_claim("exp", json!(NEW_YEAR_2100), "OK");
    check_claim("exp", json!(9_007_199_254_740_992_u64), "OK");
    check_claim("exp", json!(4_102_444_800.5), "OK");
    for (name, sentence) in [("nbf", "claim `nbf`"), ("iat", "claim `iat`")] {
        let early = format!("TOKEN_INVALID: {sentence} is still to come");
        check_claim(name, json!("remove"), "OK");
        check_claim(name, json!(0), "OK");
        check_claim(name, json!(NOW + 30), "OK");
        check_claim(name, json!(NOW + 31), &early);
    }
    let strict = TestAuthorizer::new(&SIGNER, &[("LEEWAY_SECONDS", "0")]);
    for (exp, code) in [(NOW, "TOKEN_EXPIRED"), (NOW + 1, "OK")] {
        let token = SIGNER.token(&with(id_claims("viewer", "acme"), "exp", json!(exp)));
        assert_eq!(strict.answer(&rest_token(&token, "GET", PATH)).code(), code);
    }
}

#[test]
fn issuers() {
    const ISS: &str = "TOKEN_INVALID: claim `iss` is not an issuer of this function";
    check_claim("iss", json!(ISSUER), "OK");
    check_claim(
        "iss",
        json!("https://issuer-cognito-idp.eu-central-1.amazonaws.com/eu-central-1_Portcull1"),
        "OK",
    );
    check_claim("iss", json!("remove"), "TOKEN_INVALID: claim `iss` is missing");
    check_claim("iss", json!([ISSUER]), "TOKEN_INVALID: claim `iss` is not a string");
    check_claim("iss", json!(null), "TOKEN_INVALID: claim `iss` is not a string");
    for iss in [
        String::new(),
        format!("{ISSUER}/"),
        format!("{ISSUER} "),
        ISSUER.replace("https", "http"),
        ISSUER.to_uppercase(),
        ISSUER.replace("amazonaws.com", "amazonaws.com.evil.example"),
        ISSUER.replace("Portcull1", "Portcull2"),
    ] {
        check_claim("iss", json!(iss), ISS);
    }
}

#[test]
fn several_pools() {
    let second = "us-east-1_Another22";
    let pools = format!("{},{second}", tests::mint::POOL);
    let signers = [Signer::generate("a"), Signer::generate("a")];
    let authorizer =
        TestAuthorizer::of_pools(&signers, &[("USER_POOL_IDS", &pools), ("LEEWAY_SECONDS", "30")]);
    let issuer = format!("https://cognito-idp.us-east-1.amazonaws.com/{second}");
    let claims = |issuer: &str| with(id_claims("viewer", "acme"), "iss", json!(issuer));
    for (signer, issuer, code) in [
        (&signers[0], ISSUER, "OK"),
        (&signers[1], issuer.as_str(), "OK"),
        (&signers[0], issuer.as_str(), "TOKEN_INVALID"),
        (&signers[1], ISSUER, "TOKEN_INVALID"),
    ] {
        let token = signer.token(&claims(issuer));
        assert_eq!(authorizer.answer(&rest_token(&token, "GET", PATH)).code(), code, "{issuer}");
    }
}

#[test]
fn id_tokens() {
    const AUD: &str = "TOKEN_INVALID: claim `aud` is not an app client of this function";
    check_claim("aud", json!(APP_CLIENT), "OK");
    check_claim("aud", json!("another"), AUD);
    check_claim("aud", json!(""), AUD);
    check_claim("aud", json!("remove"), "TOKEN_INVALID: claim `aud` is missing");
    for value in [json!([]), json!([APP_CLIENT]), json!(null), json!(1), json!({})] {
        check_claim("aud", value, "TOKEN_INVALID: claim `aud` is not a string");
    }
    const USE: &str = "TOKEN_INVALID: claim `token_use` is neither `id` nor `access`";
    check_claim("token_use", json!("ID"), USE);
    check_claim("token_use", json!("refresh"), USE);
    check_claim("token_use", json!("remove"), "TOKEN_INVALID: claim `token_use` is missing");
    check_claim("token_use", json!(["id"]), "TOKEN_INVALID: claim `token_use` is not a string");
    const SUB: &str = "TOKEN_INVALID: claim `sub` is not 1 to 128 plain characters";
    check_claim("sub", json!("remove"), "TOKEN_INVALID: claim `sub` is missing");
    check_claim("sub", json!(7), "TOKEN_INVALID: claim `sub` is not a string");
    for sub in ["", "a b", "a\"b", "a\nb", "ä", "$context", "{}", &"a".repeat(129)] {
        check_claim("sub", json!(sub), SUB);
    }
    const TENANT: &str = "TOKEN_INVALID: claim `custom:tenant_id` is not a tenant id";
    check_claim("custom:tenant_id", json!("Acme-1.eu_2"), "OK");
    check_claim(
        "custom:tenant_id",
        json!("remove"),
        "TENANT_MISMATCH: claim `custom:tenant_id` is missing",
    );
    check_claim(
        "custom:tenant_id",
        json!(["acme"]),
        "TOKEN_INVALID: claim `custom:tenant_id` is not a string",
    );
    for tenant in ["", "*", "a*", "a?", "a/b", "..", ".", "a b", "a${b}", "ä", &"a".repeat(65)] {
        check_claim("custom:tenant_id", json!(tenant), TENANT);
    }
    const ROLE: &str = "INSUFFICIENT_ROLE: the role is not in the access table";
    for role in ["", "Viewer", "viewer ", "admin", "*", "viewer,super_admin", "service_account"] {
        check_claim("custom:role", json!(role), ROLE);
    }
    check_claim(
        "custom:role",
        json!("remove"),
        "INSUFFICIENT_ROLE: claim `custom:role` is missing",
    );
    const NEITHER: &str =
        "TOKEN_INVALID: claim `custom:role` is neither a string nor a list of strings";
    for role in [json!(null), json!(true), json!(1), json!({ "viewer": 1 })] {
        check_claim("custom:role", role, NEITHER);
    }
}

#[test]
fn service_tokens() {
    let claims = service_claims("stackflow/api.read");
    let check_claim = |name: &str, value: Value, outcome: &str| {
        check_claims(&with(claims.clone(), name, value), outcome);
    };
    check_claims(&claims, "OK");
    let header = json!({ "alg": "RS256", "kid": "a", "typ": "at+jwt" }).to_string();
    check(&SIGNER.token_of(header.as_bytes(), claims.to_string().as_bytes()), "OK");
    check_claim("username", json!("ada"), "WRONG_TOKEN_TYPE: an access token of a user");
    check_claim("username", json!(null), "WRONG_TOKEN_TYPE: an access token of a user");
    check_claim(
        "sub",
        json!("another"),
        "WRONG_TOKEN_TYPE: an access token whose `sub` is not its `client_id`",
    );
    check_claim("client_id", json!("remove"), "TOKEN_INVALID: claim `client_id` is missing");
    check_claim("client_id", json!(1), "TOKEN_INVALID: claim `client_id` is not a string");
    let mut unknown = with(claims.clone(), "client_id", json!("unknown"));
    unknown = with(unknown, "sub", json!("unknown"));
    check_claims(
        &unknown,
        "WRONG_TOKEN_TYPE: an access token of a client that is no service client",
    );
    check_claims(&user_access_claims(), "WRONG_TOKEN_TYPE: an access token of a user");
    const LACKS: &str = "INSUFFICIENT_ROLE: the role or the scopes lack the permission";
    check_claim("scope", json!("remove"), LACKS);
    check_claim("scope", json!(""), LACKS);
    check_claim("scope", json!("stackflow/api.write"), LACKS);
    check_claim("scope", json!("read-only"), LACKS);
    check_claim("scope", json!("STACKFLOW/API.READ"), LACKS);
    check_claim("scope", json!("other/thing stackflow/api.read"), "OK");
    check_claim(
        "scope",
        json!(["stackflow/api.read"]),
        "TOKEN_INVALID: claim `scope` is not a string",
    );
    check_claim(
        "scope",
        json!(["x"; 65].join(" ")),
        "TOKEN_INVALID: claim `scope` holds more than 64 scopes",
    );
    assert_eq!(answer(&SIGNER.token(&claims)).log["subject"], SERVICE_CLIENT);
}

#[test]
fn only_configured_kinds_are_taken() {
    let people = TestAuthorizer::new(&SIGNER, &[("CREDENTIALS", "id-token")]);
    let services =
        TestAuthorizer::new(&SIGNER, &[("CREDENTIALS", "service-token"), ("APP_CLIENT_IDS", "")]);
    let person = SIGNER.token(&id_claims("viewer", "acme"));
    let service = SIGNER.token(&service_claims("stackflow/api.read"));
    for (authorizer, token, code) in [
        (&people, &person, "OK"),
        (&people, &service, "WRONG_TOKEN_TYPE"),
        (&services, &service, "OK"),
        (&services, &person, "WRONG_TOKEN_TYPE"),
    ] {
        assert_eq!(authorizer.answer(&rest_token(token, "GET", PATH)).code(), code);
    }
}

#[test]
fn a_failed_token_does_not_fall_through() {
    let two = rest_request(&[("Authorization", &good()), ("x-api-key", "sfk_prod_x")], "GET", PATH);
    let answer = AUTHORIZER.answer(&two);
    assert_eq!(answer.code(), "TOKEN_INVALID");
    assert_eq!(answer.reason(), "a token and an API key at once");
    let usage_plan =
        rest_request(&[("Authorization", &good()), ("x-api-key", "Zm9vYmFy")], "GET", PATH);
    assert_eq!(AUTHORIZER.answer(&usage_plan).code(), "OK");
    let public = rest_request(&[("Authorization", "Bearer x.y.z")], "GET", "/health");
    assert_eq!(AUTHORIZER.answer(&public).code(), "TOKEN_INVALID");
}
