//! The page as a person uses it.

use reqwest::Method;
use serde_json::{Value, json};

use super::super::running::cacheable_table;
use super::{Opened, address};
use crate::browser::Key;

const ROWS: &str = "[...document.querySelectorAll('#rows tr')]";

/// The requests that are shown, the newest first.
async fn shown(opened: &Opened) -> Value {
    opened
        .browser
        .value(&format!("{ROWS}.map((row) => row.querySelector('button').innerText)"))
        .await
}

async fn wait_for_rows(opened: &Opened, count: usize) {
    opened.browser.until(&format!("{ROWS}.length === {count}")).await;
}

#[tokio::test]
async fn decisions_appear_and_are_filtered() {
    let mut opened = Opened::start(&[]).await;
    assert!(opened.text("#nothing").await.starts_with("No decisions yet."));
    opened.request(Method::GET, "/health", None).await;
    opened.request(Method::GET, "/api/incidents", Some("viewer")).await;
    opened.request(Method::POST, "/api/incidents", Some("viewer")).await;
    opened.request(Method::POST, "/api/incidents", Some("itsm_agent")).await;
    opened.request(Method::GET, "/nowhere", None).await;
    wait_for_rows(&opened, 5).await;
    opened.browser.picture("decisions").await;
    let cells = format!(
        "{ROWS}.map((row) => [...row.cells].slice(1, 5).map((cell) => cell.innerText).join(' | '))"
    );
    let expected = json!([
        "deny | 403 | GET /nowhere | ",
        "allow | 200 | POST /api/incidents | OK",
        "deny | 403 | POST /api/incidents | INSUFFICIENT_ROLE",
        "allow | 200 | GET /api/incidents | OK",
        "open | 200 | GET /health | ",
    ]);
    assert_eq!(opened.browser.value(&cells).await, expected);

    let all = [
        "GET /nowhere",
        "POST /api/incidents",
        "POST /api/incidents",
        "GET /api/incidents",
        "GET /health",
    ];
    for (outcome, route, who, which) in [
        ("deny", "", "", &[0, 2][..]),
        ("allow", "", "", &[1, 3]),
        ("", "incidents", "", &[1, 2, 3]),
        ("", "post /api", "", &[1, 2]),
        ("", "", "VIEWER", &[2, 3]),
        ("allow", "incidents", "viewer", &[3]),
        ("error", "", "", &[]),
        ("", "", "", &[0, 1, 2, 3, 4]),
    ] {
        let set = format!(
            "(() => {{ for (const [id, value] of Object.entries({})) {{ const field = document.getElementById(id);
             field.value = value; field.dispatchEvent(new Event('input', {{ bubbles: true }})); }} }})()",
            json!({ "by-outcome": outcome, "by-route": route, "by-who": who })
        );
        opened.browser.value(&set).await;
        let expected: Vec<&str> = which.iter().map(|at: &usize| all[*at]).collect();
        assert_eq!(shown(&opened).await, json!(expected), "{outcome} {route} {who}");
    }
    opened.end().await;
}

#[tokio::test]
async fn a_pause_loses_nothing() {
    let mut opened = Opened::start(&[]).await;
    opened.request(Method::GET, "/health", None).await;
    wait_for_rows(&opened, 1).await;
    opened.browser.click("#pause").await;
    opened.request(Method::GET, "/health?2", None).await;
    opened
        .browser
        .until("document.getElementById('count').innerText === '1 decision, 1 waiting'")
        .await;
    assert_eq!(opened.browser.value(&format!("{ROWS}.length")).await, 1);
    opened.browser.click("#pause").await;
    wait_for_rows(&opened, 2).await;
    opened.browser.click("#clear").await;
    wait_for_rows(&opened, 0).await;
    opened.end().await;
}

