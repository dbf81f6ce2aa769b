//! What the authorizer's HTTP client sends, and what it takes for an answer.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::Duration;

use adapters::http::{Bytes, Client, Full, HttpError, Request, Response, Timeouts};
use adapters::url::Url;
use tests::key_server::{KeyServer, Reply};

const PATIENT: Timeouts =
    Timeouts { connect: Duration::from_secs(60), whole: Duration::from_secs(60) };

async fn send(url: &str, request: Request<Full<Bytes>>) -> Result<Response, HttpError> {
    Client::new(PATIENT).send(&Url::parse(url).unwrap(), request, |_| Some(100)).await
}

#[tokio::test]
async fn a_request_is_sent_as_it_is_to_the_address_given() {
    let server = KeyServer::start(Reply::new(200, "", b"")).unwrap();
    let url = server.url();
    let authority = url.split('/').nth(2).unwrap();

    let check = async |path: &str, request: Request<Full<Bytes>>, expected: &str| {
        send(&format!("http://{authority}{path}"), request).await.unwrap();
        assert_eq!(server.last_request(), expected.replace("{authority}", authority));
    };
    let get = Request::default;
    check("", get(), "GET / HTTP/1.1\r\nhost: {authority}\r\n\r\n").await;
    check("/a?b=%2F", get(), "GET /a?b=%2F HTTP/1.1\r\nhost: {authority}\r\n\r\n").await;
    check("?b", get(), "GET /?b HTTP/1.1\r\nhost: {authority}\r\n\r\n").await;

    let post = Request::post("https://elsewhere.example/elsewhere")
        .header("x-amz-target", "secretsmanager.GetSecretValue")
        .header("host", "elsewhere.example");
    let expected = "POST / HTTP/1.1\r\nx-amz-target: secretsmanager.GetSecretValue\r\n\
                    host: {authority}\r\ncontent-length: 2\r\n\r\n{}";
    check("/", post.body("{}".into()).unwrap(), expected).await;
}

#[tokio::test]
async fn an_answer_is_a_status_and_a_body() {
    async fn check(reply: Reply, status: u16, body: &str) {
        let server = KeyServer::start(reply).unwrap();
        let answer = send(&server.url(), Request::default()).await.unwrap();
        assert_eq!((answer.status, &*answer.body), (status, body.as_bytes()));
    }
    check(Reply::new(200, "", b"{}"), 200, "{}").await;
    check(Reply::new(200, "", b""), 200, "").await;
    check(Reply::new(400, "", b"why"), 400, "why").await;
    check(Reply::new(503, "retry-after: 1\r\n", b"later"), 503, "later").await;
    check(Reply::new(302, "location: /\r\n", b"there"), 302, "there").await;
    check(Reply::Bytes(b"HTTP/1.0 200 OK\r\n\r\nold".into()), 200, "old").await;
    check(Reply::Bytes(b"HTTP/1.1 204 -\r\n\r\n".into()), 204, "").await;
}

#[tokio::test]
async fn what_is_no_answer_is_an_error() {
    async fn check(reply: &[u8], expected: &str) {
        let server = KeyServer::start(Reply::Bytes(reply.into())).unwrap();
        let error = send(&server.url(), Request::default()).await.unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert_eq!(server.requests(), 1, "{expected}");
    }
    let ok = |rest: &str| format!("HTTP/1.1 200 OK\r\n{rest}").into_bytes();
    let chunks = |rest: &str| ok(&format!("transfer-encoding: chunked\r\n\r\n{rest}"));
    let broken = |reason: &str| format!("the answer broke off: {reason}");
    check(&ok(&format!("\r\n{}", " ".repeat(101))), "answered with more than 100 bytes").await;
    // Broken off.
    check(b"", &broken("connection closed before message completed")).await;
    check(&ok(""), &broken("connection closed before message completed")).await;
    let early = broken("end of file before message length reached");
    check(&ok("content-length: 9\r\n\r\n{}"), &early).await;
    check(&chunks("2\r\n{}"), &broken("unexpected EOF during chunk size line")).await;
    // Not HTTP.
    check(b"not HTTP", &broken("invalid HTTP version parsed")).await;
    let length = broken("invalid content-length parsed");
    check(&ok("content-length: 1\r\ncontent-length: 2\r\n\r\n{}"), &length).await;
    check(&ok("content-length: -1\r\n\r\n"), &length).await;
    check(&chunks("x\r\n"), &broken("Invalid chunk size line: missing size digit")).await;
    check(&chunks("10000000000000000\r\n "), &broken("invalid chunk size: overflow")).await;
    // Too much of one thing where no body is.
    let head = broken("message head is too large");
    check(&ok(&"a: b\r\n".repeat(200)), &head).await;
    let extension = format!("1;{}", "x".repeat(100_000));
    check(&chunks(&extension), &broken("chunk extensions over limit")).await;
    let trailers = format!("0\r\n{}\r\n", "a: b\r\n".repeat(100_000));
    check(&chunks(&trailers), &broken("chunk trailers count overflow")).await;
}

