//! What stands in for Cognito's API where a test says what it answers: errors, challenges, refresh tokens that
//! are good once.

use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::http::{response, take_request};

/// What a call is answered with: the name of an operation and its input become a status and a body.
type Script = dyn FnMut(&str, &Value) -> (u16, Value) + Send;

/// A running server; dropping it ends it.
pub struct ScriptedCognito {
    address: SocketAddr,
    calls: Arc<Mutex<Vec<(String, Value)>>>,
    closed: Arc<AtomicBool>,
}

impl ScriptedCognito {
    /// Answers every call as `script` says.
    ///
    /// # Panics
    /// No port of the loopback interface can be had.
    #[must_use]
    pub fn start(script: impl FnMut(&str, &Value) -> (u16, Value) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let server = Self { address, calls: Arc::default(), closed: Arc::default() };
        let (calls, closed) = (Arc::clone(&server.calls), Arc::clone(&server.closed));
        let script: Arc<Mutex<Script>> = Arc::new(Mutex::new(script));
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if closed.load(Ordering::SeqCst) {
                    break;
                }
                let (calls, script) = (Arc::clone(&calls), Arc::clone(&script));
                thread::spawn(move || drop(serve(stream, &calls, &script)));
            }
        });
        server
    }

    /// Answers every call with the error `code`.
    #[must_use]
    pub fn failing(code: &'static str, message: &'static str) -> Self {
        Self::start(move |_, _| error(code, message))
    }

    /// Its address.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// The operations that were called, in order.
    #[must_use]
    pub fn operations(&self) -> Vec<String> {
        lock(&self.calls).iter().map(|(operation, _)| operation.clone()).collect()
    }

    /// The input of the last call.
    ///
    /// # Panics
    /// There was none.
    #[must_use]
    pub fn last_input(&self) -> Value {
        lock(&self.calls).last().expect("a call").1.clone()
    }
}

impl Drop for ScriptedCognito {
    fn drop(&mut self) {
        self.closed.store(true, Ordering::SeqCst);
        drop(TcpStream::connect(self.address));
    }
}

/// Cognito's error `code`.
#[must_use]
pub fn error(code: &str, message: &str) -> (u16, Value) {
    (400, json!({ "__type": code, "message": message }))
}

/// Tokens of a user, good for an hour from `issued` on (seconds since 1970), with `refresh`. Nobody signed them.
#[must_use]
pub fn tokens(issued: u64, refresh: Option<&str>) -> Value {
    let token = |kind: &str| {
        let claims = json!({
            "sub": "00000000-0000-4000-8000-000000000009",
            "email": "alice@example.com",
            "token_use": kind,
            "iat": issued,
            "exp": issued + 3600,
        });
        unsigned(&claims)
    };
    let mut result = json!({
        "IdToken": token("id"),
        "AccessToken": token("access"),
        "ExpiresIn": 3600,
        "TokenType": "Bearer",
    });
    if let Some(refresh) = refresh {
        result["RefreshToken"] = refresh.into();
    }
    json!({ "AuthenticationResult": result })
}

/// A token with `claims` and no signature that is one.
#[must_use]
pub fn unsigned(claims: &Value) -> String {
    let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let header = json!({ "alg": "RS256", "kid": "none" }).to_string();
    format!("{}.{}.{}", part(&header), part(&claims.to_string()), part("none"))
}

fn lock<T: ?Sized>(held: &Mutex<T>) -> MutexGuard<'_, T> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

fn serve(
    mut stream: TcpStream,
    calls: &Mutex<Vec<(String, Value)>>,
    script: &Mutex<Script>,
) -> io::Result<()> {
    let mut received = Vec::new();
    loop {
        let Some(request) = take_request(&mut received)? else {
            let mut part = [0; 4096];
            let length = stream.read(&mut part)?;
            if length == 0 {
                return Ok(());
            }
            received.extend(part.iter().take(length));
            continue;
        };
        let target = request.header("x-amz-target").unwrap_or_default();
        let operation = target.rsplit('.').next().unwrap_or_default().to_owned();
        let input = serde_json::from_slice(&request.body).unwrap_or_default();
        let (status, body) = (lock(script))(&operation, &input);
        lock(calls).push((operation, input));
        let media_type = [("content-type", "application/x-amz-json-1.1")];
        let body = body.to_string();
        stream.write_all(&response(&status.to_string(), &media_type, body.as_bytes()))?;
    }
}