#[tokio::test]
async fn a_decision_says_why() {
    let table = cacheable_table();
    let mut opened = Opened::start(&["--ttl", "300", "--access", table.to_str().unwrap()]).await;
    opened.request(Method::POST, "/api/incidents", Some("viewer")).await;
    wait_for_rows(&opened, 1).await;
    opened.browser.click("#rows button").await;
    opened.browser.until("!document.getElementById('detail').hidden").await;
    opened.browser.picture("detail").await;
    let text = opened.text("#detail").await;
    for part in [
        "POST /api/incidents",
        "403 INSUFFICIENT_ROLE: the role or the scopes lack the permission",
        "1. request passed. route POST /api/incidents",
        "2. credential passed. id-token",
        "(viewer of acme)",
        "4. decision settles it. needs write:itsm; the role or the scopes lack the permission",
        "of the policy denies the request; the client got 403",
        "POST /api/incidents requires write:itsm (",
        "read:itsm, read:cloud, read:platform",
        "have a role that holds write:itsm: itsm_agent, itsm_manager, cloud_admin, super_admin",
        "All under arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/dev/",
        "decides this request",
        "This policy until ",
    ] {
        let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(plain(&text).contains(&plain(part)), "{part}\n{text}");
    }
    let states = "[...document.querySelectorAll('#detail .steps li')].map((step) => step.dataset.state).join(' ')";
    assert_eq!(opened.browser.value(states).await, "passed passed passed settled passed");

    // The policy is kept, and says something else of another route.
    opened.request(Method::GET, "/api/incidents", Some("viewer")).await;
    wait_for_rows(&opened, 2).await;
    opened.browser.click("#rows button").await;
    assert_eq!(opened.browser.value(states).await, "passed cached cached cached settled");
    let text = opened.text("#detail").await;
    assert!(
        text.contains("statement 1 of the policy allows the request; the client got 200"),
        "{text}"
    );
    std::fs::remove_file(table).unwrap();
    opened.end().await;
}

#[tokio::test]
async fn the_form_sends_what_a_client_would() {
    let opened = Opened::start(&[]).await;
    opened.browser.click("nav a[href='#try']").await;
    let tried = |text: &'static str| {
        format!("document.getElementById('tried').innerText.includes({text:?})")
    };
    for (who, setting, method, path, status, reason) in [
        (
            "user",
            "document.getElementById('role').value = 'viewer'",
            "GET",
            "/api/incidents",
            "200",
            "200 OK",
        ),
        (
            "user",
            "document.getElementById('expired').click()",
            "GET",
            "/api/incidents",
            "401",
            "TOKEN_EXPIRED",
        ),
        ("nobody", "0", "GET", "/api/incidents", "401", "TOKEN_MISSING"),
        ("service", "0", "POST", "/api/incidents", "200", "needs write:itsm"),
        ("api-key", "0", "POST", "/api/incidents", "403", "INSUFFICIENT_ROLE"),
        (
            "api-key",
            "document.getElementById('key').value = 'itsm-write'",
            "POST",
            "/api/incidents",
            "200",
            "api-key",
        ),
        ("nobody", "0", "GET", "/api/../health", "403", "no route of the API"),
        ("webhook", "0", "POST", "/v1/webhooks/wh_portcullis", "200", "webhook"),
    ] {
        opened.browser.click(&format!("input[value='{who}']")).await;
        opened.browser.value(setting).await;
        opened
            .browser
            .value(&format!("document.getElementById('method').value = '{method}'"))
            .await;
        opened.browser.fill("#path", path).await;
        opened.browser.click("#form button[type='submit']").await;
        opened.browser.until(&tried(reason)).await;
        opened.browser.until("!document.getElementById('answer').hidden").await;
        assert_eq!(opened.text("#answer .pill").await, status, "{who} {method} {path}");
        opened.browser.picture(&format!("try-{who}")).await;
    }
    let curl = opened.browser.value("(document.querySelector('input[value=user]').click(), document.getElementById('curl').textContent)").await;
    let curl = curl.as_str().unwrap();
    assert!(
        curl.contains("$(portcullis dev token --role 'viewer' --tenant 'acme' --expired)"),
        "{curl}"
    );
    // What cannot be sent is said, and what was written stays.
    for (path, headers, problem) in [
        (
            "/",
            "authorization: Bearer x",
            "the form does not send `authorization`: choose who calls",
        ),
        (
            "/",
            "x-portcullis-role: admin",
            "the form does not send `x-portcullis-role`: choose who calls",
        ),
        ("/", "no colon", "a header is a name, a colon and a value: no colon"),
        ("/", "a: 1\nA: 2", "a header stands there twice: a"),
        ("/a b", "", "the path has a character that a request cannot have"),
        ("health", "", "a path begins with `/`"),
    ] {
        opened.browser.fill("#path", path).await;
        opened.browser.fill("#headers", headers).await;
        opened.browser.click("#form button[type='submit']").await;
        opened
            .browser
            .until(&format!("document.getElementById('problem').innerText === {problem:?}"))
            .await;
        assert_eq!(opened.browser.value("document.getElementById('path').value").await, path);
    }
    // The browser itself notes the answers of 400.
    let log = opened.browser.log().await;
    assert!(log.iter().all(|entry| entry.contains("status of 400")), "{log:#?}");
    opened.end().await;
}

