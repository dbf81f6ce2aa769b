//! A team's own server, which says what it gets.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::mpsc;
use std::thread;

/// A request that came.
#[derive(Debug)]
pub(super) struct Got {
    /// The request line and the headers, a line each.
    pub(super) head: Vec<String>,
    pub(super) body: Vec<u8>,
}

impl Got {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let prefix = format!("{name}: ");
        self.head.iter().find_map(|line| line.strip_prefix(&prefix))
    }
}

/// A server that answers everything with `answer`.
pub(super) struct Upstream {
    pub(super) url: String,
    got: mpsc::Receiver<Got>,
}

impl Upstream {
    pub(super) fn answering(answer: &'static [u8]) -> Self {
        Self::new(move |mut connection| {
            let _ = connection.write_all(answer);
        })
    }

    /// A server that takes every request and never answers.
    pub(super) fn silent() -> Self {
        let held = std::sync::Mutex::new(Vec::new());
        Self::new(move |connection| held.lock().unwrap().push(connection))
    }

    /// A server that gives each connection, with its request read, to `answer`.
    pub(super) fn new(answer: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (sender, got) = mpsc::channel();
        thread::spawn(move || {
            for connection in listener.incoming().flatten() {
                let Some(request) = read(&connection) else { continue };
                if sender.send(request).is_err() {
                    return;
                }
                answer(connection);
            }
        });
        Self { url, got }
    }

    /// The request that came last, and only that one.
    pub(super) fn got(&self) -> Got {
        let got = self.got.recv().unwrap();
        assert!(self.got.try_recv().is_err(), "one request, and no more");
        got
    }

    pub(super) fn got_nothing(&self) -> bool {
        self.got.try_recv().is_err()
    }
}

fn read(connection: &TcpStream) -> Option<Got> {
    let mut reader = BufReader::new(connection);
    let mut head = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        let line = line.trim_end().to_owned();
        if line.is_empty() {
            break;
        }
        head.push(line);
    }
    let mut got = Got { head, body: Vec::new() };
    if let Some(length) = got.header("content-length").and_then(|length| length.parse().ok()) {
        got.body.resize(length, 0);
        reader.read_exact(&mut got.body).ok()?;
    } else if got.header("transfer-encoding").is_some() {
        loop {
            let mut size = String::new();
            reader.read_line(&mut size).ok()?;
            let size = usize::from_str_radix(size.trim(), 16).ok()?;
            let mut chunk = vec![0; size + 2];
            reader.read_exact(&mut chunk).ok()?;
            if size == 0 {
                break;
            }
            got.body.extend(&chunk[..size]);
        }
    }
    (!got.head.is_empty()).then_some(got)
}
