//! A connection to whoever comes next on the way to a service: the service itself, or a proxy.

use std::io::{IoSlice, Result};
use std::pin::Pin;
use std::task::{Context, Poll};

use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_rustls::MaybeHttpsStream;
use hyper_util::client::legacy::connect::{Connected, Connection};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

type Io = MaybeHttpsStream<TokioIo<TcpStream>>;

/// The connection, and what the pool has to know of it.
pub(super) struct Hop {
    io: Io,
    /// Whether it leads to a proxy that passes requests on, and has to be told where to.
    forwards: bool,
}

impl Hop {
    pub(super) fn new(io: Io, forwards: bool) -> Self {
        Self { io, forwards }
    }

    fn io(self: Pin<&mut Self>) -> Pin<&mut Io> {
        Pin::new(&mut self.get_mut().io)
    }
}

impl Connection for Hop {
    fn connected(&self) -> Connected {
        // Nothing of the addresses, which would be handed on with each answer.
        Connected::new().proxy(self.forwards)
    }
}

impl Read for Hop {
    fn poll_read(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<Result<()>> {
        self.io().poll_read(context, buffer)
    }
}

impl Write for Hop {
    fn poll_write(self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<Result<usize>> {
        self.io().poll_write(context, bytes)
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.io().poll_flush(context)
    }

    fn poll_shutdown(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.io().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.io.is_write_vectored()
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[IoSlice<'_>],
    ) -> Poll<Result<usize>> {
        self.io().poll_write_vectored(context, slices)
    }
}
