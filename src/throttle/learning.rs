//! Learns the service's limit from what it lets through and when it refuses.
//!
//! A service counts requests in windows, or in a bucket that fills up evenly. What a refusal tells:
//!
//! - **A window** lets all of its requests through however fast they come, so that those let through
//!   since it began are the limit, and it ends when `Retry-After` does. As that is rounded up to whole
//!   seconds, a window has one of the lengths within a second; whole seconds are likeliest.
//! - **A bucket** is empty, whatever its size. What it lets through from one refusal to the next, over
//!   the time between, is the rate at which it fills up.
//!
//! After the first refusal it is taken for a window, which is the slower reading where both fit. If
//! that is wrong, the next refusal comes soon and tells the rate. Refusals of what was in flight at
//! the first one tell nothing more. Where others share the limit, a window lets fewer through than
//! before; then these are the limit.

use std::time::Duration;

use tokio::time::Instant;

use super::climbing::Climbing;
use super::limit::Limit;
use super::refusal::{Bounds, Refusal, Run};
use super::sent::Sent;
use crate::retry::LONGEST_WAIT;

/// How much wider than the service's the own window is, for requests that take longer on their way
/// than those before them.
const MARGIN: f64 = 1.02;
/// The part of that which is for answers that take unlike times.
const UNEVEN: f64 = 0.015;
/// Fewer requests than these, let through once, tell too little to hold anybody back.
const FEW: u32 = 10;
/// More seconds than that have no window: it took as long to use up what a bucket held.
const LONGEST_WINDOW: f64 = 240.0;
/// Who asked for nothing in so long a time was not held back by anything.
const LULL: Duration = Duration::from_secs(1);
/// A limit that held for so long was right.
const PEACE: Duration = Duration::from_secs(20);
/// A limit that held nobody back for so long is forgotten.
const MEMORY: Duration = Duration::from_secs(300);

/// What is known of the service's limit.
#[derive(Debug)]
pub(super) struct Learner {
    limit: Option<Limit>,
    climbing: Climbing,
    run: Run,
    /// The refusal before, if nothing but requests and pauses came since.
    last: Option<Refusal>,
    /// How many were let through from then to the run.
    carried: u32,
    /// How many refusals came soon one after the other.
    streak: u32,
    /// How long the window is taken to be at least and at most; `None` for a mere rate.
    window: Option<Bounds>,
    /// Whether a try was refused last.
    fell: bool,
    /// Whether it is a bucket for certain.
    fills_up: bool,
    /// The shortest time in which a request was answered.
    quickest: Duration,
    /// Until when somebody asked for something or was waiting.
    busy: Instant,
    /// When the limit last held somebody back.
    bound: Instant,
}

impl Learner {
    pub(super) fn new(now: Instant) -> Self {
        Self {
            limit: None,
            climbing: Climbing::new(now, true, None),
            run: Run::new(now),
            last: None,
            carried: 0,
            streak: 0,
            window: None,
            fell: false,
            fills_up: false,
            quickest: Duration::MAX,
            busy: now,
            bound: now,
        }
    }

    pub(super) fn knows_a_limit(&self) -> bool {
        self.limit.is_some()
    }

    /// When the limit lets the next request go.
    pub(super) fn free_at(&mut self, now: Instant, sent: &Sent) -> Option<Instant> {
        if now > self.busy + LULL {
            (self.run, self.last, self.carried, self.streak) = (Run::new(now), None, 0, 0);
        }
        if now > self.bound + MEMORY {
            self.limit = None;
        }
        let limit = self.limit.as_mut()?;
        let free_at = limit.free_at(sent);
        if free_at > now {
            self.climbing.try_faster(now, limit);
            self.bound = now;
            self.busy = self.busy.max(free_at);
        }
        Some(free_at)
    }

    /// Notes that a request was sent.
    pub(super) fn left(&mut self, now: Instant) {
        self.busy = self.busy.max(now);
        if let Some(limit) = &mut self.limit {
            limit.left(now);
        }
    }

    /// Notes that a request of that time was let through, and says how much later than others it may
    /// have arrived, beyond what the limit allows for: a window that it began ends as much later.
    pub(super) fn passed(&mut self, sent: Instant, now: Instant) -> Duration {
        self.busy = self.busy.max(now);
        if sent >= self.run.since {
            self.run.passed(now);
        }
        let took = now - sent;
        self.quickest = self.quickest.min(took);
        let allowed = self.limit.map_or(Duration::MAX, |limit| limit.span.mul_f64(UNEVEN));
        took.saturating_sub(self.quickest).saturating_sub(allowed)
    }

    /// Notes that a request of that time was refused.
    pub(super) fn refused(&mut self, sent: Instant, now: Instant, wait: Duration) {
        self.busy = self.busy.max(now + wait);
        if sent >= self.run.since {
            self.run.refused(now, wait);
        }
    }

    /// Learns from the run that ended with a pause, which is `over`, and begins another.
    pub(super) fn resume(&mut self, over: Instant, now: Instant, sent: &mut Sent) {
        let Some(refusal) = self.run.end() else {
            return; // a pause for another reason
        };
        self.run = Run::new(over);
        if refusal.wait > LONGEST_WAIT {
            self.last = None; // calls are turned away, which no limit of ours should hide
        } else {
            self.learn(refusal, over);
        }
        if let Some(limit) = &mut self.limit {
            limit.restart(now);
            self.climbing.wait(now, limit);
            self.bound = now;
            sent.remember(limit.count as usize);
        }
    }

