//! How the vetting of Education goes: what it comes to, and when.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::clock::after;
use super::model::VettingStatus;
use super::seed::digest;

/// The rule that decides requests for Education.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vetting {
    /// Outcome, reason and a delay of half a day to three days, all drawn from the seed, the
    /// customer and the number of its attempt, hence the same in whatever order requests arrive.
    #[default]
    Seeded,
    /// Nothing happens until [`decide`](super::Emulator::decide) is called.
    Manual,
    /// The request is answered `InReview`; the next read shows `Approved`.
    Immediate,
    /// The outcome of [`Seeded`](Self::Seeded), this long after the request (virtual time).
    After(Duration),
}

/// What a vetting will come to, and when.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Decision {
    pub(super) at: DateTime<Utc>,
    pub(super) status: VettingStatus,
    pub(super) reason: Option<String>,
}

/// Reasons of a first denial in the API's change log. Left out: "No longer an Education Customer",
/// which presupposes an approval, and is there for [`decide`](super::Emulator::decide).
const REASONS: [&str; 6] = [
    "Not an Education Customer",
    "Not an Education Customer - After Review",
    "Restricted being an Education Customer",
    "Not an Academic Domain",
    "Not an eligible Library",
    "Not an eligible Museum",
];

const APPROVED_SHARE: f64 = 0.7;
const HALF_A_DAY: f64 = 43_200.0;
const THREE_DAYS: f64 = 259_200.0;

impl Vetting {
    /// The decision on a request made now, or `None` where only a person decides.
    pub(super) fn decision(
        self,
        seed: u64,
        customer: Uuid,
        attempt: u32,
        now: DateTime<Utc>,
    ) -> Option<Decision> {
        match self {
            Self::Manual => None,
            Self::Immediate => Some(Decision { at: now, status: VettingStatus::Approved, reason: None }),
            Self::Seeded => Some(draw(seed, customer, attempt, now, None)),
            Self::After(delay) => Some(draw(seed, customer, attempt, now, Some(delay))),
        }
    }
}

fn draw(seed: u64, customer: Uuid, attempt: u32, now: DateTime<Utc>, delay: Option<Duration>) -> Decision {
    let drawn = digest(seed, &[customer.as_bytes(), &attempt.to_le_bytes()]);
    let mut rng = fastrand::Rng::with_seed(drawn);
    let approved = rng.f64() < APPROVED_SHARE;
    let seconds = HALF_A_DAY + rng.f64() * (THREE_DAYS - HALF_A_DAY);
    let delay = delay.unwrap_or(Duration::from_secs_f64(seconds));
    Decision {
        at: after(now, delay),
        status: if approved { VettingStatus::Approved } else { VettingStatus::Denied },
        reason: (!approved).then(|| rng.choice(REASONS)).flatten().map(str::to_owned),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_seeded_decision_depends_on_nothing_but_seed_customer_and_attempt(
            seed: u64, id: u128, attempt in 1u32..4,
        ) {
            let now = Utc::now();
            let first = Vetting::Seeded.decision(seed, Uuid::from_u128(id), attempt, now).unwrap();
            let again = Vetting::Seeded.decision(seed, Uuid::from_u128(id), attempt, now).unwrap();
            prop_assert_eq!((first.at, first.status, &first.reason), (again.at, again.status, &again.reason));
            let days = (first.at - now).as_seconds_f64() / 86_400.0;
            prop_assert!((0.5..=3.0).contains(&days), "{} days", days);
            prop_assert_eq!(first.reason.is_some(), first.status == VettingStatus::Denied);
        }
    }

    #[test]
    fn about_seven_in_ten_are_approved_and_every_reason_occurs() {
        let now = Utc::now();
        let decisions: Vec<_> =
            (0..2000u128).filter_map(|id| Vetting::Seeded.decision(1, Uuid::from_u128(id), 1, now)).collect();
        let approved = decisions.iter().filter(|decision| decision.status == VettingStatus::Approved).count();
        assert!((1300..1500).contains(&approved), "{approved} of 2000");
        for reason in REASONS {
            assert!(decisions.iter().any(|d| d.reason.as_deref() == Some(reason)), "{reason}");
        }
    }

    #[test]
    fn after_keeps_the_seeded_outcome_and_changes_only_the_time() {
        let (now, id) = (Utc::now(), Uuid::from_u128(7));
        let seeded = Vetting::Seeded.decision(3, id, 1, now).unwrap();
        let delay = Duration::from_millis(1500);
        let after = Vetting::After(delay).decision(3, id, 1, now).unwrap();
        assert_eq!(after.status, seeded.status);
        assert_eq!((after.at - now).num_milliseconds(), 1500);
        assert!(Vetting::Manual.decision(3, id, 1, now).is_none());
    }
}
