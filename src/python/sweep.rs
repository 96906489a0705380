//! `_core.Sweep`: a running sweep, what feeds it, and the two ways to take what it finds.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyDict, PyList, PyString};
use serde_json::Map;

use super::bridge::Call;
use super::columns::Columns;
use super::convert::customer_result;
use super::event_loop::EventLoop;
use super::handle::Handle;
use super::process::ProcessBound;
use super::table::Table;
use crate::model::Customer;
use crate::sweep::{self, Target};

/// A running sweep. Rows stay in Rust until they are taken.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Sweep {
    handle: Handle,
    running: ProcessBound<Arc<sweep::Sweep>>,
    columns: ProcessBound<Mutex<Option<Columns>>>,
    event_loop: Arc<EventLoop>,
}

impl Sweep {
    pub(super) fn new(handle: &Handle, sweep: sweep::Sweep, event_loop: &Arc<EventLoop>) -> PyResult<Self> {
        let running = Arc::new(sweep);
        handle.bind(&running)?;
        Ok(Self {
            handle: handle.clone(),
            running: ProcessBound::new(running),
            columns: ProcessBound::new(Mutex::default()),
            event_loop: Arc::clone(event_loop),
        })
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        self.close(); // also while a task still waits for rows
    }
}

#[pymethods]
impl Sweep {
    /// How many more customers it can use now.
    #[getter]
    fn room(&self) -> PyResult<usize> {
        Ok(self.running.get()?.room())
    }

    /// Adds a customer; gives its number.
    fn feed(
        &self,
        customer_id: Option<&Bound<'_, PyString>>,
        company_name: Option<&Bound<'_, PyString>>,
        domain: Option<&Bound<'_, PyString>>,
    ) -> PyResult<u64> {
        self.handle.open()?;
        let given = customer_id.map(text);
        let (company_name, domain) = (company_name.map(text), domain.map(text));
        let customer = (company_name.is_some() || domain.is_some()).then(|| Customer {
            customer_id: given.clone().unwrap_or_default(),
            company_name,
            domain,
            relationship_to_partner: None,
            extra: Map::new(),
        });
        Ok(self.running.get()?.feed([Target { given, customer }]))
    }

    /// Adds the ids of a list from `start` on, up to the first that is no `str`. Gives where it ended.
    fn extend(&self, customer_ids: &Bound<'_, PyList>, start: usize) -> PyResult<usize> {
        self.handle.open()?;
        let ids = customer_ids.iter().skip(start);
        let texts = ids.map_while(|id| id.cast_exact::<PyString>().ok().map(text));
        let targets: Vec<_> = texts.map(|given| Target { given: Some(given), customer: None }).collect();
        let end = start + targets.len();
        self.running.get()?.feed(targets);
        Ok(end)
    }

    /// Takes columns of Arrow, of which `read` then feeds one batch after the other.
    fn open(&self, columns: &Bound<'_, PyAny>, argument: &str) -> PyResult<()> {
        let columns = Columns::open(columns, argument)?;
        *self.columns.get()?.lock().unwrap_or_else(PoisonError::into_inner) = Some(columns);
        Ok(())
    }

    /// Adds the customers of the next batch. Gives whether there was one.
    fn read(&self, py: Python<'_>) -> PyResult<bool> {
        self.handle.open()?;
        let columns = self.columns.get()?;
        let next = py.detach(|| columns.lock().unwrap_or_else(PoisonError::into_inner).as_mut()?.next());
        let Some(ids) = next.transpose()? else { return Ok(false) };
        self.running.get()?.feed_ids(ids);
        Ok(true)
    }

    /// Says that no more customers come.
    fn finish(&self, is_whole: bool) -> PyResult<()> {
        let sweep = self.running.get()?;
        if is_whole {
            sweep.finish();
        } else {
            sweep.break_off();
        }
        Ok(())
    }

    /// Waits until something can be taken, or there is room for more customers again, or so many seconds
    /// are over; gives whether there is, or will be, anything.
    fn next(&self, patience: f64) -> PyResult<Call> {
        self.handle.open()?;
        let sweep = Arc::clone(self.running.get()?);
        let patience = Duration::try_from_secs_f64(patience).unwrap_or_default();
        Ok(Call::new(&self.event_loop, async move {
            tokio::time::timeout(patience, sweep.ready()).await.unwrap_or(Ok(true))
        }))
    }

