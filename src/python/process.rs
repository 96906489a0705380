//! What belongs to one process: its tokio runtime, and objects that must not outlive a fork.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Runtime};

use super::exit::Gate;

/// How deep a line of forks may be, each child using this module.
const GENERATIONS: usize = 64;

/// One of each for each generation of a fork. A child takes a slot of its own, because the threads of
/// its parent's runtime do not exist in it and a lock may have been held when they vanished.
static PROCESSES: [OnceLock<Process>; GENERATIONS] = [const { OnceLock::new() }; GENERATIONS];

struct Process {
    runtime: Runtime,
    gate: Gate,
}

/// The process that owns the current generation (upper half), and its number (lower half).
static OWNER: AtomicU64 = AtomicU64::new(0);

/// The runtime of this process, started at first use.
pub(super) fn runtime() -> PyResult<&'static Runtime> {
    let slot = PROCESSES.get(generation()).ok_or_else(|| {
        PyRuntimeError::new_err("too many forks, one inside the other: start this process afresh")
    })?;
    if let Some(process) = slot.get() {
        return Ok(&process.runtime);
    }
    let runtime = Builder::new_multi_thread().thread_name("partnercenter-qual").enable_all().build()?;
    Ok(&slot.get_or_init(|| Process { runtime, gate: Gate::default() }).runtime)
}

/// Where threads enter Python; there is none before the runtime is started.
pub(super) fn gate() -> Option<&'static Gate> {
    Some(&PROCESSES.get(generation())?.get()?.gate)
}

fn generation() -> usize {
    let process = u64::from(std::process::id());
    let number = |packed: u64| packed & u64::from(u32::MAX);
    let mut seen = OWNER.load(Ordering::Acquire);
    while seen >> 32 != process {
        let next = if seen == 0 { 0 } else { number(seen) + 1 };
        let claim = OWNER.compare_exchange(seen, process << 32 | next, Ordering::AcqRel, Ordering::Acquire);
        seen = claim.map_or_else(|current| current, |_| process << 32 | next);
    }
    usize::try_from(number(seen)).unwrap_or(GENERATIONS)
}

/// A value that works in the process that made it only. In a forked child it is neither used nor
/// dropped: either might wait for threads that are not there.
pub(super) struct ProcessBound<T> {
    process: u32,
    value: Option<T>,
}

impl<T> ProcessBound<T> {
    pub(super) fn new(value: T) -> Self {
        Self { process: std::process::id(), value: Some(value) }
    }

    /// The value, or a `RuntimeError` after a fork.
    pub(super) fn get(&self) -> PyResult<&T> {
        let own = self.process == std::process::id();
        self.value.as_ref().filter(|_| own).ok_or_else(|| {
            PyRuntimeError::new_err("made before a fork, it does not work in the child: make a new one there")
        })
    }
}

impl<T> Drop for ProcessBound<T> {
    fn drop(&mut self) {
        if self.process != std::process::id() {
            std::mem::forget(self.value.take());
        }
    }
}
