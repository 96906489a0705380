//! What vetting will come to, and when.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::clock::after;
use super::super::json::optional_seconds;
use super::super::model::VettingStatus;
use super::draw::NO_LONGER;

/// A decision on its way. It comes true when both its time has come and the reads before it are over.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(in crate::emulator) struct Decision {
    pub(in crate::emulator) at: DateTime<Utc>,
    /// So many more reads do not show it yet.
    pub(in crate::emulator) reads: u32,
    pub(in crate::emulator) status: VettingStatus,
    pub(in crate::emulator) reason: Option<String>,
    /// How long an approval holds; `None` for ever.
    #[serde(with = "optional_seconds")]
    pub(in crate::emulator) lasts: Option<Duration>,
}

impl Decision {
    pub(in crate::emulator) fn new(at: DateTime<Utc>, status: VettingStatus) -> Self {
        Self { at, reads: 0, status, reason: None, lasts: None }
    }

    /// What ends an approval that came at `approved` and holds so long.
    pub(in crate::emulator) fn no_longer(approved: DateTime<Utc>, lasts: Duration) -> Self {
        let at = after(approved, lasts);
        Self { reason: Some(NO_LONGER.to_owned()), ..Self::new(at, VettingStatus::Denied) }
    }

    pub(in crate::emulator) fn is_due(&self, now: DateTime<Utc>) -> bool {
        self.reads == 0 && self.at <= now
    }

    /// Counts a read that does not show it. The last one sets the time: from then on it holds,
    /// whenever somebody looks next.
    pub(in crate::emulator) fn count_read(&mut self, now: DateTime<Utc>) {
        if self.reads > 0 {
            self.reads -= 1;
            self.at = self.at.max(now);
        }
    }

    /// What comes after it.
    pub(in crate::emulator) fn next(&self) -> Option<Self> {
        self.lasts.map(|lasts| Self::no_longer(self.at, lasts))
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use proptest::prelude::*;

    use super::super::super::model::{Qualification, QualificationType};
    use super::*;

    fn in_review(decision: Decision, now: DateTime<Utc>) -> Qualification {
        let kind = QualificationType::Education;
        let held = Qualification::vetted(kind, VettingStatus::InReview, now);
        Qualification { decision: Some(decision), ..held }
    }

    #[test]
    fn an_approval_ends_at_its_time_however_late_somebody_looks() {
        let start = Utc::now();
        let (hour, day) = (TimeDelta::hours(1), TimeDelta::days(1));
        let lasts = Some(Duration::from_secs(86_400));
        let decision = Decision { lasts, ..Decision::new(start + hour, VettingStatus::Approved) };
        let mut looked_at = in_review(decision.clone(), start);
        looked_at.settle(start + hour);
        assert_eq!(looked_at.vetting_status, Some(VettingStatus::Approved));
        looked_at.settle(start + day);
        assert_eq!(looked_at.vetting_status, Some(VettingStatus::Approved));
        let mut left_alone = in_review(decision, start);
        for held in [&mut looked_at, &mut left_alone] {
            held.settle(start + hour + day);
            assert_eq!(held.vetting_status, Some(VettingStatus::Denied));
            assert_eq!(held.vetting_reason.as_deref(), Some(NO_LONGER));
            assert!(held.decision.is_none());
        }
    }

    #[test]
    fn a_decision_at_the_end_of_time_is_kept_as_json() {
        let decision = Decision::no_longer(Utc::now(), Duration::MAX);
        assert_eq!(decision.at, DateTime::<Utc>::MAX_UTC);
        let text = serde_json::to_string(&decision).unwrap();
        assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
    }

    proptest! {
        #[test]
        fn both_time_and_reads_must_have_come(reads in 0u32..5, seconds in 0i64..5, read in 0u32..8, waited in 0i64..8) {
            let start = Utc::now();
            let at = |seconds| start + TimeDelta::seconds(seconds);
            let mut decision = Decision { reads, ..Decision::new(at(seconds), VettingStatus::Approved) };
            for _ in 0..read {
                decision.count_read(at(waited));
            }
            prop_assert_eq!(decision.is_due(at(waited)), read >= reads && waited >= seconds);
        }

        #[test]
        fn a_decision_is_kept_as_json(reads: u32, seconds in prop::option::of(0u64..1_000_000)) {
            let lasts = seconds.map(Duration::from_secs);
            let decision = Decision { reads, lasts, ..Decision::new(Utc::now(), VettingStatus::Approved) };
            let text = serde_json::to_string(&decision).unwrap();
            prop_assert_eq!(serde_json::from_str::<Decision>(&text).unwrap(), decision);
        }
    }
}
