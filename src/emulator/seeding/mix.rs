//! Which share of counted customers starts with which qualification.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::error::InvalidArgument;
use super::super::model::{QualificationType, VettingStatus};
use super::super::seed::digest;
use super::CustomerQualification;

/// Shares of customers by what they start with: `Education` is approved, `Education:Denied` in that
/// status. What is left of 1 starts without a qualification.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Mix(BTreeMap<String, f64>);

impl<const N: usize> From<[(&str, f64); N]> for Mix {
    fn from(shares: [(&str, f64); N]) -> Self {
        Self(shares.into_iter().map(|(name, share)| (name.to_owned(), share)).collect())
    }
}

/// What adding up decimal fractions may be off by.
const ROUNDING: f64 = 1e-9;

impl Mix {
    /// Whether customers can be drawn from it.
    pub(in crate::emulator) fn check(&self) -> Result<(), InvalidArgument> {
        let mut parsed = Vec::new();
        for (name, share) in &self.0 {
            let field = format!("mix.{name}");
            let start = parse(name).map_err(|cure| InvalidArgument::new(field.as_str(), share, cure))?;
            if parsed.contains(&start) {
                return Err(InvalidArgument::new(field, share, "name each qualification and status once"));
            }
            if !(0.0..=1.0).contains(share) {
                return Err(InvalidArgument::new(field, share, "pass a share from 0 to 1"));
            }
            parsed.push(start);
        }
        let sum: f64 = self.0.values().sum();
        if sum > 1.0 + ROUNDING {
            return Err(InvalidArgument::new(
                "mix",
                &format!("{sum} in all"),
                "pass shares of 1 in all at most",
            ));
        }
        Ok(())
    }

    /// What customers start with, each with the end of its part of the way from 0 to 1, in the order
    /// of their names.
    pub(super) fn parts(&self) -> Vec<(f64, CustomerQualification)> {
        let mut end = 0.0;
        let parts = self.0.iter().filter_map(|(name, share)| {
            end += share;
            parse(name).ok().map(|start| (end, start))
        });
        parts.collect()
    }
}

/// What the customer starts with, by seed and id alone.
pub(super) fn drawn(
    parts: &[(f64, CustomerQualification)],
    seed: u64,
    customer: Uuid,
) -> Option<&CustomerQualification> {
    let point = fastrand::Rng::with_seed(digest(seed, &[b"mix", customer.as_bytes()])).f64();
    parts.iter().find(|(end, _)| point < *end).map(|(_, start)| start)
}

/// Reads `Qualification` or `Qualification:Status`, or says what to pass.
fn parse(name: &str) -> Result<CustomerQualification, String> {
    let (kind, status) = name.split_once(':').map_or((name, None), |(kind, status)| (kind, Some(status)));
    let kind: QualificationType = kind.trim().parse().map_err(|error: InvalidArgument| error.cure)?;
    let status: Option<VettingStatus> = status
        .map(|status| status.trim().parse().map_err(|error: InvalidArgument| error.cure))
        .transpose()?;
    match (kind, status) {
        (QualificationType::StateOwnedEntity, None) => Ok(CustomerQualification::new(kind, None)),
        (QualificationType::StateOwnedEntity, Some(_)) => {
            Err("pass StateOwnedEntity alone: it is not vetted".to_owned())
        }
        (_, status) => Ok(CustomerQualification::new(kind, Some(status.unwrap_or(VettingStatus::Approved)))),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_is_wrong_is_named() {
        for (mix, field, cure) in [
            (Mix::from([("Gold", 0.1)]), "mix.Gold", "StateOwnedEntity"),
            (Mix::from([("Education:Gold", 0.1)]), "mix.Education:Gold", "InReview"),
            (Mix::from([("StateOwnedEntity:Approved", 0.1)]), "mix.StateOwnedEntity:Approved", "alone"),
            (Mix::from([("Education", -0.1)]), "mix.Education", "0 to 1"),
            (Mix::from([("Education", f64::NAN)]), "mix.Education", "0 to 1"),
            (Mix::from([("Education", 0.5), ("education:approved", 0.1)]), "mix.education:approved", "once"),
            (Mix::from([("Education", 0.6), ("Nonprofit", 0.5)]), "mix", "1 in all"),
        ] {
            let error = mix.check().unwrap_err();
            assert_eq!(error.field, field);
            assert!(error.cure.contains(cure), "{error}");
        }
        assert_eq!(Mix::from([("1", 0.7), ("Nonprofit", 0.2), ("4", 0.1)]).check(), Ok(()));
    }

    proptest! {
        #[test]
        fn shares_are_kept_and_nobody_depends_on_the_others(seed: u64, share in 0.0..1.0) {
            let rest = 1.0 - share;
            let parts = Mix::from([("Education:Denied", share), ("StateOwnedEntity", rest)]).parts();
            let start = |id| drawn(&parts, seed, Uuid::from_u128(id)).map(|start| start.qualification);
            let educations: u32 =
                (0..1000).map(|id| u32::from(start(id) == Some(QualificationType::Education))).sum();
            let expected = share * 1000.0;
            prop_assert!((f64::from(educations) - expected).abs() < 100.0, "{} instead of {}", educations, expected);
            prop_assert!((0..1000).all(|id| start(id).is_some() || rest + share < 1.0));
        }
    }
}
