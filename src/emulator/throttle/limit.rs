//! One limit, kept in one of two ways.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::super::json::seconds;
use super::Throttle;
use super::bucket::Bucket;
use super::window::Window;

/// So many requests in such a time.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
#[serde(from = "Terms", into = "Terms")]
pub(super) struct Limit {
    throttle: Throttle,
    pub(super) requests: u32,
    pub(super) length: TimeDelta,
    /// How long a bucket takes to fill up by one token.
    pub(super) token: TimeDelta,
}

/// What a limit is made from.
#[derive(Serialize, Deserialize)]
struct Terms {
    throttle: Throttle,
    requests: u32,
    #[serde(with = "seconds")]
    length: Duration,
}

impl From<Terms> for Limit {
    fn from(Terms { throttle, requests, length }: Terms) -> Self {
        Self::new(throttle, requests, length)
    }
}

impl From<Limit> for Terms {
    fn from(Limit { throttle, requests, length, .. }: Limit) -> Self {
        Self { throttle, requests, length: length.to_std().unwrap_or_default() }
    }
}

/// What has been used up of a limit.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Usage {
    Window(Window),
    Bucket(Bucket),
}

/// What counting a request came to.
#[derive(Debug, Clone, Copy)]
pub(super) struct Counted {
    pub(super) passes: bool,
    /// How long until the next one would pass.
    pub(super) wait: TimeDelta,
}

impl Counted {
    pub(super) const UNLIMITED: Self = Self { passes: true, wait: TimeDelta::zero() };
}

/// No window needs to be longer; what is added to a date stays a date.
const LONGEST: Duration = Duration::from_secs(100_000 * 365 * 86_400);

impl Limit {
    pub(super) fn new(throttle: Throttle, requests: u32, length: Duration) -> Self {
        let length = length.min(LONGEST);
        let token = (length / requests.max(1)).max(Duration::from_nanos(1));
        // As long as all its tokens take: the division may have left something over.
        let length = if throttle == Throttle::Bucket { token * requests } else { length };
        let delta = |time| TimeDelta::from_std(time).unwrap_or(TimeDelta::MAX);
        Self { throttle, requests, length: delta(length), token: delta(token) }
    }

    pub(super) fn unused(&self) -> Usage {
        match self.throttle {
            Throttle::Window => Usage::Window(Window::default()),
            Throttle::Bucket => Usage::Bucket(Bucket::default()),
        }
    }

    pub(super) fn count(&self, usage: &mut Usage, now: DateTime<Utc>) -> Counted {
        match usage {
            Usage::Window(window) => {
                Counted { passes: window.count(self, now), wait: window.wait(self, now) }
            }
            Usage::Bucket(bucket) => {
                Counted { passes: bucket.count(self, now), wait: bucket.wait(self, now) }
            }
        }
    }

    /// Whether it can be forgotten.
    pub(super) fn is_unused(&self, usage: &Usage, now: DateTime<Utc>) -> bool {
        match usage {
            Usage::Window(window) => window.is_over(self, now),
            Usage::Bucket(bucket) => bucket.is_full(self, now),
        }
    }
}