    fn learn(&mut self, refusal: Refusal, over: Instant) {
        if refusal.passed == 0 {
            return self.prolong(refusal, over);
        }
        match self.limit {
            Some(limit) => self.correct(limit, &refusal, over),
            None => self.assume(&refusal, over),
        }
        if self.fell && self.window.is_none() && self.last.is_some() {
            self.carried = self.carried.saturating_add(refusal.passed); // the longer, the more exact
        } else {
            (self.last, self.carried) = (Some(refusal), 0);
        }
    }

    /// The first limit: a window.
    fn assume(&mut self, refusal: &Refusal, over: Instant) {
        let again = self.last.is_some_and(|last| last.passed < FEW);
        if refusal.passed < FEW && !again {
            return;
        }
        let window = refusal.window();
        self.climbing = Climbing::new(over, true, None);
        (self.streak, self.fell, self.fills_up) = (1, false, false);
        (self.window, self.limit) = if window.most > LONGEST_WINDOW {
            (None, Some(Limit::of_rate(f64::from(refusal.passed) / window.most, over)))
        } else {
            (Some(window), Some(Limit::new(refusal.passed, span_of(window), over)))
        };
    }

    /// A limit that was refused is lowered.
    fn correct(&mut self, mut limit: Limit, refusal: &Refusal, over: Instant) {
        if refusal.after >= PEACE.max(2 * limit.span) {
            self.streak = 0;
        }
        let certain = self.measured(refusal).filter(|_| self.fills_up);
        if self.climbing.fell(&mut limit, certain.map(|rate| Limit::of_rate(rate, over))) {
            (self.streak, self.fell) = (0, true);
        } else {
            // A bucket hides for a while that it is emptied faster than it fills up.
            self.fills_up |= self.fell && self.window.is_none() && refusal.after < PEACE;
            self.fell = false;
            self.streak += 1;
            limit = self.lower(limit, refusal, over);
        }
        self.limit = Some(limit);
    }

    fn lower(&mut self, limit: Limit, refusal: &Refusal, over: Instant) -> Limit {
        let first_window = refusal.after <= limit.span.mul_f64(1.15);
        let all = refusal.passed.saturating_add(1 + limit.count / 50) >= limit.count;
        let wider = self.window.and_then(|window| window.and(refusal.window()));
        let slower = Limit { span: limit.span.mul_f64(MARGIN), ..limit };
        match (first_window, wider, self.streak) {
            // All of it was let through, and then the window was not over yet.
            (true, Some(window), 1 | 2) if all => {
                self.window = Some(window);
                Limit { span: span_of(window).max(slower.span), ..limit }
            }
            // Others used some of it, or it is less than it was.
            (true, Some(_), 1) => Limit { count: refusal.passed.max(limit.count / 2).max(1), ..limit },
            (true, Some(_), 2 | 3) if refusal.passed >= limit.count / 2 => {
                Limit { count: refusal.passed, ..limit }
            }
            // It held for some windows: some requests came too close to those before.
            (false, _, 1 | 2) if self.window.is_some() => slower,
            _ => self.other_window(&limit, refusal, over).unwrap_or_else(|| self.rate(&limit, refusal, over)),
        }
    }

    /// Another window than was thought, for which a bucket would not ask to wait so long.
    fn other_window(&mut self, limit: &Limit, refusal: &Refusal, over: Instant) -> Option<Limit> {
        let window = refusal.window();
        let other = Limit::new(refusal.passed, span_of(window), over);
        let fills_up = refusal.wait.as_secs_f64() <= 1.0 + 2.0 / other.rate();
        if fills_up || window.most > LONGEST_WINDOW || other.rate() > limit.rate() {
            return None;
        }
        (self.window, self.climbing) = (Some(window), Climbing::new(over, true, None));
        Some(other)
    }

    /// Whatever it is, this was let through from one refusal to the next.
    fn rate(&mut self, limit: &Limit, refusal: &Refusal, over: Instant) -> Limit {
        // Who asked far more slowly than was allowed has measured nothing but that.
        let seconds = refusal.after.as_secs_f64();
        let eager = seconds < 2.0 || f64::from(refusal.passed) >= seconds * limit.rate() / 4.0;
        let rate = match self.measured(refusal).filter(|_| eager) {
            Some(measured) => measured.min(limit.rate() / MARGIN),
            None => 0.9 * limit.rate(),
        };
        let exact = self.last.is_some_and(|last| refusal.at - last.at > 20 * refusal.wait);
        self.window = None;
        self.climbing = Climbing::new(over, exact && refusal.passed >= 20, Some(limit.rate()));
        Limit::of_rate(rate, over)
    }

    /// How many a second were let through since the refusal before.
    fn measured(&self, refusal: &Refusal) -> Option<f64> {
        let last = self.last?;
        Some(f64::from(self.carried.saturating_add(refusal.passed)) / (refusal.at - last.at).as_secs_f64())
    }

    /// Nothing at all was let through: the last wait was too short.
    fn prolong(&mut self, refusal: Refusal, over: Instant) {
        let (Some(last), Some(limit)) = (self.last, self.limit) else {
            return;
        };
        let wait = (refusal.at - last.at) + refusal.wait;
        let longer = Limit::new(last.passed, (last.after + wait).mul_f64(MARGIN), over);
        if longer.rate() < limit.rate() {
            self.limit = Some(longer);
        }
    }
}

/// How long the own window is.
fn span_of(window: Bounds) -> Duration {
    Duration::from_secs_f64(MARGIN * window.likeliest())
}
