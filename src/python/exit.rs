//! Keeps our threads out of Python when the interpreter ends: before Python 3.14 it ends every thread
//! that comes back to it then, and ending one that has Rust code on its stack aborts the process.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use super::process::close_gate;

/// How long the interpreter waits for threads that are in Python. They hand over results, no more.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where our threads enter Python.
#[derive(Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    closed: bool,
    inside: usize,
}

impl Gate {
    /// Does what needs Python, unless the gate is closed.
    pub(super) fn pass<T>(&self, work: impl FnOnce() -> T) -> Option<T> {
        let mut state = self.lock();
        if state.closed {
            return None;
        }
        state.inside += 1;
        drop(state);
        let _leave = Leave(self);
        Some(work())
    }

    /// Lets nobody in any more, and waits until all are out.
    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closed = true;
        drop(self.left.wait_timeout_while(state, PATIENCE, |state| state.inside > 0));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Leaves when it goes out of scope, after a panic too.
struct Leave<'a>(&'a Gate);

impl Drop for Leave<'_> {
    fn drop(&mut self) {
        self.0.lock().inside -= 1;
        self.0.left.notify_all();
    }
}

/// Has the interpreter close the gate before it ends.
pub(super) fn register(py: Python<'_>) -> PyResult<()> {
    let close = |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
        arguments.py().detach(close_gate); // those inside need the GIL to come out
    };
    let close = PyCFunction::new_closure(py, None, None, close)?;
    py.import("atexit")?.call_method1("register", (close,))?;
    Ok(())
}
