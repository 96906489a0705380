//! Refresh tokens, their rotation, and what becomes of one that is used again.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::opaque::{Fingerprint, Opaque};
use super::refusals::{self, Refusal};

/// How long a token may lie unused.
const LIFETIME: TimeDelta = TimeDelta::days(90);

/// A token that was issued.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Issued {
    /// All that come from one sign-in.
    family: usize,
    /// The token that this one was issued for.
    predecessor: Option<Fingerprint>,
    at: DateTime<Utc>,
    /// Whether a successor was used, which proves that it arrived.
    superseded: bool,
}

/// A user's sign-in.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct Family {
    /// For what access tokens are where a request does not say.
    resource: String,
    mfa: bool,
    revoked: bool,
}

/// Each use of a token gives a successor. An answer can be lost, so the old token works until one of
/// its successors was used. After that, whoever uses the old one has stolen it, or was robbed: then
/// no token of the family works any more.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct RefreshTokens {
    issued: HashMap<Fingerprint, Issued>,
    families: Vec<Family>,
}

impl RefreshTokens {
    /// The first token of a sign-in for a resource.
    pub(super) fn start(&mut self, resource: &str, mfa: bool, now: DateTime<Utc>) -> Opaque {
        self.families.push(Family { resource: resource.to_owned(), mfa, revoked: false });
        self.issue(self.families.len() - 1, None, now)
    }

    /// The resource of the sign-in that a token comes from.
    pub(super) fn resource(&self, token: &str) -> Result<&str, Refusal> {
        let issued = self.issued.get(&Fingerprint::of(token));
        let family = issued.and_then(|issued| self.families.get(issued.family));
        family.map(|family| family.resource.as_str()).ok_or_else(refusals::unknown_refresh_token)
    }

    /// Uses a token: gives its successor, and whether the user passed multifactor authentication.
    pub(super) fn redeem(&mut self, token: &str, now: DateTime<Utc>) -> Result<(Opaque, bool), Refusal> {
        let token = Fingerprint::of(token);
        let issued = self.issued.get(&token).ok_or_else(refusals::unknown_refresh_token)?;
        let number = issued.family;
        // A state that somebody edited may name a family that it does not have.
        let family = self.families.get_mut(number).ok_or_else(refusals::unknown_refresh_token)?;
        family.revoked |= issued.superseded;
        if family.revoked {
            return Err(refusals::revoked_refresh_token());
        }
        if now - issued.at >= LIFETIME {
            return Err(refusals::expired_refresh_token());
        }
        let mfa = family.mfa;
        if let Some(old) = issued.predecessor.clone().and_then(|old| self.issued.get_mut(&old)) {
            old.superseded = true;
        }
        Ok((self.issue(number, Some(token), now), mfa))
    }

    fn issue(&mut self, family: usize, predecessor: Option<Fingerprint>, at: DateTime<Utc>) -> Opaque {
        let token = Opaque::random();
        let fingerprint = Fingerprint::of(token.as_str());
        self.issued.insert(fingerprint, Issued { family, predecessor, at, superseded: false });
        token
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn redeem(tokens: &mut RefreshTokens, token: &Opaque) -> Option<Opaque> {
        tokens.redeem(token.as_str(), Utc::now()).ok().map(|(successor, _)| successor)
    }

    #[test]
    fn a_lost_answer_is_forgiven_and_a_used_successor_is_not() {
        let mut tokens = RefreshTokens::default();
        let (first, bystander) = (tokens.start("a", true, Utc::now()), tokens.start("a", false, Utc::now()));
        let lost = redeem(&mut tokens, &first).unwrap();
        let second = redeem(&mut tokens, &first).unwrap();
        let third = redeem(&mut tokens, &second).unwrap();
        assert!(redeem(&mut tokens, &lost).is_some(), "it is no predecessor of the second");
        assert!(redeem(&mut tokens, &first).is_none());
        for token in [&lost, &second, &third] {
            assert!(redeem(&mut tokens, token).is_none());
        }
        assert!(redeem(&mut tokens, &bystander).is_some());
    }

    #[test]
    fn ninety_days_unused_are_the_end() {
        let mut tokens = RefreshTokens::default();
        let now = Utc::now();
        let token = tokens.start("a", false, now);
        let (successor, mfa) = tokens.redeem(token.as_str(), now + TimeDelta::days(89)).unwrap();
        assert!(!mfa);
        assert!(tokens.redeem(token.as_str(), now + TimeDelta::days(90)).is_err());
        assert!(tokens.redeem(successor.as_str(), now + TimeDelta::days(178)).is_ok());
    }

    proptest! {
        #[test]
        fn who_always_uses_what_came_last_never_loses_it(lost in prop::collection::vec(any::<bool>(), 1..40)) {
            let mut tokens = RefreshTokens::default();
            let mut held = tokens.start("a", true, Utc::now());
            for lost in lost {
                let successor = redeem(&mut tokens, &held);
                prop_assert!(successor.is_some());
                if !lost {
                    held = successor.unwrap();
                }
            }
        }
    }
}
