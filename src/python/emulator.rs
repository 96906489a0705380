//! `_core.Emulator`. Its public face, and the dataclasses of its witnesses, are written in Python.

mod arguments;
mod server;

use chrono::{DateTime, Utc};
use pyo3::prelude::*;
use secrecy::ExposeSecret;

use self::arguments::{FaultRule, Settings, guid, seconds};
use self::server::Server;
use super::process::ProcessBound;
use crate::emulator::{self, TokenOptions};

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
        Ok(self.server.get()?.emulator())
    }
}

#[pymethods]
impl Emulator {
    #[new]
    fn new(py: Python<'_>, settings: Settings) -> PyResult<Self> {
        let (config, place) = settings.read()?;
        let server = py.detach(|| Server::start(config, &place))?;
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
        Ok(self.server.get()?.port())
    }

    /// The certificate to trust, as PEM; None without TLS.
    #[getter]
    fn certificate_authority(&self) -> PyResult<Option<&str>> {
        Ok(self.server.get()?.authority())
    }

    #[getter]
    fn tenant_id(&self) -> PyResult<String> {
        Ok(self.handle()?.tenant_id().to_string())
    }

    #[getter]
    fn client_id(&self) -> PyResult<String> {
        Ok(self.handle()?.client_id().to_string())
    }

    #[getter]
    fn client_secret(&self) -> PyResult<String> {
        Ok(self.handle()?.client_secret().expose_secret().to_owned())
    }

    #[getter]
    fn most_token_requests_at_once(&self) -> PyResult<usize> {
        Ok(self.handle()?.most_token_requests_at_once())
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

    fn issue_refresh_token(&self, mfa: bool) -> PyResult<String> {
        Ok(self.handle()?.issue_refresh_token(mfa).expose_secret().to_owned())
    }

    fn approve_device_code(&self, user_code: &str, mfa: bool) -> PyResult<()> {
        Ok(self.handle()?.approve_device_code(user_code, mfa)?)
    }

    fn decline_device_code(&self, user_code: &str) -> PyResult<()> {
        Ok(self.handle()?.decline_device_code(user_code)?)
    }

    fn register_certificate(&self, certificate: &[u8]) -> PyResult<()> {
        Ok(self.handle()?.register_certificate(certificate)?)
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

    fn inject(&self, rule: FaultRule) -> PyResult<u64> {
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
