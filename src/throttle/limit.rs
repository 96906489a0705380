//! A limit to keep to: so many requests in such a time, spread over it.

use std::time::Duration;

use tokio::time::Instant;

use super::sent::Sent;
use crate::retry::LONGEST_WAIT;

/// More times than that are not remembered: a larger limit is kept as a smaller one over less time.
const MOST: u32 = 16_384;
/// How much of the time the requests are spread over. What is left makes up for stops and starts.
const SPREAD: f64 = 0.8;
/// Over how much time a bare rate is kept: long enough to make up for a timer that is late, too short
/// for a burst.
const RATE_SPAN: Duration = Duration::from_millis(100);
/// No rate is slower than one request in that time.
const LONGEST_SPAN: Duration = LONGEST_WAIT;

/// Never more than `count` requests in any `span`, whenever the service's own windows begin; and one
/// after the other, unless less was asked before than was allowed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Limit {
    pub(super) count: u32,
    pub(super) span: Duration,
    /// When it is the next request's turn.
    pub(super) next: Instant,
    /// From when on requests count: the service's own count began anew then.
    pub(super) since: Instant,
}

impl Limit {
    pub(super) fn new(count: u32, span: Duration, since: Instant) -> Self {
        let parts = count.div_ceil(MOST).max(1);
        let span = span.max(Duration::from_millis(1)) / parts;
        Self { count: (count / parts).max(1), span, next: since, since }
    }

    /// So many requests a second, without regard to windows.
    pub(super) fn of_rate(per_second: f64, since: Instant) -> Self {
        let gap = Duration::try_from_secs_f64(per_second.recip()).unwrap_or(LONGEST_SPAN).min(LONGEST_SPAN);
        let count = RATE_SPAN.as_nanos() / gap.as_nanos().max(1);
        let count = u32::try_from(count).unwrap_or(u32::MAX).max(1);
        Self::new(count, gap.saturating_mul(count), since)
    }

    /// Requests a second.
    pub(super) fn rate(&self) -> f64 {
        f64::from(self.count) / self.span.as_secs_f64()
    }

    /// When the next request may be sent.
    pub(super) fn free_at(&self, sent: &Sent) -> Instant {
        let first = sent.nth_last(self.count as usize).filter(|first| *first >= self.since);
        first.map_or(self.next, |first| self.next.max(first + self.span))
    }

    /// Notes that a request was sent.
    pub(super) fn left(&mut self, now: Instant) {
        let unused = now.checked_sub(self.span / 2).unwrap_or(now).max(self.since);
        self.next = self.next.max(unused) + self.span.mul_f64(SPREAD / f64::from(self.count));
    }

    /// Starts anew, as the service's count does.
    pub(super) fn restart(&mut self, now: Instant) {
        (self.next, self.since) = (now, now);
    }
}
