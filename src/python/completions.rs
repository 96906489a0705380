//! Calls that are complete, on their way to the asyncio loop that awaits them. No thread of ours enters
//! Python for that: they lie in a queue of the loop's, which is woken once for as many as there are.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use pyo3::intern;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::{PyTraverseError, PyVisit};
use tokio::task::yield_now;

use super::bridge::Answer;
use super::process::ProcessBound;
use super::wake::Waker;
#[cfg(unix)]
use super::wake::socket;

/// What an awaited call and the task that sends its request share.
pub(super) struct Slot {
    /// Set once the answer is there. Only threads that hold the GIL touch it, and none that runs our tasks.
    future: Mutex<Option<Py<PyAny>>>,
    outcome: Mutex<Outcome>,
}

enum Outcome {
    Pending,
    Complete(Answer),
    /// Taken, or nobody waits for it any more.
    Gone,
}

impl Slot {
    pub(super) fn new(future: Py<PyAny>) -> Self {
        Self { future: Mutex::new(Some(future)), outcome: Mutex::new(Outcome::Pending) }
    }

    /// The answer, once it is there.
    pub(super) fn answer(&self) -> Option<Answer> {
        let mut outcome = lock(&self.outcome);
        if matches!(*outcome, Outcome::Pending) {
            return None;
        }
        match std::mem::replace(&mut *outcome, Outcome::Gone) {
            Outcome::Complete(answer) => Some(answer),
            Outcome::Pending | Outcome::Gone => None,
        }
    }

    /// Nobody waits any more. To be called with the GIL held.
    pub(super) fn abandon(&self) {
        let future = lock(&self.future).take();
        let outcome = std::mem::replace(&mut *lock(&self.outcome), Outcome::Gone);
        drop((future, outcome)); // after the locks
    }

    pub(super) fn future(&self) -> MutexGuard<'_, Option<Py<PyAny>>> {
        lock(&self.future)
    }

    /// Whether anybody waits for the answer.
    fn complete(&self, answer: Answer) -> bool {
        let mut outcome = lock(&self.outcome);
        let is_pending = matches!(*outcome, Outcome::Pending);
        if is_pending {
            *outcome = Outcome::Complete(answer);
        }
        is_pending
    }
}

/// The futures of calls that are not complete, by the address of their slot. Touched with the GIL held.
type Pending = Mutex<HashMap<usize, Py<PyAny>>>;

/// The calls of one loop.
pub(super) struct Queue {
    complete: Mutex<Vec<Arc<Slot>>>,
    /// Those that are not complete.
    pending: Held,
    waker: Waker,
}

/// Who holds the futures of calls that are not complete.
enum Held {
    /// What the loop calls, as long as the loop watches for us.
    ByLoop(Weak<Pending>),
    /// The queue, where the loop holds nothing of ours: until each call is complete, which takes its timeout
    /// at most.
    ByQueue(Pending),
}

impl Held {
    fn with<T>(&self, change: impl FnOnce(&Pending) -> T) -> Option<T> {
        match self {
            Self::ByLoop(pending) => pending.upgrade().map(|pending| change(&pending)),
            Self::ByQueue(pending) => Some(change(pending)),
        }
    }
}

impl Queue {
    fn new(waker: Waker, pending: Held) -> Self {
        Self { complete: Mutex::default(), pending, waker }
    }

    /// Keeps the task that waits for a call. Asyncio does not: what a task waits for is to hold it.
    pub(super) fn hold(&self, slot: &Arc<Slot>, future: Py<PyAny>) {
        self.pending.with(|pending| lock(pending).insert(address(slot), future));
    }

    /// The call is complete, or nobody waits for it any more.
    pub(super) fn release(&self, slot: &Arc<Slot>) {
        let future = self.pending.with(|pending| lock(pending).remove(&address(slot)));
        drop(future); // after the lock
    }

    /// The loop is closed: nobody waits any more. To be called with the GIL held.
    pub(super) fn forget(&self) {
        let complete = std::mem::take(&mut *lock(&self.complete));
        let futures = self.pending.with(|pending| std::mem::take(&mut *lock(pending)));
        drop((complete, futures)); // after the locks
    }

    /// Lets those go on who wait for what is complete.
    fn deliver(&self, py: Python<'_>) {
        self.waker.woken();
        for slot in std::mem::take(&mut *lock(&self.complete)) {
            let future = slot.future().take();
            if let Some(future) = future {
                // An error: it was cancelled.
                let _ = future.bind(py).call_method1(intern!(py, "set_result"), (py.None(),));
            }
            self.release(&slot);
        }
    }

    /// Sees a call through.
    pub(super) async fn serve(self: Arc<Self>, slot: Arc<Slot>, call: impl Future<Output = Answer>) {
        let mut delivery = Delivery { queue: self, slot: Some(slot), wakes: false };
        let answer = call.await;
        delivery.complete(answer);
        if delivery.wakes {
            yield_now().await; // others that are complete by now join in
        }
    }
}

