//! A client until it is closed.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use pyo3::prelude::*;

use super::errors;
use super::process::{ProcessBound, tidy};
use crate::sweep::Sweep;

/// What a Python client and all that it gave out share: none of them sends anything once it is closed.
#[derive(Clone)]
pub(super) struct Handle(Arc<ProcessBound<Open>>);

/// Closes connections, once it is let go: nobody drives the runtime afterwards for their sake.
struct Open(Mutex<Held>);

struct Held {
    client: Option<crate::Client>,
    /// Those go on in the background, and are to be told.
    sweeps: Vec<Weak<Sweep>>,
}

impl Open {
    fn lock(&self) -> MutexGuard<'_, Held> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn close(&self) {
        let (closed, sweeps) = {
            let mut held = self.lock();
            (held.client.take(), std::mem::take(&mut held.sweeps))
        };
        if closed.is_some() {
            // After the lock, for it may end connections. An interpreter that ends needs nothing tidied.
            Python::try_attach(|py| {
                py.detach(|| {
                    sweeps.iter().filter_map(Weak::upgrade).for_each(|sweep| sweep.stop());
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
        let held = Held { client: Some(client), sweeps: Vec::new() };
        Self(Arc::new(ProcessBound::new(Open(Mutex::new(held)))))
    }

    /// The client, or a `RuntimeError` when it is closed or from before a fork.
    pub(super) fn open(&self) -> PyResult<crate::Client> {
        self.0.get()?.lock().client.clone().ok_or_else(errors::closed)
    }

    /// Has a sweep stopped once the client is closed.
    pub(super) fn bind(&self, sweep: &Arc<Sweep>) -> PyResult<()> {
        let mut held = self.0.get()?.lock();
        if held.client.is_none() {
            return Err(errors::closed());
        }
        held.sweeps.retain(|other| other.strong_count() > 0);
        held.sweeps.push(Arc::downgrade(sweep));
        Ok(())
    }

    /// In a forked child there is nothing to close.
    pub(super) fn close(&self) {
        if let Ok(open) = self.0.get() {
            open.close();
        }
    }
}
