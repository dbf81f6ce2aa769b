//! A web server on loopback that says what a test tells it to, and counts.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

/// What the server does with a request.
#[derive(Clone)]
pub enum Reply {
    /// Sends these bytes, the head of the answer included, and closes.
    Bytes(Vec<u8>),
    /// Sends these bytes and then a space every few milliseconds until the other side gives up.
    Drip(Vec<u8>),
}

impl Reply {
    /// An answer of `status` with `body`, and `headers` each ended by CRLF.
    #[must_use]
    pub fn new(status: u16, headers: &str, body: &[u8]) -> Self {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} -\r\ncontent-length: {length}\r\n{headers}\r\n");
        Self::Bytes([head.as_bytes(), body].concat())
    }
}

/// A running server; dropping it ends it.
pub struct KeyServer {
    address: SocketAddr,
    requests: Arc<AtomicUsize>,
    closed: Arc<AtomicBool>,
}

impl KeyServer {
    /// Answers every request with `reply`.
    ///
    /// # Errors
    /// If no port of the loopback interface can be had.
    pub fn start(reply: Reply) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let server = Self {
            address: listener.local_addr()?,
            requests: Arc::default(),
            closed: Arc::default(),
        };
        let (requests, closed) = (Arc::clone(&server.requests), Arc::clone(&server.closed));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::SeqCst) {
                    break;
                }
                let (reply, requests) = (reply.clone(), Arc::clone(&requests));
                // The other side may close whenever it likes, which is no concern of the server.
                thread::spawn(move || drop(serve(stream, &reply, &requests)));
            }
        });
        Ok(server)
    }

    /// The address of its keys.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/.well-known/jwks.json", self.address)
    }

    /// How many requests have come.
    #[must_use]
    pub fn requests(&self) -> usize {
        self.requests.load(Ordering::SeqCst)
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn serve(mut stream: TcpStream, reply: &Reply, requests: &AtomicUsize) -> io::Result<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte)?;
        head.extend_from_slice(&byte);
    }
    requests.fetch_add(1, Ordering::SeqCst);
    match reply {
        Reply::Bytes(bytes) => stream.write_all(bytes),
        Reply::Drip(bytes) => {
            stream.write_all(bytes)?;
            stream.set_read_timeout(Some(Duration::from_millis(5)))?;
            // Reading is the pace: it ends with nothing when the other side has closed.
            while !matches!(stream.read(&mut [0]), Ok(0)) {
                stream.write_all(b" ")?;
            }
            Ok(())
        }
    }
}
