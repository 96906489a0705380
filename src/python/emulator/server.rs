//! The emulator on a thread and a runtime of its own, so that closing it leaves neither socket nor
//! thread behind.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use pyo3::prelude::*;
use tokio::runtime::Builder;
use tokio::sync::oneshot;

use super::arguments::{Place, refused};
use crate::emulator::{Config, Emulator, Tls, serve, serve_tls};

/// An emulator being served. Its witnesses outlive the serving.
pub(super) struct Server {
    emulator: Emulator,
    address: SocketAddr,
    tls: Option<Tls>,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Binds at once, so that a taken port is an error here and requests can come right away.
    pub(super) fn start(config: Config, place: &Place) -> PyResult<Self> {
        let port = place.port;
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
            refused("port", &port, &format!("pass another port, or 0 for a free one ({error})"))
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let tls = place.tls.then(Tls::new).transpose()?;
        let emulator = Emulator::new(config);
        let (stop, stopped) = oneshot::channel();
        let served = serve_until(emulator.clone(), listener, tls.clone(), stopped);
        // What becomes of it there is nobody to tell: to callers the emulator looks closed.
        let thread = thread::Builder::new()
            .name("pcq-emulator".to_owned())
            .spawn(move || drop(runtime.block_on(served)))?;
        let running = Mutex::new(Some(Running { stop, thread }));
        Ok(Self { emulator, address, tls, running })
    }

    pub(super) fn emulator(&self) -> &Emulator {
        &self.emulator
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    /// The certificate to trust, as PEM.
    pub(super) fn authority(&self) -> Option<&str> {
        self.tls.as_ref().map(Tls::authority)
    }

    pub(super) fn close(&self) {
        let running = self.running.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(Running { stop, thread }) = running {
            // A thread that has ended already, be it by a panic, needs no telling.
            let _ = stop.send(());
            let _ = thread.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.close();
    }
}

async fn serve_until(
    emulator: Emulator,
    listener: TcpListener,
    tls: Option<Tls>,
    stopped: oneshot::Receiver<()>,
) -> io::Result<()> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let shutdown = async { stopped.await.unwrap_or(()) };
    match tls {
        None => serve(emulator, listener, shutdown).await,
        Some(tls) => serve_tls(emulator, listener, &tls, shutdown).await,
    }
}
