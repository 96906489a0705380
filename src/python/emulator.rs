//! `_core.Emulator`: the emulator on a thread and a runtime of its own, so that closing it leaves
//! neither socket nor thread behind. Its public face, and the dataclasses of its witnesses, are
//! written in Python.

mod arguments;

use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::oneshot;

use self::arguments::{FaultRule, Settings, guid, refused, seconds};
use super::process::ProcessBound;
use crate::emulator::{self, Config, TokenOptions};

/// An emulator that serves until it is closed or dropped.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Emulator {
    server: ProcessBound<Server>,
}

/// A row of the journal, as a dict for its dataclass.
#[derive(IntoPyObject)]
struct JournalRow {
    method: String,
    path: String,
    customer_id: Option<String>,
    status: Option<u16>,
    request_id: String,
    correlation_id: String,
    at: DateTime<Utc>,
    early: bool,
}

impl From<emulator::JournalEntry> for JournalRow {
    fn from(entry: emulator::JournalEntry) -> Self {
        Self {
            method: entry.method,
            path: entry.path,
            customer_id: entry.customer_id.map(|id| id.to_string()),
            status: entry.status,
            request_id: entry.request_id,
            correlation_id: entry.correlation_id,
            at: entry.at,
            early: entry.early,
        }
    }
}

/// An effect, as a dict for its dataclass.
#[derive(IntoPyObject)]
struct EffectRow {
    customer_id: String,
    qualification: &'static str,
    request_id: String,
    at: DateTime<Utc>,
}

impl From<emulator::Effect> for EffectRow {
    fn from(effect: emulator::Effect) -> Self {
        Self {
            customer_id: effect.customer_id.to_string(),
            qualification: effect.qualification.as_str(),
            request_id: effect.request_id,
            at: effect.at,
        }
    }
}

impl Emulator {
    fn handle(&self) -> PyResult<&emulator::Emulator> {
        Ok(&self.server.get()?.emulator)
    }
}

#[pymethods]
impl Emulator {
    #[new]
    fn new(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        let (config, port) = settings.read()?;
        let server = py.detach(|| Server::start(config, port))?;
        Ok(Self { server: ProcessBound::new(server) })
    }

    /// Stops serving and waits for the thread, with the GIL released. In a forked child there is
    /// nothing to stop.
    fn close(&self, py: Python<'_>) {
        if let Ok(server) = self.server.get() {
            py.detach(|| server.close());
        }
    }

    #[getter]
    fn port(&self) -> PyResult<u16> {
        Ok(self.server.get()?.address.port())
    }

    #[getter]
    fn now(&self) -> PyResult<DateTime<Utc>> {
        Ok(self.handle()?.now())
    }

    fn customer_ids(&self) -> PyResult<Vec<String>> {
        let ids = self.handle()?.customer_ids();
        Ok(ids.iter().map(ToString::to_string).collect())
    }

    fn access_token(
        &self,
        app_only: bool,
        mfa: bool,
        audience: Option<String>,
        lifetime: f64,
    ) -> PyResult<String> {
        let options = TokenOptions {
            app_only,
            mfa,
            audience: audience.unwrap_or(emulator::AUDIENCE.to_owned()),
            lifetime: seconds("lifetime", lifetime)?,
        };
        Ok(self.handle()?.access_token(&options))
    }

    fn advance(&self, by: f64) -> PyResult<()> {
        Ok(self.handle()?.advance(seconds("seconds", by)?)?)
    }

    fn decide(
        &self,
        customer_id: &str,
        qualification: &str,
        status: &str,
        reason: Option<&str>,
    ) -> PyResult<()> {
        let (qualification, status) = (qualification.parse()?, status.parse()?);
        Ok(self.handle()?.decide(guid(customer_id)?, qualification, status, reason)?)
    }

    fn inject(&self, rule: FaultRule) -> PyResult<()> {
        Ok(self.handle()?.inject(rule.fault()?)?)
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let emulator = self.handle()?;
        py.detach(|| emulator.reset());
        Ok(())
    }

    fn journal(&self, py: Python<'_>) -> PyResult<Vec<JournalRow>> {
        let emulator = self.handle()?;
        Ok(py.detach(|| emulator.journal().into_iter().map(JournalRow::from).collect()))
    }

    fn effects(&self, py: Python<'_>) -> PyResult<Vec<EffectRow>> {
        let emulator = self.handle()?;
        Ok(py.detach(|| emulator.effects().into_iter().map(EffectRow::from).collect()))
    }
}

/// An emulator being served. Its witnesses outlive the serving.
struct Server {
    emulator: emulator::Emulator,
    address: SocketAddr,
    running: Mutex<Option<Running>>,
}

struct Running {
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

impl Server {
    /// Binds at once, so that a taken port is an error here and requests can come right away.
    fn start(config: Config, port: u16) -> PyResult<Self> {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(|error| {
            refused("port", &port, &format!("pass another port, or 0 for a free one ({error})"))
        })?;
        listener.set_nonblocking(true)?;
        let address = listener.local_addr()?;
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let emulator = emulator::Emulator::new(config);
        let (stop, stopped) = oneshot::channel();
        let served = emulator.clone();
        let thread = thread::Builder::new()
            .name("pcq-emulator".to_owned())
            .spawn(move || run(&runtime, served, listener, stopped))?;
        let running = Mutex::new(Some(Running { stop, thread }));
        Ok(Self { emulator, address, running })
    }

    fn close(&self) {
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

fn run(
    runtime: &Runtime,
    emulator: emulator::Emulator,
    listener: TcpListener,
    stopped: oneshot::Receiver<()>,
) {
    let served = runtime.block_on(async {
        let listener = tokio::net::TcpListener::from_std(listener)?;
        let shutdown = async { stopped.await.unwrap_or(()) };
        emulator::serve(emulator, listener, shutdown).await
    });
    // There is nobody to tell here: to callers the emulator looks closed.
    drop(served);
}
