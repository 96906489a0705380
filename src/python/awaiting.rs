//! A call that is awaited, as asyncio sees it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::{PyRuntimeError, PyStopIteration};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyIterator, PyTuple};
use pyo3::{PyTraverseError, PyVisit};
use tokio::task::AbortHandle;

use super::completions::{Queue, Slot};
use super::process::ProcessBound;

/// Gives asyncio the future to wait for, then the answer. What ends the waiting drops the request.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Awaiting {
    waiting: ProcessBound<Waiting>,
}

struct Waiting {
    queue: Arc<Queue>,
    slot: Arc<Slot>,
    request: AbortHandle,
    /// Over the future of the slot.
    iterator: Mutex<Option<Py<PyIterator>>>,
}

impl Awaiting {
    pub(super) fn new(
        queue: Arc<Queue>,
        slot: Arc<Slot>,
        request: AbortHandle,
        iterator: Py<PyIterator>,
    ) -> Self {
        let iterator = Mutex::new(Some(iterator));
        Self { waiting: ProcessBound::new(Waiting { queue, slot, request, iterator }) }
    }
}

#[pymethods]
impl Awaiting {
    fn __iter__(itself: PyRef<'_, Self>) -> PyRef<'_, Self> {
        itself
    }

    fn __next__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let waiting = self.waiting.get()?;
        if let Some(answer) = waiting.slot.answer() {
            let answer = answer.into_pyobject(py)?;
            return Err(PyStopIteration::new_err((answer.unbind(),)));
        }
        let iterator = waiting.iterator().as_ref().map(|iterator| iterator.clone_ref(py));
        let next = iterator.and_then(|iterator| iterator.bind(py).clone().next());
        next.unwrap_or_else(|| Err(PyRuntimeError::new_err("a call can be waited for once only")))
    }

    /// What is thrown into a task that waits: that it is cancelled, as a rule.
    #[pyo3(signature = (*error))]
    fn throw<'py>(&self, py: Python<'py>, error: &Bound<'py, PyTuple>) -> PyResult<Bound<'py, PyAny>> {
        let waiting = self.waiting.get()?;
        let iterator = waiting.iterator().take();
        waiting.give_up();
        let iterator =
            iterator.ok_or_else(|| PyRuntimeError::new_err("a call can be waited for once only"))?;
        iterator.bind(py).call_method1(intern!(py, "throw"), error)
    }

    fn close(&self) {
        self.__clear__();
    }

    /// A task, its future and this hold each other.
    #[expect(clippy::needless_pass_by_value, reason = "what PyO3 passes")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(waiting) = self.waiting.get() else { return Ok(()) };
        visit.call(&*waiting.slot.future())?;
        visit.call(&*waiting.iterator())
    }

    fn __clear__(&self) {
        if let Ok(waiting) = self.waiting.get() {
            let iterator = waiting.iterator().take();
            drop(iterator); // after the lock
            waiting.give_up();
        }
    }
}

impl Waiting {
    fn give_up(&self) {
        self.slot.abandon();
        self.queue.release(&self.slot);
        self.request.abort();
    }

    fn iterator(&self) -> MutexGuard<'_, Option<Py<PyIterator>>> {
        self.iterator.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.give_up();
    }
}
