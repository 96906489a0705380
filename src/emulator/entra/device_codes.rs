//! Device codes: handed to a device, approved or declined by a user elsewhere, redeemed once.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::opaque::{Fingerprint, Opaque};
use super::refusals::{self, Refusal};
use super::scope::Scope;

/// How long a user has, in seconds.
pub(super) const LIFETIME: u32 = 900;

/// How long a device is asked to wait between two polls, in seconds: as little as it can be.
pub(super) const INTERVAL: u32 = 1;

/// Beyond so many, those that have expired are forgotten.
const KEPT: usize = 1000;

/// What has become of a device's request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::emulator) enum Decision {
    Pending,
    Approved { mfa: bool },
    Declined,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Authorization {
    user_code: Fingerprint,
    scope: Scope,
    expires: DateTime<Utc>,
    decision: Decision,
    redeemed: bool,
}

impl Authorization {
    fn is_open(&self, now: DateTime<Utc>) -> bool {
        self.decision == Decision::Pending && now < self.expires
    }
}

#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(super) struct DeviceCodes(HashMap<Fingerprint, Authorization>);

impl DeviceCodes {
    /// A fresh device code and the user code that belongs to it.
    pub(super) fn start(&mut self, scope: Scope, now: DateTime<Utc>) -> (Opaque, String) {
        if self.0.len() >= KEPT {
            // Who asks for one of these is told that it is unknown, no longer that it has expired.
            self.0.retain(|_, authorization| now < authorization.expires);
        }
        let (device_code, user_code) = (Opaque::random(), self.fresh_user_code());
        let authorization = Authorization {
            user_code: Fingerprint::of(&user_code),
            scope,
            expires: now + TimeDelta::seconds(LIFETIME.into()),
            decision: Decision::Pending,
            redeemed: false,
        };
        self.0.insert(Fingerprint::of(device_code.as_str()), authorization);
        (device_code, user_code)
    }

    /// Decides for the user who has the code; `None` where nobody waits for a decision on it.
    pub(super) fn decide(&mut self, user_code: &str, decision: Decision, now: DateTime<Utc>) -> Option<()> {
        let user_code = Fingerprint::of(&user_code.trim().to_ascii_uppercase());
        let mut open = self.0.values_mut().filter(|authorization| authorization.is_open(now));
        open.find(|authorization| authorization.user_code == user_code)?.decision = decision;
        Some(())
    }

    /// What a poll comes to: the scope granted, and whether the user passed multifactor
    /// authentication.
    pub(super) fn redeem(&mut self, device_code: &str, now: DateTime<Utc>) -> Result<(Scope, bool), Refusal> {
        let authorization =
            self.0.get_mut(&Fingerprint::of(device_code)).ok_or_else(refusals::unknown_device_code)?;
        if authorization.redeemed {
            return Err(refusals::redeemed_device_code());
        }
        if now >= authorization.expires {
            return Err(refusals::expired_device_code());
        }
        match authorization.decision {
            Decision::Pending => Err(refusals::authorization_pending()),
            Decision::Declined => Err(refusals::authorization_declined()),
            Decision::Approved { mfa } => {
                authorization.redeemed = true;
                Ok((authorization.scope.clone(), mfa))
            }
        }
    }

    /// Nine capital letters that no other device was given.
    fn fresh_user_code(&self) -> String {
        loop {
            let code: String = (0..9).map(|_| fastrand::char('A'..='Z')).collect();
            let fingerprint = Fingerprint::of(&code);
            if self.0.values().all(|authorization| authorization.user_code != fingerprint) {
                return code;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_expired_does_not_pile_up() {
        let mut codes = DeviceCodes::default();
        let scope = Scope { resource: "r".to_owned(), default: false, openid: false, offline_access: false };
        let (now, later) = (Utc::now(), Utc::now() + TimeDelta::seconds(i64::from(LIFETIME) + 1));
        for _ in 0..KEPT {
            codes.start(scope.clone(), now);
        }
        let (device_code, _) = codes.start(scope.clone(), later);
        assert_eq!(codes.0.len(), 1);
        let pending = codes.redeem(device_code.as_str(), later).unwrap_err();
        assert_eq!(format!("{pending:?}"), format!("{:?}", refusals::authorization_pending()));
    }
}
