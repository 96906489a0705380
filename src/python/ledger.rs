//! `_core.Ledger`: opens a ledger and hands out the calls that ask it.

use std::sync::{Arc, Mutex, PoisonError};

use chrono::{DateTime, Utc};
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::bridge::Call;
use super::convert::ToPython;
use super::event_loop::EventLoop;
use super::process::ProcessBound;
use super::table::Table;
use crate::error::{Error, Refusal};
use crate::ledger::{self, Location};
use crate::model::CustomerId;
use crate::table;

/// A ledger until it is closed; its public face is written in Python.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Ledger {
    open: ProcessBound<Mutex<Option<ledger::Ledger>>>,
    shown: String,
    address: Option<String>,
    event_loop: Arc<EventLoop>,
}

impl Ledger {
    /// The ledger, or a `RuntimeError` when it is closed or from before a fork.
    pub(super) fn open_one(&self) -> PyResult<ledger::Ledger> {
        let open = self.open.get()?.lock().unwrap_or_else(PoisonError::into_inner);
        open.clone().ok_or_else(|| PyRuntimeError::new_err("the ledger is closed: open it again"))
    }

    fn call<T, F>(&self, ask: impl FnOnce(ledger::Ledger) -> F) -> PyResult<Call>
    where
        T: ToPython + Send + 'static,
        F: Future<Output = Result<T, Error>> + Send + 'static,
    {
        let ledger = self.open_one()?;
        let asked = ask(ledger.clone());
        Ok(Call::new(&self.event_loop, async move { ledger.using(asked).await }))
    }
}

#[pymethods]
impl Ledger {
    /// Opens a ledger.
    #[staticmethod]
    fn open(url: &str, tenant_id: Option<&str>, lease: f64) -> PyResult<Call> {
        let location = Location::parse(url)?;
        let tenant_id = tenant_id.map(ledger::tenant_id).transpose()?;
        let lease = ledger::lease(lease)?;
        let event_loop = Arc::new(EventLoop::default());
        Ok(Call::new(&event_loop, async move { ledger::Ledger::open(&location, tenant_id, lease).await }))
    }

    /// Where it is, for who opens it elsewhere; `None` where that has a secret in it.
    #[getter]
    fn address(&self) -> Option<&str> {
        self.address.as_deref()
    }

    /// How it is named to people: without secrets.
    #[getter]
    fn shown(&self) -> &str {
        &self.shown
    }

    /// Closes it. In a forked child there is nothing to close.
    fn close(&self) -> Call {
        let open = self.open.get().ok();
        let ledger = open.and_then(|open| open.lock().unwrap_or_else(PoisonError::into_inner).take());
        Call::new(&self.event_loop, async move {
            if let Some(ledger) = ledger {
                ledger.close().await;
            }
            Ok(true)
        })
    }

    fn latest(&self) -> PyResult<Call> {
        self.call(|ledger| async move { ledger.latest().await })
    }

    fn history(&self, customer_id: &str) -> PyResult<Call> {
        let id = CustomerId::parse(customer_id)?;
        self.call(move |ledger| async move { ledger.history(id).await })
    }

    fn changes(&self, since: Option<&str>) -> PyResult<Call> {
        let since = since.map(|text| moment("since", text)).transpose()?;
        self.call(move |ledger| async move { ledger.changes(since).await })
    }

    fn pending(&self) -> PyResult<Call> {
        self.call(|ledger| async move { ledger.pending().await })
    }

    fn submissions(&self, state: Option<String>) -> PyResult<Call> {
        self.call(move |ledger| async move { ledger.submissions_table(state.as_deref()).await })
    }

    fn diff(&self, earlier: &str, later: &str) -> PyResult<Call> {
        let (earlier, later) = (moment("earlier", earlier)?, moment("later", later)?);
        self.call(move |ledger| async move { ledger.diff(earlier, later).await })
    }
}

impl ToPython for ledger::Ledger {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (shown, address) = (self.shown().to_owned(), self.address().map(str::to_owned));
        let open = ProcessBound::new(Mutex::new(Some(self)));
        Ok(Py::new(py, Ledger { open, shown, address, event_loop: Arc::default() })?.into_any())
    }
}

impl ToPython for table::Table {
    fn to_python(self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        Ok(Py::new(py, Table::from(self))?.into_any())
    }
}

fn moment(field: &'static str, text: &str) -> Result<DateTime<Utc>, Error> {
    let cure = "pass a datetime, or ISO 8601 text such as 2026-11-20T12:00:00Z";
    let read = DateTime::parse_from_rfc3339(text);
    read.map(DateTime::from).map_err(|_| Refusal::argument(field, text, cure))
}
