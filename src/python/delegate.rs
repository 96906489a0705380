//! Credentials written in Python. The one place where Rust has code of the user's run: from the blocking
//! pool, never from a worker.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::sync::oneshot;

use super::exit::Gate;
use super::process::gate;
use crate::auth::{Credential, Token, TokenFuture};
use crate::error::{AuthenticationError, Error};

/// The asyncio loop that awaited last: where an asynchronous credential runs, because it may hold
/// connections that belong there.
#[derive(Default)]
pub(super) struct EventLoop(Mutex<Option<Py<PyAny>>>);

impl EventLoop {
    pub(super) fn set(&self, event_loop: Bound<'_, PyAny>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(event_loop.unbind());
    }

    fn get(&self, py: Python<'_>) -> Option<Py<PyAny>> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .as_ref()
            .map(|event_loop| event_loop.clone_ref(py))
    }
}

/// A callable, or an object with `get_token_info` or `get_token`.
pub(super) struct Delegate {
    credential: Arc<Py<PyAny>>,
    event_loop: Arc<EventLoop>,
}

impl Delegate {
    pub(super) fn new(credential: Py<PyAny>, event_loop: Arc<EventLoop>) -> Self {
        Self { credential: Arc::new(credential), event_loop }
    }
}

impl Credential for Delegate {
    fn fetch(&self, scope: &str) -> TokenFuture {
        let (credential, event_loop, scope) =
            (Arc::clone(&self.credential), Arc::clone(&self.event_loop), scope.to_owned());
        Box::pin(async move {
            let (sender, answer) = oneshot::channel();
            let reply = Reply(Mutex::new(Some(sender)));
            let asked = tokio::task::spawn_blocking(move || {
                let _inside = gate().and_then(Gate::enter)?;
                Some(Python::attach(|py| ask(py, credential.bind(py), &scope, &event_loop, reply)))
            });
            asked.await.ok().flatten().ok_or_else(interrupted)?.map_err(raised)?;
            let (token, expires_on) = answer.await.map_err(|_| interrupted())?.map_err(raised)?;
            let since_epoch = expires_on.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            Token::new(token, since_epoch.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)))
        })
    }
}

/// Asks through `_credentials.ask`, which knows the kinds of credentials and starts a thread of
/// Python's own: that one may still be at it when the interpreter ends, and may be ended then.
fn ask(
    py: Python<'_>,
    credential: &Bound<'_, PyAny>,
    scope: &str,
    event_loop: &EventLoop,
    reply: Reply,
) -> PyResult<()> {
    let ask = py.import("partnercenter_qual._credentials")?.getattr("ask")?;
    ask.call1((credential, scope, event_loop.get(py), reply)).map(drop)
}

/// A token and when it expires, in seconds since 1970 UTC.
type Answer = (String, Option<f64>);

/// Where the answer of a credential goes.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Reply(Mutex<Option<oneshot::Sender<PyResult<Answer>>>>);

#[pymethods]
impl Reply {
    fn token(&self, token: &Bound<'_, PyString>, expires_on: Option<f64>) {
        // What UTF-8 cannot hold becomes a character that no token can have.
        self.send(Ok((token.to_string_lossy().into_owned(), expires_on)));
    }

    fn error(&self, error: Bound<'_, PyAny>) {
        self.send(Err(PyErr::from_value(error)));
    }
}

impl Reply {
    fn send(&self, answer: PyResult<Answer>) {
        if let Some(sender) = self.0.lock().unwrap_or_else(PoisonError::into_inner).take() {
            drop(sender.send(answer)); // an error says that nobody waits any more
        }
    }
}

fn raised(error: PyErr) -> Error {
    failed(format!("the credential raised {error}"), Some(Arc::new(error)))
}

fn interrupted() -> Error {
    failed("the credential was interrupted".to_owned(), None)
}

fn failed(message: String, cause: Option<Arc<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Authentication(Box::new(AuthenticationError::new(message, cause)))
}
