//! What the emulator saw: every request, and every request for a qualification that took effect.

use std::collections::VecDeque;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::model::QualificationType;

/// How many requests are remembered; the oldest go first.
pub const JOURNAL_CAPACITY: usize = 100_000;

/// One request, as it arrived. Its token is not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// The HTTP method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The customer in the path, where there is a readable one.
    pub customer_id: Option<Uuid>,
    /// The status answered; `None` where the connection was reset instead.
    pub status: Option<u16>,
    /// The `MS-RequestId`, sent or made up.
    pub request_id: String,
    /// The `MS-CorrelationId`, sent or made up.
    pub correlation_id: String,
    /// When it arrived (virtual time).
    pub at: DateTime<Utc>,
    /// Whether it came before a Retry-After announced to the partner had ended.
    pub early: bool,
}

/// One request for a qualification that took effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effect {
    /// The customer.
    pub customer_id: Uuid,
    /// What was asked for.
    pub qualification: QualificationType,
    /// The `MS-RequestId` of the request.
    pub request_id: String,
    /// When it took effect (virtual time).
    pub at: DateTime<Utc>,
}

#[derive(Debug, Default)]
pub(super) struct Journal {
    entries: VecDeque<JournalEntry>,
}

impl Journal {
    pub(super) fn push(&mut self, entry: JournalEntry) {
        if self.entries.len() == JOURNAL_CAPACITY {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    pub(super) fn to_vec(&self) -> Vec<JournalEntry> {
        self.entries.iter().cloned().collect()
    }
}
