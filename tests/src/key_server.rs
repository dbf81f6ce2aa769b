//! A web server on loopback that says what a test tells it to, and keeps what it was asked.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use crate::http::take_request;

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

struct Asked {
    reply: Reply,
    requests: usize,
    last: Vec<u8>,
}

/// A running server; dropping it ends it.
pub struct KeyServer {
    address: SocketAddr,
    asked: Arc<Mutex<Asked>>,
    closed: Arc<AtomicBool>,
}

impl KeyServer {
    /// Answers every request with `reply`.
    ///
    /// # Errors
    /// If no port of the loopback interface can be had.
    pub fn start(reply: Reply) -> io::Result<Self> {
        let listener = TcpListener::bind(("127.0.0.1", 0))?;
        let asked = Asked { reply, requests: 0, last: Vec::new() };
        let server = Self {
            address: listener.local_addr()?,
            asked: Arc::new(Mutex::new(asked)),
            closed: Arc::default(),
        };
        let (asked, closed) = (Arc::clone(&server.asked), Arc::clone(&server.closed));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::SeqCst) {
                    break;
                }
                let asked = Arc::clone(&asked);
                // The other side may close whenever it likes, which is no concern of the server.
                thread::spawn(move || drop(serve(stream, &asked)));
            }
        });
        Ok(server)
    }

    /// The address of its keys.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/.well-known/jwks.json", self.address)
    }

    /// Answers every request from now on with `reply`.
    pub fn answer(&self, reply: Reply) {
        lock(&self.asked).reply = reply;
    }

    /// How many requests have come.
    #[must_use]
    pub fn requests(&self) -> usize {
        lock(&self.asked).requests
    }

    /// The bytes of the last request, head and body; empty if none has come.
    #[must_use]
    pub fn last_request(&self) -> String {
        String::from_utf8_lossy(&lock(&self.asked).last).into_owned()
    }
}

impl Drop for KeyServer {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

fn lock(asked: &Mutex<Asked>) -> MutexGuard<'_, Asked> {
    asked.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(mut stream: TcpStream, asked: &Mutex<Asked>) -> io::Result<()> {
    let last = receive(&mut stream)?;
    let reply = {
        let mut asked = lock(asked);
        asked.requests += 1;
        asked.last = last;
        asked.reply.clone()
    };
    match reply {
        Reply::Bytes(bytes) => stream.write_all(&bytes),
        Reply::Drip(bytes) => {
            stream.write_all(&bytes)?;
            stream.set_read_timeout(Some(Duration::from_millis(5)))?;
            // Reading is the pace: it ends with nothing when the other side has closed.
            while !matches!(stream.read(&mut [0]), Ok(0)) {
                stream.write_all(b" ")?;
            }
            Ok(())
        }
    }
}

/// One request, with its body: closing before all of it was read would reset the connection.
fn receive(stream: &mut TcpStream) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    while take_request(&mut bytes.clone())?.is_none() {
        let mut part = [0; 4096];
        let length = stream.read(&mut part)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        bytes.extend(part.iter().take(length));
    }
    Ok(bytes)
}
