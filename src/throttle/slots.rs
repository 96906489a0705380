//! How many requests may be in flight just now.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// Places for requests in flight, of which some may be closed for a while.
#[derive(Debug)]
pub(super) struct Slots {
    semaphore: Arc<Semaphore>,
    most: usize,
    count: Mutex<Count>,
}

#[derive(Debug)]
struct Count {
    open: usize,
    /// To be closed as soon as the requests that hold them are done.
    owed: usize,
}

impl Slots {
    pub(super) fn new(most: usize) -> Self {
        let count = Mutex::new(Count { open: most, owed: 0 });
        Self { semaphore: Arc::new(Semaphore::new(most)), most, count }
    }

    pub(super) async fn acquire(&self) -> Option<OwnedSemaphorePermit> {
        // The semaphore is never closed, so an error here cannot be.
        Arc::clone(&self.semaphore).acquire_owned().await.ok()
    }

    pub(super) fn close_all_but_one(&self) {
        let mut count = self.lock();
        let to_close = count.open.saturating_sub(1);
        let closed = self.semaphore.forget_permits(to_close);
        count.owed += to_close - closed;
        count.open = 1;
    }

    /// Opens up to so many of those that are closed.
    pub(super) fn open(&self, wanted: usize) {
        let mut count = self.lock();
        let opened = wanted.min(self.most - count.open);
        let kept = opened.min(count.owed);
        count.open += opened;
        count.owed -= kept;
        if opened > kept {
            self.semaphore.add_permits(opened - kept);
        }
    }

    pub(super) fn give_back(&self, slot: Option<OwnedSemaphorePermit>) {
        let mut count = self.lock();
        if count.owed > 0 {
            count.owed -= 1;
            if let Some(slot) = slot {
                slot.forget();
            }
        }
    }

    fn lock(&self) -> MutexGuard<'_, Count> {
        self.count.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
