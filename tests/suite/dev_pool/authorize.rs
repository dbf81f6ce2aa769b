//! Signing in with a browser: the request, the page and its form.

use local::pool::{APP_CLIENT, LOOPBACK_PORTS, PASSWORD, POOL_ID, SERVICE_CLIENT};
use serde_json::json;

use super::{CHALLENGE, Dev, FORM, REDIRECT, VIEWER, cookie, form_token, query, query_with, text};

#[test]
fn a_page_for_a_good_request() {
    let mut dev = Dev::new();
    let page = dev.get(&format!("/oauth2/authorize?{}", query()));
    assert_eq!(page.status, 200);
    assert_eq!(page.header("content-type"), Some("text/html; charset=utf-8"));
    assert_eq!(page.header("cache-control"), Some("no-store"));
    assert_eq!(page.header("referrer-policy"), Some("no-referrer"));
    assert_eq!(page.header("x-frame-options"), Some("DENY"));
    let policy = page.header("content-security-policy").unwrap();
    let (before, rest) = policy.split_once("'sha256-").unwrap();
    let (hash, after) = rest.split_once('\'').unwrap();
    assert_eq!(before, "default-src 'none'; style-src ");
    assert_eq!(
        after,
        "; form-action 'self' http://127.0.0.1:8976; base-uri 'none'; frame-ancestors 'none'"
    );
    let cookie = page.header("set-cookie").unwrap();
    let (_, attributes) = cookie.split_once("; ").unwrap();
    assert_eq!(attributes, "Path=/login; Max-Age=600; HttpOnly; SameSite=Strict");

    let html = text(&page);
    let (_, style) = html.split_once("<style>").unwrap();
    let (style, _) = style.split_once("</style>").unwrap();
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, style.as_bytes());
    use base64::Engine as _;
    assert_eq!(base64::engine::general_purpose::STANDARD.encode(digest), hash);
    for part in [
        "<html lang=\"en\">",
        "<title>Sign in – Portcullis</title>",
        "<meta name=\"color-scheme\" content=\"light dark\">",
        "<label for=\"username\">",
        "<label for=\"password\">",
        "autocomplete=\"current-password\"",
        "<button type=\"submit\">",
        "<form method=\"post\" action=\"/login\">",
    ] {
        assert!(html.contains(part), "{part}");
    }
    for part in ["<script", "style=\"", "onclick", "javascript:", "http://", "role=\"alert\""] {
        assert!(!html.contains(part), "{part}");
    }
}

/// Neither the client nor the address is proven, so nobody is redirected.
#[test]
fn what_the_user_is_told() {
    let mut dev = Dev::new();
    let mut check = |query: &str, sentence: &str| {
        let page = dev.get(&format!("/oauth2/authorize?{query}"));
        assert_eq!(page.status, 400, "{query}");
        assert_eq!(page.header("location"), None);
        assert_eq!(page.header("set-cookie"), None);
        assert!(text(&page).contains(&format!("<p role=\"alert\">{sentence}</p>")), "{query}");
    };
    let client = "The client does not exist.";
    check("", client);
    check(&query_with("client_id", ""), client);
    check(&query_with("client_id", "nobody"), client);
    check(&query_with("client_id", SERVICE_CLIENT), client);
    let uri = "The redirect_uri is not registered for this client.";
    for other in [
        "",
        "http://127.0.0.1:8979/callback",
        "http://127.0.0.1:8976/callback/",
        "http://127.0.0.1:8976/callback?x=1",
        "http://127.0.0.1:8976/Callback",
        "http://127.0.0.1:8976@evil.example/callback",
        "https://127.0.0.1:8976/callback",
        "https://evil.example/",
        "javascript:alert(1)",
    ] {
        check(&query_with("redirect_uri", other), uri);
    }
    check(&format!("{}&state=other", query()), "A parameter occurs twice.");
    check(&format!("{}&redirect%5Furi=x", query()), "A parameter occurs twice.");
}

#[test]
fn what_the_client_is_told() {
    let mut dev = Dev::new();
    let mut check = |query: &str, error: &str, description: &str, state: &str| {
        let response = dev.get(&format!("/oauth2/authorize?{query}"));
        let description = description.replace(' ', "+");
        let expected = format!("{REDIRECT}?error={error}&error_description={description}{state}");
        assert_eq!(response.status, 302, "{query}");
        assert_eq!(response.header("location"), Some(&*expected));
        assert!(response.body.is_empty());
    };
    let mut refuse = |name: &str, value: &str, error: &str, description: &str| {
        let state = if name == "state" { "" } else { "&state=xyz" };
        check(&query_with(name, value), error, description, state);
    };
    let request = "invalid_request";
    refuse("response_type", "", request, "response_type is missing");
    for other in ["token", "code id_token"] {
        let error = "unsupported_response_type";
        refuse("response_type", other, error, "response_type is not code");
    }
    refuse("state", "", request, "state is missing or too long");
    refuse("state", &"x".repeat(1025), request, "state is missing or too long");
    refuse("nonce", &"x".repeat(1025), request, "nonce is too long");
    for other in ["", "plain", "s256"] {
        refuse("code_challenge_method", other, request, "code_challenge_method is not S256");
    }
    for other in ["", "abc", &CHALLENGE[1..], &format!("{CHALLENGE}=")] {
        let description = "code_challenge is not a SHA-256 in base64url without padding";
        refuse("code_challenge", other, request, description);
    }
    for other in ["admin", "openid admin", "stackflow/api.read", " "] {
        refuse("scope", other, "invalid_scope", "the client may not have this scope");
    }
}

