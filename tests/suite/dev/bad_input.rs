//! What goes wrong: upstreams, ports, requests that no gateway takes.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use tests::aws::unique;
use tests::tool::File;
use tests::{binary, root};

use super::running::Running;
use super::upstream::Upstream;

const GET: &[u8] = b"GET /health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n";

fn connect(running: &Running) -> TcpStream {
    TcpStream::connect(running.gateway.strip_prefix("http://").unwrap()).unwrap()
}

/// Sends `bytes` and gives the first line of the answer; empty if the connection is closed.
fn raw(running: &Running, bytes: &[u8]) -> String {
    let mut connection = connect(running);
    // The gateway may close before it has read all.
    let _ = connection.write_all(bytes);
    let mut answer = Vec::new();
    let _ = connection.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).lines().next().unwrap_or_default().to_owned()
}

pub(super) fn fails(arguments: &[&str], code: i32, sentence: &str) {
    let runtime = std::env::temp_dir().join(unique("dev-fails"));
    let done = Command::new(binary("portcullis").unwrap())
        .arg("dev")
        .args(arguments)
        .current_dir(root())
        .env_clear()
        .env("XDG_RUNTIME_DIR", &runtime)
        .output()
        .unwrap();
    let err = String::from_utf8(done.stderr).unwrap();
    assert_eq!((done.status.code(), err.as_str()), (Some(code), sentence), "{arguments:?}");
    assert!(done.stdout.is_empty());
    assert!(!runtime.exists(), "what does not start leaves no keys behind");
}

#[test]
fn arguments_that_cannot_be() {
    let taken = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    fails(
        &["--port", &port],
        1,
        &format!("portcullis: 127.0.0.1:{port} is taken: choose another `--port`\n"),
    );
    fails(
        &["--port", "0", "--pool-port", &port],
        1,
        &format!("portcullis: 127.0.0.1:{port} is taken: choose another `--pool-port`\n"),
    );
    let upstream = |url: &str, problem: &str| {
        let sentence =
            format!("portcullis: `--upstream`: {problem}, such as `http://127.0.0.1:3000`\n");
        fails(&["--port", "0", "--pool-port", "0", "--upstream", url], 2, &sentence);
    };
    upstream("nonsense", "it is no address");
    upstream("https://127.0.0.1", "it is an address that begins with `http://`");
    upstream("http://u:p@127.0.0.1", "it is an address without a user, a query or a fragment");
    fails(
        &["--port", "0", "--pool-port", "0", "--access", "nowhere.toml"],
        1,
        "portcullis: nowhere.toml cannot be read: No such file or directory (os error 2)\n",
    );
    fails(&["token"], 1, "portcullis: no development pool has run: start `portcullis dev`\n");
}

