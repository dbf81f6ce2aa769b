//! Headless Chromium, as a person's browser: Debian's packages, driven over WebDriver
//! (<https://www.w3.org/TR/webdriver2/>).

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Client, Method};
use serde_json::{Value, json};
use tests::aws::unique;

/// How long a page may take to come to what a test waits for, in milliseconds.
const PATIENCE: u64 = 60_000;
/// How long it is looked at before it is asked again.
const ROUND: u64 = 500;
/// How often chromedriver is started before a test gives up.
const STARTS: usize = 10;
/// The member that holds an element's id (§12.2).
const ELEMENT: &str = "element-6066-11e4-a52e-4f735466cecf";

/// A key that is no character (§17.4.2).
#[derive(Clone, Copy)]
pub(crate) enum Key {
    Tab = 0xE004,
    Enter = 0xE007,
    Escape = 0xE00C,
    Up = 0xE013,
    Down = 0xE015,
}

/// A browser with one window, ended when dropped.
pub(crate) struct Browser {
    client: Client,
    /// The address of the session.
    session: String,
    driver: Driver,
}

/// The process between this one and the browser.
struct Driver {
    child: Child,
    profile: PathBuf,
}

impl Driver {
    /// Starts it. Its address.
    fn start() -> (Self, String) {
        (0..STARTS)
            .find_map(|_| Self::attempt())
            .unwrap_or_else(|| panic!("`chromedriver --port=0` ends {STARTS} times: try it"))
    }

    /// It takes a free port of IPv4 and ends where another process has the same one of IPv6.
    fn attempt() -> Option<(Self, String)> {
        let mut child = Command::new("chromedriver")
            .arg("--port=0")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .expect("`chromedriver` starts: `make chromium` installs it");
        let output = BufReader::new(child.stdout.take().unwrap());
        let driver = Self { child, profile: std::env::temp_dir().join(unique("chromium")) };
        let port = output.lines().map_while(Result::ok).find_map(|line| {
            Some(line.split_once("started successfully on port ")?.1.to_owned())
        })?;
        Some((driver, format!("http://127.0.0.1:{}", port.trim_end_matches('.'))))
    }
}

impl Drop for Driver {
    /// Told to end, and not killed, it ends the browser as well.
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
        let _ = std::fs::remove_dir_all(&self.profile);
    }
}

impl Browser {
    /// Starts it.
    pub(crate) async fn start() -> Self {
        let (driver, address) = Driver::start();
        let profile = format!("--user-data-dir={}", driver.profile.display());
        // Root has no sandbox, and a container often no shared memory.
        let arguments = [
            "--headless=new",
            "--no-sandbox",
            "--disable-dev-shm-usage",
            "--disable-gpu",
            "--window-size=1400,900",
            &profile,
        ];
        let wanted = json!({
            "goog:chromeOptions": { "args": arguments },
            "goog:loggingPrefs": { "browser": "ALL" },
            "timeouts": { "script": PATIENCE },
        });
        let mut browser = Self { client: Client::new(), session: address, driver };
        let wanted = json!({ "capabilities": { "alwaysMatch": wanted } });
        let session = browser.does(Method::POST, "/session", wanted).await.unwrap();
        let id = session["sessionId"].as_str().unwrap();
        browser.session = format!("{}/session/{id}", browser.session);
        browser
    }

    /// A command, and what comes of it; the browser's words, if it fails (§6.6).
    async fn does(&self, method: Method, path: &str, body: Value) -> Result<Value, String> {
        let mut request = self.client.request(method.clone(), format!("{}{path}", self.session));
        if method == Method::POST {
            request = request.body(body.to_string());
        }
        let answer = request.send().await.unwrap();
        let is_done = answer.status().is_success();
        let mut answer: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
        let value = answer["value"].take();
        if is_done { Ok(value) } else { Err(value["message"].as_str().unwrap().to_owned()) }
    }

    async fn post(&self, path: &str, body: Value) -> Value {
        self.does(Method::POST, path, body).await.unwrap_or_else(|error| panic!("{path}: {error}"))
    }

    async fn get(&self, path: &str) -> Value {
        self.does(Method::GET, path, Value::Null).await.expect(path)
    }

    pub(crate) async fn open(&self, address: &str) {
        self.post("/url", json!({ "url": address })).await;
    }

