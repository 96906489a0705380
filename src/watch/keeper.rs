//! Keeps a watch of a shared ledger this worker's.

use tokio::task::AbortHandle;

use crate::background;
use crate::ledger::Ledger;

/// Keeps others from watching for as long as this lives, also while the consumer is busy with a change.
pub(super) struct Keeper(AbortHandle);

impl Keeper {
    pub(super) fn new(ledger: &Ledger, worker: &str) -> Self {
        let (ledger, worker) = (ledger.clone(), worker.to_owned());
        let task = background::spawn(async move {
            loop {
                tokio::time::sleep(ledger.lease() / 4).await;
                // Where it fails, there are two more tries; and who asks for a change is told.
                let _ = ledger.renew_watch(&worker).await;
            }
        });
        Self(task.abort_handle())
    }
}

impl Drop for Keeper {
    fn drop(&mut self) {
        self.0.abort();
    }
}