#[tokio::test]
async fn the_table_is_a_picture() {
    let opened = Opened::start(&[]).await;
    opened.browser.click("nav a[href='#table']").await;
    opened.browser.picture("table").await;
    let done = tests::tool::run([], &["access", "table", "--format", "json"], "");
    let table: Value = serde_json::from_str(&done.out).unwrap();
    let all = table["routes"].as_array().unwrap().len();
    assert_eq!(opened.text("#table-count").await, format!("{all} of {all} routes"));
    let cells = "[...document.querySelectorAll('#picture-rows tr')].map((row) => [...row.cells].slice(0, -1).map((cell) => cell.innerText))";
    let roles: Vec<&str> =
        table["roles"].as_array().unwrap().iter().map(|role| role.as_str().unwrap()).collect();
    let expected = table["routes"].as_array().unwrap().iter().map(|route| {
        let own = [&route["method"], &route["path"]].map(|text| text.as_str().unwrap().to_owned());
        let Some(requires) = route["requires"].as_str() else {
            return own.into_iter().chain(["public".to_owned(), "everybody".to_owned()]).collect();
        };
        let may = |role: &&str| route["roles"].as_array().unwrap().contains(&json!(role));
        let cells = roles.iter().map(|role| if may(role) { "yes" } else { "–" }.to_owned());
        own.into_iter().chain([requires.to_owned()]).chain(cells).collect::<Vec<_>>()
    });
    assert_eq!(opened.browser.value(cells).await, json!(expected.collect::<Vec<_>>()));
    for (id, value, count) in [
        ("table-role", "viewer", "routes that a viewer may use"),
        ("table-action", "write", "routes that a viewer may write"),
    ] {
        opened.browser.value(&format!(
            "(document.getElementById('{id}').value = '{value}', document.getElementById('{id}').dispatchEvent(new Event('input')))"
        )).await;
        let shown =
            opened.browser.value("document.querySelectorAll('#picture-rows tr').length").await;
        let expected = table["routes"].as_array().unwrap().iter().filter(|route| {
            let may = route["requires"].is_null()
                || route["roles"].as_array().unwrap().contains(&json!("viewer"));
            may && (value == "viewer"
                || route["requires"].as_str().is_some_and(|needed| needed.starts_with("write:")))
        });
        assert_eq!(shown, expected.count(), "{count}");
    }
    opened.end().await;
}

#[tokio::test]
async fn it_is_used_with_the_keyboard() {
    let mut opened = Opened::start(&[]).await;
    opened.request(Method::GET, "/health", None).await;
    opened.request(Method::GET, "/api/incidents", Some("viewer")).await;
    wait_for_rows(&opened, 2).await;
    let focus = "(document.activeElement.id || document.activeElement.innerText)";
    opened.browser.press(Key::Tab).await;
    assert_eq!(opened.browser.value(focus).await, "To the decisions");
    opened.browser.press(Key::Enter).await;
    // Through the filters to the first decision.
    for _ in 0..12 {
        opened.browser.press(Key::Tab).await;
        if opened.browser.value(focus).await == "GET /api/incidents" {
            break;
        }
    }
    assert_eq!(opened.browser.value(focus).await, "GET /api/incidents");
    opened.browser.press(Key::Down).await;
    assert_eq!(opened.browser.value(focus).await, "GET /health");
    opened.browser.press(Key::Up).await;
    opened.browser.press(Key::Enter).await;
    assert_eq!(opened.browser.value(focus).await, "detail");
    opened.browser.press(Key::Escape).await;
    assert_eq!(opened.browser.value(focus).await, "GET /api/incidents");
    assert_eq!(opened.browser.value("document.getElementById('detail').hidden").await, true);
    opened.end().await;
}

