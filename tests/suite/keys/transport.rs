//! What is fetched over a real connection, and what is not.

use std::net::TcpListener;
use std::time::Duration;

use adapters::jwks::{
    CacheState, Fetch as _, Http, JwksLookup as _, JwksSource, JwksStore, Limits, Refresh,
};
use adapters::url::Url;
use shared::time::Timestamp;
use tests::key_server::{KeyServer, Reply};

use super::{SIGNER, sign};

const PATIENT: Duration = Duration::from_secs(60);
const IMPATIENT: Duration = Duration::from_millis(100);

async fn fetch(url: &str, timeout: Duration) -> String {
    match Http::new(timeout, timeout).fetch(&Url::parse(url).unwrap()).await {
        Ok(body) => format!("{} bytes", body.len()),
        Err(error) => error.to_string(),
    }
}

/// Fetches once from a server that gives `reply`, and expects exactly one request.
async fn check(reply: Reply, expected: &str) {
    let server = KeyServer::start(reply).unwrap();
    assert_eq!(fetch(&server.url(), PATIENT).await, expected);
    assert_eq!(server.requests(), 1, "{expected}");
}

#[tokio::test]
async fn only_status_200_is_an_answer() {
    for status in [201, 204, 301, 302, 307, 401, 404, 429, 500, 503] {
        let reply = Reply::new(status, "location: /elsewhere\r\n", b"");
        check(reply, &format!("answered with status {status}")).await;
    }
    check(Reply::new(200, "", b"{}"), "2 bytes").await;
    check(Reply::new(200, "content-type: text/html\r\n", b"{}"), "2 bytes").await;
}

#[tokio::test]
async fn an_answer_is_at_most_64_kib() {
    let too_long = "answered with more than 65536 bytes";
    let endless = |length| [b"HTTP/1.1 200 OK\r\n\r\n", &*vec![b' '; length]].concat();
    check(Reply::new(200, "", &[b' '; 65_536]), "65536 bytes").await;
    check(Reply::Bytes(endless(65_536)), "65536 bytes").await;
    check(Reply::new(200, "", &[b' '; 65_537]), too_long).await;
    check(Reply::new(200, "", &vec![b' '; 10_000_000]), too_long).await;
    check(Reply::Bytes(endless(10_000_000)), too_long).await;
    check(chunked(&[1024; 64], "0\r\n\r\n"), "65536 bytes").await;
    check(chunked(&[1024; 64], "1\r\n \r\n0\r\n\r\n"), too_long).await;
    check(chunked(&[1024; 10_000], ""), too_long).await;
}

/// Chunks of these sizes, and `end`.
fn chunked(sizes: &[usize], end: &str) -> Reply {
    let chunks: String = sizes.iter().map(|n| format!("{n:x}\r\n{}\r\n", " ".repeat(*n))).collect();
    let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    Reply::Bytes([head, &chunks, end].concat().into())
}

#[tokio::test]
async fn an_answer_may_come_in_pieces() {
    check(chunked(&[1, 1], "0\r\n\r\n"), "2 bytes").await;
    check(chunked(&[], "0\r\n\r\n"), "0 bytes").await;
    check(chunked(&[], "2;part=1\r\n{}\r\n0\r\nchecksum: 1\r\n\r\n"), "2 bytes").await;
    let hints = "HTTP/1.1 103 -\r\nlink: </>\r\n\r\n".repeat(3);
    let answer = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{} and more";
    check(Reply::Bytes([&*hints, answer].concat().into()), "2 bytes").await;
}

/// Whoever sends an error may take as long as he likes to explain it.
#[tokio::test]
async fn the_body_of_an_error_is_not_waited_for() {
    let server = KeyServer::start(Reply::Drip("HTTP/1.1 500 -\r\n\r\n".into())).unwrap();
    assert_eq!(fetch(&server.url(), PATIENT).await, "answered with status 500");
    check(Reply::new(404, "", &vec![b' '; 10_000_000]), "answered with status 404").await;
}

#[tokio::test]
async fn an_answer_comes_in_time() {
    let drip = |head: &str| KeyServer::start(Reply::Drip(head.into())).unwrap();
    let servers = [
        drip("HTTP/1.1 200 OK\r\nslow:"),
        drip("HTTP/1.1 200 OK\r\n\r\n{"),
        drip("HTTP/1.1 200 OK\r\ncontent-length: 18446744073709551613\r\n\r\n{"),
        drip("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nfffffffffffffff0\r\n"),
        drip("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\ntrailer:"),
        drip("HTTP/1.1 103 -\r\n\r\nHTTP/1.1 103 -\r\nslow:"),
    ];
    for server in servers {
        assert_eq!(fetch(&server.url(), IMPATIENT).await, "no answer in time");
    }
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    assert_eq!(fetch(&url_of(&silent), IMPATIENT).await, "no answer in time");
}

#[tokio::test]
async fn what_is_not_an_answer_is_told_apart() {
    #[track_caller]
    fn starts(sentence: &str, expected: &str) {
        assert!(sentence.starts_with(expected), "{sentence}");
    }
    for reply in ["not HTTP", "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{}"] {
        let server = KeyServer::start(Reply::Bytes(reply.into())).unwrap();
        starts(&fetch(&server.url(), PATIENT).await, "the answer broke off: ");
    }
    let closed = url_of(&TcpListener::bind("127.0.0.1:0").unwrap());
    starts(&fetch(&closed, PATIENT).await, "no connection: ");
    let no_tls = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = url_of(&no_tls).replace("http:", "https:");
    std::thread::spawn(move || drop(no_tls.accept()));
    starts(&fetch(&url, PATIENT).await, "no connection: ");
}

fn url_of(listener: &TcpListener) -> String {
    format!("http://{}/", listener.local_addr().unwrap())
}

const NOW: Timestamp = Timestamp::from_unix_millis(1_800_000_000_000);

fn store(server: &KeyServer) -> JwksStore<Http> {
    let source = JwksSource {
        issuers: vec!["https://issuer".into()],
        url: Url::parse(&server.url()).unwrap(),
        seed: None,
    };
    let http = Http::new(PATIENT, PATIENT);
    JwksStore::new([source], http, Refresh::On, &Limits::default(), NOW)
}

#[tokio::test]
async fn a_token_is_verified_with_a_key_from_the_network() {
    let server = KeyServer::start(Reply::new(200, "", SIGNER.jwks().as_bytes())).unwrap();
    let store = store(&server);
    for cache in [CacheState::Fetched, CacheState::Hit] {
        let lookup = store.key("https://issuer", "first", NOW).await.unwrap();
        assert_eq!(lookup.cache, cache);
        assert!(lookup.key.unwrap().verify_rs256(b"message", &sign("message")));
    }
    assert_eq!(server.requests(), 1);
}

#[tokio::test]
async fn a_page_instead_of_keys_is_named() {
    let page = Reply::new(200, "content-type: application/json\r\n", b"<html>Sign in</html>");
    let server = KeyServer::start(page).unwrap();
    let unavailable = store(&server).key("https://issuer", "a", NOW).await.unwrap_err();
    let sentence = "the JWK set is refused: an HTML or XML page, not a JWK set";
    assert_eq!(unavailable.to_string(), format!("the keys are out of reach: {sentence}"));
}
