//! The rule by which requests for Education are decided.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::clock::after;
use super::super::error::InvalidArgument;
use super::super::json::{optional_object, optional_seconds};
use super::super::model::VettingStatus;
use super::Decision;
use super::draw::{Draw, chance_of_no_longer};

/// When requests for Education are decided, and how. As JSON, durations are seconds.
///
/// A request is decided after both `after` and `reads`; with neither, after half a day to three
/// days, drawn from the seed.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct VettingRule {
    /// Decided this long after the request, in virtual time.
    #[serde(with = "optional_seconds")]
    pub after: Option<Duration>,
    /// The customer's qualifications are read so often without the decision; the next read has it.
    pub reads: Option<u32>,
    /// How often which outcome is drawn; `None` for 70 % approved and 30 % denied.
    #[serde(deserialize_with = "optional_object")]
    pub outcomes: Option<Outcomes>,
    /// The reason of every denial; `None` for one of the documented ones, drawn from the seed.
    pub reason: Option<String>,
    /// An approved customer is "No longer an Education Customer" this long after the approval;
    /// `None` for never.
    #[serde(with = "optional_seconds")]
    pub no_longer_after: Option<Duration>,
    /// The share of the approved that this befalls, drawn from the seed for each customer.
    pub no_longer_share: f64,
}

impl Default for VettingRule {
    fn default() -> Self {
        Self {
            after: None,
            reads: None,
            outcomes: None,
            reason: None,
            no_longer_after: None,
            no_longer_share: 1.0,
        }
    }
}

/// Weights of the outcomes; they need not add up to 1. What is left out has none.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "PascalCase")]
pub struct Outcomes {
    /// The weight of an approval.
    pub approved: f64,
    /// The weight of a denial.
    pub denied: f64,
    /// The weight of never being decided.
    pub in_review: f64,
}

impl Outcomes {
    const USUAL: Self = Self { approved: 0.7, denied: 0.3, in_review: 0.0 };

    fn check(&self) -> Result<(), InvalidArgument> {
        for (name, weight) in
            [("Approved", self.approved), ("Denied", self.denied), ("InReview", self.in_review)]
        {
            if !weight.is_finite() || weight < 0.0 {
                return Err(InvalidArgument::new(name, &weight, "pass a weight of 0 or more"));
            }
        }
        let sum = self.sum();
        if sum > 0.0 && sum.is_finite() {
            return Ok(());
        }
        let cure = "pass a weight above 0 for Approved, Denied or InReview, and none that is huge";
        Err(InvalidArgument::new("outcomes", &format!("of the weight {sum}"), cure))
    }

    fn sum(&self) -> f64 {
        self.approved + self.denied + self.in_review
    }

    /// The outcome at a point from 0 to 1 of the weights in a row.
    fn at(&self, point: f64) -> VettingStatus {
        let place = point * self.sum();
        if place < self.approved {
            VettingStatus::Approved
        } else if place < self.approved + self.denied {
            VettingStatus::Denied
        } else {
            VettingStatus::InReview
        }
    }
}

impl VettingRule {
    pub(super) fn check(&self) -> Result<(), InvalidArgument> {
        if let Some(outcomes) = &self.outcomes {
            outcomes.check().map_err(|error| match error.field.as_str() {
                "outcomes" => error,
                _ => error.within("outcomes"),
            })?;
        }
        if let Some(reason) = &self.reason
            && reason.trim().is_empty()
        {
            return Err(InvalidArgument::new(
                "reason",
                &format!("{reason:?}"),
                "pass some words, or nothing",
            ));
        }
        if !(0.0..=1.0).contains(&self.no_longer_share) {
            let cure = "pass a share from 0 to 1";
            return Err(InvalidArgument::new("no_longer_share", &self.no_longer_share, cure));
        }
        Ok(())
    }

    /// The decision on a request made now, or `None` where it never comes.
    pub(super) fn decision(
        &self,
        seed: u64,
        customer: Uuid,
        attempt: u32,
        now: DateTime<Utc>,
    ) -> Option<Decision> {
        let drawn = Draw::of(seed, customer, attempt);
        let status = self.outcomes.unwrap_or(Outcomes::USUAL).at(drawn.outcome);
        let delay = match (self.after, self.reads) {
            (Some(delay), _) => delay,
            (None, Some(_)) => Duration::ZERO,
            (None, None) => drawn.delay,
        };
        let reason = || self.reason.clone().unwrap_or_else(|| drawn.reason.to_owned());
        let decision =
            Decision { reads: self.reads.unwrap_or(0), ..Decision::new(after(now, delay), status) };
        match status {
            VettingStatus::InReview => None,
            VettingStatus::Approved => Some(Decision { lasts: self.lasts(seed, customer), ..decision }),
            VettingStatus::Denied => Some(Decision { reason: Some(reason()), ..decision }),
        }
    }