    /// Fails when the client was closed: what looks like an end may be none then.
    fn check(&self) -> PyResult<()> {
        self.handle.open().map(drop)
    }

    /// Whether something can be taken.
    #[getter]
    fn ready(&self) -> PyResult<bool> {
        Ok(self.running.get()?.is_ready())
    }

    /// Whether the next row that is there is an error; `None` where there is none.
    fn peek(&self) -> PyResult<Option<bool>> {
        Ok(self.running.get()?.peek(|row| row.outcome.is_err()))
    }

    /// Takes the next row that is there. Of the customers in `given`, by their numbers, it has its own.
    fn take(&self, py: Python<'_>, given: &Bound<'_, PyDict>) -> PyResult<Option<Py<PyAny>>> {
        let Some((number, row)) = self.running.get()?.take() else { return Ok(None) };
        let customer = if given.is_empty() { None } else { given.get_item(number)? };
        if customer.is_some() {
            given.del_item(number)?;
        }
        customer_result(py, row, customer.map(Bound::unbind)).map(Some)
    }

    /// From now on rows go into columns: of one table, or of batches of so many rows.
    fn collect(&self, batch_rows: Option<usize>) -> PyResult<()> {
        let sweep = self.running.get()?;
        match batch_rows {
            Some(rows) => sweep.collect_batches(rows),
            None => sweep.collect(),
        }
        Ok(())
    }

    /// How many rows were collected and not taken.
    #[getter]
    fn collected(&self) -> PyResult<usize> {
        Ok(self.running.get()?.collected())
    }

    /// Takes the next batch that is full; at the end, also the last one.
    fn take_batch(&self, py: Python<'_>) -> PyResult<Option<Table>> {
        let sweep = self.running.get()?;
        Ok(py.detach(|| sweep.take_batch()).map(Table::of_batch))
    }

    /// Takes all that was collected and not taken as batches.
    fn take_table(&self, py: Python<'_>) -> PyResult<Table> {
        let sweep = self.running.get()?;
        Ok(py.detach(|| sweep.take_table()).into())
    }

    /// How many customers it was given, or has listed.
    #[getter]
    fn given(&self) -> PyResult<u64> {
        Ok(self.running.get()?.tally().given)
    }

    /// How many customers' results were taken or collected.
    #[getter]
    fn done(&self) -> PyResult<u64> {
        Ok(self.running.get()?.tally().done)
    }

    /// Those of them whose qualifications could not be read.
    #[getter]
    fn errors(&self) -> PyResult<u64> {
        Ok(self.running.get()?.tally().errors)
    }

    /// How many requests were sent again.
    #[getter]
    fn retries(&self) -> PyResult<u64> {
        Ok(self.running.get()?.tally().retries)
    }

    /// How many customers were known from an earlier part, or from another worker.
    #[getter]
    fn known(&self) -> PyResult<u64> {
        Ok(self.running.get()?.tally().known)
    }

    /// How many rows of those taken or collected have each status.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (status, rows) in self.running.get()?.tally().counts.iter() {
            counts.set_item(status.as_str(), rows)?;
        }
        Ok(counts)
    }

    /// Seconds for which the service still wants to be left alone.
    #[getter]
    fn paused_for(&self) -> PyResult<Option<f64>> {
        Ok(self.running.get()?.paused_for().map(|left| left.as_secs_f64()))
    }

    /// Closes it, and waits until its requests are dropped and the ledger that it writes to is let go of.
    fn end(&self) -> Call {
        let sweep = self.running.get().ok().map(Arc::clone);
        Call::new(&self.event_loop, async move {
            if let Some(sweep) = sweep {
                sweep.end().await;
            }
            Ok(true)
        })
    }

    /// Drops the requests in flight, also while another thread or task waits for rows. In a forked child
    /// there is nothing to close.
    fn close(&self) {
        if let Ok(sweep) = self.running.get() {
            sweep.stop();
        }
    }
}

/// What UTF-8 cannot hold is no id, and gets its row like any other that is none.
fn text(text: &Bound<'_, PyString>) -> String {
    text.to_string_lossy().into_owned()
}
