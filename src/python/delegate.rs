//! Code of the user's: credentials, stores of refresh tokens, and whoever wants to be told something. The one
//! place where Rust has such code run: from the blocking pool, never from a thread that drives the runtime.

use std::sync::{Arc, Mutex, PoisonError, Weak};
use std::time::{Duration, SystemTime};

use pyo3::prelude::*;
use pyo3::types::{PyString, PyTuple};
use secrecy::{ExposeSecret, SecretString};
use tokio::sync::oneshot;

use super::event_loop::EventLoop;
use super::exit::Gate;
use super::generation;
use super::process::gate;
use crate::auth::entra::{Callback, CallbackFuture, DeviceCode, RefreshTokenStore};
use crate::auth::{Credential, Token, TokenFuture, Waiters};
use crate::error::{AuthenticationError, Error};

/// How long a store, or who is told of a new refresh token, may take: it may wait for what waits for it.
const PATIENCE: Duration = Duration::from_secs(300);

/// Makes the arguments of a call once the GIL is there.
type Arguments = Box<dyn for<'py> FnOnce(Python<'py>) -> PyResult<Bound<'py, PyTuple>> + Send>;

/// An object of the user's, and where it may run.
#[derive(Clone)]
pub(super) struct Delegate {
    object: Arc<Py<PyAny>>,
    event_loop: Arc<EventLoop>,
    /// What it is called in messages.
    name: &'static str,
}

impl Delegate {
    pub(super) fn new(name: &'static str, object: Py<PyAny>, event_loop: &Arc<EventLoop>) -> Self {
        Self { object: Arc::new(object), event_loop: Arc::clone(event_loop), name }
    }

    /// Runs a function of `_callbacks`, which knows what to do with the object, and reads its result.
    fn call<T: Send + 'static>(
        &self,
        function: &'static str,
        arguments: Arguments,
        read: fn(&Bound<'_, PyAny>) -> PyResult<T>,
    ) -> CallbackFuture<T> {
        let delegate = self.clone();
        Box::pin(async move {
            let Self { name, .. } = delegate;
            let (sender, answer) = oneshot::channel();
            let receive = move |result: PyResult<Bound<'_, PyAny>>| {
                drop(sender.send(result.and_then(|value| read(&value)))); // an error: nobody waits any more
            };
            let reply = Reply(Mutex::new(Some(Box::new(receive))));
            let asked = tokio::task::spawn_blocking(move || {
                let _inside = gate().and_then(Gate::enter)?;
                Some(Python::attach(|py| delegate.start(py, function, arguments, reply)))
            });
            let raised = |error: PyErr| failed(format!("{name} raised {error}"), Some(Arc::new(error)));
            let interrupted = || failed(format!("{name} was interrupted"), None);
            asked.await.ok().flatten().ok_or_else(interrupted)?.map_err(raised)?;
            answer.await.map_err(|_| interrupted())?.map_err(raised)
        })
    }

    /// Starts a thread of Python's own: that one may still be at it when the interpreter ends, and may
    /// be ended then.
    fn start(&self, py: Python<'_>, function: &str, arguments: Arguments, reply: Reply) -> PyResult<()> {
        let callbacks = py.import("partnercenter_qual._callbacks")?;
        let arguments = (self.object.bind(py), arguments(py)?, self.event_loop.get(py), reply);
        callbacks.getattr("start")?.call1((callbacks.getattr(function)?, arguments)).map(drop)
    }
}

/// A callable, or an object with `get_token_info` or `get_token`.
impl Credential for Delegate {
    fn fetch(&self, scope: &str, _waiters: &Waiters) -> TokenFuture {
        let scope = scope.to_owned();
        let asked = self.call("token", Box::new(|py| (scope,).into_pyobject(py)), token);
        Box::pin(async move {
            let (token, expires_on) = asked.await?;
            let since_epoch = expires_on.and_then(|seconds| Duration::try_from_secs_f64(seconds).ok());
            Token::new(token, since_epoch.and_then(|since| SystemTime::UNIX_EPOCH.checked_add(since)))
        })
    }
}