/// Whatever can be worked has a name that a screen reader says.
#[tokio::test]
async fn it_is_read_to_those_who_cannot_see_it() {
    let mut opened = Opened::start(&[]).await;
    opened.request(Method::GET, "/api/incidents", Some("viewer")).await;
    wait_for_rows(&opened, 1).await;
    opened.browser.click("#rows button").await;
    for page in ["decisions", "try", "table"] {
        opened.browser.click(&format!("nav a[href='#{page}']")).await;
        let tree = opened.browser.devtools("Accessibility.getFullAXTree", json!({})).await;
        let nodes = tree["nodes"].as_array().unwrap();
        let is_worked = |node: &&Value| {
            let role = node["role"]["value"].as_str().unwrap_or_default();
            [
                "button",
                "link",
                "textbox",
                "searchbox",
                "combobox",
                "checkbox",
                "radio",
                "table",
                "region",
                "form",
            ]
            .contains(&role)
        };
        let worked: Vec<&Value> = nodes.iter().filter(is_worked).collect();
        assert!(worked.len() > 8, "{page}: {}", worked.len());
        for node in worked {
            let name = node["name"]["value"].as_str().unwrap_or_default();
            assert!(!name.trim().is_empty(), "{page}: {node:#}");
        }
    }
    let order =
        "[...document.querySelectorAll('h1, h2, h3')].map((head) => Number(head.tagName[1]))";
    let order = opened.browser.value(order).await;
    assert_eq!(order[0], 1);
    opened.end().await;
}

/// WCAG 2.2, 1.4.3: text against what is behind it.
#[tokio::test]
async fn it_is_read_by_day_and_by_night() {
    const CONTRAST: &str = "(() => {
        const parts = (text) => text.match(/[\\d.]+/g).map(Number);
        const light = (color) => { const [r, g, b] = parts(color).map((v) => v / 255).map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
          return 0.2126 * r + 0.7152 * g + 0.0722 * b; };
        const behind = (node) => { for (; node; node = node.parentElement) { const color = getComputedStyle(node).backgroundColor;
          if (!/, 0\\)$/.test(color)) return color; } return getComputedStyle(document.body).backgroundColor; };
        let worst = [99, ''];
        for (const node of document.querySelectorAll('main *, header *, nav *')) {
          const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim());
          if (!own || !node.checkVisibility()) continue;
          const [a, b] = [getComputedStyle(node).color, behind(node)].map(light).sort((x, y) => y - x);
          const ratio = (a + 0.05) / (b + 0.05);
          if (ratio < worst[0]) worst = [ratio, node.outerHTML.slice(0, 200)];
        }
        return worst;
    })()";
    let mut opened = Opened::start(&[]).await;
    for (method, path, role) in [
        (Method::GET, "/health", None),
        (Method::GET, "/api/incidents", Some("viewer")),
        (Method::POST, "/api/incidents", Some("viewer")),
        (Method::GET, "/nowhere", None),
    ] {
        opened.request(method, path, role).await;
    }
    wait_for_rows(&opened, 4).await;
    opened.browser.click("#rows tr:nth-child(2) button").await;
    for scheme in ["light", "dark"] {
        let features = json!({ "features": [
            { "name": "prefers-color-scheme", "value": scheme },
            { "name": "prefers-reduced-motion", "value": "reduce" },
        ] });
        opened.browser.devtools("Emulation.setEmulatedMedia", features).await;
        for page in ["decisions", "try", "table"] {
            opened.browser.click(&format!("nav a[href='#{page}']")).await;
            opened.browser.picture(&format!("{scheme}-{page}")).await;
            let worst = opened.browser.value(CONTRAST).await;
            assert!(worst[0].as_f64().unwrap() >= 4.5, "{scheme} {page}: {worst}");
        }
    }
    // The button outdoes the system.
    opened.browser.click("#theme").await;
    let back = "getComputedStyle(document.body).backgroundColor";
    assert_eq!(opened.browser.value(back).await, "rgb(255, 255, 255)");
    opened.browser.click("#theme").await;
    assert_eq!(opened.browser.value(back).await, "rgb(20, 23, 26)");
    opened.end().await;
}

