//! Where the browser brings the code: one request to a port of this machine.

use std::cell::Cell;
use std::convert::Infallible;
use std::net::{Ipv4Addr, Ipv6Addr};
use std::rc::Rc;
use std::time::Duration;

use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderValue, REFERRER_POLICY,
};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;
use tokio::sync::{mpsc, oneshot};
use tokio::task::LocalSet;

use super::outcome::Outcome;
use super::page::{self, Page};
use crate::exit::CommandError;

/// The ports that the app client knows (RFC 8252 §7.3 would take any, Cognito does not).
const PORTS: [u16; 3] = [8976, 8977, 8978];
/// How long somebody may take to log in.
const PATIENCE: Duration = Duration::from_secs(5 * 60);
/// How long a browser may take to send a request, and to take the last page.
const REQUEST: Duration = Duration::from_secs(10);
/// The largest request that is read, in bytes.
const MAX_HEAD_BYTES: usize = 64 * 1024;

/// The port that waits.
pub(super) struct Listener {
    listeners: Vec<TcpListener>,
    port: u16,
}

/// What the browser brought, and the browser itself, which waits for a page.
pub(super) struct Callback {
    pub(super) outcome: Outcome,
    pub(super) answer: Answer,
}

/// A browser that waits for its page.
pub(super) struct Answer {
    page: oneshot::Sender<Page>,
    /// Ends when the page is written.
    written: oneshot::Receiver<()>,
    server: LocalSet,
}

/// Takes the first port that is free.
///
/// # Errors
/// None is.
pub(super) async fn listen() -> Result<Listener, CommandError> {
    for port in PORTS {
        let Ok(v4) = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).await else { continue };
        // A browser may take `localhost` for either.
        match TcpListener::bind((Ipv6Addr::LOCALHOST, port)).await {
            Ok(v6) => return Ok(Listener { listeners: vec![v4, v6], port }),
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {}
            Err(_) => return Ok(Listener { listeners: vec![v4], port }),
        }
    }
    let [first, second, third] = PORTS;
    Err(CommandError::failed(format!(
        "the ports {first}, {second} and {third} are taken, and the browser can come back to no other: end the \
         other login"
    )))
}

impl Listener {
    pub(super) fn redirect_uri(&self) -> String {
        format!("http://localhost:{}/callback", self.port)
    }

    /// Waits for the callback that has `state`. Any other request gets a page that says so, and changes
    /// nothing: everybody on this machine can send one.
    ///
    /// # Errors
    /// None came in time.
    pub(super) async fn wait(self, state: &str) -> Result<Callback, CommandError> {
        let (sender, mut receiver) = mpsc::channel(1);
        let server = LocalSet::new();
        let expected = Rc::new(Expected { state: state.to_owned(), port: self.port, sender });
        for listener in self.listeners {
            server.spawn_local(serve(listener, Rc::clone(&expected)));
        }
        drop(expected);
        let waited = server.run_until(tokio::time::timeout(PATIENCE, receiver.recv())).await;
        match waited {
            Ok(Some(Brought { outcome, page, written })) => {
                Ok(Callback { outcome, answer: Answer { page, written, server } })
            }
            _ => Err(CommandError::failed(format!(
                "nobody logged in within {} minutes: try again",
                PATIENCE.as_secs() / 60
            ))),
        }
    }
}

impl Answer {
    /// Shows `page`, and ends the server. A browser that is gone misses it.
    pub(super) async fn send(self, page: Page) {
        let Self { page: sender, server, written } = self;
        let _ = sender.send(page);
        let _ = server.run_until(tokio::time::timeout(REQUEST, written)).await;
    }
}

struct Expected {
    state: String,
    port: u16,
    sender: mpsc::Sender<Brought>,
}

/// The callback, while its browser waits.
struct Brought {
    outcome: Outcome,
    page: oneshot::Sender<Page>,
    written: oneshot::Receiver<()>,
}

async fn serve(listener: TcpListener, expected: Rc<Expected>) {
    while let Ok((stream, _)) = listener.accept().await {
        let expected = Rc::clone(&expected);
        tokio::task::spawn_local(async move {
            // Dropped once all is written.
            let (_writing, written) = oneshot::channel();
            let written = Rc::new(Cell::new(Some(written)));
            let service = service_fn(move |request| {
                let (expected, written) = (Rc::clone(&expected), Rc::clone(&written));
                async move { Ok::<_, Infallible>(expected.answer(&request, written.take()).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(REQUEST)
                .max_buf_size(MAX_HEAD_BYTES)
                .keep_alive(false)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            drop(served);
        });
    }
}

impl Expected {
    async fn answer(
        &self,
        request: &Request<Incoming>,
        written: Option<oneshot::Receiver<()>>,
    ) -> Response<Full<Bytes>> {
        let uri = request.uri();
        if request.method() != Method::GET || uri.path() != "/callback" || !self.is_host(request) {
            return response(Page::Nothing);
        }
        let outcome = Outcome::read(uri.query().unwrap_or_default(), &self.state);
        let (Some(outcome), Some(written)) = (outcome, written) else {
            return response(Page::Foreign);
        };
        let (page, shown) = oneshot::channel();
        // The second of two is told that it is too late.
        if self.sender.try_send(Brought { outcome, page, written }).is_err() {
            return response(Page::Foreign);
        }
        response(shown.await.unwrap_or(Page::Failed))
    }

    /// A page of another name whose address was changed to ours (DNS rebinding) would reach us under that
    /// name.
    fn is_host(&self, request: &Request<Incoming>) -> bool {
        let host = request.headers().get(HOST).and_then(|host| host.to_str().ok());
        let own = ["localhost", "127.0.0.1", "[::1]"];
        host.is_some_and(|host| own.iter().any(|own| host == format!("{own}:{}", self.port)))
    }
}

fn response(page: Page) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(page.html())));
    *response.status_mut() =
        StatusCode::from_u16(page.status()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let policy = page::policy();
    let headers = [
        (CONTENT_TYPE, "text/html; charset=utf-8"),
        (CACHE_CONTROL, "no-store"),
        (CONTENT_SECURITY_POLICY, policy.as_str()),
        // The address has the code.
        (REFERRER_POLICY, "no-referrer"),
    ];
    for (name, value) in headers {
        if let Ok(value) = HeaderValue::from_str(value) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}
