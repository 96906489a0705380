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
}

/// A rate that calls keep to: never more than so many requests of the whole family in a minute.
#[derive(Debug)]
pub(crate) struct Rate {
    per_minute: u32,
    /// Taken while waiting to send, so that those who wait leave in the order they came.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    pause: Option<Pause>,
    /// When the last requests were sent: as many as the largest rate asks about.
    sent: VecDeque<Instant>,
    remembered: usize,
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
            remembered: 0,
            open: max_concurrency,
            most: max_concurrency,
            owed: 0,
        };
        Self { slots: Arc::new(Semaphore::new(max_concurrency)), state: Mutex::new(state) }
    }

    /// A rate for those who keep to it. From now on the requests of all are counted.
    pub(crate) fn rate(&self, per_minute: u32) -> Rate {
        let mut state = self.lock();
        state.remembered = state.remembered.max(per_minute as usize);
        Rate { per_minute, turn: tokio::sync::Mutex::default() }
    }

    /// Waits for leave to send one request, which then counts as sent: for a slot, for the end of a
    /// pause, and until the rate allows it. Who has to wait for the latter two holds no slot.
    pub(crate) async fn enter(self: &Arc<Self>, rate: Option<&Rate>) -> Result<Permit, Refused> {
        let _turn = match rate {
            Some(rate) => Some(rate.turn.lock().await),
            None => None,
        };
        loop {
            // The semaphore is never closed, so an error here cannot be.
            let slot = Arc::clone(&self.slots).acquire_owned().await.ok();
            let permit = Permit { throttle: Arc::clone(self), slot };
            let Some(until) = self.try_leave(rate)? else {
                return Ok(permit);
            };
            drop(permit);
            sleep_until(until).await;
        }
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
    fn try_leave(&self, rate: Option<&Rate>) -> Result<Option<Instant>, Refused> {
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
        while state.sent.front().is_some_and(|&sent| sent + MINUTE <= now) {
            state.sent.pop_front();
        }
        let limit = rate.map_or(usize::MAX, |rate| rate.per_minute as usize);
        if let Some(first_of_limit) = state.sent.len().checked_sub(limit) {
            return Ok(Some(state.sent[first_of_limit] + MINUTE));
        }
        state.sent.push_back(now);
        if state.sent.len() > state.remembered {
            state.sent.pop_front();
        }
        Ok(None)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
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
        let first = throttle.enter(None).await.unwrap();
        let _second = throttle.enter(None).await.unwrap();
        assert!(stuck(throttle.enter(None)).await);
        drop(first);
        throttle.enter(None).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn a_pause_holds_every_call_to_its_end() {
        let throttle = Arc::new(Throttle::new(4));
        throttle.pause(7 * SECOND);
        let start = Instant::now();
        throttle.enter(None).await.unwrap();
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
        let refused = throttle.enter(None).await.unwrap_err();
        assert_eq!(refused.remaining, SECOND);
        advance(SECOND).await;
        throttle.enter(None).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn after_a_pause_concurrency_climbs_back_to_where_it_was() {
        let throttle = Arc::new(Throttle::new(3));
        let held = [throttle.enter(None).await.unwrap(), throttle.enter(None).await.unwrap()];
        throttle.pause(SECOND); // one slot is free and closes now, one of the held ones is owed
        assert!(stuck(throttle.enter(None)).await);
        throttle.succeeded(); // of a request from before the pause
        drop(held);
        let only = throttle.enter(None).await.unwrap();
        assert!(stuck(throttle.enter(None)).await);
        advance(SECOND).await;
        for _ in 0..5 {
            throttle.succeeded();
        }
        let _more = [throttle.enter(None).await.unwrap(), throttle.enter(None).await.unwrap()];
        assert!(stuck(throttle.enter(None)).await);
        drop(only);
        throttle.enter(None).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn never_more_than_the_rate_in_any_minute() {
        let throttle = Arc::new(Throttle::new(100));
        let rate = throttle.rate(5);
        let mut sent = Vec::new();
        for step in 0..20 {
            throttle.enter(Some(&rate)).await.unwrap();
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
        let rate = throttle.rate(1);
        throttle.pause(SECOND);
        assert!(stuck(throttle.enter(Some(&rate))).await);
        throttle.enter(Some(&rate)).await.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_a_rate_holds_up_nobody_else() {
        let throttle = Arc::new(Throttle::new(1));
        let rate = throttle.rate(1);
        throttle.enter(Some(&rate)).await.unwrap();
        let waiting = tokio::spawn({
            let throttle = Arc::clone(&throttle);
            async move { throttle.enter(Some(&rate)).await.map(drop) }
        });
        tokio::task::yield_now().await;
        let start = Instant::now();
        throttle.enter(None).await.unwrap();
        assert_eq!(start.elapsed(), Duration::ZERO);
        waiting.await.unwrap().unwrap();
        assert!(start.elapsed() >= 60 * SECOND);
    }

    #[tokio::test(start_paused = true)]
    async fn a_rate_counts_what_others_send() {
        let throttle = Arc::new(Throttle::new(9));
        let rate = throttle.rate(2);
        for _ in 0..7 {
            throttle.enter(None).await.unwrap();
        }
        let start = Instant::now();
        throttle.enter(Some(&rate)).await.unwrap();
        assert!(start.elapsed() >= 60 * SECOND);
    }
}