/// Delivers an answer, and wakes the loop for it and those that joined in: be it that the task ends as it
/// should, panics or is dropped.
struct Delivery {
    queue: Arc<Queue>,
    slot: Option<Arc<Slot>>,
    wakes: bool,
}

impl Delivery {
    fn complete(&mut self, answer: Answer) {
        let Some(slot) = self.slot.take() else { return };
        if slot.complete(answer) {
            let mut complete = lock(&self.queue.complete);
            complete.push(slot);
            self.wakes = complete.len() == 1;
        }
    }
}

impl Drop for Delivery {
    fn drop(&mut self) {
        let message = "the call was interrupted: what is on standard error says why";
        self.complete(Answer::raising(move || PanicException::new_err((message,))));
        if self.wakes {
            self.queue.waker.wake();
        }
    }
}

/// Where the completions of a loop go. There is one for each loop, which lives as long as the loop does.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Completions {
    queue: ProcessBound<Arc<Queue>>,
}

#[pymethods]
impl Completions {
    /// What a loop calls that watches no sockets, when it was woken.
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        self.queue.get()?.deliver(py);
        Ok(())
    }
}

/// What a loop holds and calls that watches a socket. With it go those who wait for calls, once the loop is
/// closed or gone.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Watch {
    queue: ProcessBound<Arc<Queue>>,
    pending: ProcessBound<Arc<Pending>>,
}

#[pymethods]
impl Watch {
    fn __call__(&self, py: Python<'_>) -> PyResult<()> {
        self.queue.get()?.deliver(py);
        Ok(())
    }

    /// Futures hold their loop, which holds this.
    #[expect(clippy::needless_pass_by_value, reason = "what PyO3 passes")]
    fn __traverse__(&self, visit: PyVisit<'_>) -> Result<(), PyTraverseError> {
        let Ok(pending) = self.pending.get() else { return Ok(()) };
        lock(pending).values().try_for_each(|future| visit.call(future))
    }

    fn __clear__(&self) {
        if let Ok(pending) = self.pending.get() {
            let futures = std::mem::take(&mut *lock(pending));
            drop(futures); // after the lock
        }
    }
}

impl Completions {
    /// Where the completions of `event_loop` go.
    pub(super) fn of(event_loop: &Bound<'_, PyAny>) -> PyResult<Arc<Queue>> {
        if let Some(known) = Self::known(event_loop)? {
            // One from before a fork watches for the parent.
            if let Ok(queue) = known.get().queue.get() {
                return Ok(Arc::clone(queue));
            }
        }
        #[cfg(unix)]
        {
            let pending = Arc::default();
            let queue =
                Queue::new(Waker::Socket(socket::Pair::new()?), Held::ByLoop(Arc::downgrade(&pending)));
            let (queue, pending) = (Arc::new(queue), ProcessBound::new(pending));
            let watch = Watch { queue: ProcessBound::new(Arc::clone(&queue)), pending };
            if let Waker::Socket(pair) = &queue.waker
                && pair.watch(event_loop, Bound::new(event_loop.py(), watch)?.as_any())?
            {
                return Self::keep(event_loop, queue);
            }
        }
        Self::keep(
            event_loop,
            Arc::new(Queue::new(Waker::call_soon(event_loop)?, Held::ByQueue(Pending::default()))),
        )
    }

    /// Those of `event_loop`, once there are some.
    pub(super) fn known<'py>(event_loop: &Bound<'py, PyAny>) -> PyResult<Option<Bound<'py, Self>>> {
        let known = by_loop(event_loop.py())?.call_method1("get", (event_loop,))?;
        Ok(known.extract()?)
    }

    /// Gives up all calls: their loop is closed.
    pub(super) fn forget(&self) {
        if let Ok(queue) = self.queue.get() {
            queue.forget();
        }
    }

    fn keep(event_loop: &Bound<'_, PyAny>, queue: Arc<Queue>) -> PyResult<Arc<Queue>> {
        let completions = Self { queue: ProcessBound::new(Arc::clone(&queue)) };
        by_loop(event_loop.py())?.set_item(event_loop, Bound::new(event_loop.py(), completions)?)?;
        Ok(queue)
    }
}

/// The `Completions` of all loops; one that is gone is forgotten.
fn by_loop(py: Python<'_>) -> PyResult<&Bound<'_, PyAny>> {
    static BY_LOOP: PyOnceLock<Py<PyAny>> = PyOnceLock::new();
    let by_loop = BY_LOOP.get_or_try_init(py, || {
        PyResult::Ok(py.import("weakref")?.getattr("WeakKeyDictionary")?.call0()?.unbind())
    })?;
    Ok(by_loop.bind(py))
}

fn address(slot: &Arc<Slot>) -> usize {
    Arc::as_ptr(slot) as usize
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
