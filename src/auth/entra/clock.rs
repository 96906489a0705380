//! What time it is for the authority: an assertion by a clock that is wrong would be refused.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use chrono::Utc;
use hyper::header::HeaderMap;

use crate::http::service_time;

/// By how many seconds the authority's clock is ahead of ours, as its last answer had it.
#[derive(Debug, Default)]
pub(super) struct Clock(AtomicI64);

impl Clock {
    /// Takes in the time of an answer, which is known to the second.
    pub(super) fn set(&self, headers: &HeaderMap) {
        if let Some(time) = service_time(headers) {
            self.0.store((time - Utc::now()).num_seconds(), Ordering::Relaxed);
        }
    }

    /// The authority's time, since 1970 UTC.
    pub(super) fn now(&self) -> Duration {
        let seconds = Utc::now().timestamp().saturating_add(self.0.load(Ordering::Relaxed));
        Duration::from_secs(seconds.try_into().unwrap_or_default())
    }
}
