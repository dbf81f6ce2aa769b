//! HTTP/1.1 around a handler: one task for each connection, on one thread, as the functions have it.

use std::io;
use std::net::IpAddr;
use std::rc::Rc;
use std::time::Duration;

use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::TcpListener;

use super::upstream::Body;

/// How long a client may take to send its headers.
const HEADER_PATIENCE: Duration = Duration::from_secs(30);
/// The largest request line and headers that are read, in bytes: more than API Gateway takes, so that
/// the local gateway can refuse them in its words.
const MAX_HEAD_BYTES: usize = 64 * 1024;
/// The most headers that are read.
const MAX_HEADERS: usize = 200;
/// How long to wait where no connection can be taken, for want of file descriptors.
const BACK_OFF: Duration = Duration::from_millis(100);

/// Answers requests.
pub(super) trait Handler {
    /// Answers `request`, which came from `source`.
    fn handle(
        &self,
        request: Request<Incoming>,
        source: IpAddr,
    ) -> impl Future<Output = Response<Body>>;
}

/// Serves `handler` on `listener`, until it is dropped.
///
/// # Errors
/// None: a connection that fails ends alone.
pub(super) async fn serve<H: Handler + 'static>(
    listener: TcpListener,
    handler: Rc<H>,
) -> io::Result<()> {
    loop {
        let (stream, address) = match listener.accept().await {
            Ok(connection) => connection,
            Err(_) => {
                tokio::time::sleep(BACK_OFF).await;
                continue;
            }
        };
        let handler = Rc::clone(&handler);
        tokio::task::spawn_local(async move {
            let service = service_fn(move |request| {
                let handler = Rc::clone(&handler);
                async move { Ok::<_, io::Error>(handler.handle(request, address.ip()).await) }
            });
            let served = http1::Builder::new()
                .timer(TokioTimer::new())
                .header_read_timeout(HEADER_PATIENCE)
                .max_buf_size(MAX_HEAD_BYTES)
                .max_headers(MAX_HEADERS)
                .preserve_header_case(true)
                .serve_connection(TokioIo::new(stream), service)
                .await;
            // The client hung up, or did not speak HTTP: hyper has answered what could be answered.
            drop(served);
        });
    }
}
