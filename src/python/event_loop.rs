//! The asyncio loops that await calls.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::intern;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;

use super::completions::{Completions, Queue};
use super::generation;

/// The asyncio loop that awaited last: where asynchronous code of the user's runs, because it may hold
/// connections that belong there. With the process it runs in: a forked child has a copy that stands still.
#[derive(Default)]
pub(super) struct EventLoop(Mutex<Option<Entered>>);

struct Entered {
    process: u32,
    event_loop: Py<PyAny>,
    queue: Arc<Queue>,
}

impl EventLoop {
    /// Notes that calls are awaited in `event_loop`; gives where their completions go.
    pub(super) fn enter(&self, event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Queue>> {
        let process = generation::id();
        let is_same = |held: &&Entered| held.process == process && held.event_loop.is(event_loop);
        if let Some(held) = self.lock().as_ref().filter(is_same) {
            return Ok(Arc::clone(&held.queue));
        }
        let queue = Completions::of(event_loop)?;
        let event_loop = event_loop.clone().unbind();
        let entered = Entered { process, event_loop, queue: Arc::clone(&queue) };
        let left = self.lock().replace(entered);
        drop(left); // after the lock: the last reference to a loop may run code of anybody's
        Ok(queue)
    }

    pub(super) fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        let held = self.lock();
        let own = held.as_ref().filter(|held| held.process == generation::id());
        own.map(|held| held.event_loop.clone_ref(py))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Entered>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The loop that runs in this thread, or asyncio's own error.
pub(super) fn running(py: Python<'_>) -> PyResult<Bound<'_, PyAny>> {
    static GET_RUNNING_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    GET_RUNNING_LOOP.import(py, "asyncio", "get_running_loop")?.call0()
}

/// A future of `event_loop`'s.
pub(super) fn future<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    event_loop.call_method0(intern!(event_loop.py(), "create_future"))
}
