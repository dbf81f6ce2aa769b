//! Who else asks the inspector: other pages in the same browser, and other programs.

use std::io::Write as _;

use reqwest::Client;
use serde_json::json;

use super::super::upstream::Upstream;
use super::{Opened, address, inspected};

const PAGE: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: text/html\r\ncontent-length: 23\r\n\
                      connection: close\r\n\r\n<title>another</title>\r\n";

/// A page at another port of this machine, which to a browser is the same site, and another origin.
#[tokio::test]
async fn a_page_of_another_origin_learns_and_does_nothing() {
    let mut opened = Opened::start(&[]).await;
    opened.request(reqwest::Method::GET, "/health", None).await;
    let own = opened.browser.tab().await;
    let other = Upstream::new(|mut connection| {
        let _ = connection.write_all(PAGE);
    });
    opened.browser.new_tab().await;
    opened.browser.open(&other.url).await;
    opened.browser.until("document.title === 'another'").await;
    let inspector = address(&opened.dev).to_owned();
    let attempt =
        json!({ "mark": "m", "method": "GET", "path": "/health", "who": { "kind": "nobody" } })
            .to_string();
    let failed = json!("TypeError: Failed to fetch");
    for (promise, expected) in [
        (format!("(await fetch('{inspector}/events')).text()"), failed.clone()),
        (format!("(await fetch('{inspector}/table', {{ mode: 'no-cors' }})).type"), failed.clone()),
        (
            format!(
                "(await fetch('{inspector}/try', {{ method: 'POST', body: {attempt:?},
                 headers: {{ 'content-type': 'application/json' }} }})).text()"
            ),
            failed.clone(),
        ),
        (
            // What needs no preflight is sent; what comes back is kept from the page.
            format!("(await fetch('{inspector}/try', {{ method: 'POST', mode: 'no-cors', body: {attempt:?} }})).type"),
            failed,
        ),
        (
            format!(
                "await new Promise((done) => {{ const events = new EventSource('{inspector}/events');
                 events.onmessage = () => done('told'); events.onopen = () => done('open'); events.onerror = () => done('refused'); }})"
            ),
            json!("refused"),
        ),
        (
            format!(
                "await new Promise((done) => {{ const script = document.createElement('script'); script.src = '{inspector}/table';
                 script.onload = () => done('loaded'); script.onerror = () => done('refused'); document.head.append(script); }})"
            ),
            json!("refused"),
        ),
        (
            format!(
                "await new Promise((done) => {{ const frame = document.createElement('iframe'); frame.src = '{inspector}/';
                 frame.onload = () => {{ try {{ done(String(frame.contentDocument.title)); }} catch (error) {{ done(error.name); }} }};
                 document.body.append(frame); }})"
            ),
            json!("TypeError"),
        ),
    ] {
        let promise = promise.strip_prefix("await ").map_or(promise.clone(), str::to_owned);
        let returned = format!("{{ return {promise}; }}").replace("{ return (await", "{ return (await");
        assert_eq!(opened.browser.outcome(&returned).await, expected, "{promise}");
    }
    let _ = opened.browser.log().await;
    // Nothing of it was sent on to the gateway.
    opened.browser.switch_to(&own).await;
    opened.request(reqwest::Method::GET, "/last", None).await;
    opened.browser.until("document.querySelectorAll('#rows tr').length > 1").await;
    assert_eq!(opened.browser.value("document.querySelectorAll('#rows tr').length").await, 2);
    opened.end().await;
}

#[tokio::test]
async fn another_program_with_another_name() {
    let dev = inspected(&[]);
    let inspector = address(&dev);
    let client = Client::new();
    let misdirected =
        r#"{"message":"this is the inspector of `portcullis dev`, under another name"}"#;
    let foreign = r#"{"message":"the inspector answers its own page alone"}"#;
    for (method, path, headers, status, body) in [
        ("GET", "/", &[("host", "evil.example")][..], 421, misdirected),
        ("GET", "/events", &[("host", "localhost")], 421, misdirected),
        ("GET", "/events", &[("origin", "http://evil.example")], 403, foreign),
        ("GET", "/table", &[("sec-fetch-site", "same-site")], 403, foreign),
        ("POST", "/try", &[], 403, foreign),
        ("DELETE", "/events", &[], 403, foreign),
        ("GET", "/nothing", &[], 404, r#"{"message":"there is nothing at this address"}"#),
    ] {
        let mut request = client.request(method.parse().unwrap(), format!("{inspector}{path}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), status, "{method} {path} {headers:?}");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.text().await.unwrap(), body, "{method} {path} {headers:?}");
    }
}

/// What the page itself could send, if it were another.
#[tokio::test]
async fn attempts_that_are_none() {
    let dev = inspected(&[]);
    let inspector = address(&dev);
    let client = Client::new();
    let good =
        json!({ "mark": "m", "method": "GET", "path": "/health", "who": { "kind": "nobody" } });
    let with = |name: &str, value: serde_json::Value| {
        let mut form = good.clone();
        form[name] = value;
        form.to_string()
    };
    let none = "that is no request of the form: ";
    for (body, status, sentence) in [
        (good.to_string(), 200, ""),
        ("{".to_owned(), 400, none),
        ("[]".to_owned(), 400, none),
        (with("unknown", json!(1)), 400, none),
        (with("who", json!({ "kind": "root" })), 400, none),
        (
            with("who", json!({ "kind": "user", "role": "service_account", "tenant": "acme" })),
            400,
            "no user can have the role",
        ),
        (
            with("who", json!({ "kind": "api-key", "name": "all" })),
            400,
            "there is no such sample key",
        ),
        (with("method", json!("G ET")), 400, "the method is none of HTTP"),
        (with("path", json!("http://evil.example/")), 400, "a path begins with `/`"),
        (with("path", json!("//evil.example/")), 200, ""),
        (with("path", json!("/a\r\nx: y")), 400, "the path has a character"),
        (with("mark", json!("a\nb")), 400, "a header has a character"),
        (with("headers", json!({ "a b": "1" })), 400, "a header has a name"),
        (with("headers", json!({ "a": "1\r\n2" })), 400, "a header has a character"),
        (with("headers", json!({ "host": "evil.example" })), 400, "the form does not send `host`"),
        (
            with("headers", json!({ "x-a": "Bearer eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhIn0xx.c2ln" })),
            400,
            "`x-a` has a credential in it",
        ),
        (with("body", json!("x".repeat(70_000))), 413, "the request is longer than 64 KiB"),
    ] {
        let request = client.post(format!("{inspector}/try")).header("origin", inspector);
        let request = request.header("content-type", "application/json").body(body.clone());
        let answer = request.send().await.unwrap();
        let shown: String = body.chars().take(120).collect();
        assert_eq!(answer.status(), status, "{shown}");
        let text = answer.text().await.unwrap();
        assert!(text.contains(sentence), "{shown}: {text}");
    }
}