#[test]
fn every_registered_address() {
    let mut dev = Dev::new();
    for port in LOOPBACK_PORTS {
        for host in ["127.0.0.1", "localhost"] {
            let uri = format!("http://{host}:{port}/callback");
            let response = dev.submit(&query_with("redirect_uri", &uri), VIEWER, PASSWORD);
            let location = response.header("location").unwrap();
            assert!(location.starts_with(&format!("{uri}?code=")), "{location}");
        }
    }
}

#[test]
fn a_right_password_is_answered_with_a_code() {
    let mut dev = Dev::new();
    let response = dev.submit(&query_with("state", "a b&c=d/ä"), VIEWER, PASSWORD);
    assert_eq!(response.status, 303);
    let location = response.header("location").unwrap();
    let (uri, rest) = location.split_once("?code=").unwrap();
    let (code, state) = rest.split_once('&').unwrap();
    assert_eq!((uri, code.len(), state), (REDIRECT, 43, "state=a+b%26c%3Dd%2F%C3%A4"));
    let gone = "portcullis-sign-in=; Path=/login; Max-Age=0; HttpOnly; SameSite=Strict";
    assert_eq!(response.header("set-cookie"), Some(gone));
}

#[test]
fn a_wrong_password_is_answered_with_the_page() {
    let mut dev = Dev::new();
    let mut page = dev.get(&format!("/oauth2/authorize?{}", query()));
    for (name, password) in
        [(VIEWER, "wrong"), ("nobody@acme.example", PASSWORD), ("<b>", ""), ("", "")]
    {
        page = dev.submit_page(&page, name, password);
        assert_eq!(page.status, 400);
        assert_eq!(page.header("location"), None);
        let html = text(&page);
        assert!(html.contains("role=\"alert\">Incorrect username or password.</p>"));
        assert!(html.contains("<title>Problem: sign in – Portcullis</title>"));
        assert!(html.contains("aria-describedby=\"problem\""));
        assert!(!html.contains("<b>"));
    }
    assert_eq!(dev.submit_page(&page, VIEWER, PASSWORD).status, 303);
}

#[test]
fn a_temporary_password_gets_no_code() {
    let mut dev = Dev::new();
    let input = json!({ "UserPoolId": POOL_ID, "Username": VIEWER, "Password": "Temporary-Pass1" });
    dev.call("AdminSetUserPassword", &input);
    let page = dev.submit(&query(), VIEWER, "Temporary-Pass1");
    assert_eq!((page.status, page.header("location")), (400, None));
    assert!(text(&page).contains("This password is temporary."));
}

/// A form counts once, soon, and from the browser that got it.
#[test]
fn forged_forms() {
    let mut dev = Dev::new();
    let authorize = format!("/oauth2/authorize?{}", query());
    let refused = |response: &local::pool::Response, sentence: &str| {
        assert_eq!((response.status, response.header("location")), (400, None));
        assert!(text(response).contains(sentence), "{}", text(response));
    };
    let gone = "This page was used already, has expired or was not sent to this browser.";

    let page = dev.get(&authorize);
    assert_eq!(dev.submit_page(&page, VIEWER, PASSWORD).status, 303);
    refused(&dev.submit_page(&page, VIEWER, PASSWORD), gone);

    let page = dev.get(&authorize);
    dev.wait(600);
    refused(&dev.submit_page(&page, VIEWER, PASSWORD), gone);

    let other = cookie(&dev.get(&authorize));
    for cookie in ["", "portcullis-sign-in=", "portcullis-sign-in=x", "other=x", &other] {
        let token = form_token(&dev.get(&authorize));
        let params = [("form_token", &*token), ("username", VIEWER), ("password", PASSWORD)];
        refused(&dev.form("/login", &[("cookie", cookie)], &params), gone);
    }
    let page = dev.get(&authorize);
    let cookie = cookie(&page);
    let params = [("username", VIEWER), ("password", PASSWORD)];
    refused(&dev.form("/login", &[("cookie", &cookie)], &params), gone);

    let body = format!("form_token={}&username=x&username=y", form_token(&page));
    let headers = [("cookie", &*cookie), ("content-type", FORM)];
    refused(&dev.send("POST", "/login", &headers, body.as_bytes()), "The form cannot be read.");
    let headers = [("cookie", &*cookie), ("content-type", "text/plain")];
    refused(&dev.send("POST", "/login", &headers, body.as_bytes()), "The form cannot be read.");
    // What cannot be read uses no page up.
    assert_eq!(dev.submit_page(&page, VIEWER, PASSWORD).status, 303);
}

#[test]
fn without_a_scope_the_client_gets_all_it_may_have() {
    let mut dev = Dev::new();
    let code = dev.code(&query_with("scope", ""));
    let answer = super::body(&dev.redeem(&code));
    let claims = super::claims(answer["access_token"].as_str().unwrap());
    assert_eq!(claims["scope"], "openid email profile aws.cognito.signin.user.admin");
    assert_eq!(claims["client_id"], APP_CLIENT);
}
