//! What a stranger can send: it is bounded, and there is always an answer.

use local::pool::{
    Config, MAX_BODY_BYTES, MAX_TARGET_BYTES, PASSWORD, POOL_ID, PoolError, Request,
    SERVICE_CLIENT_SECRET,
};
use proptest::prelude::{ProptestConfig, any, proptest};
use proptest::string::string_regex;
use serde_json::json;

use super::{Dev, ENDPOINT, VIEWER, body, query, text};

#[test]
fn sizes() {
    let mut dev = Dev::new();
    let mut check = |method: &str, target: &str, body: usize, status: u16| {
        let response = dev.send(method, target, &[], &vec![b'x'; body]);
        assert_eq!(response.status, status, "{method} {target:.40} {body}");
    };
    check("POST", "/oauth2/token", MAX_BODY_BYTES, 400);
    check("POST", "/oauth2/token", MAX_BODY_BYTES + 1, 413);
    check("POST", "/", MAX_BODY_BYTES + 1, 413);
    check("GET", &format!("/oauth2/authorize?{}", "x".repeat(MAX_TARGET_BYTES)), 0, 400);
    check("GET", &format!("/oauth2/authorize?{}", "x".repeat(MAX_TARGET_BYTES + 1)), 0, 414);
    check("GET", &"/".repeat(MAX_TARGET_BYTES + 1), 0, 414);
    let many = (0..65).map(|i| format!("p{i}=x")).collect::<Vec<_>>().join("&");
    check("GET", &format!("/oauth2/authorize?{many}"), 0, 400);
}

#[test]
fn paths_and_methods() {
    let mut dev = Dev::new();
    let mut check = |method: &str, path: &str, status: u16, allow: Option<&str>| {
        let response = dev.send(method, path, &[], b"");
        assert_eq!((response.status, response.header("allow")), (status, allow), "{method} {path}");
    };
    for path in [
        "/.well-known/jwks.json",
        "/.well-known/openid-configuration",
        "/oauth2/authorize",
        "/oauth2/userInfo",
        "/logout",
    ] {
        check("DELETE", path, 405, Some("GET"));
        check("get", path, 405, Some("GET"));
    }
    for path in ["/", "/login", "/oauth2/token", "/oauth2/revoke"] {
        check("GET", path, 405, Some("POST"));
    }
    check("HEAD", "/.well-known/jwks.json", 200, None);
    for path in [
        "",
        "//",
        "/oauth2",
        "/oauth2/Token",
        "/oauth2/token/",
        "/other-1_Pool/.well-known/jwks.json",
        &format!("/{POOL_ID}/oauth2/token"),
        &format!("/{POOL_ID}/"),
    ] {
        check("GET", path, 404, None);
    }
}

/// A page of another name, whose address was changed to ours, reaches nothing.
#[test]
fn hosts() {
    let mut config = super::config();
    config.endpoint = "http://pool.internal:9229".to_owned();
    let mut dev = Dev::with(config);
    let mut check = |headers: &[(&str, &str)], status: u16| {
        let path = "/.well-known/jwks.json";
        let request = Request { method: "GET", path, query: "", headers, body: b"" };
        assert_eq!(dev.pool.handle(&request, dev.now).status, status, "{headers:?}");
    };
    for host in
        ["127.0.0.1", "127.0.0.1:80", "localhost:9229", "[::1]:9229", "[::1]", "Pool.internal:9229"]
    {
        check(&[("host", host)], 200);
    }
    for host in [
        "",
        "evil.example",
        "localhost.evil.example",
        "127.0.0.1:x",
        "pool.internal",
        "pool.internal:1",
    ] {
        check(&[("host", host)], 421);
    }
    check(&[], 421);
    check(&[("host", "localhost"), ("Host", "evil.example")], 421);
}

#[test]
fn operations_that_are_none() {
    let mut dev = Dev::new();
    let mut check = |target: &str, content_type: &str, sent: &str, name: &str| {
        let headers = [("x-amz-target", target), ("content-type", content_type)];
        let response = dev.send("POST", "/", &headers, sent.as_bytes());
        assert_eq!((response.status, body(&response)), (400, json!({ "__type": name })));
    };
    let ours = "AWSCognitoIdentityProviderService.InitiateAuth";
    let json = "application/x-amz-json-1.1";
    let (unknown, unreadable) = ("UnknownOperationException", "SerializationException");
    check("", json, "{}", unknown);
    check("InitiateAuth", json, "{}", unknown);
    check("AWSCognitoIdentityProviderService.SignUp", json, "{}", unknown);
    check("AWSCognitoIdentityProviderService.", json, "{}", unknown);
    check("DynamoDB_20120810.GetItem", json, "{}", unknown);
    // What a page can send across origins without being asked first.
    check(ours, "text/plain", "{}", unreadable);
    check(ours, "", "{}", unreadable);
    for sent in ["", "{", "null", "\"x\"", "{\"ClientId\":{}}", "\u{1}", &"[".repeat(50_000)] {
        check(ours, json, sent, unreadable);
    }
}

