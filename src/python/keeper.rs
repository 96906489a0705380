//! The thread that drives the runtime while something goes on that no thread waits for.

use std::io;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::thread;
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::sync::Notify;

/// How long the thread goes on when nothing is left: the next thing may come at once, and connections
/// that were given up want to be closed.
const LINGER: Duration = Duration::from_millis(50);

/// Counts what goes on in the background, and keeps it going.
pub(super) struct Keeper {
    count: AtomicUsize,
    /// Told each time when nothing is left.
    idle: Notify,
    /// Whether the thread stands still, or is not there yet.
    is_parked: AtomicBool,
    is_started: Mutex<bool>,
    wake: Condvar,
}

/// Something in the background, until it is dropped.
pub(super) struct Background(&'static Keeper);

impl Drop for Background {
    fn drop(&mut self) {
        if self.0.count.fetch_sub(1, Ordering::SeqCst) == 1 {
            self.0.idle.notify_one();
        }
    }
}

impl Keeper {
    pub(super) fn new() -> Self {
        Self {
            count: AtomicUsize::new(0),
            idle: Notify::new(),
            is_parked: AtomicBool::new(true),
            is_started: Mutex::new(false),
            wake: Condvar::new(),
        }
    }

    /// Adds something. Whoever does drives it, or calls `ensure_driven` once it no longer does.
    pub(super) fn background(&'static self) -> Background {
        self.count.fetch_add(1, Ordering::SeqCst);
        Background(self)
    }

    /// Has the thread drive `runtime` if there is something in the background. It is started when it
    /// is needed first: who only makes blocking calls has none.
    pub(super) fn ensure_driven(&'static self, runtime: &'static Runtime) -> io::Result<()> {
        if self.count.load(Ordering::SeqCst) == 0 || !self.is_parked.load(Ordering::SeqCst) {
            return Ok(());
        }
        let mut is_started = self.is_started.lock().unwrap_or_else(PoisonError::into_inner);
        if *is_started {
            self.wake.notify_one();
            return Ok(());
        }
        thread::Builder::new().name("partnercenter-qual".to_owned()).spawn(move || self.keep(runtime))?;
        *is_started = true;
        Ok(())
    }

    fn keep(&self, runtime: &Runtime) {
        loop {
            self.park();
            runtime.block_on(self.until_idle());
        }
    }

    /// Stands still until there is something. Whoever adds it either sees that the thread is parked, or
    /// is seen before it is.
    fn park(&self) {
        let is_started = self.is_started.lock().unwrap_or_else(PoisonError::into_inner);
        self.is_parked.store(true, Ordering::SeqCst);
        let nothing = |_: &mut bool| self.count.load(Ordering::SeqCst) == 0;
        drop(self.wake.wait_while(is_started, nothing));
        self.is_parked.store(false, Ordering::SeqCst);
    }

    async fn until_idle(&self) {
        loop {
            self.idle.notified().await;
            tokio::time::sleep(LINGER).await;
            if self.count.load(Ordering::SeqCst) == 0 {
                return;
            }
        }
    }
}
