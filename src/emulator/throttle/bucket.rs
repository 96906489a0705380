//! A limit kept as a bucket of tokens.

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::super::clock::later;
use super::limit::Limit;

/// When the bucket will be full again tells how many tokens are in it.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct Bucket {
    full_at: Option<DateTime<Utc>>,
}

impl Bucket {
    /// Takes a token and says whether there was one.
    pub(super) fn count(&mut self, limit: &Limit, now: DateTime<Utc>) -> bool {
        let full_at = later(self.full_at(limit, now), limit.token);
        let passes = full_at - now <= limit.length;
        if passes {
            self.full_at = Some(full_at);
        }
        passes
    }

    /// How long until there is a token.
    pub(super) fn wait(&self, limit: &Limit, now: DateTime<Utc>) -> TimeDelta {
        let full_at = later(self.full_at(limit, now), limit.token);
        (full_at - now - limit.length).max(TimeDelta::zero())
    }

    pub(super) fn is_full(&self, limit: &Limit, now: DateTime<Utc>) -> bool {
        self.full_at(limit, now) <= now
    }

    /// One that needs more time than from empty to full is full: the machine's clock was set back.
    fn full_at(&self, limit: &Limit, now: DateTime<Utc>) -> DateTime<Utc> {
        self.full_at.filter(|at| now <= *at && *at - now <= limit.length).unwrap_or(now)
    }
}