#[test]
fn nothing_secret_is_shown() {
    let mut dev = Dev::new();
    let tokens = dev.sign_in(VIEWER);
    let page = dev.get(&format!("/oauth2/authorize?{}", query()));
    let shown = format!("{:?} {:?} {:?}", dev.pool, dev.pool.config(), page);
    assert!(shown.contains(POOL_ID) && shown.contains("[secret]"));
    let key = dev.pool.export().unwrap()["keys"][0].as_str().unwrap().to_owned();
    let refresh = tokens["RefreshToken"].as_str().unwrap();
    for secret in [PASSWORD, SERVICE_CLIENT_SECRET, &key[..40], refresh, &super::form_token(&page)]
    {
        assert!(!shown.contains(secret), "{shown}");
    }
    // What was sent does not come back in an error.
    let sent = "Secret-Password-9";
    let inputs = [
        super::password_auth(VIEWER, sent),
        json!({ "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": sent }),
        json!({ "AuthFlow": [sent] }),
    ];
    for input in inputs {
        assert!(!text(&dev.api("InitiateAuth", &input)).contains(sent));
    }
    let params = [("grant_type", "refresh_token"), ("client_id", "x"), ("refresh_token", sent)];
    assert!(!text(&dev.form("/oauth2/token", &[], &params)).contains(sent));
}

#[test]
fn addresses_and_names_that_are_refused() {
    let check = |pool_id: &str, endpoint: &str, sentence: &str| {
        let error = Config::development(pool_id, endpoint).unwrap_err();
        assert_eq!(error, PoolError::Config(sentence.to_owned()));
    };
    check("dev", ENDPOINT, "`dev` is no pool id, such as `local-1_PortcullisDev`");
    for endpoint in
        ["", "127.0.0.1:9229", "http://", "http://localhost/", "ftp://localhost", "http://a;b"]
    {
        let sentence = format!("`{endpoint}` is no address such as `http://127.0.0.1:9229`");
        check(POOL_ID, endpoint, &sentence);
    }
}

/// Without randomness there are no tokens, and no panic.
#[test]
fn a_random_source_that_fails() {
    let state = Dev::new().pool.export().unwrap();
    let fails = || -> local::pool::Fill { Box::new(|_| Err(PoolError::Random)) };
    let mut dev = Dev::new();
    dev.pool = local::pool::Pool::restore(super::config(), fails(), state).unwrap();
    let response = dev.api("InitiateAuth", &super::password_auth(VIEWER, PASSWORD));
    let expected =
        json!({ "__type": "InternalErrorException", "message": "the random source failed" });
    assert_eq!((response.status, body(&response)), (500, expected));
    assert_eq!(dev.get(&format!("/oauth2/authorize?{}", query())).status, 500);
    let made = local::pool::Pool::new(super::config(), fails(), dev.now);
    assert_eq!(made.unwrap_err(), PoolError::Random);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_sent_is_answered(
        choice in 0_usize..12,
        post in any::<bool>(),
        query in string_regex("([a-z_]{0,9}(=|&|%[0-9a-zA-Z]{0,2}|\\PC)){0,12}").unwrap(),
        value in string_regex("\\PC{0,40}").unwrap(),
        sent in proptest::collection::vec(any::<u8>(), 0..80),
    ) {
        thread_local! {
            static DEV: std::cell::RefCell<Dev> = std::cell::RefCell::new(Dev::new());
        }
        let paths = ["/", "/login", "/logout", "/oauth2/authorize", "/oauth2/token",
            "/oauth2/revoke", "/oauth2/userInfo", "/.well-known/jwks.json", "/x", "", "//", "/%00"];
        let method = if post { "POST" } else { "GET" };
        let types = ["application/x-amz-json-1.1", super::FORM];
        let headers = [
            ("content-type", types[choice % 2]),
            ("authorization", value.as_str()),
            ("cookie", value.as_str()),
            ("x-amz-target", "AWSCognitoIdentityProviderService.InitiateAuth"),
        ];
        let response = DEV.with_borrow_mut(|dev| {
            dev.send(method, &format!("{}?{query}", paths[choice]), &headers, &sent)
        });
        assert!([200, 302, 400, 401, 404, 405].contains(&response.status), "{}", response.status);
        for (_, value) in &response.headers {
            assert!(value.bytes().all(|b| (0x20..0x7f).contains(&b)), "{value}");
        }
    }
}
