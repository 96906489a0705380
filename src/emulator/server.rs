//! The emulator on a socket. A listener and its streams of our own stand between axum and TCP,
//! because three things cannot be said through HTTP: to reset a connection in place of an answer, to
//! send the head of one slowly, and to let go of every connection at once when it is time to stop.

use std::fmt::Debug;
use std::future::{Future, IntoFuture};
use std::io::{self, IoSlice};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::Router;
use axum::extract::connect_info::Connected;
use axum::serve::{IncomingStream, Listener};
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, watch};

use super::faults::Dribble;
use super::{Emulator, admin, exchange};

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
        .fallback(exchange::handle)
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

    pub(super) async fn stream(&mut self) -> (Stream, SocketAddr) {
        let (socket, address) = Listener::accept(&mut self.listener).await;
        // Answers are small and go out whole: waiting to fill a packet only delays them. A socket
        // that refuses the option still works.
        let _ = socket.set_nodelay(true);
        (Stream::new(socket, self.closed.clone()), address)
    }
}

impl Listener for Gate {
    type Io = Dribble<Stream>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Dribble<Stream>, SocketAddr) {
        let (stream, address) = self.stream().await;
        let connection = stream.connection();
        (Dribble::new(stream, connection), address)
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// What a handler can say about the connection its request came by.
#[derive(Debug, Clone)]
pub(super) struct Connection {
    signals: Arc<Signals>,
    tls: bool,
}

#[derive(Debug)]
struct Signals {
    reset: AtomicBool,
    /// How long the next head takes, in nanoseconds; 0 for no time.
    slow_headers: AtomicU64,
    flushed: Notify,
    closed: watch::Receiver<()>,
}

impl Connection {
    fn new(closed: watch::Receiver<()>) -> Self {
        let signals = Signals {
            reset: AtomicBool::default(),
            slow_headers: AtomicU64::default(),
            flushed: Notify::default(),
            closed,
        };
        Self { signals: Arc::new(signals), tls: false }
    }

    /// The same connection, under TLS.
    pub(super) fn under_tls(self) -> Self {
        Self { tls: true, ..self }
    }

    pub(super) fn scheme(&self) -> &'static str {
        if self.tls { "https" } else { "http" }
    }

    /// The next write resets the connection.
    pub(super) fn reset(&self) {
        self.signals.reset.store(true, Relaxed);
    }

    /// The head of the next answer is sent over this time.
    pub(super) fn slow_headers(&self, over: Duration) {
        self.signals.slow_headers.store(u64::try_from(over.as_nanos()).unwrap_or(u64::MAX), Relaxed);
    }

    /// Whether a head is to be sent slowly; said once.
    pub(super) fn take_slow_headers(&self) -> Option<Duration> {
        let signal = &self.signals.slow_headers;
        // Nearly always there is none, and reading costs less than swapping.
        (signal.load(Relaxed) > 0).then(|| Duration::from_nanos(signal.swap(0, Relaxed)))
    }

    /// Waits until what was written so far has left.
    pub(super) async fn flushed(&self) {
        self.signals.flushed.notified().await;
    }

    /// Waits for something, unless the server stops first.
    pub(super) async fn while_open<T>(&self, something: impl Future<Output = T>) -> Option<T> {
        tokio::select! {
            done = something => Some(done),
            () = closing(self.signals.closed.clone()) => None,
        }
    }
}

/// Completes when the server stops.
async fn closing(mut closed: watch::Receiver<()>) {
    // An error means that the server was dropped: the same to a connection.
    let _ = closed.changed().await;
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
    /// Completes when the server stops; `None` once it has.
    open: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Stream {
    fn new(socket: TcpStream, closed: watch::Receiver<()>) -> Self {
        let open = Some(Box::pin(closing(closed.clone())) as Pin<Box<_>>);
        Self { socket, connection: Connection::new(closed), open }
    }

    pub(super) fn connection(&self) -> Connection {
        self.connection.clone()
    }

    /// An error once the server stops; until then, the task is woken when it does. Whatever hyper
    /// waits for, it asks here, so that failing is enough to end the connection.
    fn while_open(&mut self, cx: &mut Context<'_>) -> io::Result<()> {
        if self.open.as_mut().is_some_and(|open| open.as_mut().poll(cx).is_pending()) {
            return Ok(());
        }
        self.open = None;
        Err(io::ErrorKind::ConnectionAborted.into())
    }

    /// The socket, unless the connection is to be reset: closing a socket with zero linger, which
    /// hyper does after a failed write, sends RST.
    fn writable(&mut self, cx: &mut Context<'_>) -> io::Result<Pin<&mut TcpStream>> {
        self.while_open(cx)?;
        if self.connection.signals.reset.load(Relaxed) {
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
        self.while_open(cx)?;
        Pin::new(&mut self.socket).poll_read(cx, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buffer: &[u8]) -> Poll<io::Result<usize>> {
        self.writable(cx)?.poll_write(cx, buffer)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffers: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.writable(cx)?.poll_write_vectored(cx, buffers)
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
