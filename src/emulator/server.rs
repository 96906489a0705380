//! The emulator on a socket. A listener and its streams of our own stand between axum and TCP,
//! because two things cannot be said through HTTP: to reset a connection in place of an answer, and
//! to let go of every connection at once when it is time to stop.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::{Emulator, admin, api};

/// Serves the emulator on `listener` until `shutdown` completes, then closes every connection at
/// once, idle or not, and returns when all are closed.
///
/// # Errors
/// Those of the listener.
pub async fn serve(
    emulator: Emulator,
    listener: TcpListener,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()> {
    let (gate, open) = Gate::new(listener);
    run(emulator, gate, open, shutdown).await
}

/// Serves whatever comes through a gate.
pub(super) async fn run<L>(
    emulator: Emulator,
    gate: L,
    open: Open,
    shutdown: impl Future<Output = ()> + Send + 'static,
) -> io::Result<()>
where
    L: Listener,
    L::Addr: Debug,
    Connection: for<'a> Connected<IncomingStream<'a, L>>,
{
    let app = Router::new()
        .merge(admin::router())
        .fallback(api::handle)
        .with_state(emulator)
        .into_make_service_with_connect_info::<Connection>();
    tokio::select! {
        result = axum::serve(gate, app).into_future() => result?,
        () = shutdown => {}
    }
    // The listener is gone by now, and each stream holds a receiver until it is closed.
    open.send_replace(());
    open.closed().await;
    Ok(())
}

/// Tells the streams of a gate to end.
pub(super) type Open = watch::Sender<()>;

/// Hands out streams that end when the server does.
pub(super) struct Gate {
    listener: TcpListener,
    closed: watch::Receiver<()>,
}

impl Gate {
    pub(super) fn new(listener: TcpListener) -> (Self, Open) {
        let (open, closed) = watch::channel(());
        (Self { listener, closed }, open)
    }
}

impl Listener for Gate {
    type Io = Stream;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Stream, SocketAddr) {
        let (socket, address) = Listener::accept(&mut self.listener).await;
        // Answers are small and go out whole: waiting to fill a packet only delays them. A socket
        // that refuses the option still works.
        let _ = socket.set_nodelay(true);
        let mut closed = self.closed.clone();
        let stream = Stream {
            socket,
            connection: Connection::default(),
            closed: Box::pin(async move {
                // An error means that the server was dropped: the same to a stream.
                let _ = closed.changed().await;
            }),
        };
        (stream, address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What a handler can say about the connection its request came by.
#[derive(Debug, Clone, Default)]
pub(super) struct Connection {
    signals: Arc<Signals>,
    tls: bool,
}

#[derive(Debug, Default)]
struct Signals {
    reset: AtomicBool,
    flushed: Notify,
}

impl Connection {
    /// The same connection, under TLS.
    pub(super) fn under_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The next write resets the connection.
    pub(super) fn reset(&self) {
        self.signals.reset.store(true, Ordering::Relaxed);
    }

    /// Waits until what was written so far has left.
    pub(super) async fn flushed(&self) {
        self.signals.flushed.notified().await;
    }
}

impl Connected<IncomingStream<'_, Gate>> for Connection {
    fn connect_info(stream: IncomingStream<'_, Gate>) -> Self {
        stream.io().connection()
    }
}

/// One connection.
pub(super) struct Stream {
    socket: TcpStream,
    connection: Connection,
    /// Completes when the server stops.
    closed: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Stream {
    pub(super) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// The socket, unless the connection is to be reset: closing a socket with zero linger, which
    /// hyper does after a failed write, sends RST.
    fn writable(&mut self) -> io::Result<Pin<&mut TcpStream>> {
        if self.connection.signals.reset.load(Ordering::Relaxed) {
            self.socket.set_zero_linger()?;
            return Err(io::ErrorKind::ConnectionReset.into());
        }
        Ok(Pin::new(&mut self.socket))
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        // hyper always has a read pending, also while a handler is at work, so that failing it is
        // enough to end the connection.
        if self.closed.as_mut().poll(cx).is_ready() {
            return Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()));
        }
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.writable()?.poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writable()?.poll_write_vectored(cx, buffers)
    }

    fn is_write_vectored(&self) -> bool {
        self.socket.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(Pin::new(&mut self.socket).poll_flush(cx))?;
        self.connection.signals.flushed.notify_waiters();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