    /// How long an approval of the customer lasts; `None` for ever.
    pub(super) fn lasts(&self, seed: u64, customer: Uuid) -> Option<Duration> {
        self.no_longer_after.filter(|_| chance_of_no_longer(seed, customer) < self.no_longer_share)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ids(count: u128) -> impl Iterator<Item = Uuid> {
        (0..count).map(Uuid::from_u128)
    }

    proptest! {
        #[test]
        fn a_decision_depends_on_nothing_but_seed_customer_and_attempt(
            seed: u64, id: u128, attempt in 1u32..4,
        ) {
            let (now, id, rule) = (Utc::now(), Uuid::from_u128(id), VettingRule::default());
            let first = rule.decision(seed, id, attempt, now).unwrap();
            prop_assert_eq!(&first, &rule.decision(seed, id, attempt, now).unwrap());
            let days = (first.at - now).as_seconds_f64() / 86_400.0;
            prop_assert!((0.5..=3.0).contains(&days), "{} days", days);
            prop_assert_eq!(first.reason.is_some(), first.status == VettingStatus::Denied);
            prop_assert_eq!((first.reads, first.lasts), (0, None));
        }

        #[test]
        fn what_has_no_weight_is_never_drawn(
            point in 0.0..1.0, approved in 0.0..1e300, denied in 0.0..1e300, in_review in 0.0..1e300,
        ) {
            for outcomes in [
                Outcomes { approved, ..Outcomes::default() },
                Outcomes { approved, denied, in_review: 0.0 },
                Outcomes { approved: 0.0, denied, in_review },
            ] {
                prop_assume!(outcomes.check().is_ok());
                let weight = match outcomes.at(point) {
                    VettingStatus::Approved => outcomes.approved,
                    VettingStatus::Denied => outcomes.denied,
                    VettingStatus::InReview => outcomes.in_review,
                };
                prop_assert!(weight > 0.0, "{:?} at {}", outcomes, point);
            }
        }
    }

    #[test]
    fn outcomes_come_as_often_as_they_weigh() {
        let outcomes = Some(Outcomes { approved: 1.0, denied: 2.0, in_review: 1.0 });
        let rule = VettingRule { outcomes, ..VettingRule::default() };
        let decided: Vec<_> = ids(2000).filter_map(|id| rule.decision(1, id, 1, Utc::now())).collect();
        let denied = decided.iter().filter(|decision| decision.status == VettingStatus::Denied).count();
        assert!((1400..1600).contains(&decided.len()), "{} of 2000 decided", decided.len());
        assert!((900..1100).contains(&denied), "{denied} of 2000 denied");
    }

    #[test]
    fn time_and_reads_change_neither_outcome_nor_reason() {
        let (now, usual) = (Utc::now(), VettingRule::default());
        for id in ids(50) {
            let seeded = usual.decision(3, id, 1, now).unwrap();
            let rule = VettingRule { after: Some(Duration::from_millis(1500)), ..usual.clone() };
            let after = rule.decision(3, id, 1, now).unwrap();
            assert_eq!((after.status, &after.reason), (seeded.status, &seeded.reason));
            assert_eq!((after.at - now).num_milliseconds(), 1500);
            let read = VettingRule { reads: Some(2), ..usual.clone() }.decision(3, id, 1, now).unwrap();
            assert_eq!((read.status, read.at, read.reads), (seeded.status, now, 2));
        }
    }

    #[test]
    fn the_reason_of_the_rule_is_that_of_every_denial() {
        let outcomes = Some(Outcomes { denied: 1.0, ..Outcomes::default() });
        let rule = VettingRule { reason: Some("Why not".into()), outcomes, ..VettingRule::default() };
        for id in ids(20) {
            assert_eq!(rule.decision(1, id, 1, Utc::now()).unwrap().reason.as_deref(), Some("Why not"));
        }
    }

    #[test]
    fn a_share_of_the_approved_does_not_stay_so() {
        let day = Some(Duration::from_secs(86_400));
        let rule =
            |share| VettingRule { no_longer_after: day, no_longer_share: share, ..VettingRule::default() };
        let count = |share| ids(1000).filter(|id| rule(share).lasts(5, *id).is_some()).count();
        assert_eq!((count(0.0), count(1.0)), (0, 1000));
        assert!((200..300).contains(&count(0.25)), "{} of 1000", count(0.25));
        assert!(ids(1000).all(|id| rule(0.25).lasts(5, id).is_none() || rule(0.5).lasts(5, id).is_some()));
    }
}
