//! `_core.Watch`: hands out one call after the other, each of which gives a change.

use std::sync::Arc;

use pyo3::prelude::*;

use super::bridge::Call;
use super::convert::ToPython;
use super::event_loop::EventLoop;
use super::handle::Handle;
use super::process::{ProcessBound, process};
use crate::watch;

/// A watch.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Watch {
    handle: Handle,
    running: ProcessBound<Arc<watch::Watch>>,
    event_loop: Arc<EventLoop>,
}

impl Watch {
    pub(super) fn new(handle: &Handle, watch: watch::Watch, event_loop: &Arc<EventLoop>) -> PyResult<Self> {
        let watch = Arc::new(watch);
        handle.bind(&watch)?;
        let event_loop = Arc::clone(event_loop);
        Ok(Self { handle: handle.clone(), running: ProcessBound::new(watch), event_loop })
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        if let (Ok(watch), Ok(process)) = (self.running.get(), process()) {
            let watch = Arc::clone(watch);
            watch.close();
            // Where nobody can be started any more, the lease ends by itself.
            let _ = process.spawn(async move { watch.end().await });
        }
    }
}

#[pymethods]
impl Watch {
    /// Waits until there is a change to be taken; gives whether there is: not once the watch is closed. Asking
    /// for it says that the one that was taken before is done with.
    fn next(&self) -> PyResult<Call> {
        self.handle.open()?;
        let watch = Arc::clone(self.running.get()?);
        Ok(Call::new(&self.event_loop, async move { watch.ready().await }))
    }

    /// Takes the change that is there.
    fn take(&self, py: Python<'_>) -> PyResult<Option<Py<PyAny>>> {
        self.running.get()?.take().map(|change| change.to_python(py)).transpose()
    }

    /// Fails when the client was closed.
    fn check(&self) -> PyResult<()> {
        self.handle.open().map(drop)
    }

    /// Ends it, also while another thread or task waits for a change, and waits until another may begin. In a
    /// forked child there is nothing to end.
    fn end(&self) -> Call {
        let watch = self.running.get().ok().map(Arc::clone);
        Call::new(&self.event_loop, async move {
            if let Some(watch) = watch {
                watch.end().await;
            }
            Ok(true)
        })
    }
}
