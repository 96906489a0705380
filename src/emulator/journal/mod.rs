//! What the emulator saw: every request, and every request for a qualification that took effect.

mod effect;
mod entry;
mod query;

use std::collections::VecDeque;

use serde::{Deserialize, Serialize};

pub use effect::Effect;
pub use entry::JournalEntry;
pub use query::Query;

pub(super) use entry::Recorded;

/// How many requests are remembered unless a journal's size says otherwise; the oldest go first.
pub const JOURNAL_CAPACITY: usize = 100_000;

/// The last requests, numbered from 1.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Journal {
    size: usize,
    /// How many came in, those that are forgotten included.
    total: u64,
    entries: VecDeque<Recorded>,
}

impl Journal {
    pub(super) fn new(size: usize) -> Self {
        Self { size, total: 0, entries: VecDeque::new() }
    }

    pub(super) fn push(&mut self, entry: Recorded) {
        if self.entries.len() >= self.size {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
        self.total = self.total.saturating_add(1);
    }

    pub(super) fn total(&self) -> u64 {
        self.total
    }

    pub(super) fn to_vec(&self) -> Vec<JournalEntry> {
        self.after(0).map(|(number, entry)| entry.to_entry(number)).collect()
    }

    pub(super) fn find(&self, query: &Query) -> Vec<JournalEntry> {
        let matcher = query.matcher();
        self.after(query.after.unwrap_or(0))
            .filter(|(_, entry)| matcher.matches(entry))
            .take(query.limit.unwrap_or(usize::MAX))
            .map(|(number, entry)| entry.to_entry(number))
            .collect()
    }

    pub(super) fn early(&self) -> impl Iterator<Item = &Recorded> {
        self.entries.iter().filter(|entry| entry.early)
    }

    /// The entries beyond a number, with theirs.
    fn after(&self, number: u64) -> impl Iterator<Item = (u64, &Recorded)> {
        let forgotten = self.total.saturating_sub(self.entries.len() as u64);
        let skipped = usize::try_from(number.saturating_sub(forgotten)).unwrap_or(usize::MAX);
        (forgotten.saturating_add(1)..).zip(&self.entries).skip(skipped)
    }
}

#[cfg(test)]
mod tests;
