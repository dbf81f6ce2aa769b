//! A wire that can be cut without anybody being told.

use std::io::{Read as _, Write as _};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;

/// Passes bytes on to another address, connection by connection.
#[derive(Debug)]
pub struct TcpProxy {
    address: SocketAddr,
    /// Connections older than this generation are silent: what is sent on them goes nowhere.
    generation: Arc<AtomicU64>,
}

impl TcpProxy {
    /// A proxy before `upstream`, for as long as the process runs.
    ///
    /// # Panics
    /// No port is free.
    #[must_use]
    pub fn before(upstream: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
        let address = listener.local_addr().expect("it has an address");
        let generation = Arc::new(AtomicU64::new(0));
        let (upstream, shared) = (upstream.to_owned(), Arc::clone(&generation));
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                // A server that is not there: the client's connection ends.
                let Ok(server) = TcpStream::connect(&upstream) else { continue };
                let born = shared.load(Ordering::SeqCst);
                for (from, to) in [(&client, &server), (&server, &client)] {
                    let (from, to) = (from.try_clone(), to.try_clone());
                    let generation = Arc::clone(&shared);
                    let (Ok(from), Ok(to)) = (from, to) else { continue };
                    thread::spawn(move || {
                        pass(from, &to, || generation.load(Ordering::SeqCst) == born);
                    });
                }
            }
        });
        Self { address, generation }
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> String {
        self.address.to_string()
    }

    /// From here on nothing passes on the connections that are open. New ones work.
    pub fn silence(&self) {
        self.generation.fetch_add(1, Ordering::SeqCst);
    }
}

fn pass(mut from: TcpStream, mut to: &TcpStream, is_alive: impl Fn() -> bool) {
    let mut bytes = [0; 16 * 1024];
    while let Ok(count @ 1..) = from.read(&mut bytes) {
        if is_alive() && to.write_all(&bytes[..count]).is_err() {
            break;
        }
    }
    if is_alive() {
        let _ = to.shutdown(Shutdown::Write);
    }
}
