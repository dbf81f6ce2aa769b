//! `login --browser`, with a client that does what a browser does at the pool's own pages.

use std::io::{BufRead as _, BufReader, Read as _};
use std::net::TcpListener;
use std::process::{Child, ChildStderr};

use local::pool::{APP_CLIENT, PASSWORD};
use reqwest::header::{COOKIE, HOST, LOCATION, SET_COOKIE};
use reqwest::{Client, StatusCode};

use super::person::Person;
use super::{VIEWER, chromium};
use crate::dev::running::Running;

const WAITS: [&str; 4] = ["login", "--browser", "--no-browser", "--verbose"];

/// A login that waits for its browser.
pub(super) struct Waiting {
    child: Child,
    err: BufReader<ChildStderr>,
    /// The address for the browser.
    pub(super) address: String,
}

impl Waiting {
    pub(super) fn start(person: &Person) -> Self {
        let mut child = person.starts(&WAITS);
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let address = loop {
            let mut line = String::new();
            assert!(err.read_line(&mut line).unwrap() > 0, "it has ended");
            if let Some(address) = line.trim().strip_prefix("http") {
                break format!("http{address}");
            }
        };
        Self { child, err, address }
    }

    /// The exit code, and what it said in the end.
    pub(super) fn end(mut self) -> (i32, String) {
        let mut rest = String::new();
        self.err.read_to_string(&mut rest).unwrap();
        (self.child.wait().unwrap().code().unwrap(), rest.trim_start().to_owned())
    }

    /// A parameter of the address.
    fn parameter(&self, name: &str) -> String {
        let url = reqwest::Url::parse(&self.address).unwrap();
        let found = url.query_pairs().find(|(own, _)| own == name);
        found.unwrap_or_else(|| panic!("{name}: {}", self.address)).1.into_owned()
    }
}

fn client() -> Client {
    Client::builder().redirect(reqwest::redirect::Policy::none()).build().unwrap()
}

/// Logs in at the pool's page. Where the pool sends the browser.
async fn log_in(address: &str) -> String {
    let client = client();
    let page = client.get(address).send().await.unwrap();
    let cookie = page.headers()[SET_COOKIE].to_str().unwrap();
    let cookie = cookie.split(';').next().unwrap().to_owned();
    let html = page.text().await.unwrap();
    let (_, rest) = html.split_once("name=\"form_token\" value=\"").unwrap();
    let token = rest.split('"').next().unwrap();
    let origin = address.split("/oauth2/").next().unwrap();
    let mut form = reqwest::Url::parse(&format!("{origin}/login")).unwrap();
    form.query_pairs_mut()
        .append_pair("form_token", token)
        .append_pair("username", VIEWER)
        .append_pair("password", PASSWORD);
    let body = form.query().unwrap().to_owned();
    form.set_query(None);
    let answer = client
        .post(form)
        .header(COOKIE, cookie)
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body)
        .send()
        .await
        .unwrap();
    answer.headers()[LOCATION].to_str().unwrap().to_owned()
}

/// Opens `address`: the status and the heading of the page.
async fn open(address: &str) -> (StatusCode, String) {
    heading(client().get(address)).await
}

async fn heading(request: reqwest::RequestBuilder) -> (StatusCode, String) {
    let page = request.send().await.unwrap();
    assert_eq!(page.headers()["cache-control"], "no-store");
    let policy = page.headers()["content-security-policy"].to_str().unwrap().to_owned();
    assert!(policy.starts_with("default-src 'none'; style-src 'sha256-"), "{policy}");
    assert!(policy.ends_with("='; frame-ancestors 'none'"), "{policy}");
    let status = page.status();
    let html = page.text().await.unwrap();
    let (_, rest) = html.split_once("<h1>").unwrap();
    (status, rest.split('<').next().unwrap().to_owned())
}

/// One after the other: there are three ports, and other tests may not have them.
#[tokio::test]
async fn a_login_in_the_browser() {
    let gate = Running::start(&[]);
    let person = Person::configured(&gate.pool);
    a_code_becomes_tokens(&person).await;
    only_its_own_callback_counts(&person).await;
    an_error_ends_it(&person).await;
    a_code_of_another_login_is_refused(&person).await;
    the_next_port_is_taken(&person).await;
    chromium::at_the_development_pool(&person).await;
    chromium::at_ministack().await;
}

async fn a_code_becomes_tokens(person: &Person) {
    let login = Waiting::start(person);
    assert_eq!(login.parameter("redirect_uri"), "http://localhost:8976/callback");
    assert_eq!(login.parameter("code_challenge_method"), "S256");
    // 256 bits each.
    for name in ["state", "nonce", "code_challenge"] {
        assert_eq!(login.parameter(name).len(), 43, "{name}");
    }
    let callback = log_in(&login.address).await;
    let worked = (StatusCode::OK, "You are logged in".to_owned());
    assert_eq!(open(&callback).await, worked);
    let said = "Logged in as viewer@acme.example.\nnext: `portcullis token`\n";
    assert_eq!(login.end(), (0, said.to_owned()));
    assert_eq!(person.does(&["token"]).code, 0);
    // What came of it can be refreshed, and ended.
    person.age(61);
    assert_eq!(person.does(&["token"]).code, 0);
    person.does(&["logout"]).is(0, "", "Logged out.\n");
}

