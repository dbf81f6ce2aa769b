//! The way in for deliveries: an HTTP server that hands each request to a webhook-authorizer's real binary, as an
//! HTTP API does, and answers as the function says.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Map, Value};

use crate::http::{HttpRequest, response, take_request};
use crate::runtime_api::{Answer, Function};
use crate::samples::Settings;
use crate::webhook_events::proxy_2;

/// A running server. It ends with the test.
pub struct Doorway {
    address: SocketAddr,
    logs: Arc<Mutex<Vec<Value>>>,
}

impl Doorway {
    /// Starts the function with `settings`, and a server before it.
    ///
    /// # Panics
    /// The binary is not built, or no port can be had.
    #[must_use]
    pub fn open(settings: &Settings) -> Self {
        let binary = crate::binary("webhook-authorizer").expect("`make binaries` has built it");
        let mut function = Function::start(&binary, settings).expect("the function starts");
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let logs = Arc::<Mutex<Vec<Value>>>::default();
        let kept = Arc::clone(&logs);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if serve(stream, &mut function, &kept).is_err() {
                    break;
                }
            }
        });
        Self { address, logs }
    }

    /// The address of its webhooks.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}/webhooks", self.address)
    }

    /// The lines of the decision log so far.
    #[must_use]
    pub fn logs(&self) -> Vec<Value> {
        self.logs.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn serve(
    mut stream: TcpStream,
    function: &mut Function,
    logs: &Mutex<Vec<Value>>,
) -> io::Result<()> {
    let request = read(&mut stream)?;
    let reply = function.invoke(event(&request).to_string().as_bytes())?;
    let (log, _) = function.written()?;
    let line = log.lines().last().unwrap_or_default();
    let line = serde_json::from_str(line)?;
    logs.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    let (status, body) = match reply.answer {
        Answer::Response(bytes) => {
            let answer: Value = serde_json::from_slice(&bytes)?;
            let body = answer.get("body").and_then(Value::as_str).unwrap_or_default().to_owned();
            (answer.get("statusCode").and_then(Value::as_u64).unwrap_or(500), body)
        }
        Answer::Error(_) => (500, String::new()),
    };
    let headers = [("content-type", "application/json"), ("connection", "close")];
    stream.write_all(&response(&format!("{status} -"), &headers, body.as_bytes()))
}

fn read(stream: &mut TcpStream) -> io::Result<HttpRequest> {
    let mut received = Vec::new();
    loop {
        if let Some(request) = take_request(&mut received)? {
            return Ok(request);
        }
        let mut bytes = [0; 16 * 1024];
        let length = stream.read(&mut bytes)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        received.extend_from_slice(bytes.get(..length).unwrap_or_default());
    }
}

/// The event of `request`, with payload format 2.0.
fn event(request: &HttpRequest) -> Value {
    let mut event = proxy_2(&Vec::new(), &request.body);
    let (path, query) = request.path.split_once('?').unwrap_or((&request.path, ""));
    let headers = request.headers.iter();
    let headers: Map<String, Value> = headers
        .map(|(name, value)| (name.to_ascii_lowercase(), Value::from(value.as_str())))
        .collect();
    let host = request.header("host").unwrap_or_default().into();
    set(&mut event, "/requestContext/domainName", host);
    set(&mut event, "/requestContext/http/path", path.into());
    set(&mut event, "/rawPath", path.into());
    set(&mut event, "/rawQueryString", query.into());
    set(&mut event, "/headers", headers.into());
    event
}

fn set(event: &mut Value, pointer: &str, value: Value) {
    if let Some(member) = event.pointer_mut(pointer) {
        *member = value;
    }
}
