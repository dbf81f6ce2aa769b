//! A bound on all that a server sends, whatever it is a part of.
//!
//! hyper bounds a head and the extensions of chunks, each by itself. It takes any number of 1xx
//! responses before the final one, and any number of zeros before the size of a chunk.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::{BodyLimit, HttpError};

/// How many bytes a response may have besides its body: 1xx responses, the head, trailers, and what
/// stands between the chunks. Cognito and Secrets Manager send about a kilobyte.
const BESIDES_BODY: usize = 64 * 1024;

/// The most that is read at once: a body that is too long is noticed before all of the response is.
const PART: usize = 16 * 1024;

/// How many bytes a response may have in all, whatever its status.
pub(super) fn whole_limit(body: BodyLimit) -> usize {
    let longest_body = (100..1000).filter_map(body).max().unwrap_or_default();
    longest_body.saturating_add(BESIDES_BODY)
}

/// A stream whose reads fail with [`HttpError::TooLong`] once more than `limit` bytes have come. Of a
/// TLS connection it counts what was encrypted: the encryption is bounded by rustls.
pub(super) struct Bounded<S> {
    stream: S,
    limit: usize,
    read: usize,
}

impl<S> Bounded<S> {
    pub(super) const fn new(stream: S, limit: usize) -> Self {
        Self { stream, limit, read: 0 }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Bounded<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let length = buffer.remaining().min(PART);
        let mut part = ReadBuf::new(buffer.initialize_unfilled_to(length));
        ready!(Pin::new(&mut self.stream).poll_read(context, &mut part))?;
        let read = part.filled().len();
        buffer.advance(read);
        self.read = self.read.saturating_add(read);
        if self.read > self.limit {
            return Poll::Ready(Err(io::Error::other(HttpError::TooLong(self.limit))));
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Bounded<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.stream).poll_write_vectored(context, slices)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }
}
