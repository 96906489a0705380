//! A call that blocks its thread, but not Ctrl-C.

use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use pyo3::prelude::*;
use tokio::time::{Instant, Sleep, sleep};

use super::exit::Gate;
use super::process::{Process, gate, settle};

/// How often a blocked thread looks for Ctrl-C.
const SIGNAL_INTERVAL: Duration = Duration::from_millis(50);

/// Drives `call` to its end, and looks for Ctrl-C now and then; that outside the runtime, for a handler of
/// signals may make calls of its own. To be called without the GIL.
pub(super) fn wait<F: Future + Unpin>(process: &'static Process, mut call: F) -> PyResult<F::Output> {
    let mut tick = process.ticks().take();
    let mut answer = process.block_on(async {
        settle().await;
        if tick.as_ref().is_none_or(|tick| tick.deadline() <= Instant::now()) {
            settle().await; // it was long ago that anybody drove the runtime
        }
        until_tick(&mut call, &mut tick).await
    });
    loop {
        if let Some(answer) = answer {
            process.ticks().give_back(tick);
            return Ok(answer);
        }
        if let Err(interruption) = check_signals() {
            process.block_on(async {
                drop(call);
                settle().await;
                settle().await;
            });
            return Err(interruption);
        }
        answer = process.block_on(until_tick(&mut call, &mut tick));
    }
}

/// What `call` comes to, if it ends before it is time to look for Ctrl-C.
async fn until_tick<F: Future + Unpin>(call: &mut F, tick: &mut Tick) -> Option<F::Output> {
    let tick = tick.get_or_insert_with(|| Box::pin(sleep(SIGNAL_INTERVAL)));
    if tick.is_elapsed() {
        tick.as_mut().reset(Instant::now() + SIGNAL_INTERVAL);
    }
    tokio::select! {
        biased;
        answer = call => Some(answer),
        () = tick => None,
    }
}

#[expect(clippy::redundant_closure_for_method_calls, reason = "the method is of one lifetime, not of any")]
fn check_signals() -> PyResult<()> {
    if let Some(_inside) = gate().and_then(Gate::enter) {
        Python::attach(|py| py.check_signals())?;
    }
    Ok(())
}

/// A timer that goes on from one call to the next. The driver is woken for each one that is set while it
/// has none that ends sooner.
type Tick = Option<Pin<Box<Sleep>>>;

/// The timer of the last call; another thread that waits at the same time sets one of its own.
#[derive(Default)]
pub(super) struct Ticks(Mutex<Tick>);

impl Ticks {
    fn take(&self) -> Tick {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn give_back(&self, tick: Tick) {
        let spare = std::mem::replace(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner), tick);
        drop(spare); // after the lock
    }
}
