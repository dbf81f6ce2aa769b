//! Nothing secret is on the page, whatever it is shown.

use serde_json::Value;

use super::{Opened, address};

/// The sample keys, and the secret of the sample webhook.
fn samples() -> Vec<String> {
    let of = |file: &str, pointer: &str| {
        let text = std::fs::read_to_string(tests::root().join(file)).unwrap();
        let json: Value = serde_json::from_str(&text).unwrap();
        json.pointer(pointer).unwrap().as_str().unwrap().to_owned()
    };
    vec![
        of("events/authorizer/api-key-allow-rest-request.json", "/headers/x-api-key"),
        of("events/authorizer/api-key-allow-write.json", "/headers/x-api-key"),
        of("events/dev-secrets.json", "/portcullis~1webhook~1wh_portcullis/current"),
    ]
}

#[tokio::test]
async fn no_credential_is_shown() {
    let mut opened = Opened::start(&[]).await;
    let token = opened.dev.token(&["--role", "viewer"]);
    let samples = samples();
    let [key, _, _] = samples.as_slice() else { panic!("{samples:?}") };
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let gateway = opened.dev.gateway.clone();
    let url = |path: &str| format!("{gateway}{path}");
    let get = |path: &str| opened.client.get(url(path));
    let requests = [
        get("/api/incidents").bearer_auth(&token),
        get("/api/incidents").header("x-api-key", key),
        get("/api/incidents").bearer_auth(key),
        get("/api/incidents").header("authorization", format!("{signed}.")),
        get("/api/incidents").bearer_auth(&token).header("x-api-key", key),
        get(&format!("/api/incidents?token={token}")),
        get(&format!("/api/incidents/{token}")),
        get(&format!("/api/incidents/{key}")).bearer_auth(&token),
        get("/api/incidents").header("cookie", format!("session={token}")),
        opened.client.post(url("/v1/webhooks/wh_portcullis")).body(token.clone()),
    ];
    let count = requests.len();
    for request in requests {
        request.send().await.unwrap();
    }
    // Those of the form, too.
    opened.browser.click("nav a[href='#try']").await;
    for who in ["user", "service", "api-key", "webhook"] {
        opened.browser.click(&format!("input[value='{who}']")).await;
        opened.browser.click("#form button[type='submit']").await;
        opened.browser.until("!document.getElementById('tried').hidden").await;
        opened.browser.value("document.getElementById('tried').hidden = true").await;
    }
    let all = count + 4;
    opened.browser.until(&format!("document.querySelectorAll('#rows tr').length === {all}")).await;
    // Everything the page could show: what it holds, and what it was sent.
    let held =
        opened.browser.value("JSON.stringify(state) + document.documentElement.innerHTML").await;
    let mut sent = String::new();
    let mut events =
        opened.client.get(format!("{}/events", address(&opened.dev))).send().await.unwrap();
    while !sent.contains(&format!("\"id\":{all},")) {
        sent.push_str(&String::from_utf8_lossy(&events.chunk().await.unwrap().unwrap()));
    }
    let payload = token.split('.').nth(1).unwrap();
    for secret in samples.iter().map(String::as_str).chain([
        token.as_str(),
        signature,
        payload,
        "eyJ",
        "Bearer ey",
    ]) {
        assert!(!held.as_str().unwrap().contains(secret), "held: {secret}");
        assert!(!sent.contains(secret), "sent: {secret}");
    }
    assert!(sent.contains("a path with a credential in it"));
    opened.end().await;
}
