//! Until when a request is its sender's to send: who was suspended meanwhile must not go on with it.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::{TimeDelta, Utc};

/// A point in time that may be moved on. It is one of the wall clock's, which also goes on while the machine
/// sleeps.
#[derive(Debug)]
pub(crate) struct Fence(AtomicI64);

impl Fence {
    /// A fence that is over so long from now.
    pub(crate) fn after(time: Duration) -> Self {
        Self(AtomicI64::new(end(time)))
    }

    /// Moves it to so long from now.
    pub(crate) fn renew(&self, time: Duration) {
        self.0.store(end(time), Ordering::Release);
    }

    pub(crate) fn is_over(&self) -> bool {
        Utc::now().timestamp_micros() >= self.0.load(Ordering::Acquire)
    }
}

fn end(time: Duration) -> i64 {
    let now = Utc::now();
    let end = TimeDelta::from_std(time).ok().and_then(|time| now.checked_add_signed(time));
    end.map_or(i64::MAX, |end| end.timestamp_micros())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fence_is_over_until_it_is_moved() {
        let fence = Fence::after(Duration::ZERO);
        assert!(fence.is_over());
        fence.renew(Duration::from_secs(60));
        assert!(!fence.is_over());
        assert!(!Fence::after(Duration::MAX).is_over());
    }
}
