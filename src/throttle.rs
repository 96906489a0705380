//! What all calls of a client share so as to stay welcome: how many are in flight, a pause the
//! service asked for, and a rate the user set. No I/O beyond waiting.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, sleep_until};

use crate::retry::LONGEST_WAIT;

/// The window of `requests_per_minute`, a little wider than a minute: requests sent just over a
/// minute apart may arrive just under one apart.
const MINUTE: Duration = Duration::from_millis(60_250);

/// Shared by a client and everything derived from it.
#[derive(Debug)]
pub(crate) struct Throttle {
    slots: Arc<Semaphore>,
    state: Mutex<State>,
    /// Taken while waiting to send, so that waiting calls leave in the order they came.
    gate: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    pause: Option<Pause>,
    /// When the requests of the last minute were sent.
    sent: VecDeque<Instant>,
    /// How many requests may be in flight just now, and at most.
    open: usize,
    most: usize,
    /// Slots to close as soon as the requests that hold them are done.
    owed: usize,
}

#[derive(Debug, Clone, Copy)]
struct Pause {
    until: Instant,
    /// Too long to be waited out: calls are turned away instead.
    refuses: bool,
}

/// The service asked for so long a pause that calls are turned away until it ends.
#[derive(Debug)]
pub(crate) struct Refused {
    pub(crate) remaining: Duration,
}

/// Leave to send one request; in flight until dropped.
#[derive(Debug)]
pub(crate) struct Permit {
    throttle: Arc<Throttle>,
    slot: Option<OwnedSemaphorePermit>,
}

impl Throttle {
    pub(crate) fn new(max_concurrency: usize) -> Self {
        let state = State {
            pause: None,
            sent: VecDeque::new(),
            open: max_concurrency,
            most: max_concurrency,
            owed: 0,
        };
        Self {
            slots: Arc::new(Semaphore::new(max_concurrency)),
            state: Mutex::new(state),
            gate: tokio::sync::Mutex::new(()),
        }
    }

    /// Waits for a slot. Sending still needs [`Permit::leave`].
    pub(crate) async fn enter(self: &Arc<Self>) -> Permit {
        // The semaphore is never closed, so an error here cannot be.
        let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
        Permit { throttle: Arc::clone(self), slot }
    }

    /// Makes all calls wait for `length`, or turns them away if that is long, and starts again with
    /// one request at a time.
    pub(crate) fn pause(&self, length: Duration) {
        let mut state = self.lock();
        let pause = Pause { until: Instant::now() + length, refuses: length > LONGEST_WAIT };
        if state.pause.is_none_or(|current| current.until < pause.until) {
            state.pause = Some(pause);
        }
        let to_close = state.open.saturating_sub(1);
        let closed = self.slots.forget_permits(to_close);
        state.owed += to_close - closed;
        state.open = 1;
    }

    /// Notes a success: one more request may be in flight, up to the most allowed. During a pause it
    /// says nothing: the request left before the service asked for one.
    pub(crate) fn succeeded(&self) {
        let mut state = self.lock();
        if state.open == state.most || state.pause.is_some_and(|pause| pause.until > Instant::now()) {
            return;
        }
        state.open += 1;
        if state.owed > 0 {
            state.owed -= 1;
        } else {
            self.slots.add_permits(1);
        }
    }