async fn only_its_own_callback_counts(person: &Person) {
    let login = Waiting::start(person);
    let state = login.parameter("state");
    let callback = log_in(&login.address).await;
    let at = |path: &str| format!("http://localhost:8976{path}");
    let foreign = (StatusCode::BAD_REQUEST, "This is another login".to_owned());
    for query in [
        "code=c".to_owned(),
        "code=c&state=another".to_owned(),
        format!("code=c&state={state}&state={state}"),
        format!("code=a&code=b&state={state}"),
        format!("state={state}"),
        "error=access_denied".to_owned(),
    ] {
        assert_eq!(open(&at(&format!("/callback?{query}"))).await, foreign, "{query}");
    }
    let nothing = (StatusCode::NOT_FOUND, "There is nothing here".to_owned());
    assert_eq!(open(&at("/")).await, nothing);
    assert_eq!(open(&at("/favicon.ico")).await, nothing);
    assert_eq!(heading(client().post(&callback)).await, nothing);
    let rebound = client().get(&callback).header(HOST, "evil.example:8976");
    assert_eq!(heading(rebound).await, nothing);
    // All of that has changed nothing.
    assert_eq!(open(&callback).await.0, StatusCode::OK);
    assert_eq!(login.end().0, 0);
}

async fn an_error_ends_it(person: &Person) {
    let login = Waiting::start(person);
    let state = login.parameter("state");
    let query = format!("error=access_denied&error_description=not+today%1b&state={state}");
    let page = open(&format!("http://localhost:8976/callback?{query}")).await;
    assert_eq!(page, (StatusCode::BAD_REQUEST, "You are not logged in".to_owned()));
    let said = "portcullis: the user pool refused the login: access_denied: not today\\u{1b}\n";
    assert_eq!(login.end(), (3, said.to_owned()));
}

/// Somebody makes the browser bring the code of their own login: its verifier is another.
async fn a_code_of_another_login_is_refused(person: &Person) {
    let login = Waiting::start(person);
    let another = login.address.replace("code_challenge=", "code_challenge=A");
    let another = another.replacen(&login.parameter("code_challenge"), &"A".repeat(42), 1);
    let callback = log_in(&another).await;
    let page = open(&callback).await;
    assert_eq!(page, (StatusCode::BAD_REQUEST, "You are not logged in".to_owned()));
    let said = "portcullis: the user pool did not take the code of the login: invalid_grant: code_verifier does not \
                fit the code\n";
    assert_eq!(login.end(), (3, said.to_owned()));

    let login = Waiting::start(person);
    let nonce = login.parameter("nonce");
    let callback = log_in(&login.address.replace(&nonce, "another")).await;
    assert_eq!(open(&callback).await.0, StatusCode::BAD_REQUEST);
    let said = "portcullis: the user pool sent a token of another login: log in again\n";
    assert_eq!(login.end(), (3, said.to_owned()));
}

async fn the_next_port_is_taken(person: &Person) {
    let mut taken = Vec::new();
    for (port, next) in [(8976, Some(8977)), (8977, Some(8978)), (8978, None)] {
        taken.push(TcpListener::bind(("127.0.0.1", port)).unwrap());
        let Some(next) = next else { break };
        let login = Waiting::start(person);
        let uri = format!("http://localhost:{next}/callback");
        assert_eq!(login.parameter("redirect_uri"), uri);
        let callback = log_in(&login.address).await;
        assert_eq!(open(&callback).await.0, StatusCode::OK);
        assert_eq!(login.end().0, 0);
    }
    let done = person.does(&["login", "--browser"]);
    let sentence = "portcullis: the ports 8976, 8977 and 8978 are taken, and the browser can come back to no other: \
                    end the other login\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
}

#[test]
fn another_pool_and_a_password_besides() {
    let gate = Running::start(&[]);
    let endpoint = ["--cognito-endpoint", &gate.pool];
    let person = Person::new().configure_pool("local-1_Another", APP_CLIENT, &endpoint);
    let done = person.does(&["login", "--browser"]);
    let sentence = "portcullis: there is no user pool `local-1_Another` in `local-1`: the bundle is old, or of \
                    another region; ask the administrator for another, and paste it into \
                    `portcullis configure --from-bundle -`\n";
    assert!(done.code == 1 && done.err.ends_with(sentence), "{done:?}");
    for arguments in [&["--browser", "--username", "a"][..], &["--no-browser"], &[]] {
        assert_eq!(person.does(&[&["login"], arguments].concat()).code, 2, "{arguments:?}");
    }
}
