//! A limit kept in fixed windows.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::limit::Limit;

/// The requests since the first one of a window.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Window {
    started: Option<DateTime<Utc>>,
    used: u32,
}

impl Window {
    /// Counts a request and says whether it passes.
    pub(super) fn count(&mut self, limit: &Limit, now: DateTime<Utc>) -> bool {
        if self.is_over(limit, now) {
            *self = Self { started: Some(now), used: 0 };
        }
        self.used = self.used.saturating_add(1);
        self.used <= limit.requests
    }

    /// How long until a request passes.
    pub(super) fn wait(&self, limit: &Limit, now: DateTime<Utc>) -> TimeDelta {
        let rest = self.rest(limit, now).filter(|_| self.used >= limit.requests);
        rest.unwrap_or_default()
    }

    pub(super) fn is_over(&self, limit: &Limit, now: DateTime<Utc>) -> bool {
        self.rest(limit, now).is_none()
    }

    /// How long the window still lasts. One that starts in the future is over: the machine's clock
    /// was set back.
    fn rest(&self, limit: &Limit, now: DateTime<Utc>) -> Option<TimeDelta> {
        let age = now - self.started?;
        (TimeDelta::zero() <= age && age < limit.length).then(|| limit.length - age)
    }
}