/// Whatever it is that does not end, and however harmless each part of it.
#[tokio::test]
async fn an_answer_that_does_not_end_is_not_read_to_its_end() {
    async fn check(head: &str, part: &str) {
        let endless = part.repeat(1_000_000 / part.len());
        let server = KeyServer::start(Reply::Bytes([head, &endless].concat().into())).unwrap();
        let error = send(&server.url(), Request::default()).await.unwrap_err();
        // The body that is taken, and 64 KiB.
        assert_eq!(error, HttpError::TooLong(100 + 65_536), "{head:?} {part:?}");
        assert_eq!(server.requests(), 1, "{part:?}");
    }
    check("", "\r\n").await;
    check("", "HTTP/1.1 103 -\r\nlink: </>\r\n\r\n").await;
    check("", "HTTP/1.1 100 Continue\r\n\r\n").await;
    check("HTTP/1.1 200 ", "x").await;
    check("HTTP/1.1 200 OK\r\na: ", "b").await;
    check("HTTP/1.1 200 OK\r\n", "b").await;
    let chunked = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
    check(chunked, "0").await;
    check(&format!("{chunked}1"), " ").await;
    check(&format!("{chunked}{}", "1\r\nx\r\n".repeat(100)), "0").await;
}

/// What proxies and AWS send beside a body has room.
#[tokio::test]
async fn an_answer_has_room_besides_its_body() {
    async fn check(before: &str, after: &str) {
        let head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n";
        let chunks = "1\r\nx\r\n".repeat(100);
        let reply = [before, head, after, "\r\n", &chunks, "0\r\n\r\n"].concat();
        let server = KeyServer::start(Reply::Bytes(reply.into())).unwrap();
        let answer = send(&server.url(), Request::default()).await.unwrap();
        assert_eq!(answer.body, [b'x'; 100]);
    }
    check("", "").await;
    check(&"HTTP/1.1 103 -\r\nlink: </>\r\n\r\n".repeat(1000), "").await;
    check("", &format!("a: {}\r\n", "b".repeat(60_000))).await;
}

/// A freeze would meet what is left open.
#[tokio::test]
async fn a_connection_ends_with_its_request() {
    async fn check(reply: &'static [u8], whole: Duration, expected: Result<u16, HttpError>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = Url::parse(&format!("http://{}", listener.local_addr().unwrap())).unwrap();
        let server = thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            stream.read_exact(&mut [0]).unwrap();
            stream.write_all(reply).unwrap();
            // Returns when the other side has closed.
            stream.read_to_end(&mut Vec::new()).unwrap();
        });
        let client = Client::new(Timeouts { whole, ..PATIENT });
        let answer = client.send(&url, Request::default(), |_| Some(100)).await;
        assert_eq!(answer.map(|answer| answer.status), expected);
        server.join().unwrap();
    }
    let soon = Duration::from_millis(100);
    check(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}", PATIENT.whole, Ok(200)).await;
    check(b"HTTP/1.1 200 OK\r\ncontent-length: 3\r\n\r\n{}", soon, Err(HttpError::Timeout)).await;
    check(b"", soon, Err(HttpError::Timeout)).await;
}

#[tokio::test]
async fn connecting_has_a_time_of_its_own() {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = Url::parse(&format!("https://{}", silent.local_addr().unwrap())).unwrap();
    let client = Client::new(Timeouts { connect: Duration::from_millis(100), ..PATIENT });
    let answer = client.send(&url, Request::default(), |_| Some(100)).await;
    assert_eq!(answer, Err(HttpError::Timeout));
}

#[tokio::test]
async fn debug_shows_no_body() {
    let server = KeyServer::start(Reply::new(200, "", b"secret")).unwrap();
    let answer = send(&server.url(), Request::default()).await.unwrap();
    assert_eq!(format!("{answer:?}"), "Response { status: 200, .. }");
}
