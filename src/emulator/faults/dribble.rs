//! A connection that can be told to send the head of its next answer byte by byte.

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, sleep_until};

use super::super::server::Connection;

/// A stream, plain or under TLS.
pub(in crate::emulator) struct Dribble<S> {
    stream: S,
    connection: Connection,
    head: Option<Head>,
}

/// A head on its way.
struct Head {
    started: Instant,
    over: Duration,
    length: u32,
    sent: u32,
    /// Completes when the next byte is due, or the server stops; `None` once that was seen.
    due: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Head {
    /// The head in what is about to be written, or all of that.
    fn new(over: Duration, bytes: &[u8]) -> Self {
        const END: &[u8] = b"\r\n\r\n";
        let end = bytes.windows(END.len()).position(|part| part == END);
        let length = end.map_or(bytes.len(), |end| end + END.len());
        Self {
            started: Instant::now(),
            over,
            length: u32::try_from(length).unwrap_or(u32::MAX).max(1),
            sent: 0,
            due: None,
        }
    }

    /// Waits for the next byte's time; the last one's comes when all the time has passed.
    fn wait(&mut self, connection: Connection) {
        let share = f64::from(self.sent + 1) / f64::from(self.length);
        let due = self.started + self.over.mul_f64(share);
        self.due = Some(Box::pin(async move {
            connection.while_open(sleep_until(due)).await;
        }));
    }
}

impl<S> Dribble<S> {
    pub(in crate::emulator) fn new(stream: S, connection: Connection) -> Self {
        Self { stream, connection, head: None }
    }

    pub(in crate::emulator) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// Whether these bytes are, or begin with, a head to be sent slowly.
    fn is_slow(&mut self, bytes: &[u8]) -> bool {
        if let Some(over) = self.connection.take_slow_headers() {
            let mut head = Head::new(over, bytes);
            head.wait(self.connection.clone());
            self.head = Some(head);
        }
        self.head.is_some()
    }
}

impl<S: AsyncWrite + Unpin> Dribble<S> {
    /// Writes the first byte when it is due, or all of them when the head is out.
    fn poll_slowly(&mut self, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        let stream = Pin::new(&mut self.stream);
        let Some(head) = &mut self.head else {
            return stream.poll_write(cx, bytes);
        };
        if let Some(due) = &mut head.due {
            ready!(due.as_mut().poll(cx));
            head.due = None;
        }
        let written = ready!(stream.poll_write(cx, &bytes[..bytes.len().min(1)]))?;
        head.sent += 1;
        if head.sent < head.length {
            head.wait(self.connection.clone());
        } else {
            self.head = None;
        }
        Poll::Ready(Ok(written))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Dribble<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for Dribble<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.is_slow(bytes);
        self.poll_slowly(cx, bytes)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let first = buffers.iter().find(|buffer| !buffer.is_empty()).map_or(&[][..], |first| first);
        if self.is_slow(first) {
            return self.poll_slowly(cx, first);
        }
        Pin::new(&mut self.stream).poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
