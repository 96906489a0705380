//! How far a call has come, and who is told of it.

use std::time::Duration;

use super::attempt::Head;
use super::failure::Failure;
use crate::observer::Notes;

/// How far a call has come.
#[derive(Default)]
pub(super) struct Progress {
    /// How often it was sent.
    pub(super) attempts: u32,
    /// How often it was sent again because of a passing fault.
    pub(super) retries: u32,
    /// Whether a 401 has cost it a new token already.
    pub(super) renewed: bool,
    /// Of the last answer.
    pub(super) head: Head,
    /// Of the last attempt that failed.
    pub(super) failure: Option<Failure>,
    /// What the last answer made all calls wait for.
    pub(super) pause: Option<Duration>,
    /// For who is told of requests.
    pub(super) notes: Option<Notes>,
}

impl Progress {
    pub(super) fn note_answer(&mut self, failure: Option<&Failure>) {
        if self.notes.is_none() {
            return;
        }
        let (status, error) = self.seen(failure);
        let Some(notes) = &mut self.notes else { return };
        notes.answered(status, error.clone());
        if let Some(pause) = self.pause {
            notes.throttled(pause, status, error);
        }
    }

    pub(super) fn note_success(&mut self) {
        if let Some(notes) = &mut self.notes {
            notes.succeeded();
        }
    }

    pub(super) fn note_retry(&self, wait: Duration, failure: &Failure) {
        if let Some(notes) = &self.notes {
            let (status, error) = self.seen(Some(failure));
            notes.retried(wait, status, error);
        }
    }

    /// The status of an attempt, and what went wrong with it.
    fn seen(&self, failure: Option<&Failure>) -> (Option<u16>, Option<String>) {
        let was_lost = matches!(failure, Some(Failure::NotSent { .. } | Failure::Lost { .. }));
        let status = self.head.status.filter(|_| !was_lost);
        (status, failure.and_then(Failure::message).map(str::to_owned))
    }
}
