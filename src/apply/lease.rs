//! Keeps what a worker has claimed its own, and notices when it no longer is.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::time::sleep;

use crate::ledger::Ledger;
use crate::transport::Fence;

/// The lease of a worker. Of a ledger in a file there is none: its lock lasts as long as the process.
pub(super) struct Lease {
    /// How long nothing is to be sent before the lease ends, so that what was sent has arrived by then.
    time: Duration,
    /// That of what is claimed from now on. One that is over is never renewed, for others may have taken
    /// over what it was about.
    fence: Option<Mutex<Arc<Fence>>>,
}

impl Lease {
    pub(super) fn new(ledger: &Ledger) -> Self {
        let time = ledger.lease().mul_f64(0.75);
        let fence = ledger.is_shared().then(|| Mutex::new(Arc::new(Fence::after(time))));
        Self { time, fence }
    }

    /// The fence of what is claimed next. It is asked for before the claim, so that it ends before that does.
    pub(super) fn fence(&self) -> Option<Arc<Fence>> {
        let mut fence = self.fence.as_ref()?.lock().unwrap_or_else(PoisonError::into_inner);
        if fence.is_over() {
            *fence = Arc::new(Fence::after(self.time));
        }
        Some(Arc::clone(&fence))
    }

    /// Renews the lease for ever. A failure is nothing yet: there are two more tries before it ends.
    pub(super) async fn keep(&self, ledger: &Ledger, worker: &str) -> Infallible {
        loop {
            sleep(self.time / 4).await;
            let Some(fence) = self.fence() else { continue };
            let begun = chrono::Utc::now();
            if ledger.renew(worker).await.is_ok() && !fence.is_over() {
                let taken = (chrono::Utc::now() - begun).to_std().unwrap_or_default();
                fence.renew(self.time.saturating_sub(taken));
            }
        }
    }
}
