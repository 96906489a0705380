//! Credentials written in Python. The one place where Rust calls code of the user's: on the blocking
//! pool, never on a worker.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;

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
            let fetched = tokio::task::spawn_blocking(move || {
                Python::attach(|py| ask(py, credential.bind(py), &scope, &event_loop))
            });
            let (token, expires_on) = fetched
                .await
                .map_err(|error| failed("the credential was interrupted".to_owned(), Arc::new(error)))?
                .map_err(|error| failed(format!("the credential raised {error}"), Arc::new(error)))?;
            Token::new(token, expires_on)
        })
    }
}

/// Asks through `_credentials.fetch`, which knows the kinds of credentials.
fn ask(
    py: Python<'_>,
    credential: &Bound<'_, PyAny>,
    scope: &str,
    event_loop: &EventLoop,
) -> PyResult<(String, Option<SystemTime>)> {
    let fetch = py.import("partnercenter_qual._credentials")?.getattr("fetch")?;
    let (token, expires_on): (String, Option<f64>) =
        fetch.call1((credential, scope, event_loop.get(py)))?.extract()?;
    let since_epoch = expires_on.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
    Ok((token, since_epoch.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since))))
}

fn failed(message: String, cause: Arc<dyn std::error::Error + Send + Sync>) -> Error {
    Error::Authentication(Box::new(AuthenticationError::new(message, Some(cause))))
}
