//! The emulator's end of the connection to a function.

use std::io::{self, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::time::Duration;

use crate::http::{HttpRequest, take_request};

/// How long to wait for the function before looking whether it still runs.
pub(crate) const LOOK_ROUND: Duration = Duration::from_millis(20);

/// Serves one client on loopback, one connection at a time.
#[derive(Debug)]
pub(crate) struct Server {
    listener: TcpListener,
    connection: Option<TcpStream>,
    received: Vec<u8>,
}

impl Server {
    pub(crate) fn bind() -> io::Result<Self> {
        Ok(Self { listener: listen()?, connection: None, received: Vec::new() })
    }

    pub(crate) fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// The client's next request; `None` when nothing came for [`LOOK_ROUND`], or only a part.
    pub(crate) fn request(&mut self) -> io::Result<Option<HttpRequest>> {
        loop {
            if let Some(request) = take_request(&mut self.received)? {
                return Ok(Some(request));
            }
            match self.receive() {
                Ok(()) => {}
                Err(error) if is_silence(&error) => return Ok(None),
                Err(error) => return Err(error),
            }
        }
    }

    pub(crate) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let gone = || io::Error::other("the function is not connected");
        self.connection.as_mut().ok_or_else(gone)?.write_all(bytes)
    }

    /// Waits for a connection, or for bytes of the one there is.
    fn receive(&mut self) -> io::Result<()> {
        let Some(connection) = self.connection.as_mut() else {
            let (connection, _) = self.listener.accept()?;
            connection.set_nodelay(true)?;
            connection.set_read_timeout(Some(LOOK_ROUND))?;
            self.connection = Some(connection);
            return Ok(());
        };
        let mut bytes = [0; 16 * 1024];
        let length = connection.read(&mut bytes)?;
        if length == 0 {
            self.connection = None;
            self.received.clear();
        }
        self.received.extend(bytes.iter().take(length));
        Ok(())
    }
}

/// A listener whose `accept` gives up after [`LOOK_ROUND`]: the standard library offers the time
/// limit of a socket for streams only, though Linux heeds it for listeners too.
fn listen() -> io::Result<TcpListener> {
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    let socket = TcpStream::from(OwnedFd::from(listener));
    socket.set_read_timeout(Some(LOOK_ROUND))?;
    Ok(TcpListener::from(OwnedFd::from(socket)))
}

fn is_silence(error: &io::Error) -> bool {
    use io::ErrorKind::{Interrupted, TimedOut, WouldBlock};
    matches!(error.kind(), Interrupted | TimedOut | WouldBlock)
}
