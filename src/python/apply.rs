//! `_core.Apply`: a run of many requests, begun when its first result is asked for.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::bridge::Call;
use super::convert::apply_result;
use super::event_loop::EventLoop;
use super::handle::Handle;
use super::process::{ProcessBound, process};
use super::table::Table;
use crate::apply::{self, OutcomeColumns, Settings, Wanted};
use crate::error::{Refusal, RowProblem};
use crate::ledger::Ledger;

/// A row as Python gives it: its number, and the texts of its columns.
pub(super) type GivenRow =
    (u64, Option<String>, Option<String>, Option<String>, Option<String>, Option<String>);

/// A problem that Python found: row, field, value and cure.
pub(super) type GivenProblem = (u64, String, String, String);

/// Checks rows.
pub(super) fn check(rows: Vec<GivenRow>, problems: Vec<GivenProblem>) -> PyResult<Vec<Wanted>> {
    let rows: Vec<_> =
        rows.into_iter()
            .map(|(row, customer_id, qualification, education_segment, website, validation_code)| {
                apply::Given { row, customer_id, qualification, education_segment, website, validation_code }
            })
            .collect();
    let problems = problems
        .into_iter()
        .map(|(row, field, value, cure)| RowProblem {
            row,
            refusal: Refusal { field: field.into(), value: Some(value), cure },
        })
        .collect();
    Ok(apply::check(&rows, problems)?)
}

/// Fails with all that is wrong with rows.
#[pyfunction]
pub(super) fn check_requests(rows: Vec<GivenRow>, problems: Vec<GivenProblem>) -> PyResult<()> {
    check(rows, problems).map(drop)
}

/// A run of many requests. Results stay in Rust until they are taken.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Apply {
    handle: Handle,
    state: ProcessBound<Mutex<State>>,
    columns: Mutex<Option<OutcomeColumns>>,
    #[pyo3(get)]
    total: usize,
    event_loop: Arc<EventLoop>,
}

enum State {
    Prepared(Ledger, Vec<Wanted>, Settings),
    Running(Arc<apply::Apply>),
    Closed,
}

impl Apply {
    pub(super) fn new(
        handle: &Handle,
        ledger: Ledger,
        wanted: Vec<Wanted>,
        settings: Settings,
        event_loop: &Arc<EventLoop>,
    ) -> Self {
        let total = wanted.len();
        Self {
            handle: handle.clone(),
            state: ProcessBound::new(Mutex::new(State::Prepared(ledger, wanted, settings))),
            columns: Mutex::default(),
            total,
            event_loop: Arc::clone(event_loop),
        }
    }

    fn state(&self) -> PyResult<MutexGuard<'_, State>> {
        Ok(self.state.get()?.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The run, which is begun if it was not yet; none once it is closed.
    fn begun(&self) -> PyResult<Option<Arc<apply::Apply>>> {
        let client = self.handle.open()?;
        let mut state = self.state()?;
        match std::mem::replace(&mut *state, State::Closed) {
            State::Prepared(ledger, wanted, settings) => {
                let start = || apply::Apply::start(&client, &ledger, wanted, settings);
                let run = Arc::new(process()?.in_background(start)?);
                self.handle.bind(&run)?;
                *state = State::Running(Arc::clone(&run));
                Ok(Some(run))
            }
            State::Running(run) => {
                *state = State::Running(Arc::clone(&run));
                Ok(Some(run))
            }
            State::Closed => Ok(None),
        }
    }

    fn running(&self) -> PyResult<Option<Arc<apply::Apply>>> {
        match &*self.state()? {
            State::Running(run) => Ok(Some(Arc::clone(run))),
            _ => Ok(None),
        }
    }

    fn tally(&self) -> PyResult<apply::Tally> {
        Ok(self.running()?.map(|run| run.tally()).unwrap_or_default())
    }
}

#[pymethods]
impl Apply {
    /// Whether the run was begun.
    #[getter]
    fn has_begun(&self) -> PyResult<bool> {
        Ok(!matches!(*self.state()?, State::Prepared(..)))
    }

    /// Waits until something can be taken, or so many seconds are over; gives whether there is, or will be,
    /// anything. Begins the run.
    fn next(&self, patience: f64) -> PyResult<Call> {
        let run = self.begun()?;
        let patience = Duration::try_from_secs_f64(patience).unwrap_or_default();
        Ok(Call::new(&self.event_loop, async move {
            match run {
                Some(run) => tokio::time::timeout(patience, run.ready()).await.unwrap_or(Ok(true)),
                None => Ok(false),
            }
        }))
    }

    /// Fails when the client was closed: what looks like an end may be none then.
    fn check(&self) -> PyResult<()> {
        self.handle.open().map(drop)
    }

    /// Whether the next result that is there came to no good end; `None` where there is none.
    fn peek(&self) -> PyResult<Option<bool>> {
        Ok(self.running()?.and_then(|run| run.peek(|outcome| outcome.kind.is_error())))
    }

    /// Takes the next result that is there.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        let outcome = self.running()?.and_then(|run| run.take());
        outcome.map(|outcome| apply_result(py, outcome)).transpose()
    }

    /// Puts the results that are there into columns. Gives how many there are in these.
    fn collect(&self) -> PyResult<()> {
        let mut columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner);
        let columns = columns.get_or_insert_default();
        if let Some(run) = self.running()? {
            std::iter::from_fn(|| run.take()).for_each(|outcome| columns.push(&outcome));
        }
        Ok(())
    }

    /// Takes all that was collected.
    fn take_table(&self) -> Table {
        let columns = self.columns.lock().unwrap_or_else(PoisonError::into_inner).take();
        columns.unwrap_or_default().finish().into()
    }

    /// How many rows' results were taken or collected.
    #[getter]
    fn done(&self) -> PyResult<u64> {
        Ok(self.tally()?.done)
    }

    /// Those of them that came to no good end.
    #[getter]
    fn errors(&self) -> PyResult<u64> {
        Ok(self.tally()?.errors)
    }

    /// How many requests were sent again.
    #[getter]
    fn retries(&self) -> PyResult<u64> {
        Ok(self.tally()?.retries)
    }

    /// How many of the results that were taken are of each kind.
    fn counts<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let counts = PyDict::new(py);
        for (kind, rows) in self.tally()?.counts {
            counts.set_item(kind.as_str(), rows)?;
        }
        Ok(counts)
    }

    /// Seconds for which the service still wants to be left alone.
    #[getter]
    fn paused_for(&self) -> PyResult<Option<f64>> {
        Ok(self.running()?.and_then(|run| run.paused_for()).map(|left| left.as_secs_f64()))
    }

    /// Closes it, and waits until its ledger is let go of.
    fn end(&self) -> Call {
        self.close();
        let run = self.running().ok().flatten();
        Call::new(&self.event_loop, async move {
            if let Some(run) = run {
                run.end().await;
            }
            Ok(true)
        })
    }

    /// Drops the requests in flight. What was answered by then can still be taken. In a forked child there is
    /// nothing to close.
    fn close(&self) {
        let Ok(mut state) = self.state() else { return };
        match &*state {
            State::Running(run) => run.stop(),
            _ => *state = State::Closed,
        }
    }
}

impl Drop for Apply {
    fn drop(&mut self) {
        self.close(); // also while a task still waits for results
    }
}
