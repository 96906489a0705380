//! When to look again at what is in review: vetting takes days, and the service punishes those who look too
//! often.

use std::time::Duration;

use chrono::{DateTime, Utc};

use crate::ledger::progress::InReview;

const SHORTEST: Duration = Duration::from_secs(30);
const LONGEST: Duration = Duration::from_secs(3600);
/// What has been in review for so many times as long is looked at once in that time.
const SHARE: u32 = 10;

/// How often to look.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cadence(Option<Duration>);

impl Cadence {
    pub(super) fn new(interval: Option<Duration>) -> Self {
        Self(interval)
    }

    /// When a look is due.
    pub(super) fn due(self, item: &InReview) -> DateTime<Utc> {
        let age = (item.confirmed_at - item.since).to_std().unwrap_or_default();
        let interval = self.0.unwrap_or_else(|| (age / SHARE).clamp(SHORTEST, LONGEST));
        item.confirmed_at + interval
    }
}

/// Whether so much time has gone by since then. A moment in the future is one of another clock.
pub(super) fn is_over(since: DateTime<Utc>, time: Duration) -> bool {
    let gone = Utc::now() - since;
    gone.to_std().map_or(gone.num_days() < -1, |gone| gone >= time)
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;

    use super::*;
    use crate::model::CustomerId;

    fn due_after(cadence: Cadence, age: i64) -> i64 {
        let since = DateTime::UNIX_EPOCH;
        let confirmed_at = since + TimeDelta::seconds(age);
        let customer_id = CustomerId::parse("11111111-2222-3333-4444-555555555555").unwrap();
        (cadence.due(&InReview { customer_id, since, confirmed_at }) - confirmed_at).num_seconds()
    }

    #[test]
    fn looks_become_rarer_with_age() {
        let waits = [0, 60, 600, 3_600, 36_000, 360_000].map(|age| due_after(Cadence::new(None), age));
        assert_eq!(waits, [30, 30, 60, 360, 3_600, 3_600]);
        assert_eq!(due_after(Cadence::new(Some(Duration::from_secs(7))), 360_000), 7);
    }

    #[test]
    fn time_goes_by() {
        let hour = Duration::from_secs(3600);
        assert!(is_over(Utc::now() - TimeDelta::hours(2), hour));
        assert!(!is_over(Utc::now() - TimeDelta::minutes(2), hour));
        assert!(!is_over(Utc::now() + TimeDelta::minutes(2), hour));
        assert!(is_over(Utc::now() + TimeDelta::days(20), hour), "a clock that was far ahead");
    }
}
