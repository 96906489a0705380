//! The partner of an emulator. Everything about it comes from the seed: the same seed gives the same
//! partner, byte for byte.

use chrono::{DateTime, TimeDelta, Utc};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use uuid::{Builder, Uuid};

use super::seeding::place;
use super::wire_date::WireDate;

/// The partner, its application, the user who signs in, and its validation codes. Only the codes
/// change, so that they and the seed are all that is saved.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(from = "Saved", into = "Saved")]
pub(super) struct Partner {
    seed: u64,
    pub(super) tenant_id: Uuid,
    pub(super) application_id: Uuid,
    pub(super) client_secret: SecretString,
    /// The application as the directory knows it: who an app-only token speaks for.
    pub(super) principal_id: Uuid,
    pub(super) user_id: Uuid,
    pub(super) codes: Vec<ValidationCode>,
}

/// A code that lets a customer have Government Community Cloud.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct ValidationCode {
    pub(super) partner_id: Uuid,
    pub(super) organization_name: String,
    pub(super) validation_id: String,
    pub(super) max_creates: u32,
    pub(super) remaining_creates: u32,
    pub(super) e_tag: String,
}

impl ValidationCode {
    /// Uses the code up by one; the entity tag changes with it.
    pub(super) fn redeem(&mut self, now: DateTime<Utc>) {
        self.remaining_creates = self.remaining_creates.saturating_sub(1);
        self.e_tag = entity_tag(now);
    }
}

#[derive(Serialize, Deserialize)]
struct Saved {
    seed: u64,
    codes: Vec<ValidationCode>,
}

impl From<Partner> for Saved {
    fn from(Partner { seed, codes, .. }: Partner) -> Self {
        Self { seed, codes }
    }
}

impl From<Saved> for Partner {
    fn from(Saved { seed, codes }: Saved) -> Self {
        Self { codes, ..partner(seed) }
    }
}

/// How often each of the partner's codes can be used.
const CREATES: [u32; 3] = [25, 5, 1];

/// 64 bits that depend on the seed and on every byte of the parts: FNV-1a with a finishing mix.
/// The standard library's hashers promise no stable result, hence our own.
pub(super) fn digest(seed: u64, parts: &[&[u8]]) -> u64 {
    let mut hash = seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in parts.iter().copied().flatten() {
        hash = (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    }
    hash = (hash ^ (hash >> 32)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash ^ (hash >> 29)
}

/// A version 4 GUID from the given sequence.
pub(super) fn guid(rng: &mut fastrand::Rng) -> Uuid {
    Builder::from_random_bytes(rng.u128(..).to_be_bytes()).into_uuid()
}

pub(super) fn partner(seed: u64) -> Partner {
    let mut rng = fastrand::Rng::with_seed(digest(seed, &[b"partner"]));
    let tenant_id = guid(&mut rng);
    let application_id = guid(&mut rng);
    let codes = (1..)
        .zip(CREATES)
        .map(|(nth, creates)| ValidationCode {
            partner_id: tenant_id,
            organization_name: format!("City of {}", place(&mut rng)),
            // The first digit keeps them apart.
            validation_id: (nth * 10_000 + rng.u32(0..10_000)).to_string(),
            max_creates: creates,
            remaining_creates: creates,
            e_tag: entity_tag(seeded_date(&mut rng)),
        })
        .collect();
    Partner {
        seed,
        tenant_id,
        application_id,
        codes,
        client_secret: client_secret(&mut rng),
        principal_id: guid(&mut rng),
        user_id: guid(&mut rng),
    }
}

/// As long as those that Entra makes.
fn client_secret(rng: &mut fastrand::Rng) -> SecretString {
    let text: String = (0..40).map(|_| rng.alphanumeric()).collect();
    text.into()
}

/// Some moment of 2025.
pub(super) fn seeded_date(rng: &mut fastrand::Rng) -> DateTime<Utc> {
    const NEW_YEAR_2025: i64 = 1_735_689_600;
    let seconds = rng.i64(0..365 * 86_400);
    DateTime::UNIX_EPOCH + TimeDelta::seconds(NEW_YEAR_2025 + seconds)
}

/// An entity tag in the form the service gives its codes: a date in percent-encoded disguise.
fn entity_tag(at: DateTime<Utc>) -> String {
    let date = WireDate::new(at).to_string().replace("+00:00", "Z");
    format!("W/\"datetime'{}'\"", date.replace(':', "%3A"))
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn codes_are_distinct() {
        for seed in 0..200 {
            let codes: HashSet<_> = partner(seed).codes.into_iter().map(|code| code.validation_id).collect();
            assert_eq!(codes.len(), CREATES.len(), "seed {seed}");
        }
    }

    #[test]
    fn every_byte_and_the_seed_count_in_a_digest() {
        let of = |seed, text: &[u8]| digest(seed, &[text]);
        assert_eq!(of(1, b"abc"), digest(1, &[b"a", b"bc"]));
        let distinct: HashSet<_> = [of(1, b"abc"), of(2, b"abc"), of(1, b"abd"), of(1, b"")].into();
        assert_eq!(distinct.len(), 4);
    }
}
