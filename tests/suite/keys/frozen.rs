//! A real authorizer whose process is stopped after each event, as Lambda does it.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::mpsc::{Sender, channel};
use std::{fs, thread};

use serde_json::{Value, json};
use shared::authn::Issuer;
use tests::events::rest_token;
use tests::mint::{APP_CLIENT, POOL, Signer, id_claims};
use tests::runtime_api::{Answer, Function, now_seconds};
use tests::samples::Settings;

/// An issuer that answers one request after the other, each when the test says what.
struct Issuing {
    address: SocketAddr,
    /// What the next request gets.
    says: Sender<String>,
}

impl Issuing {
    fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let (says, said) = channel::<String>();
        thread::spawn(move || {
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                // Ends with the test, which drops what it says.
                let Ok(body) = said.recv() else { return };
                let _ = stream.read(&mut [0; 4096]);
                let length = body.len();
                let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {length}\r\n\r\n");
                // The other side may have given up.
                let _ = stream.write_all(format!("{head}{body}").as_bytes());
            }
        });
        Self { address, says }
    }
}

/// A seed file with the key of `signer`, fetched two hours ago. Removed with the test.
struct Seed(PathBuf);

impl Seed {
    fn of(signer: &Signer) -> Self {
        let mut set: Value = serde_json::from_str(&signer.jwks()).unwrap();
        set["fetched_at"] = json!(now_seconds() - 7200);
        let issuer = Issuer::of_pool(POOL).unwrap();
        let name = format!("portcullis-seed-{}-{}.json", std::process::id(), now_seconds());
        let file = std::env::temp_dir().join(name);
        fs::write(&file, json!({ issuer.name(): set }).to_string()).unwrap();
        Self(file)
    }
}

impl Drop for Seed {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn start(issuing: &Issuing, seed: &Seed) -> Function {
    let settings = [
        ("CREDENTIALS", "id-token"),
        ("USER_POOL_IDS", POOL),
        ("APP_CLIENT_IDS", APP_CLIENT),
        ("ACCESS_FILE", "infra/access.toml"),
        ("JWKS_FILE", seed.0.to_str().unwrap()),
        ("JWKS_REFRESH", "on"),
        ("JWKS_URL", &format!("http://{}/jwks.json", issuing.address)),
        ("ON_UNAUTHENTICATED", "throw"),
        ("RESPONSE", "iam"),
        ("LEEWAY_SECONDS", "0"),
    ];
    let settings: Settings =
        settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Function::start(&tests::binary("authorizer").unwrap(), &settings).unwrap()
}

/// One event is answered with a key that its issuer has withdrawn: it launches a fetch, which is frozen
/// with the process. The next one waits for it.
#[test]
fn a_withdrawn_key_is_not_used_for_as_long_as_the_process_is_frozen() {
    let (old, new) = (Signer::generate("old"), Signer::generate("new"));
    let (issuing, seed) = (Issuing::start(), Seed::of(&old));
    let mut function = start(&issuing, &seed);
    let ask = |function: &mut Function, signer: &Signer| {
        let token = signer.token(&id_claims("viewer", "acme"));
        let event = rest_token(&token, "GET", "/api/incidents").to_string();
        let answer = function.invoke(event.as_bytes()).unwrap().answer;
        matches!(answer, Answer::Response(_))
    };
    assert!(ask(&mut function, &old), "the seed is due, and is used while it is refreshed");
    function.freeze().unwrap();
    issuing.says.send(new.jwks()).unwrap();
    function.thaw().unwrap();
    assert!(!ask(&mut function, &old), "the key was withdrawn");
    function.freeze().unwrap();
    function.thaw().unwrap();
    assert!(ask(&mut function, &new), "and this one took its place");
}
