//! A client until it is closed.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use super::errors;
use super::process::{ProcessBound, tidy};

/// What a Python client and all that it gave out share: none of them sends anything once it is closed.
#[derive(Clone)]
pub(super) struct Handle(Arc<ProcessBound<Open>>);

/// Closes connections, once it is let go: nobody drives the runtime afterwards for their sake.
struct Open(Mutex<Option<crate::Client>>);

impl Open {
    fn close(&self) {
        let closed = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        if closed.is_some() {
            // After the lock, for it may end connections. An interpreter that ends needs nothing tidied.
            Python::try_attach(|py| {
                py.detach(|| {
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
        Self(Arc::new(ProcessBound::new(Open(Mutex::new(Some(client))))))
    }

    /// The client, or a `RuntimeError` when it is closed or from before a fork.
    pub(super) fn open(&self) -> PyResult<crate::Client> {
        let client = self.0.get()?.0.lock().unwrap_or_else(PoisonError::into_inner);
        client.clone().ok_or_else(errors::closed)
    }

    /// In a forked child there is nothing to close.
    pub(super) fn close(&self) {
        if let Ok(open) = self.0.get() {
            open.close();
        }
    }
}
