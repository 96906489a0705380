//! When the last requests were sent.

use std::collections::VecDeque;
use std::time::Duration;

use tokio::time::Instant;

/// As many as somebody asks about, oldest first.
#[derive(Debug, Default)]
pub(super) struct Sent {
    times: VecDeque<Instant>,
    remembered: usize,
    /// How many there have been.
    count: u64,
}

impl Sent {
    /// From now on at least so many.
    pub(super) fn remember(&mut self, count: usize) {
        self.remembered = self.remembered.max(count);
    }

    /// Notes a request and gives its number.
    pub(super) fn push(&mut self, now: Instant) -> u64 {
        self.count += 1;
        if self.remembered > 0 {
            if self.times.len() >= self.remembered {
                self.times.pop_front();
            }
            self.times.push_back(now);
        }
        self.count
    }

    /// When the last request but `n - 1` was sent, if there were so many.
    pub(super) fn nth_last(&self, n: usize) -> Option<Instant> {
        let place = self.times.len().checked_sub(n)?;
        self.times.get(place).copied()
    }

    /// Counts a request as sent so much later, because it may have arrived late.
    pub(super) fn delay(&mut self, number: u64, by: Duration) {
        let newer = usize::try_from(self.count - number).unwrap_or(usize::MAX);
        let place = self.times.len().checked_sub(newer.saturating_add(1));
        if let Some(time) = place.and_then(|place| self.times.get_mut(place)) {
            *time += by;
        }
    }
}
