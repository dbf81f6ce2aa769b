//! A target: a function on MiniStack that asks the test what to do, so that the test sees every
//! event that is forwarded, and says what comes of it.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use serde_json::{Value, json};

use crate::aws::Aws;
use crate::runtime_api::TIMEOUT;

/// Sends the event to the test, and does as it is told. Without an answer it waits for ever.
const SOURCE: &str = "import json, os, socket

def handler(event, context):
    with socket.create_connection(('127.0.0.1', int(os.environ['PORT']))) as test:
        test.sendall(json.dumps(event).encode() + b'\\n')
        told = json.loads(test.makefile().readline())
    if 'failure' in told:
        raise RuntimeError(told['failure'])
    return told['answer']
";

/// What a target does with an event.
#[derive(Clone, Debug)]
pub enum Does {
    /// Answers with the event it got, as JSON, in the body.
    Echo,
    /// Answers this.
    Answer(Value),
    /// Raises an error with this sentence.
    Fail(&'static str),
    /// Never comes to an end.
    Hang,
}

/// A target and its events.
pub struct Target {
    name: String,
    does: Arc<Mutex<Does>>,
    events: Receiver<Value>,
}

impl Target {
    /// Deploys a target that echoes.
    ///
    /// # Panics
    /// No port of the loopback interface can be had, or MiniStack refuses.
    #[must_use]
    pub fn deploy(aws: &Aws) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
        let port = listener.local_addr().expect("a port").port().to_string();
        let does = Arc::new(Mutex::new(Does::Echo));
        let (sender, events) = channel();
        let told = Arc::clone(&does);
        // Ends with the test.
        thread::spawn(move || serve(&listener, &told, &sender));
        Self { name: aws.deploy(SOURCE, &[("PORT", &port)]), does, events }
    }

    /// The function's name.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What it does from now on.
    pub fn does(&self, what: Does) {
        *self.does.lock().unwrap_or_else(PoisonError::into_inner) = what;
    }

    /// The next event that was forwarded.
    ///
    /// # Panics
    /// There is none for ten seconds.
    #[must_use]
    pub fn next_event(&self) -> Value {
        self.events.recv_timeout(TIMEOUT).expect("an event is forwarded")
    }

    /// The events that were forwarded and not yet looked at.
    #[must_use]
    pub fn events(&self) -> Vec<Value> {
        self.events.try_iter().collect()
    }
}

fn serve(listener: &TcpListener, does: &Mutex<Does>, events: &Sender<Value>) {
    let mut hanging = Vec::new();
    for connection in listener.incoming().flatten() {
        let Some(event) = read(&connection) else { continue };
        let does = does.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let told = match does {
            Does::Echo => {
                let body = event.to_string();
                json!({ "answer": { "statusCode": 200, "headers": {}, "body": body } })
            }
            Does::Answer(answer) => json!({ "answer": answer }),
            Does::Fail(sentence) => json!({ "failure": sentence }),
            Does::Hang => Value::Null,
        };
        // First the test's own list, so that who sees the answer sees the event as well.
        if events.send(event).is_err() {
            return;
        }
        if told.is_null() {
            hanging.push(connection);
        } else {
            // A target that was given up on is gone.
            let _ = (&connection).write_all(format!("{told}\n").as_bytes());
        }
    }
}

fn read(connection: &TcpStream) -> Option<Value> {
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line).ok()?;
    serde_json::from_str(&line).ok()
}
