//! One call with two endings: `.wait()` blocks the thread, `await` does not.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use pyo3_async_runtimes::TaskLocals;
use pyo3_async_runtimes::generic::{ContextExt, Runtime, future_into_py_with_locals};
use tokio::task::{JoinError, JoinHandle};
use tokio::time::timeout;

use super::convert::ToPython;
use super::delegate::EventLoop;
use super::errors;
use super::exit::Gate;
use super::process::{Process, ProcessBound, gate, process, settle};
use crate::error::Error;

/// How often a blocked thread looks for Ctrl-C.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Makes a Python object once the GIL is there.
type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// A result that becomes a Python object once the GIL is there.
pub(super) struct Answer(Result<Convert, Error>);

impl Answer {
    pub(super) fn new<T: ToPython + Send + 'static>(result: Result<T, Error>) -> Self {
        Self(result.map(|value| Box::new(|py: Python<'_>| value.to_python(py)) as Box<_>))
    }
}

impl<'py> IntoPyObject<'py> for Answer {
    type Target = PyAny;
    type Output = Bound<'py, PyAny>;
    type Error = PyErr;

    fn into_pyobject(self, py: Python<'py>) -> PyResult<Self::Output> {
        match self.0 {
            Ok(convert) => convert(py).map(|object| object.into_bound(py)),
            Err(error) => Err(errors::raised(py, error)),
        }
    }
}

type AnswerFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// A request that is not sent yet. It can be ended once, by `wait()` or by `await`.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Call {
    future: ProcessBound<Mutex<Option<AnswerFuture>>>,
    event_loop: Arc<EventLoop>,
}

impl Call {
    /// A call whose result is `future`'s. An asynchronous credential runs in the loop that awaits it.
    pub(super) fn new<T: ToPython + Send + 'static>(
        event_loop: &Arc<EventLoop>,
        future: impl Future<Output = Result<T, Error>> + Send + 'static,
    ) -> Self {
        Self::answering(event_loop, async { Answer::new(future.await) })
    }

    pub(super) fn answering(
        event_loop: &Arc<EventLoop>,
        future: impl Future<Output = Answer> + Send + 'static,
    ) -> Self {
        let future: AnswerFuture = Box::pin(future);
        Self { future: ProcessBound::new(Mutex::new(Some(future))), event_loop: Arc::clone(event_loop) }
    }

    fn take(&self) -> PyResult<AnswerFuture> {
        let future = self.future.get()?.lock().unwrap_or_else(PoisonError::into_inner).take();
        future.ok_or_else(|| PyRuntimeError::new_err("a call can be waited for once only"))
    }
}

#[pymethods]
impl Call {
    /// Sends and blocks until the answer is there, with the GIL released. Ctrl-C drops the request.
    fn wait(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let (future, process) = (self.take()?, process()?);
        let (answer, _inside) = py.detach(|| {
            let answer = interruptible(process, future);
            (answer, gate().and_then(Gate::enter_or_stay))
        });
        Ok(answer?.into_pyobject(py)?.unbind())
    }

    /// Sends without blocking the event loop. Cancelling the task drops the request.
    fn __await__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        process()?; // an error here can still be raised
        let locals = TaskLocals::with_running_loop(py)?;
        self.event_loop.set(locals.event_loop(py));
        let future = self.take()?;
        let awaitable = future_into_py_with_locals::<ForkSafe, _, _>(py, locals, async { Ok(future.await) })?;
        awaitable.call_method0("__await__")
    }
}

/// Looks for Ctrl-C now and then, outside the runtime: a handler of signals may make calls of its own.
fn interruptible(process: &'static Process, mut future: AnswerFuture) -> PyResult<Answer> {
    let mut outcome = process.block_on(async {
        settle().await;
        timeout(SIGNAL_INTERVAL, &mut future).await
    });
    loop {
        if let Ok(answer) = outcome {
            return Ok(answer);
        }
        if let Err(interruption) = check_signals() {
            process.block_on(async {
                drop(future);
                settle().await;
            });
            return Err(interruption);
        }
        outcome = process.block_on(async { timeout(SIGNAL_INTERVAL, &mut future).await });
    }
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime, not of any")]
fn check_signals() -> PyResult<()> {
    if let Some(_inside) = gate().and_then(Gate::enter) {
        Python::attach(|py| py.check_signals())?;
    }
    Ok(())
}

/// Our runtime, in the terms of pyo3-async-runtimes. Its own one cannot be replaced after a fork.
struct ForkSafe;

impl Runtime for ForkSafe {
    type JoinError = JoinError;
    type JoinHandle = JoinHandle<()>;

    fn spawn<F: Future<Output = ()> + Send + 'static>(future: F) -> Self::JoinHandle {
        match process().and_then(|process| process.spawn(future)) {
            Ok(task) => task,
            Err(_) => tokio::spawn(std::future::pending()),
        }
    }

    fn spawn_blocking<F: FnOnce() + Send + 'static>(function: F) -> Self::JoinHandle {
        // Called from within the runtime only.
        tokio::task::spawn_blocking(|| {
            if let Some(_inside) = gate().and_then(Gate::enter) {
                function();
            }
        })
    }
}

impl ContextExt for ForkSafe {
    fn scope<F, R>(_locals: TaskLocals, future: F) -> Pin<Box<dyn Future<Output = R> + Send>>
    where
        F: Future<Output = R> + Send + 'static,
    {
        Box::pin(future) // nothing in here asks for the locals
    }

    fn get_task_locals() -> Option<TaskLocals> {
        None
    }
}