    /// How long the pause still lasts, if there is one.
    pub(crate) fn paused_for(&self) -> Option<Duration> {
        let pause = self.lock().pause?;
        Some(pause.until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }

    /// When to look again, or `None` when a request may go now, which then counts as sent.
    fn try_leave(&self, per_minute: Option<u32>) -> Result<Option<Instant>, Refused> {
        let now = Instant::now();
        let mut state = self.lock();
        match state.pause {
            Some(pause) if pause.until <= now => state.pause = None,
            Some(pause) if pause.refuses => {
                return Err(Refused { remaining: pause.until - now });
            }
            Some(pause) => return Ok(Some(pause.until)),
            None => {}
        }
        let Some(limit) = per_minute else {
            return Ok(None);
        };
        while state.sent.front().is_some_and(|&sent| sent + MINUTE <= now) {
            state.sent.pop_front();
        }
        if let Some(over) = (state.sent.len() + 1).checked_sub(limit as usize).filter(|&over| over > 0) {
            return Ok(Some(state.sent[over - 1] + MINUTE));
        }
        state.sent.push_back(now);
        Ok(None)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// Waits until the pause is over and the rate allows one more request.
    pub(crate) async fn leave(&self, per_minute: Option<u32>) -> Result<(), Refused> {
        let _turn = self.throttle.gate.lock().await;
        while let Some(until) = self.throttle.try_leave(per_minute)? {
            sleep_until(until).await;
        }
        Ok(())
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        let mut state = self.throttle.lock();
        if state.owed > 0 {
            state.owed -= 1;
            if let Some(slot) = self.slot.take() {
                slot.forget();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::future::Future;
    use tokio::time::{advance, timeout};

    const SECOND: Duration = Duration::from_secs(1);

    async fn stuck<T>(future: impl Future<Output = T>) -> bool {
        timeout(Duration::from_millis(1), future).await.is_err()
    }

    #[tokio::test(start_paused = true)]
    async fn concurrency_is_bounded() {
        let throttle = Arc::new(Throttle::new(2));
        let first = throttle.enter().await;
        let _second = throttle.enter().await;
        assert!(stuck(throttle.enter()).await);
        drop(first);
        throttle.enter().await;
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_every_call_to_its_end() {
        let throttle = Arc::new(Throttle::new(4));
        throttle.pause(7 * SECOND);
        let start = Instant::now();
        throttle.enter().await.leave(None).await.unwrap();
        assert_eq!(start.elapsed(), 7 * SECOND);
        assert_eq!(throttle.paused_for(), None);
    }

    #[tokio::test(start_paused = true)]
    async fn a_shorter_pause_does_not_cut_a_longer_one() {
        let throttle = Arc::new(Throttle::new(4));
        throttle.pause(7 * SECOND);
        throttle.pause(SECOND);
        assert_eq!(throttle.paused_for(), Some(7 * SECOND));
    }

    #[tokio::test(start_paused = true)]
    async fn a_long_pause_turns_calls_away_until_it_ends() {
        let throttle = Arc::new(Throttle::new(4));
        throttle.pause(600 * SECOND);
        advance(599 * SECOND).await;
        let refused = throttle.enter().await.leave(None).await.unwrap_err();
        assert_eq!(refused.remaining, SECOND);
        advance(SECOND).await;
        throttle.enter().await.leave(None).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_concurrency_climbs_back_to_where_it_was() {
        let throttle = Arc::new(Throttle::new(3));
        let held = [throttle.enter().await, throttle.enter().await];
        throttle.pause(SECOND); // one slot is free and closes now, one of the held ones is owed
        assert!(stuck(throttle.enter()).await);
        throttle.succeeded(); // of a request from before the pause
        drop(held);
        let only = throttle.enter().await;
        assert!(stuck(throttle.enter()).await);
        advance(SECOND).await;
        for _ in 0..5 {
            throttle.succeeded();
        }
        let _more = [throttle.enter().await, throttle.enter().await];
        assert!(stuck(throttle.enter()).await);
        drop(only);
        throttle.enter().await;
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_the_rate_in_any_minute() {
        let throttle = Arc::new(Throttle::new(100));
        let mut sent = Vec::new();
        for step in 0..20 {
            throttle.enter().await.leave(Some(5)).await.unwrap();
            sent.push(Instant::now());
            if step == 7 {
                throttle.pause(31 * SECOND);
                throttle.succeeded();
            }
        }
        assert!(sent.windows(6).all(|window| window[5] - window[0] > 60 * SECOND));
        assert!(sent[19] - sent[0] < 5 * 61 * SECOND, "the rate is used up");
    }

    #[tokio::test(start_paused = true)]
    async fn a_call_given_up_while_waiting_takes_nothing_with_it() {
        let throttle = Arc::new(Throttle::new(1));
        throttle.pause(SECOND);
        let permit = throttle.enter().await;
        assert!(stuck(permit.leave(Some(1))).await);
        drop(permit);
        throttle.enter().await.leave(Some(1)).await.unwrap();
    }
}
