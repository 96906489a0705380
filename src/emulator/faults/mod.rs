//! Faults on demand: rules that pick requests, and what befalls those.

mod base64;
mod check;
mod delivery;
mod dribble;
mod fault;
mod gzip;
mod headers;
mod injected;
mod levers;
mod payload;
mod retry_after;
mod rule;
mod sending;

use serde::{Deserialize, Serialize};

pub use self::fault::Fault;
pub use self::retry_after::RetryAfter;
pub use self::rule::FaultRule;

pub(super) use self::delivery::Delivery;
pub(super) use self::dribble::Dribble;
pub(super) use self::injected::Injected;
use self::rule::Rule;
use super::error::InvalidArgument;
use super::request::HttpRequest;

/// The rules of an emulator, those that are spent too.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    last_id: u64,
    #[serde(with = "generator")]
    rng: fastrand::Rng,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), last_id: 0, rng: fastrand::Rng::with_seed(seed) }
    }

    fn inject(&mut self, fault: Fault) -> Result<u64, InvalidArgument> {
        let id = self.last_id.saturating_add(1);
        self.rules.push(Rule::new(id, fault)?);
        self.last_id = id;
        Ok(id)
    }

    /// What befalls this request, if anything. Every rule that takes it counts it, also when another
    /// fires, so that `nth` means the same whatever else was injected.
    pub(super) fn fire(&mut self, request: &HttpRequest) -> Option<Injected> {
        let mut fired = None;
        for rule in self.rules.iter_mut().filter(|rule| rule.takes(request)) {
            if rule.draws(&mut self.rng) && fired.is_none() {
                fired = Some(rule.fire());
            }
        }
        fired
    }

    fn list(&self) -> Vec<FaultRule> {
        self.rules.iter().map(|rule| rule.view.clone()).collect()
    }

    fn switch(&mut self, id: u64, enabled: bool) -> Result<(), InvalidArgument> {
        let at = self.find(id)?;
        self.rules[at].view.fault.enabled = enabled;
        Ok(())
    }

    fn remove(&mut self, id: u64) -> Result<(), InvalidArgument> {
        let at = self.find(id)?;
        self.rules.remove(at);
        Ok(())
    }

    fn clear(&mut self) {
        self.rules.clear();
    }

    /// Where a rule is.
    fn find(&self, id: u64) -> Result<usize, InvalidArgument> {
        let refused = || InvalidArgument::new("id", &id, "pass the id of a rule that is listed");
        self.rules.iter().position(|rule| rule.view.id == id).ok_or_else(refused)
    }

    /// The rules that are on and have not fired as often as they were to.
    pub(super) fn unfired(&self) -> Vec<FaultRule> {
        self.rules.iter().map(|rule| &rule.view).filter(|view| view.is_unfired()).cloned().collect()
    }
}

/// Whether an answer of this status has a body at all.
fn has_body(status: u16) -> bool {
    !matches!(status, 204 | 304)
}

/// A random generator by the number that it goes on from.
mod generator {
    use fastrand::Rng;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    pub(super) fn serialize<S: Serializer>(rng: &Rng, serializer: S) -> Result<S::Ok, S::Error> {
        rng.get_seed().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Rng, D::Error> {
        u64::deserialize(deserializer).map(Rng::with_seed)
    }
}
