//! What gives more than one answer: pages, a wait for vetting, a sweep. Each hands out one call after
//! the other.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex as SyncMutex, PoisonError};

use pyo3::prelude::*;
use pyo3::types::PyString;
use tokio::sync::Mutex;
use tokio::task::AbortHandle;

use super::bridge::{Answer, Call};
use super::convert::ToPython;
use super::errors;
use super::event_loop::EventLoop;
use super::handle::Handle;
use super::process::ProcessBound;
use crate::Client;
use crate::error::Error;
use crate::sweep::{Feed, Target};
use crate::{pages, sweep, vetting};

/// The most rows that one crossing into Python brings.
const ROWS: usize = 64;

type PageFuture<'a> = Pin<Box<dyn Future<Output = Answer> + Send + 'a>>;

/// Pages of anything that has a Python form.
trait NextPage: Send {
    fn next_page(&mut self) -> PageFuture<'_>;
}

impl<T: ToPython + Send + 'static> NextPage for pages::Pages<T> {
    fn next_page(&mut self) -> PageFuture<'_> {
        Box::pin(async { Answer::new(self.next().await) })
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

/// A running sweep.
#[pyclass(frozen, module = "partnercenter_qual._core")]
pub(super) struct Sweep {
    handle: Handle,
    client: ProcessBound<Client>,
    feed: ProcessBound<SyncMutex<Option<Feed>>>,
    stopper: ProcessBound<AbortHandle>,
    rows: ProcessBound<SyncMutex<Option<Arc<Mutex<sweep::Sweep>>>>>,
    #[pyo3(get)]
    concurrency: usize,
    event_loop: Arc<EventLoop>,
}

impl Sweep {
    pub(super) fn new(
        handle: &Handle,
        client: Client,
        feed: Option<Feed>,
        rows: sweep::Sweep,
        concurrency: usize,
        event_loop: &Arc<EventLoop>,
    ) -> Self {
        Self {
            handle: handle.clone(),
            client: ProcessBound::new(client),
            feed: ProcessBound::new(SyncMutex::new(feed)),
            stopper: ProcessBound::new(rows.stopper()),
            rows: ProcessBound::new(SyncMutex::new(Some(Arc::new(Mutex::new(rows))))),
            concurrency,
            event_loop: Arc::clone(event_loop),
        }
    }

    fn rows(&self) -> PyResult<Option<Arc<Mutex<sweep::Sweep>>>> {
        Ok(self.rows.get()?.lock().unwrap_or_else(PoisonError::into_inner).clone())
    }
}

#[pymethods]
impl Sweep {
    /// Adds a customer; gives the id that its row will have.
    fn feed(&self, customer_id: &Bound<'_, PyString>) -> PyResult<String> {
        self.handle.open()?;
        // What UTF-8 cannot hold is no id, and gets its row like any other that is none.
        let given = customer_id.to_string_lossy().into_owned();
        let shown = sweep::shown_id(&given);
        let feed = self.feed.get()?.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(feed) = &*feed {
            // An error says that the sweep was closed: nobody waits for the row.
            let _ = feed.send(Target { given, customer: None });
        }
        Ok(shown)
    }

    /// Says that no more customers come.
    fn finish(&self) -> PyResult<()> {
        self.feed.get()?.lock().unwrap_or_else(PoisonError::into_inner).take();
        Ok(())
    }

    /// The rows that are ready, at least one; an empty list at the end.
    fn next(&self) -> PyResult<Call> {
        self.handle.open()?;
        let rows = self.rows()?.ok_or_else(errors::closed)?;
        Ok(Call::new(&self.event_loop, async move { next(&rows).await }))
    }

    /// Whether `next` would answer at once.
    #[getter]
    fn ready(&self) -> PyResult<bool> {
        Ok(self.rows()?.is_some_and(|rows| rows.try_lock().is_ok_and(|rows| rows.is_ready())))
    }

    /// How many customers the list has shown so far.
    #[getter]
    fn listed(&self) -> PyResult<usize> {
        Ok(self.rows()?.map_or(0, |rows| rows.try_lock().map_or(0, |rows| rows.listed())))
    }

    /// Seconds for which the service still wants to be left alone.
    #[getter]
    fn paused_for(&self) -> PyResult<Option<f64>> {
        Ok(self.client.get()?.paused_for().map(|left| left.as_secs_f64()))
    }

    /// Drops the requests in flight, also while another thread or task waits for rows. Gives the rows
    /// that were there by then. In a forked child there is nothing to close.
    fn close(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        let Ok(stopper) = self.stopper.get() else {
            return Vec::<sweep::Row>::new().to_python(py);
        };
        stopper.abort();
        self.finish()?;
        let rows = self.rows.get()?.lock().unwrap_or_else(PoisonError::into_inner).take();
        // Whoever waits for rows holds the lock, and gets them.
        let ready = rows.and_then(|rows| rows.try_lock().ok().map(|mut rows| rows.ready()));
        ready.unwrap_or_default().to_python(py)
    }
}

async fn next(rows: &Mutex<sweep::Sweep>) -> Result<Vec<sweep::Row>, Error> {
    rows.lock().await.next(ROWS).await
}
