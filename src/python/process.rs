//! What belongs to one process: its tokio runtime, and objects that must not outlive a fork.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use tokio::runtime::{Builder, Handle, Runtime};
use tokio::task::{JoinHandle, yield_now};

use super::exit::Gate;
use super::keeper::{Background, Keeper};
use crate::background;

/// How deep a line of forks may be, each child using this module.
const GENERATIONS: usize = 64;

/// One of each for each generation of a fork. A child takes a slot of its own, because the threads of
/// its parent's runtime do not exist in it and a lock may have been held when they vanished.
static PROCESSES: [OnceLock<Process>; GENERATIONS] = [const { OnceLock::new() }; GENERATIONS];

/// The process that owns the current generation (upper half), and its number (lower half).
static OWNER: AtomicU64 = AtomicU64::new(0);

/// A runtime of a single thread at a time: of one that waits for a call, which so needs no other to wake
/// it, or else of the keeper's, while something goes on in the background.
pub(super) struct Process {
    runtime: Runtime,
    keeper: Keeper,
    gate: Gate,
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
    Ok(slot.get_or_init(|| Process { runtime, keeper: Keeper::new(), gate: Gate::default() }))
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
        process.block_on(settle());
    }
}

/// Lets the driver and the tasks catch up. After a while in which nobody drove the runtime, connections
/// may have been closed by the other side, and others may not be back in their pool yet.
pub(super) async fn settle() {
    yield_now().await; // until the driver has looked
    yield_now().await; // until those whom it woke have run
}

/// Where threads enter Python; there is none before the runtime is started.
pub(super) fn gate() -> Option<&'static Gate> {
    Some(&existing()?.gate)
}

/// This process, unless nothing was done in it yet.
pub(super) fn existing() -> Option<&'static Process> {
    PROCESSES.get(generation())?.get()
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