#[tokio::test]
async fn two_tabs_see_the_same() {
    let mut opened = Opened::start(&[]).await;
    opened.request(Method::GET, "/health?1", None).await;
    wait_for_rows(&opened, 1).await;
    let first = opened.browser.tab().await;
    let second = opened.browser.new_tab().await;
    opened.browser.open(address(&opened.dev)).await;
    // What was decided before it was opened is there.
    wait_for_rows(&opened, 1).await;
    opened.request(Method::GET, "/api/incidents", Some("viewer")).await;
    for tab in [first, second] {
        opened.browser.switch_to(&tab).await;
        wait_for_rows(&opened, 2).await;
        assert_eq!(shown(&opened).await, json!(["GET /api/incidents", "GET /health"]));
    }
    opened.end().await;
}

#[tokio::test]
async fn it_comes_back_when_the_gateway_does() {
    let mut opened = Opened::start(&[]).await;
    opened.request(Method::GET, "/health", None).await;
    opened.request(Method::GET, "/health", None).await;
    wait_for_rows(&opened, 2).await;
    let port = |address: &str| address.rsplit_once(':').unwrap().1.to_owned();
    let (gateway, page) = (port(&opened.dev.gateway), port(address(&opened.dev)));
    assert_eq!(opened.dev.end("INT"), 0);
    opened.browser.until("document.getElementById('live').textContent === 'reconnecting'").await;
    opened.dev = super::super::running::Running::start(&[
        "--port",
        &gateway,
        "--inspect",
        "--inspect-port",
        &page,
    ]);
    opened.browser.until("document.getElementById('live').textContent === 'live'").await;
    wait_for_rows(&opened, 0).await;
    opened.request(Method::GET, "/api/incidents", None).await;
    wait_for_rows(&opened, 1).await;
    assert_eq!(shown(&opened).await, json!(["GET /api/incidents"]));
    // The browser notes that nobody answered for a while.
    let log = opened.browser.log().await;
    assert!(log.iter().all(|entry| entry.contains("ERR_")), "{log:#?}");
    opened.end().await;
}

#[tokio::test]
async fn the_api_of_a_template() {
    let template = tests::root().join("tests/templates/dev/http.yaml");
    let mut opened = Opened::start(&["--template", template.to_str().unwrap()]).await;
    let about = opened.text("#about").await;
    assert!(about.starts_with("the HTTP API `Api` of "), "{about}");
    opened.request(Method::GET, "/api/incidents", Some("viewer")).await;
    opened.request(Method::GET, "/api/problems", Some("viewer")).await;
    wait_for_rows(&opened, 2).await;
    for (row, authorizer, said) in [
        (
            1,
            "asked, cached until ",
            "statement 1 of the policy allows the request; the client got 200",
        ),
        (2, "asked", "the simple answer is yes; the client got 200"),
    ] {
        let cell = opened.text(&format!("#rows tr:nth-child({row}) td:nth-child(7)")).await;
        assert!(cell.starts_with(authorizer), "{cell}");
        opened.browser.click(&format!("#rows tr:nth-child({row}) button")).await;
        let step = opened.text("#detail .steps li:last-child").await;
        assert!(step.contains(said), "{step}");
        opened.browser.press(Key::Escape).await;
    }
    opened.end().await;
}
