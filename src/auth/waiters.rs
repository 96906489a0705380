//! Whether anybody waits for a token.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How often to look; nobody waits for that.
const INTERVAL: Duration = Duration::from_millis(100);

/// Those who wait for a token to be fetched.
#[derive(Debug, Clone, Default)]
pub struct Waiters(Arc<AtomicUsize>);

/// One who waits, until it is dropped.
#[derive(Debug)]
pub(crate) struct Waiter(Waiters);

impl Waiters {
    /// Adds one.
    pub(crate) fn add(&self) -> Waiter {
        self.0.fetch_add(1, Ordering::SeqCst);
        Waiter(self.clone())
    }

    /// Completes when there is none.
    pub(crate) async fn gone(&self) {
        while self.0.load(Ordering::SeqCst) > 0 {
            tokio::time::sleep(INTERVAL).await;
        }
    }
}

impl Drop for Waiter {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn they_are_gone_when_the_last_one_is() {
        let waiters = Waiters::default();
        waiters.gone().await;
        let (first, second) = (waiters.add(), waiters.add());
        let gone = tokio::spawn({
            let waiters = waiters.clone();
            async move { waiters.gone().await }
        });
        drop(first);
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!gone.is_finished());
        drop(second);
        gone.await.unwrap();
    }
}
