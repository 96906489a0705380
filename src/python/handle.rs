//! A client until it is closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use pyo3::prelude::*;

use super::errors;
use super::process::{ProcessBound, tidy};
use crate::apply::Apply;
use crate::observer::Observer;
use crate::sweep::Sweep;
use crate::watch::Watch;

/// What goes on in the background for a client, and is to end with it.
pub(super) trait Stop: Send + Sync {
    fn stop(&self);
}

impl Stop for Sweep {
    fn stop(&self) {
        Self::stop(self);
    }
}

impl Stop for Apply {
    fn stop(&self) {
        Self::stop(self);
    }
}

impl Stop for Watch {
    fn stop(&self) {
        self.close();
    }
}

/// What a Python client and all that it gave out share: none of them sends anything once it is closed.
#[derive(Clone)]
pub(super) struct Handle {
    open: Arc<ProcessBound<Open>>,
    /// Who is told of the requests of what is given out.
    observer: Option<Arc<Observer>>,
}

/// Closes connections, once it is let go: nobody drives the runtime afterwards for their sake.
struct Open(Mutex<Held>);

struct Held {
    client: Option<crate::Client>,
    /// What is to be told.
    running: Vec<Weak<dyn Stop>>,
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let (closed, running) = {
            let mut held = self.lock();
            (held.client.take(), std::mem::take(&mut held.running))
        };
        if closed.is_some() {
            // After the lock, for it may end connections. An interpreter that ends needs nothing tidied.
            Python::try_attach(|py| {
                py.detach(|| {
                    running.iter().filter_map(Weak::upgrade).for_each(|one| one.stop());
                    drop(closed);
                    tidy();
                });
            });
        }
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.close();
    }
}

impl Handle {
    pub(super) fn new(client: crate::Client) -> Self {
        let held = Held { client: Some(client), running: Vec::new() };
        Self { open: Arc::new(ProcessBound::new(Open(Mutex::new(held)))), observer: None }
    }

    /// The same, with someone who is told of requests.
    pub(super) fn observed(&self, observer: Arc<Observer>) -> Self {
        Self { open: Arc::clone(&self.open), observer: Some(observer) }
    }

    /// The client, or a `RuntimeError` when it is closed or from before a fork.
    pub(super) fn open(&self) -> PyResult<crate::Client> {
        let client = self.open.get()?.lock().client.clone().ok_or_else(errors::closed)?;
        Ok(match &self.observer {
            Some(observer) => client.observed(Arc::clone(observer)),
            None => client,
        })
    }

    /// Has what goes on in the background stopped once the client is closed.
    pub(super) fn bind<T: Stop + 'static>(&self, running: &Arc<T>) -> PyResult<()> {
        let mut held = self.open.get()?.lock();
        if held.client.is_none() {
            return Err(errors::closed());
        }
        held.running.retain(|other| other.strong_count() > 0);
        let running: Weak<T> = Arc::downgrade(running);
        held.running.push(running);
        Ok(())
    }

    /// In a forked child there is nothing to close.
    pub(super) fn close(&self) {
        if let Ok(open) = self.open.get() {
            open.close();
        }
    }
}
