//! Keeps threads out of Python when the interpreter ends. Before Python 3.14 it ends every thread that
//! comes back to it then, and ending one that has Rust code on its stack aborts the process; one that
//! comes still later finds memory that was freed.

use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, ThreadId};
use std::time::Duration;

use pyo3::prelude::*;
use pyo3::types::{PyCFunction, PyDict, PyTuple};

use super::process::gate;

/// How long the interpreter waits for threads that are in Python. They hand over results, no more.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where threads enter Python.
#[derive(Default)]
pub(super) struct Gate {
    state: Mutex<State>,
    left: Condvar,
}

#[derive(Default)]
struct State {
    closed_by: Option<ThreadId>,
    inside: usize,
}

impl Gate {
    /// Enters, unless the gate is closed. For threads of ours.
    pub(super) fn enter(&self) -> Option<Inside<'_>> {
        let mut state = self.lock();
        if state.closed_by.is_some() {
            return None;
        }
        state.inside += 1;
        Some(Inside(self))
    }

    /// Enters; once the gate is closed, stays outside for ever. For threads of Python's: only daemons
    /// are left then, which nobody waits for, and the one that closed the gate, which may go on.
    pub(super) fn enter_or_stay(&self) -> Option<Inside<'_>> {
        loop {
            if let Some(inside) = self.enter() {
                return Some(inside);
            }
            if self.lock().closed_by == Some(thread::current().id()) {
                return None;
            }
            thread::park();
        }
    }

    /// Lets nobody in any more, and waits until all are out.
    fn close(&self) {
        let mut state = self.lock();
        state.closed_by = Some(thread::current().id());
        drop(self.left.wait_timeout_while(state, PATIENCE, |state| state.inside > 0));
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A thread that has entered; dropping it leaves, after a panic too.
pub(super) struct Inside<'a>(&'a Gate);

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        let mut state = self.0.lock();
        state.inside -= 1;
        if state.closed_by.is_some() {
            self.0.left.notify_all();
        }
    }
}

/// Has the interpreter close the gate before it ends.
pub(super) fn register(py: Python<'_>) -> PyResult<()> {
    let close = |arguments: &Bound<'_, PyTuple>, _: Option<&Bound<'_, PyDict>>| {
        // Those inside need the GIL to come out.
        arguments.py().detach(|| gate().map(Gate::close));
    };
    let close = PyCFunction::new_closure(py, None, None, close)?;
    py.import("atexit")?.call_method1("register", (close,))?;
    Ok(())
}
