//! What chance has for a request. It depends on seed, customer and attempt alone, so that neither
//! the order of requests nor the number of customers changes anybody's fate.

use std::time::Duration;

use uuid::Uuid;

use super::super::seed::digest;

/// Reasons of a first denial in the API's change log. Left out: [`NO_LONGER`], which presupposes an
/// approval.
const REASONS: [&str; 6] = [
    "Not an Education Customer",
    "Not an Education Customer - After Review",
    "Restricted being an Education Customer",
    "Not an Academic Domain",
    "Not an eligible Library",
    "Not an eligible Museum",
];

/// The reason of a denial that follows an approval.
pub(super) const NO_LONGER: &str = "No longer an Education Customer";

const HALF_A_DAY: f64 = 43_200.0;
const THREE_DAYS: f64 = 259_200.0;

/// What was drawn for one attempt of one customer; a rule uses what it leaves to chance.
pub(in crate::emulator) struct Draw {
    /// From 0 to 1.
    pub(super) outcome: f64,
    /// Half a day to three days.
    pub(super) delay: Duration,
    /// Why it is denied, if it is.
    pub(in crate::emulator) reason: &'static str,
}

impl Draw {
    pub(in crate::emulator) fn of(seed: u64, customer: Uuid, attempt: u32) -> Self {
        let drawn = digest(seed, &[customer.as_bytes(), &attempt.to_le_bytes()]);
        let mut rng = fastrand::Rng::with_seed(drawn);
        Self {
            outcome: rng.f64(),
            delay: Duration::from_secs_f64(HALF_A_DAY + rng.f64() * (THREE_DAYS - HALF_A_DAY)),
            reason: REASONS[rng.usize(..REASONS.len())],
        }
    }
}

/// From 0 to 1: the customers below a share are those whom it takes.
pub(super) fn chance_of_no_longer(seed: u64, customer: Uuid) -> f64 {
    fastrand::Rng::with_seed(digest(seed, &[b"no longer", customer.as_bytes()])).f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_occurs_and_attempts_differ() {
        let reasons: Vec<_> = (0..200).map(|id| Draw::of(1, Uuid::from_u128(id), 1).reason).collect();
        for reason in REASONS {
            assert!(reasons.contains(&reason), "{reason}");
        }
        let outcome = |seed, id, attempt| Draw::of(seed, Uuid::from_u128(id), attempt).outcome.to_bits();
        let one = outcome(1, 1, 1);
        assert!([outcome(2, 1, 1), outcome(1, 2, 1), outcome(1, 1, 2)].iter().all(|other| *other != one));
    }
}
