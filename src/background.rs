//! Tasks that go on while no call waits for them: renewals of tokens, and sweeps.
//!
//! On a runtime that always runs they need no thought. Who has one that runs only while it waits for a
//! call [registers](register) to be told of them, and keeps it running until they have ended.

use std::sync::OnceLock;
use std::time::Duration;

use tokio::task::{AbortHandle, JoinHandle};
use tokio::time::sleep;

/// What a task in the background holds until it has ended, however it does.
pub type Guard = Box<dyn Send>;

static WATCH: OnceLock<fn() -> Option<Guard>> = OnceLock::new();

/// Has `watch` called for each task that is started from now on, in the thread that starts it. Only the
/// first `watch` of a program counts.
pub fn register(watch: fn() -> Option<Guard>) {
    WATCH.get_or_init(|| watch);
}

/// Waits until a task that was aborted holds nothing any more: that takes a moment.
pub(crate) async fn ended(task: &AbortHandle) {
    while !task.is_finished() {
        sleep(Duration::from_millis(1)).await;
    }
}

/// Starts a task in the background. Must be called within a tokio runtime.
pub(crate) fn spawn<F>(future: F) -> JoinHandle<F::Output>
where
    F: Future<Output: Send> + Send + 'static,
{
    let guard = WATCH.get().and_then(|watch| watch());
    tokio::spawn(async move {
        let output = future.await;
        drop(guard);
        output
    })
}
