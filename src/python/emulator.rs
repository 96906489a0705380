//! `_core.Emulator`. Its public face, and the dataclasses of its witnesses, are written in Python.

mod arguments;
mod server;

use std::path::PathBuf;

use chrono::{DateTime, Utc};
use pyo3::exceptions::PyValueError;
use pyo3::prelude::*;
use pyo3::types::PyBytes;
use pythonize::pythonize;
use secrecy::ExposeSecret;

use self::arguments::{Place, fault, guid, no_such_fault, read, seconds};
use self::server::Server;
use super::process::ProcessBound;
use crate::emulator::{self, Config, Customers, Snapshot, TokenOptions};

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
    fn new(
        settings: &Bound<'_, PyAny>,
        customers_file: Option<PathBuf>,
        port: i64,
        tls: bool,
    ) -> PyResult<Self> {
        let mut config: Config = read(settings)?;
        let place = Place::new(port, tls)?;
        let server = settings.py().detach(|| -> PyResult<_> {
            if let Some(path) = customers_file {
                config.customers = Customers::from_file(&path)?;
            }
            config.check()?;
            Server::start(config, &place)
        })?;
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
    fn is_frozen(&self) -> PyResult<bool> {
        Ok(self.handle()?.is_frozen())
    }

    #[getter]
    fn duplicates(&self) -> PyResult<u64> {
        Ok(self.handle()?.duplicates())
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

    fn freeze(&self) -> PyResult<()> {
        self.handle()?.freeze();
        Ok(())
    }

    fn unfreeze(&self) -> PyResult<()> {
        self.handle()?.unfreeze();
        Ok(())
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

    fn inject(&self, rule: &Bound<'_, PyAny>) -> PyResult<u64> {
        Ok(self.handle()?.inject(read(rule)?)?)
    }

    fn faults<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(pythonize(py, &self.handle()?.faults())?)
    }

    fn switch_fault(&self, fault_id: i64, enabled: bool) -> PyResult<()> {
        Ok(self.handle()?.switch_fault(fault(fault_id)?, enabled).map_err(no_such_fault)?)
    }

    fn remove_fault(&self, fault_id: i64) -> PyResult<()> {
        Ok(self.handle()?.remove_fault(fault(fault_id)?).map_err(no_such_fault)?)
    }

    fn clear_faults(&self) -> PyResult<()> {
        self.handle()?.clear_faults();
        Ok(())
    }

    fn reset(&self, py: Python<'_>) -> PyResult<()> {
        let emulator = self.handle()?;
        py.detach(|| emulator.reset());
        Ok(())
    }

    fn snapshot<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let emulator = self.handle()?;
        let json = py.detach(|| serde_json::to_vec(&emulator.snapshot()));
        json.map(|json| PyBytes::new(py, &json)).map_err(|error| PyValueError::new_err(error.to_string()))
    }

    fn restore(&self, py: Python<'_>, snapshot: &[u8]) -> PyResult<()> {
        let emulator = self.handle()?;
        py.detach(|| Snapshot::from_json(snapshot).map(|snapshot| emulator.restore(snapshot)))?;
        Ok(())
    }

    /// The requests that a query finds.
    fn journal(&self, query: &Bound<'_, PyAny>) -> PyResult<Vec<JournalRow>> {
        let (emulator, wanted) = (self.handle()?, read(query)?);
        Ok(query.py().detach(|| emulator.find(&wanted).into_iter().map(JournalRow::from).collect()))
    }

    fn offenders(&self, py: Python<'_>, check: &str) -> PyResult<Vec<String>> {
        let emulator = self.handle()?;
        let checks = py.detach(|| emulator.checks());
        let check = match check {
            "each_posted_once" => checks.each_posted_once,
            "retry_after_respected" => checks.retry_after_respected,
            "no_duplicates" => checks.no_duplicates,
            _ => checks.faults_fired,
        };
        Ok(check.offenders)
    }

    fn effects(&self, py: Python<'_>) -> PyResult<Vec<EffectRow>> {
        let emulator = self.handle()?;
        Ok(py.detach(|| emulator.effects().into_iter().map(EffectRow::from).collect()))
    }
}
