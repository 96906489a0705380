//! What gives more than one answer: pages, a wait for vetting. Each hands out one call after the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use pyo3::prelude::*;
use tokio::sync::Mutex;

use super::bridge::{Answer, Call};
use super::convert::ToPython;
use super::event_loop::EventLoop;
use super::handle::Handle;
use super::process::ProcessBound;
use crate::{pages, vetting};

type PageFuture<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Pages of anything that has a Python form.
trait NextPage: Send {
    fn next_page(&mut self) -> PageFuture<'_>;
    fn is_over(&self) -> bool;
}

impl<T: ToPython + Send + 'static> NextPage for pages::Pages<T> {
    fn next_page(&mut self) -> PageFuture<'_> {
        Box::pin(async { Answer::new(self.next().await) })
    }

    fn is_over(&self) -> bool {
        Self::is_over(self)
    }
}

/// The pages of a list.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Pages {
    handle: Handle,
    source: ProcessBound<Arc<Mutex<dyn NextPage>>>,
    event_loop: Arc<EventLoop>,
}

impl Pages {
    pub(super) fn new<T: ToPython + Send + 'static>(
        handle: &Handle,
        pages: pages::Pages<T>,
        event_loop: &Arc<EventLoop>,
    ) -> Self {
        Self {
            handle: handle.clone(),
            source: ProcessBound::new(Arc::new(Mutex::new(pages))),
            event_loop: Arc::clone(event_loop),
        }
    }
}

#[pymethods]
impl Pages {
    /// Whether the last page was given; not while one is fetched.
    #[getter]
    fn is_over(&self) -> PyResult<bool> {
        Ok(self.source.get()?.try_lock().is_ok_and(|pages| pages.is_over()))
    }

    /// The next page as a list, or `None` after the last.
    fn next(&self) -> PyResult<Call> {
        self.handle.open()?;
        let pages = Arc::clone(self.source.get()?);
        Ok(Call::answering(&self.event_loop, async move { pages.lock().await.next_page().await }))
    }
}

/// A wait for vetting.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Vetting {
    handle: Handle,
    wait: ProcessBound<Arc<Mutex<vetting::Vetting>>>,
    event_loop: Arc<EventLoop>,
}

impl Vetting {
    pub(super) fn new(handle: &Handle, vetting: vetting::Vetting, event_loop: &Arc<EventLoop>) -> Self {
        Self {
            handle: handle.clone(),
            wait: ProcessBound::new(Arc::new(Mutex::new(vetting))),
            event_loop: Arc::clone(event_loop),
        }
    }
}

#[pymethods]
impl Vetting {
    /// Looks once it is time: the qualification or `None`, and whether vetting has ended.
    fn look(&self) -> PyResult<Call> {
        self.handle.open()?;
        let vetting = Arc::clone(self.wait.get()?);
        Ok(Call::new(&self.event_loop, async move { vetting.lock().await.look().await }))
    }
}