/// An object with `load` and `save`.
impl RefreshTokenStore for Delegate {
    fn load(&self) -> CallbackFuture<Option<SecretString>> {
        let loaded = self.call("load", Box::new(|py| Ok(PyTuple::empty(py))), |value| {
            Ok(value.extract::<Option<String>>()?.map(SecretString::from))
        });
        self.in_time(loaded)
    }

    /// Credentials of this process that share the object take turns.
    fn lock(&self) -> CallbackFuture<Option<Box<dyn Send + Sync>>> {
        let turns = turns_at(&self.object);
        Box::pin(async move { Ok(Some(Box::new(turns.lock_owned().await) as Box<dyn Send + Sync>)) })
    }

    fn save(&self, refresh_token: SecretString) -> CallbackFuture<()> {
        self.tell("save", refresh_token)
    }
}

impl Delegate {
    fn tell(&self, function: &'static str, refresh_token: SecretString) -> CallbackFuture<()> {
        let arguments: Arguments = Box::new(move |py| (refresh_token.expose_secret(),).into_pyobject(py));
        self.in_time(self.call(function, arguments, |_| Ok(())))
    }

    fn in_time<T: Send + 'static>(&self, result: CallbackFuture<T>) -> CallbackFuture<T> {
        let name = self.name;
        Box::pin(async move {
            let late = || {
                let what = "it must not wait for what uses its own credential";
                failed(format!("{name} has not come back after {PATIENCE:?}: {what}"), None)
            };
            tokio::time::timeout(PATIENCE, result).await.unwrap_or_else(|_| Err(late()))
        })
    }

    /// A callable that is told of a new refresh token.
    pub(super) fn on_rotate(self) -> Callback<SecretString> {
        Arc::new(move |refresh_token| self.tell("rotated", refresh_token))
    }

    /// A callable that tells the user where to sign in.
    pub(super) fn prompt(self) -> Callback<DeviceCode> {
        Arc::new(move |code| {
            let since_epoch = code.expires_on.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
            let expires_on = since_epoch.as_secs_f64();
            let arguments: Arguments = Box::new(move |py| {
                let details = (code.user_code, code.verification_uri, code.message, expires_on);
                (details,).into_pyobject(py)
            });
            self.call("prompt", arguments, |_| Ok(()))
        })
    }
}

/// Who uses an object of the user's, one after the other. A forked child starts anew.
fn turns_at(object: &Py<PyAny>) -> Arc<tokio::sync::Mutex<()>> {
    static TURNS: Mutex<Vec<(Place, Weak<tokio::sync::Mutex<()>>)>> = Mutex::new(Vec::new());
    let place = (generation::id(), object.as_ptr() as usize);
    let mut known = TURNS.lock().unwrap_or_else(PoisonError::into_inner);
    known.retain(|(_, turns)| turns.strong_count() > 0);
    let same = known.iter().find(|(other, _)| *other == place);
    if let Some(turns) = same.and_then(|(_, turns)| turns.upgrade()) {
        return turns;
    }
    let turns = Arc::default();
    known.push((place, Arc::downgrade(&turns)));
    turns
}

/// A process, and the address of an object in it.
type Place = (u32, usize);

/// A token and when it expires, in seconds since 1970 UTC.
fn token(value: &Bound<'_, PyAny>) -> PyResult<(String, Option<f64>)> {
    let (token, expires_on): (Bound<'_, PyString>, Option<f64>) = value.extract()?;
    // What UTF-8 cannot hold becomes a character that no token can have.
    Ok((token.to_string_lossy().into_owned(), expires_on))
}

/// Takes what code of the user's came to, in its thread.
type Receive = Box<dyn FnOnce(PyResult<Bound<'_, PyAny>>) + Send>;

/// Where the result goes.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Reply(Mutex<Option<Receive>>);

#[pymethods]
impl Reply {
    fn result(&self, value: Bound<'_, PyAny>) {
        self.send(Ok(value));
    }

    fn error(&self, error: Bound<'_, PyAny>) {
        self.send(Err(PyErr::from_value(error)));
    }
}

impl Reply {
    fn send(&self, result: PyResult<Bound<'_, PyAny>>) {
        let receive = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(receive) = receive {
            receive(result);
        }
    }
}

fn failed(message: String, cause: Option<Arc<dyn std::error::Error + Send + Sync>>) -> Error {
    Error::Authentication(Box::new(AuthenticationError::new(message, cause)))
}
