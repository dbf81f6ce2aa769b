//! A faulty AWS: stands in front of MiniStack, and passes on what it is not told to break.

use std::collections::{BTreeSet, HashMap};
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::Value;

use crate::http::{HttpRequest, response, take_request};

/// What becomes of a request that is not passed on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProofError {
    /// Too many requests, in the words of the service.
    Throttled,
    /// The function's role lacks the permission.
    Denied,
    /// The service has an error of its own.
    Broken,
    /// It is taken and never answered.
    Silent,
    /// The connection is closed without an answer.
    Closed,
    /// It is carried out, and the connection is closed without an answer.
    Lost,
}

/// An address for `AWS_ENDPOINT_URL`.
pub struct FaultyAws {
    address: SocketAddr,
    state: Arc<Mutex<State>>,
}

#[derive(Clone, Copy, PartialEq)]
enum How {
    Once,
    UntilMended,
}

#[derive(Default)]
struct State {
    faults: HashMap<&'static str, (ProofError, How)>,
    requests: Vec<(String, Value)>,
    /// The end of a path, and the JSON that is answered.
    file: Option<(String, String)>,
}

impl FaultyAws {
    /// Stands in front of `upstream`, an address like `http://127.0.0.1:4566`.
    ///
    /// # Panics
    /// No port of the loopback interface can be had.
    #[must_use]
    pub fn before(upstream: &str) -> Self {
        let upstream = upstream.trim_start_matches("http://").to_owned();
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let address = listener.local_addr().expect("a port");
        let state = Arc::<Mutex<State>>::default();
        let shared = Arc::clone(&state);
        // Ends with the test, and so does every connection.
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let (upstream, state) = (upstream.clone(), Arc::clone(&shared));
                // The function may close whenever it likes, which is no concern of this server.
                thread::spawn(move || drop(serve(connection, &upstream, &state)));
            }
        });
        Self { address, state }
    }

    /// Its address.
    #[must_use]
    pub fn endpoint(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Breaks `operation` from now on: `GetItem`, `GetSecretValue`, `Invoke` …
    pub fn breaks(&self, operation: &'static str, fault: ProofError) {
        self.state().faults.insert(operation, (fault, How::UntilMended));
    }

    /// Breaks the next `operation`, and none after it.
    pub fn breaks_once(&self, operation: &'static str, fault: ProofError) {
        self.state().faults.insert(operation, (fault, How::Once));
    }

    /// Breaks nothing from now on.
    pub fn mend(&self) {
        self.state().faults.clear();
    }

    /// Answers `GET` of every path that ends in `path` with the JSON `body`, and asks nobody.
    pub fn serves(&self, path: &str, body: &str) {
        self.state().file = Some((path.to_owned(), body.to_owned()));
    }

    /// The bodies of the requests for `operation` that have come, broken or not.
    #[must_use]
    pub fn requests(&self, operation: &str) -> Vec<Value> {
        let state = self.state();
        let of = state.requests.iter().filter(|(name, _)| name == operation);
        of.map(|(_, body)| body.clone()).collect()
    }

    /// The names of the operations that were requested.
    #[must_use]
    pub fn operations(&self) -> BTreeSet<String> {
        self.state().requests.iter().map(|(name, _)| name.clone()).collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Notes a request, and says what becomes of it.
    fn take(&mut self, operation: &str, body: Value) -> Option<ProofError> {
        self.requests.push((operation.to_owned(), body));
        let (fault, how) = self.faults.get(operation).copied()?;
        if how == How::Once {
            self.faults.remove(operation);
        }
        Some(fault)
    }
}

/// One request: the client is told to come back with a connection of its own for the next one.
fn serve(mut client: TcpStream, upstream: &str, state: &Mutex<State>) -> io::Result<()> {
    let request = read(&mut client)?;
    let file = state.lock().unwrap_or_else(PoisonError::into_inner).file.clone();
    if let Some((_, body)) = file.filter(|(path, _)| request.path.ends_with(path.as_str())) {
        let headers = [("content-type", "application/json"), ("connection", "close")];
        return client.write_all(&response("200 OK", &headers, body.as_bytes()));
    }
    let (service, operation) = operation(&request);
    let body = serde_json::from_slice(&request.body).unwrap_or_default();
    let fault = state.lock().unwrap_or_else(PoisonError::into_inner).take(operation, body);
    match fault {
        None => client.write_all(&pass_on(&request, upstream)?),
        Some(ProofError::Closed) => Ok(()),
        Some(ProofError::Lost) => pass_on(&request, upstream).map(drop),
        // Ends when the client gives up.
        Some(ProofError::Silent) => client.read(&mut [0]).map(drop),
        Some(fault) => client.write_all(&error(service, fault)),
    }
}

fn read(client: &mut TcpStream) -> io::Result<HttpRequest> {
    let mut received = Vec::new();
    loop {
        if let Some(request) = take_request(&mut received)? {
            return Ok(request);
        }
        let mut bytes = [0; 16 * 1024];
        let length = client.read(&mut bytes)?;
        if length == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        received.extend_from_slice(&bytes[..length]);
    }
}

#[derive(Clone, Copy, PartialEq)]
enum Service {
    DynamoDb,
    SecretsManager,
    Lambda,
}

fn operation(request: &HttpRequest) -> (Service, &str) {
    match request.header("x-amz-target").and_then(|target| target.split_once('.')) {
        Some(("secretsmanager", operation)) => (Service::SecretsManager, operation),
        Some((_, operation)) => (Service::DynamoDb, operation),
        None if request.path.contains("/invocations") => (Service::Lambda, "Invoke"),
        None if request.path.ends_with("/configuration") => match request.method.as_str() {
            "PUT" => (Service::Lambda, "UpdateFunctionConfiguration"),
            _ => (Service::Lambda, "GetFunctionConfiguration"),
        },
        None => (Service::Lambda, "another"),
    }
}

fn pass_on(request: &HttpRequest, upstream: &str) -> io::Result<Vec<u8>> {
    let mut head = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
    for (name, value) in &request.headers {
        if !name.eq_ignore_ascii_case("connection") {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
    }
    head.push_str("connection: close\r\n\r\n");
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(&[head.as_bytes(), &request.body].concat())?;
    let mut answer = Vec::new();
    server.read_to_end(&mut answer)?;
    Ok(answer)
}

/// As the services write them:
/// <https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Programming.Errors.html>,
/// <https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html#API_Invoke_Errors>.
fn error(service: Service, fault: ProofError) -> Vec<u8> {
    use Service::{DynamoDb, Lambda, SecretsManager};
    let (status, name) = match (service, fault) {
        (DynamoDb, ProofError::Throttled) => ("400 -", "ProvisionedThroughputExceededException"),
        (SecretsManager, ProofError::Throttled) => ("400 -", "ThrottlingException"),
        (Lambda, ProofError::Throttled) => ("429 -", "TooManyRequestsException"),
        (Lambda, ProofError::Denied) => ("403 -", "AccessDeniedException"),
        (_, ProofError::Denied) => ("400 -", "AccessDeniedException"),
        (DynamoDb, _) => ("500 -", "InternalServerError"),
        (SecretsManager, _) => ("500 -", "InternalServiceError"),
        (Lambda, _) => ("500 -", "ServiceException"),
    };
    let body = serde_json::json!({ "__type": name, "message": "as the test asked for" });
    let headers = [
        (
            "content-type",
            if service == Lambda { "application/json" } else { "application/x-amz-json-1.1" },
        ),
        ("x-amzn-errortype", name),
        ("connection", "close"),
    ];
    response(status, &headers, body.to_string().as_bytes())
}

#[cfg(test)]
mod tests {
    use std::io::{Read as _, Write as _};
    use std::net::{TcpListener, TcpStream};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::thread;

    use super::{FaultyAws, ProofError, read, response};

    const GET_ITEM: &str = "DynamoDB_20120810.GetItem";
    const GET_SECRET: &str = "secretsmanager.GetSecretValue";

    /// The first line of what comes back.
    fn call(aws: &FaultyAws, target: &str) -> String {
        let path = if target.is_empty() { "/2015-03-31/functions/f/invocations" } else { "/" };
        let mut stream = TcpStream::connect(aws.address).unwrap();
        let head = format!("POST {path} HTTP/1.1\r\nX-Amz-Target: {target}\r\n");
        write!(stream, "{head}content-length: 9\r\n\r\n{{\"one\":1}}").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer.lines().next().unwrap_or_default().to_owned()
    }

    /// Answers everything, and counts.
    fn upstream() -> (String, Arc<AtomicUsize>) {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::<AtomicUsize>::default();
        let counter = Arc::clone(&requests);
        thread::spawn(move || {
            for mut connection in listener.incoming().flatten() {
                read(&mut connection).unwrap();
                counter.fetch_add(1, Ordering::SeqCst);
                connection.write_all(&response("200 OK", &[], b"{}")).unwrap();
            }
        });
        (address, requests)
    }

    #[test]
    fn what_is_not_broken_is_passed_on() {
        let (address, requests) = upstream();
        let aws = FaultyAws::before(&address);
        let passed_on = || requests.load(Ordering::SeqCst);
        aws.breaks("GetItem", ProofError::Throttled);
        assert_eq!(call(&aws, GET_SECRET), "HTTP/1.1 200 OK");
        assert_eq!(call(&aws, GET_ITEM), "HTTP/1.1 400 -");
        assert_eq!(call(&aws, GET_ITEM), "HTTP/1.1 400 -");
        assert_eq!(passed_on(), 1);
        aws.mend();
        assert_eq!(call(&aws, GET_ITEM), "HTTP/1.1 200 OK");
        assert_eq!(aws.requests("GetItem"), vec![serde_json::json!({ "one": 1 }); 3]);

        aws.breaks_once("Invoke", ProofError::Throttled);
        assert_eq!(call(&aws, ""), "HTTP/1.1 429 -");
        assert_eq!(call(&aws, ""), "HTTP/1.1 200 OK");
        aws.breaks_once("GetItem", ProofError::Closed);
        assert_eq!(call(&aws, GET_ITEM), "");
        assert_eq!(passed_on(), 3);
        aws.breaks_once("GetItem", ProofError::Lost);
        assert_eq!(call(&aws, GET_ITEM), "");
        assert_eq!(passed_on(), 4);
    }
}
