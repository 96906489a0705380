//! What belongs to one process: its tokio runtime, and objects that must not outlive a fork.

use std::sync::OnceLock;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinHandle, yield_now};

use super::blocking::Ticks;
use super::exit::Gate;
use super::generation::{GENERATIONS, generation, id};
use super::keeper::{Background, Keeper};
use crate::background;

/// One of each for each generation of a fork. A child takes a slot of its own, because the threads of
/// its parent's runtime do not exist in it and a lock may have been held when they vanished.
static PROCESSES: [OnceLock<Process>; GENERATIONS] = [const { OnceLock::new() }; GENERATIONS];

/// A runtime of a single thread at a time: of one that waits for a call, which so needs no other to wake
/// it, or else of the keeper's, while something goes on in the background.
pub(super) struct Process {
    runtime: Runtime,
    keeper: Keeper,
    gate: Gate,
    ticks: Ticks,
}

/// This process, whose runtime is made at first use.
pub(super) fn process() -> PyResult<&'static Process> {
    let slot = PROCESSES.get(generation()).ok_or_else(|| {
        PyRuntimeError::new_err("too many forks, one inside the other: start this process afresh")
    })?;
    if let Some(process) = slot.get() {
        return Ok(process);
    }
    background::register(|| Some(Box::new(process().ok()?.background())));
    let runtime = Builder::new_current_thread().thread_name("partnercenter-qual").enable_all().build()?;
    let (keeper, gate, ticks) = (Keeper::new(), Gate::default(), Ticks::default());
    Ok(slot.get_or_init(|| Process { runtime, keeper, gate, ticks }))
}

impl Process {
    /// Drives the runtime until `future` has ended, or somebody else drives it meanwhile.
    pub(super) fn block_on<F: Future>(&'static self, future: F) -> F::Output {
        let _left_over = LeftOver(self);
        self.runtime.block_on(future)
    }

    /// Starts a task that the keeper drives while nobody else does.
    pub(super) fn spawn<F>(&'static self, future: F) -> PyResult<JoinHandle<F::Output>>
    where
        F: Future<Output: Send> + Send + 'static,
    {
        self.in_background(|| background::spawn(future))
    }

    /// Runs what starts tasks in the background.
    pub(super) fn in_background<T>(&'static self, start: impl FnOnce() -> T) -> PyResult<T> {
        let _driven = self.background();
        self.keeper.ensure_driven(&self.runtime)?; // before anything is started
        let _entered = self.runtime.enter();
        Ok(start())
    }

    pub(super) fn spawn_blocking(&'static self, work: impl FnOnce() + Send + 'static) {
        self.runtime.spawn_blocking(work);
    }

    pub(super) fn ticks(&self) -> &Ticks {
        &self.ticks
    }

    fn background(&'static self) -> Background {
        self.keeper.background()
    }
}

/// Hands over what goes on in the background, after a panic too.
struct LeftOver(&'static Process);

impl Drop for LeftOver {
    fn drop(&mut self) {
        // Without a thread it goes on with the next call.
        let _ = self.0.keeper.ensure_driven(&self.0.runtime);
    }
}

/// Lets connections be closed that nobody has any more, and the like.
pub(super) fn tidy() {
    // Within a runtime, such as in a thread of its blocking pool, nobody can wait, nor has to.
    if let (Some(process), Err(_)) = (existing(), Handle::try_current()) {
        process.block_on(async {
            settle().await; // those that lost what they served are woken
            settle().await; // and have run
        });
    }
}

/// Lets the tasks that are ready run, and then the driver look at what happened meanwhile. What it finds
/// (a connection that the other side closed) takes effect the next time.
pub(super) async fn settle() {
    yield_now().await;
}

/// Where threads enter Python; there is none before the runtime is started.
pub(super) fn gate() -> Option<&'static Gate> {
    Some(&existing()?.gate)
}

/// This process, unless nothing was done in it yet.
pub(super) fn existing() -> Option<&'static Process> {
    PROCESSES.get(generation())?.get()
}

/// A value that works in the process that made it only. In a forked child it is neither used nor
/// dropped: either might wait for threads that are not there.
pub(super) struct ProcessBound<T> {
    process: u32,
    value: Option<T>,
}

impl<T> ProcessBound<T> {
    pub(super) fn new(value: T) -> Self {
        Self { process: id(), value: Some(value) }
    }

    /// The value, or a `RuntimeError` after a fork.
    pub(super) fn get(&self) -> PyResult<&T> {
        let own = self.process == id();
        self.value.as_ref().filter(|_| own).ok_or_else(|| {
            PyRuntimeError::new_err("made before a fork, it does not work in the child: make a new one there")
        })
    }
}

impl<T> Drop for ProcessBound<T> {
    fn drop(&mut self) {
        if self.process != id() {
            std::mem::forget(self.value.take());
        }
    }
}
