//! `portcullis dev --inspect`: its page in a browser, and who else asks it.

mod others;
mod page;
mod secrets;

use reqwest::{Client, Method, StatusCode};

use super::running::Running;
use crate::browser::Browser;

/// A gateway with an inspector, and a browser that has its page open.
struct Opened {
    dev: Running,
    browser: Browser,
    client: Client,
}

impl Opened {
    async fn start(arguments: &[&str]) -> Self {
        let dev = inspected(arguments);
        let browser = Browser::start().await;
        browser.open(address(&dev)).await;
        browser.until("document.getElementById('live').textContent === 'live'").await;
        browser.until("document.getElementById('role').options.length").await;
        Self { dev, browser, client: Client::new() }
    }

    /// A request of a user with `role`, or of nobody.
    async fn request(&mut self, method: Method, path: &str, role: Option<&str>) -> StatusCode {
        let mut request = self.client.request(method, format!("{}{path}", self.dev.gateway));
        if let Some(role) = role {
            request = request.bearer_auth(self.dev.token(&["--role", role]));
        }
        request.send().await.unwrap().status()
    }

    /// What the page shows of the element that `selector` finds.
    async fn text(&self, selector: &str) -> String {
        let expression = format!("document.querySelector({selector:?}).innerText");
        self.browser.value(&expression).await.as_str().unwrap().to_owned()
    }

    /// Nothing on the page went wrong, and it broke none of its own rules.
    async fn end(self) {
        let log = self.browser.log().await;
        assert!(log.is_empty(), "{log:#?}");
        self.browser.end().await;
    }
}

fn inspected(arguments: &[&str]) -> Running {
    let mut all = vec!["--inspect", "--inspect-port", "0"];
    all.extend(arguments);
    Running::start(&all)
}

fn address(dev: &Running) -> &str {
    dev.inspector.as_deref().unwrap()
}
