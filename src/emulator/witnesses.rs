//! What the emulator tells of the requests it had.

use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Deserialize, Serialize};

use super::Emulator;
use super::answered::{Answered, Repeat};
use super::faults::{FaultRule, Faults};
use super::journal::{Journal, JournalEntry, Query, Recorded};
use super::posts::Posts;

/// Whether something held, and what speaks against it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// Whether nothing speaks against it.
    pub passed: bool,
    /// What does, one text for each.
    pub offenders: Vec<String>,
}

/// What callers ought to keep to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checks {
    /// Nobody asked for a qualification that the customer had or was waiting for. After a denial it
    /// may be asked for again.
    pub each_posted_once: Check,
    /// Nobody was back before the end of a Retry-After.
    pub retry_after_respected: Check,
    /// Nobody sent a request again, under the same `MS-RequestId` and for the same customer, after it
    /// had been answered.
    pub no_duplicates: Check,
    /// Every fault that is on befell as many requests as it was meant for; of one without an end, there
    /// were requests of its kind.
    pub faults_fired: Check,
}

impl Check {
    fn of(offenders: Vec<String>) -> Self {
        Self { passed: offenders.is_empty(), offenders }
    }
}

impl Emulator {
    /// How many requests came in since the start or the last [`reset`](Self::reset): the number of
    /// the last [`JournalEntry`].
    #[must_use]
    pub fn requests(&self) -> u64 {
        self.state().journal.total()
    }

    /// The requests of the journal that a query is about, oldest first.
    #[must_use]
    pub fn find(&self, query: &Query) -> Vec<JournalEntry> {
        self.state().journal.find(query)
    }

    /// How many requests for a qualification came again, under the same `MS-RequestId` and for the
    /// same customer, after they had been answered, whether or not they were answered the same.
    /// Sending again what a limit or a fault kept from being carried out repeats nothing.
    #[must_use]
    pub fn duplicates(&self) -> u64 {
        self.state().answered.duplicates()
    }

    /// What callers kept to, as far as it is remembered.
    #[must_use]
    pub fn checks(&self) -> Checks {
        let state = self.state();
        Checks {
            each_posted_once: Check::of(posted_again(&state.posts)),
            retry_after_respected: Check::of(early(&state.journal)),
            no_duplicates: Check::of(duplicates(&state.answered)),
            faults_fired: Check::of(unfired(&state.faults)),
        }
    }
}

fn posted_again(posts: &Posts) -> Vec<String> {
    let texts = posts.repeated().into_iter().filter_map(|same| {
        let first = same.first()?;
        let (qualification, customer) = (first.qualification.as_str(), first.customer_id);
        let ids: Vec<_> = same.iter().map(|post| post.request_id.to_string()).collect();
        let (times, ids) = (same.len(), ids.join(", "));
        Some(format!("{qualification} of customer {customer}: {times} times, MS-RequestId {ids}"))
    });
    texts.collect()
}

fn early(journal: &Journal) -> Vec<String> {
    let text = |entry: &Recorded| {
        let Recorded { method, path, request_id, .. } = entry;
        format!("{method} {path} at {}, MS-RequestId {request_id}", iso(entry.at))
    };
    journal.early().map(text).collect()
}

fn duplicates(answered: &Answered) -> Vec<String> {
    let repeats = answered.repeats();
    let forgotten = answered.duplicates().saturating_sub(repeats.len() as u64);
    let more = (forgotten > 0).then(|| format!("and {forgotten} before these"));
    let text = |Repeat { method, path, request_id, at }: &Repeat| {
        format!("{method} {path} at {}, MS-RequestId {request_id}", iso(*at))
    };
    repeats.map(text).chain(more).collect()
}

fn unfired(faults: &Faults) -> Vec<String> {
    let text = |rule: FaultRule| {
        let (due, FaultRule { id, fired, matched, .. }) = (rule.due(), rule);
        match due {
            None => format!("fault {id}: no request was of its kind"),
            Some(due) => {
                format!("fault {id}: {fired} times instead of {due}; {matched} requests were of its kind")
            }
        }
    };
    faults.unfired().into_iter().map(text).collect()
}

/// A moment as Python's `isoformat` writes it.
fn iso(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(SecondsFormat::Micros, false)
}
