//! A client until it is closed.

use std::sync::{Arc, Mutex, PoisonError};

use pyo3::prelude::*;

use super::errors;
use super::process::ProcessBound;

/// What a Python client and all that it gave out share: none of them sends anything once it is closed.
#[derive(Clone)]
pub(super) struct Handle(Arc<ProcessBound<Mutex<Option<crate::Client>>>>);

impl Handle {
    pub(super) fn new(client: crate::Client) -> Self {
        Self(Arc::new(ProcessBound::new(Mutex::new(Some(client)))))
    }

    /// The client, or a `RuntimeError` when it is closed or from before a fork.
    pub(super) fn open(&self) -> PyResult<crate::Client> {
        let client = self.0.get()?.lock().unwrap_or_else(PoisonError::into_inner);
        client.clone().ok_or_else(errors::closed)
    }

    /// In a forked child there is nothing to close.
    pub(super) fn close(&self) {
        if let Ok(client) = self.0.get() {
            let closed = client.lock().unwrap_or_else(PoisonError::into_inner).take();
            drop(closed); // after the lock, for it may end connections
        }
    }
}
