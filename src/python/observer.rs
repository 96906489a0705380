//! `_core.Observer`: what happens to the requests of one operation, told where the caller waits for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::panic::PanicException;
use pyo3::prelude::*;
use tokio::task::{AbortHandle, JoinError, JoinHandle};

use super::bridge::{Answer, AnswerFuture, Call};
use super::event_loop::EventLoop;
use super::process::ProcessBound;
use crate::background;
use crate::observer::{self, Event, Interest, Kind};

/// Who is told of the requests of one operation. It holds nothing of Python's.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Observer(ProcessBound<Arc<observer::Observer>>);

/// What Python makes its events of: what happened, method, path, request id, correlation id, customer id,
/// attempt, when in microseconds since 1970, seconds, status, error.
type Told = (
    &'static str,
    String,
    String,
    String,
    String,
    Option<String>,
    u32,
    i64,
    f64,
    Option<u16>,
    Option<String>,
);

impl Observer {
    pub(super) fn get(&self) -> PyResult<Arc<observer::Observer>> {
        Ok(Arc::clone(self.0.get()?))
    }
}

#[pymethods]
impl Observer {
    #[new]
    fn new(answers: bool, departures: bool) -> Self {
        let interest = Interest { answers, departures };
        Self(ProcessBound::new(Arc::new(observer::Observer::new(interest))))
    }

    /// Has requests carry these from now on. What cannot be a header is left out.
    #[expect(clippy::needless_pass_by_value, reason = "what PyO3 passes")]
    fn set_headers(&self, headers: Vec<(String, String)>) -> PyResult<()> {
        self.get()?.set_headers(&headers);
        Ok(())
    }

    /// Takes what has happened, and how much more there was no room for.
    fn take(&self) -> PyResult<(Vec<Told>, u64)> {
        let noted = self.get()?.take();
        Ok((noted.events.into_iter().map(told).collect(), noted.lost))
    }

    /// Takes a call over, to be followed step by step.
    fn follow(&self, call: &Call) -> PyResult<Followed> {
        let (future, event_loop) = call.take_over()?;
        let state = ProcessBound::new(Arc::new(Mutex::new(State::Prepared(future))));
        Ok(Followed { state, observer: self.get()?, event_loop })
    }
}

/// A call that is waited for until something has happened to it, again and again. It goes on while that is told:
/// it runs in a task of its own.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Followed {
    state: ProcessBound<Arc<Mutex<State>>>,
    observer: Arc<observer::Observer>,
    event_loop: Arc<EventLoop>,
}

enum State {
    /// Not sent yet.
    Prepared(AnswerFuture),
    Running(Running),
    Complete(Answer),
    /// Taken, or dropped with who waited for it.
    Gone(Option<AbortHandle>),
}

/// The task of a call, which is dropped with this.
struct Running(JoinHandle<Answer>);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl State {
    /// The call's task, which is started now if it was not yet.
    fn task(&mut self) -> Option<Running> {
        let left = std::mem::replace(self, Self::Gone(None));
        let task = match left {
            Self::Prepared(call) => Running(background::spawn(call)),
            Self::Running(task) => task,
            Self::Complete(_) | Self::Gone(_) => {
                *self = left;
                return None;
            }
        };
        *self = Self::Gone(Some(task.0.abort_handle()));
        Some(task)
    }
}

#[pymethods]
impl Followed {
    /// Waits until there is something to tell, or the call is complete; gives whether it is.
    fn step(&self) -> PyResult<Call> {
        let (state, observer) = (Arc::clone(self.state.get()?), Arc::clone(&self.observer));
        Ok(Call::new(&self.event_loop, async move {
            let task = lock(&state).task();
            let Some(mut task) = task else { return Ok(true) };
            // Whoever drops this drops the request.
            let (next, done) = tokio::select! {
                biased;
                answer = &mut task.0 => (State::Complete(answer.unwrap_or_else(interrupted)), true),
                () = observer.news() => (State::Running(task), false),
            };
            let left = std::mem::replace(&mut *lock(&state), next);
            drop(left); // after the lock
            Ok(done)
        }))
    }

    /// Drops the request, if it is not complete, and waits until it is gone: who waited was interrupted.
    fn give_up(&self) -> PyResult<Call> {
        let state = Arc::clone(self.state.get()?);
        Ok(Call::new(&self.event_loop, async move {
            let left = std::mem::replace(&mut *lock(&state), State::Gone(None));
            let task = match &left {
                State::Running(task) => Some(task.0.abort_handle()),
                State::Gone(task) => task.clone(),
                State::Prepared(_) | State::Complete(_) => None,
            };
            drop(left);
            if let Some(task) = task {
                task.abort();
                background::ended(&task).await;
            }
            Ok(true)
        }))
    }

    /// Drops the request, if it is not complete. A traceback may hold this for long.
    fn close(&self) {
        if let Ok(state) = self.state.get() {
            let left = std::mem::replace(&mut *lock(state), State::Gone(None));
            drop(left); // after the lock
        }
    }

    /// What the call gave, once it is complete.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let left = std::mem::replace(&mut *lock(self.state.get()?), State::Gone(None));
        match left {
            State::Complete(answer) => Ok(answer.into_pyobject(py)?.unbind()),
            _ => Err(PyRuntimeError::new_err("a call can be waited for once only")),
        }
    }
}

#[expect(clippy::needless_pass_by_value, reason = "what a task gives that has panicked")]
fn interrupted(error: JoinError) -> Answer {
    let message = format!("the call was interrupted: {error}");
    Answer::raising(move || PanicException::new_err((message,)))
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

fn told(event: Event) -> Told {
    let kind = match event.kind {
        Kind::Request => "request",
        Kind::Response => "response",
        Kind::Retry => "retry",
        Kind::Throttle => "throttle",
        Kind::End => "end",
    };
    let call = &event.call;
    (
        kind,
        call.method.to_string(),
        call.path.clone(),
        call.request_id.to_string(),
        call.correlation_id.to_string(),
        call.customer_id.map(|id| id.to_string()),
        event.attempt,
        event.at.timestamp_micros(),
        event.time.as_secs_f64(),
        event.status,
        event.error,
    )
}
