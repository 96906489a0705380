//! What all calls of a client share so as to stay welcome: how many are in flight, a pause the
//! service asked for, a rate the user set, and the limit that the service showed. No I/O beyond waiting.
//!
//! Limits are not published, and differ from tenant to tenant. So nothing is held back until the
//! service refuses a request for the first time (429). Then
//!
//! 1. all calls wait until `Retry-After` is over, and the first to go on goes alone;
//! 2. what was let through before tells the limit (`learning`): so many requests in such a time;
//! 3. from then on the calls of the whole family keep just under it, spread evenly (`limit`);
//! 4. as long as that holds them back, it is tried now and then whether a little more is let through
//!    (`climbing`); another refusal lowers the limit, and puts the next try off.
//!
//! Who asks rarely is never held up: what was not used may be made up for, and a limit that held
//! nobody back for some minutes is forgotten. Clients with a rate of their own (`requests_per_minute`)
//! learn nothing: they keep to that rate, and to pauses.

mod climbing;
mod learning;
mod limit;
mod refusal;
mod sent;
mod slots;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::OwnedSemaphorePermit;
use tokio::time::{Instant, sleep_until};

use crate::retry::LONGEST_WAIT;
use learning::Learner;
use sent::Sent;
use slots::Slots;

/// The window of `requests_per_minute`, a little wider than a minute: requests sent just over a
/// minute apart may arrive just under one apart.
const MINUTE: Duration = Duration::from_millis(60_250);

/// Shared by a client and everything derived from it.
#[derive(Debug)]
pub(crate) struct Throttle {
    slots: Slots,
    state: Mutex<State>,
    /// Taken while waiting for the limit that was learned, so that those who wait leave in the order
    /// they came, and only the first of them needs a timer.
    turn: tokio::sync::Mutex<()>,
}

/// A rate that calls keep to: never more than so many requests of the whole family in a minute.
#[derive(Debug)]
pub(crate) struct Rate {
    per_minute: u32,
    /// As above.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Debug)]
struct State {
    pause: Option<Pause>,
    sent: Sent,
    learner: Learner,
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
    /// When it is sent, and as which request, if what becomes of it tells of the service's limit.
    telling: Option<Departure>,
}

/// When a request was sent, and how many there were by then.
#[derive(Debug, Clone, Copy)]
struct Departure {
    at: Instant,
    number: u64,
}

/// Whether a request may go.
enum Leave {
    /// Now, and it counts as sent.
    Granted(Departure),
    /// Perhaps then.
    Wait(Instant),
    /// Behind those who wait for the limit already.
    Queue,
}

impl Throttle {
    pub(crate) fn new(max_concurrency: usize) -> Self {
        let state = State { pause: None, sent: Sent::default(), learner: Learner::new(Instant::now()) };
        Self {
            slots: Slots::new(max_concurrency),
            state: Mutex::new(state),
            turn: tokio::sync::Mutex::default(),
        }
    }

    /// A rate for those who keep to it. From now on the requests of all are counted.
    pub(crate) fn rate(&self, per_minute: u32) -> Rate {
        self.lock().sent.remember(per_minute as usize);
        Rate { per_minute, turn: tokio::sync::Mutex::default() }
    }

    /// Waits for leave to send one request, which then counts as sent: for a slot, for the end of a
    /// pause, and until rate or limit allow it. Who has to wait for the latter three holds no slot.
    pub(crate) async fn enter(self: &Arc<Self>, rate: Option<&Rate>) -> Result<Permit, Refused> {
        let mut turn = match rate {
            Some(rate) => Some(rate.turn.lock().await),
            None => None,
        };
        loop {
            let slot = self.slots.acquire().await;
            let mut permit = Permit { throttle: Arc::clone(self), slot, telling: None };
            match self.try_leave(rate, turn.is_some())? {
                Leave::Granted(departure) => {
                    permit.telling = rate.is_none().then_some(departure);
                    return Ok(permit);
                }
                Leave::Wait(until) => {
                    drop(permit);
                    sleep_until(until).await;
                }
                Leave::Queue => {
                    drop(permit);
                    turn = Some(self.turn.lock().await);
                }
            }
        }
    }

    /// How long the pause still lasts, if there is one.
    pub(crate) fn paused_for(&self) -> Option<Duration> {
        let pause = self.lock().pause?;
        Some(pause.until.saturating_duration_since(Instant::now())).filter(|left| !left.is_zero())
    }

    /// Makes all calls wait for `length`, or turns them away if that is long, and starts again with
    /// one request at a time.
    fn pause(&self, length: Duration) {
        let mut state = self.lock();
        let pause = Pause { until: Instant::now() + length, refuses: length > LONGEST_WAIT };
        if state.pause.is_none_or(|current| current.until < pause.until) {
            state.pause = Some(pause);
        }
        self.slots.close_all_but_one();
    }

    /// Notes that the service did not ask for a pause.
    fn succeeded(&self, telling: Option<Departure>) {
        let now = Instant::now();
        let mut state = self.lock();
        // During a pause it says nothing of how the service is: it left before that was asked for.
        if state.pause.is_none_or(|pause| pause.until <= now) {
            // A limit that is known keeps calls apart; without one they come back one by one.
            self.slots.open(if state.learner.knows_a_limit() { usize::MAX } else { 1 });
        }
        if let Some(Departure { at, number }) = telling {
            let late = state.learner.passed(at, now);
            if !late.is_zero() {
                state.sent.delay(number, late);
            }
        }
    }

    /// Looks whether a request may go now.
    fn try_leave(&self, rate: Option<&Rate>, has_turn: bool) -> Result<Leave, Refused> {
        let now = Instant::now();
        let mut state = self.lock();
        let State { pause, sent, learner } = &mut *state;
        match *pause {
            Some(over) if over.until <= now => {
                *pause = None;
                learner.resume(over.until, now, sent);
            }
            Some(Pause { until, refuses: true }) => return Err(Refused { remaining: until - now }),
            Some(Pause { until, .. }) => return Ok(Leave::Wait(until)),
            None => {}
        }
        let free_at = match rate {
            Some(rate) => sent.nth_last(rate.per_minute as usize).map(|first| first + MINUTE),
            None => learner.free_at(now, sent),
        };
        match free_at.filter(|at| *at > now) {
            Some(at) if has_turn => return Ok(Leave::Wait(at)),
            Some(_) => return Ok(Leave::Queue),
            None => {}
        }
        learner.left(now);
        Ok(Leave::Granted(Departure { at: now, number: sent.push(now) }))
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Permit {
    /// The request was answered, or lost: the service did not ask for a pause.
    pub(crate) fn passed(self) {
        self.throttle.succeeded(self.telling);
    }

    /// The service asked all calls to wait, because they were too many (429).
    pub(crate) fn refused(self, wait: Duration) {
        if let Some(departure) = self.telling {
            self.throttle.lock().learner.refused(departure.at, Instant::now(), wait);
        }
        self.throttle.pause(wait);
    }

    /// The service asked all calls to wait for a reason of its own.
    pub(crate) fn put_off(self, wait: Duration) {
        self.throttle.pause(wait);
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.throttle.slots.give_back(self.slot.take());
    }
}

#[cfg(test)]
mod simulation;
#[cfg(test)]
mod tests;
