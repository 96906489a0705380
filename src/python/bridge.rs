//! One call with two endings: `.wait()` blocks the thread, `await` does not.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::awaiting::Awaiting;
use super::blocking;
use super::completions::Slot;
use super::convert::ToPython;
use super::errors;
use super::event_loop::{self, EventLoop};
use super::exit::Gate;
use super::process::{ProcessBound, gate, process};
use crate::error::Error;

/// Makes a Python object once the GIL is there.
type Convert = Box<dyn FnOnce(Python<'_>) -> PyResult<Py<PyAny>> + Send>;

/// A result that becomes a Python object once the GIL is there.
pub(super) struct Answer(Result<Convert, Error>);

impl Answer {
    pub(super) fn new<T: ToPython + Send + 'static>(result: Result<T, Error>) -> Self {
        Self(result.map(|value| Box::new(|py: Python<'_>| value.to_python(py)) as Box<_>))
    }
}

impl Answer {
    pub(super) fn raising(error: impl FnOnce() -> PyErr + Send + 'static) -> Self {
        Self(Ok(Box::new(|_| Err(error()))))
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

pub(super) type AnswerFuture = Pin<Box<dyn Future<Output = Answer> + Send>>;

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

    /// The request, for who ends it in the call's place.
    pub(super) fn take_over(&self) -> PyResult<(AnswerFuture, Arc<EventLoop>)> {
        Ok((self.take()?, Arc::clone(&self.event_loop)))
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
        let (call, process) = (self.take()?, process()?);
        let (answer, _inside) = py.detach(|| {
            let answer = blocking::wait(process, call);
            (answer, gate().and_then(Gate::enter_or_stay))
        });
        Ok(answer?.into_pyobject(py)?.unbind())
    }

    /// Sends without blocking the event loop. Cancelling the task drops the request.
    fn __await__(&self, py: Python<'_>) -> PyResult<Awaiting> {
        let (process, event_loop) = (process()?, event_loop::running(py)?);
        let queue = self.event_loop.enter(&event_loop)?;
        let call = self.take()?;
        let future = event_loop::future(&event_loop)?;
        let iterator = future.try_iter()?.unbind();
        let slot = Arc::new(Slot::new(future.clone().unbind()));
        let request = process.spawn(Arc::clone(&queue).serve(Arc::clone(&slot), call))?;
        queue.hold(&slot, future.unbind());
        Ok(Awaiting::new(queue, slot, request.abort_handle(), iterator))
    }
}
