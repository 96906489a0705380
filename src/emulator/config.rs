//! What an emulator is made from.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::error::InvalidArgument;
use super::journal::JOURNAL_CAPACITY;
use super::json::{object, optional_seconds, seconds};
use super::seeding::{Customers, Mix};
use super::throttle::Throttle;
use super::vetting::Vetting;
use super::wire_switches::Wire;

/// What an emulator is made from. As JSON, durations are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Config {
    /// The partner's customers. Counted ones start without a qualification, unless there is a `mix`.
    pub customers: Customers,
    /// Where ids, names, vetting outcomes and chance come from: the same seed, the same emulator.
    pub seed: u64,
    /// Which shares of counted customers start with which qualification.
    pub mix: Option<Mix>,
    /// The rule that decides requests for Education.
    pub vetting: Vetting,
    /// How many requests of the partner pass in a window before the rest is answered 429; `None`
    /// for all.
    pub requests_per_window: Option<u32>,
    /// How many of them may be about one and the same customer; `None` for all.
    pub customer_requests_per_window: Option<u32>,
    /// The length of a window, in virtual time.
    #[serde(with = "seconds")]
    pub window: Duration,
    /// How both limits are kept.
    pub throttle: Throttle,
    /// Whether repeating a request under the same `MS-RequestId` repeats the first answer without
    /// a second effect.
    pub dedupe: bool,
    /// In which of the forms that were seen the service answers.
    #[serde(deserialize_with = "object")]
    pub wire: Wire,
    /// How long the tokens of the token endpoints are valid, in virtual time.
    #[serde(with = "seconds")]
    pub token_lifetime: Duration,
    /// How long the link to a next page is valid, in virtual time; `None` for ever.
    #[serde(with = "optional_seconds")]
    pub continuation_token_lifetime: Option<Duration>,
    /// How many requests the journal keeps.
    pub journal_size: usize,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            customers: Customers::Count(100),
            seed: 0,
            mix: None,
            vetting: Vetting::default(),
            requests_per_window: None,
            customer_requests_per_window: None,
            window: Duration::from_secs(60),
            throttle: Throttle::default(),
            dedupe: true,
            wire: Wire::default(),
            token_lifetime: Duration::from_secs(3600),
            continuation_token_lifetime: Some(Duration::from_secs(3600)),
            journal_size: JOURNAL_CAPACITY,
        }
    }
}

impl Config {
    /// Whether an emulator can be made from it.
    ///
    /// # Errors
    /// [`InvalidArgument`] for a value out of range.
    pub fn check(&self) -> Result<(), InvalidArgument> {
        self.customers.check()?;
        if let Some(mix) = &self.mix {
            if matches!(self.customers, Customers::List(_)) {
                let cure = "pass a count of customers: those of a list start with what the list says";
                return Err(refused("mix", &"given beside a list", cure));
            }
            mix.check()?;
        }
        self.vetting.check()?;
        for (field, limit) in [
            ("requests_per_window", self.requests_per_window),
            ("customer_requests_per_window", self.customer_requests_per_window),
        ] {
            if limit == Some(0) {
                return Err(refused(field, &0, "pass a whole number from 1 on, or nothing"));
            }
        }
        let continuation = self.continuation_token_lifetime.unwrap_or(Duration::MAX);
        for (field, time) in [
            ("window", self.window),
            ("token_lifetime", self.token_lifetime),
            ("continuation_token_lifetime", continuation),
        ] {
            if time.is_zero() {
                return Err(refused(field, &0, "pass more than 0 seconds"));
            }
        }
        if self.journal_size == 0 {
            return Err(refused("journal_size", &0, "pass a whole number from 1 on"));
        }
        Ok(())
    }
}

fn refused(field: &str, value: &impl ToString, cure: &str) -> InvalidArgument {
    InvalidArgument::new(field, value, cure)
}