/// Who opens the gateway to others is told what that means.
#[test]
fn an_address_that_others_reach() {
    let taken = TcpListener::bind(("0.0.0.0", 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let sentences = format!(
        "Whoever reaches this address can use the API keys of the samples, which are published.\n\
         portcullis: 0.0.0.0:{port} is taken: choose another `--port`\n"
    );
    fails(&["--address", "0.0.0.0", "--port", &port], 1, &sentences);
}

#[test]
fn an_upstream_that_is_down_or_breaks_off() {
    let nobody = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let url = format!("http://{}", nobody.local_addr().unwrap());
    drop(nobody);
    let running = Running::start(&["--upstream", &url]);
    assert_eq!(raw(&running, GET), "HTTP/1.1 502 Bad Gateway");

    let silent = Upstream::answering(b"");
    let running = Running::start(&["--upstream", &silent.url]);
    assert_eq!(raw(&running, GET), "HTTP/1.1 502 Bad Gateway");

    // What has begun cannot be taken back: the client sees that the body is not whole.
    let breaks = Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nhalf");
    let running = Running::start(&["--upstream", &breaks.url]);
    assert_eq!(raw(&running, GET), "HTTP/1.1 200 OK");
}

/// The gateway let it through: that the upstream refuses it is another matter.
#[test]
fn an_upstream_that_refuses() {
    let upstream = Upstream::answering(b"HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n");
    let mut running = Running::start(&["--upstream", &upstream.url]);
    assert_eq!(raw(&running, GET), "HTTP/1.1 403 Forbidden");
    assert_eq!(running.line(), "open  403  GET /health  route GET /health  not invoked");
    let token = running.token(&[]);
    let get = format!(
        "GET /api/incidents HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\nconnection: close\r\n\r\n"
    );
    assert_eq!(raw(&running, get.as_bytes()), "HTTP/1.1 403 Forbidden");
    assert!(running.line().starts_with("allow 403  GET /api/incidents  OK  "));
}

#[test]
fn an_upstream_that_takes_too_long() {
    let upstream = Upstream::silent();
    let running = Running::start(&["--upstream", &upstream.url, "--timeout", "1"]);
    assert_eq!(raw(&running, GET), "HTTP/1.1 504 Gateway Timeout");
}

/// Bodies go through as they come: nothing of their size is held.
#[test]
fn an_upstream_that_answers_a_gigabyte() {
    const GIGABYTE: usize = 1 << 30;
    let upstream = Upstream::new(|mut connection| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {GIGABYTE}\r\n\r\n");
        connection.write_all(head.as_bytes()).unwrap();
        let block = vec![b'a'; 1 << 20];
        for _ in 0..GIGABYTE / block.len() {
            connection.write_all(&block).unwrap();
        }
    });
    let running = Running::start(&["--upstream", &upstream.url]);
    let mut connection = connect(&running);
    connection.write_all(GET).unwrap();
    let bytes = std::io::copy(&mut connection, &mut std::io::sink()).unwrap();
    assert!(bytes > GIGABYTE as u64);
    let peak = running.peak_bytes();
    assert!(peak < 256 << 20, "{peak} bytes of memory");
}

/// A body in chunks says its length only at its end: the upstream never gets one that is too long.
#[test]
fn a_body_in_chunks_is_as_long_as_it_may_be() {
    let upstream =
        Upstream::answering(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\nconnection: close\r\n\r\n");
    let mut running = Running::start(&["--upstream", &upstream.url]);
    let token = running.token(&["--role", "itsm_agent"]);
    let head = format!(
        "POST /api/incidents HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ntransfer-encoding: chunked\r\n\
         connection: close\r\n\r\n"
    );
    let sends = |end: &[u8]| {
        let mut connection = connect(&running);
        connection.write_all(head.as_bytes()).unwrap();
        let mut chunk = b"100000\r\n".to_vec();
        chunk.resize(chunk.len() + (1 << 20), b'a');
        chunk.extend(b"\r\n");
        for _ in 0..10 {
            connection.write_all(&chunk).unwrap();
        }
        connection.write_all(end).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    };
    assert_eq!(sends(b"0\r\n\r\n"), "HTTP/1.1 200 OK");
    assert_eq!(upstream.got().body.len(), 10 << 20);
    assert_eq!(sends(b"1\r\na\r\n"), "HTTP/1.1 413 Payload Too Large");
    assert!(upstream.got_nothing());
}

#[test]
fn requests_that_no_gateway_takes() {
    // What a REST API says where it has no such route.
    const FORBIDDEN: &str = "HTTP/1.1 403 Forbidden";
    let running = Running::start(&[]);
    let long = format!("GET /health HTTP/1.1\r\nhost: x\r\nx: {}\r\n\r\n", "a".repeat(1024 * 1024));
    let many: String = (0..500).map(|number| format!("x-{number}: 1\r\n")).collect();
    let many = format!("GET /health HTTP/1.1\r\nhost: x\r\n{many}\r\n");
    let headers_too_large = "HTTP/1.1 431 Request Header Fields Too Large";
    let bad = "HTTP/1.1 400 Bad Request";
    for (bytes, status) in [
        (long.as_str(), headers_too_large),
        (many.as_str(), headers_too_large),
        ("GET http://other.example/health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", bad),
        ("nonsense\r\n\r\n", bad),
        (
            "GET /health HTTP/1.1\r\nhost: x\r\ncontent-length: 10485761\r\nconnection: close\r\n\r\n",
            "HTTP/1.1 413 Payload Too Large",
        ),
        (
            "POST /health HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\
             connection: close\r\n\r\n0\r\n\r\n",
            FORBIDDEN,
        ),
        (
            "POST /health HTTP/1.1\r\nhost: x\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab",
            bad,
        ),
        ("GET /api/../health HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", FORBIDDEN),
        ("GET /health/ HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n", FORBIDDEN),
    ] {
        let start: String = bytes.chars().take(60).collect();
        assert_eq!(raw(&running, bytes.as_bytes()), status, "{start}");
    }
    // And it goes on.
    assert_eq!(raw(&running, GET), "HTTP/1.1 200 OK");
}

/// Ctrl-C ends it, also while a connection is open.
#[test]
fn ctrl_c_ends_it() {
    let mut running = Running::start(&[]);
    let _open = connect(&running);
    assert_eq!(running.end("INT"), 0);
}

/// The state's directory is written to before anything is served.
#[test]
fn a_state_that_cannot_be_kept() {
    let file = File::new("");
    let state = file.path();
    fails(
        &["--port", "0", "--pool-port", "0", "--state", state],
        1,
        &format!("portcullis: {state}/pool.json cannot be used: Not a directory (os error 20)\n"),
    );
}

/// Whoever ends it: the next start has the same keys.
#[test]
fn the_pool_is_kept() {
    let directory = std::env::temp_dir().join(unique("dev-state"));
    let state = directory.to_str().unwrap();
    let keys = |signal: &str, arguments: &[&str]| {
        let mut running = Running::start(arguments);
        let jwks = pool_keys(&running);
        assert_eq!(running.end(signal), 0);
        jwks
    };
    let first = keys("TERM", &["--state", state]);
    assert_eq!(keys("INT", &["--state", state]), first);
    assert_eq!(keys("INT", &["--state", state]), first);
    assert_ne!(keys("INT", &[]), first);
    let mode = std::fs::metadata(directory.join("pool.json")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "private keys are in it");
    std::fs::remove_dir_all(&directory).unwrap();
}

/// The pool's keys, as it publishes them.
fn pool_keys(running: &Running) -> String {
    let address = running.pool.strip_prefix("http://").unwrap();
    let mut connection = TcpStream::connect(address).unwrap();
    let request = format!(
        "GET /.well-known/jwks.json HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n\r\n"
    );
    connection.write_all(request.as_bytes()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    assert!(head.starts_with("HTTP/1.1 200 OK"), "{head}");
    body.to_owned()
}

#[test]
fn only_the_host_of_the_pool_is_answered() {
    let running = Running::start(&[]);
    let address = running.pool.strip_prefix("http://").unwrap();
    let ask = |host: &str| {
        let mut connection = TcpStream::connect(address).unwrap();
        let request = format!(
            "GET /.well-known/jwks.json HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n\r\n"
        );
        connection.write_all(request.as_bytes()).unwrap();
        let mut answer = String::new();
        connection.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap().to_owned()
    };
    assert_eq!(ask(address), "HTTP/1.1 200 OK");
    assert_eq!(ask("evil.example"), "HTTP/1.1 421 Misdirected Request");
}
