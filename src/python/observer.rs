//! `_core.Observer`: what happens to the requests of one operation, told where the caller waits for them.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;

use super::bridge::{Answer, AnswerFuture, Call};
use super::event_loop::EventLoop;
use super::process::{ProcessBound, process};
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
        let state = ProcessBound::new(Arc::new(Mutex::new(State::Pending(future))));
        Ok(Followed { state, observer: self.get()?, event_loop })
    }
}

/// A call that is waited for until something has happened to it, again and again.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Followed {
    state: ProcessBound<Arc<Mutex<State>>>,
    observer: Arc<observer::Observer>,
    event_loop: Arc<EventLoop>,
}

enum State {
    Pending(AnswerFuture),
    Complete(Answer),
    /// Under way, or dropped with who waited for it, or taken.
    Gone,
}

#[pymethods]
impl Followed {
    /// Waits until there is something to tell, or the call is complete; gives whether it is.
    fn step(&self) -> PyResult<Call> {
        let (state, observer) = (Arc::clone(self.state.get()?), Arc::clone(&self.observer));
        Ok(Call::new(&self.event_loop, async move {
            let State::Pending(mut call) = exchange(&state, State::Gone) else { return Ok(true) };
            // Whoever drops this drops the request.
            let (next, done) = tokio::select! {
                biased;
                answer = &mut call => (State::Complete(answer), true),
                () = observer.news() => (State::Pending(call), false),
            };
            exchange(&state, next);
            Ok(done)
        }))
    }

    /// Drops the request, if it is not complete: who waited was interrupted between two steps.
    fn close(&self, py: Python<'_>) {
        py.detach(|| self.let_go());
    }

    /// What the call gave, once it is complete.
    fn result(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match exchange(self.state.get()?, State::Gone) {
            State::Complete(answer) => Ok(answer.into_pyobject(py)?.unbind()),
            _ => Err(PyRuntimeError::new_err("a call can be waited for once only")),
        }
    }
}

impl Followed {
    fn let_go(&self) {
        let Ok(state) = self.state.get() else { return };
        let left = exchange(state, State::Gone);
        if let (State::Pending(_), Ok(process)) = (&left, process()) {
            // What is dropped may want the runtime, for a connection that it gives back.
            let _ = process.in_background(move || drop(left));
        }
    }
}

impl Drop for Followed {
    fn drop(&mut self) {
        self.let_go();
    }
}

fn exchange(state: &Mutex<State>, next: State) -> State {
    let mut held: MutexGuard<'_, State> = state.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *held, next)
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