    /// The value of a JavaScript expression.
    pub(crate) async fn value(&self, expression: &str) -> Value {
        let script = format!("return {expression};");
        self.post("/execute/sync", json!({ "script": script, "args": [] })).await
    }

    /// The value of a JavaScript expression, once it is true in JavaScript's sense. A page may be left
    /// meanwhile, and what looks at it with it: so it is asked again.
    pub(crate) async fn until(&self, expression: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             const end = performance.now() + {ROUND};
             const look = () => {{
               const value = {expression};
               if (value || performance.now() > end) done(value || null); else setTimeout(look, 10);
             }};
             look();"
        );
        let script = json!({ "script": script, "args": [] });
        for _ in 0..PATIENCE / ROUND {
            match self.does(Method::POST, "/execute/async", script.clone()).await {
                Ok(value) if !value.is_null() => return value,
                Ok(_) | Err(_) => {}
            }
        }
        let text = self.value("document.body.innerText").await;
        panic!("{expression} is not true of\n{text}");
    }

    /// What the body of an asynchronous JavaScript function returns, or its error as text.
    pub(crate) async fn outcome(&self, body: &str) -> Value {
        let script = format!(
            "const done = arguments[arguments.length - 1];
             (async () => {body})().then(done, (error) => done(String(error)));"
        );
        self.post("/execute/async", json!({ "script": script, "args": [] })).await
    }

    /// Presses a key where the focus is.
    pub(crate) async fn press(&self, key: Key) {
        let key = char::from_u32(key as u32).unwrap().to_string();
        let presses = ["keyDown", "keyUp"].map(|kind| json!({ "type": kind, "value": key }));
        let source = json!({ "type": "key", "id": "keyboard", "actions": presses });
        self.post("/actions", json!({ "actions": [source] })).await;
    }

    async fn element(&self, selector: &str) -> String {
        let found = json!({ "using": "css selector", "value": selector });
        let found = self.post("/element", found).await;
        format!("/element/{}", found[ELEMENT].as_str().unwrap())
    }

    pub(crate) async fn click(&self, selector: &str) {
        let element = self.element(selector).await;
        self.post(&format!("{element}/click"), json!({})).await;
    }

    /// Types `text` into a field, in place of what was there.
    pub(crate) async fn fill(&self, selector: &str, text: &str) {
        let element = self.element(selector).await;
        self.post(&format!("{element}/clear"), json!({})).await;
        self.post(&format!("{element}/value"), json!({ "text": text })).await;
    }

    /// The tab in which the browser is.
    pub(crate) async fn tab(&self) -> String {
        self.get("/window").await.as_str().unwrap().to_owned()
    }

    /// Another tab, in which the browser then is.
    pub(crate) async fn new_tab(&self) -> String {
        let tab = self.post("/window/new", json!({ "type": "tab" })).await;
        let tab = tab["handle"].as_str().unwrap().to_owned();
        self.switch_to(&tab).await;
        tab
    }

    pub(crate) async fn switch_to(&self, tab: &str) {
        self.post("/window", json!({ "handle": tab })).await;
    }

    /// A command of the DevTools protocol.
    pub(crate) async fn devtools(&self, command: &str, arguments: Value) -> Value {
        self.post("/goog/cdp/execute", json!({ "cmd": command, "params": arguments })).await
    }

    /// What the browser said to developers since this was last asked.
    pub(crate) async fn log(&self) -> Vec<String> {
        let entries = self.post("/se/log", json!({ "type": "browser" })).await;
        entries.as_array().unwrap().iter().map(ToString::to_string).collect()
    }

    /// A picture of the page, for people, where `SCREENSHOTS` names a directory.
    pub(crate) async fn picture(&self, name: &str) {
        let Some(directory) = runtime::process::environment("SCREENSHOTS") else { return };
        let picture = self.get("/screenshot").await;
        let picture = STANDARD.decode(picture.as_str().unwrap()).unwrap();
        std::fs::write(PathBuf::from(directory).join(format!("{name}.png")), picture).unwrap();
    }

    /// Ends it.
    pub(crate) async fn end(self) {
        self.does(Method::DELETE, "", Value::Null).await.unwrap();
        drop(self.driver);
    }
}
