//! A rule among others: a fault with an id and its counters.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::error::InvalidArgument;
use super::super::json;
use super::super::request::HttpRequest;
use super::check::members;
use super::fault::Fault;
use super::injected::Injected;

/// A rule and how it fares. As JSON, its own members stand beside the fault's.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// By hand: serde's `flatten` cannot carry numbers of arbitrary precision.
#[serde(try_from = "Value", into = "Value")]
pub struct FaultRule {
    /// Counts from 1; no other rule gets it before a reset.
    pub id: u64,
    /// How many requests it was for while it was on.
    pub matched: u64,
    /// How many of them it befell.
    pub fired: u64,
    /// What it does, and whether it is on.
    pub fault: Fault,
}

impl FaultRule {
    /// How often it is to fire, where that has an end.
    pub(in crate::emulator) fn due(&self) -> Option<u64> {
        let once = self.fault.nth.map(|_| 1);
        once.or(self.fault.times.map(u64::from))
    }

    /// Whether it is on and has not fired as often as it was to. One without an end may fire seldom,
    /// but where no request was of its kind, it is likely to name something that there is not.
    pub(super) fn is_unfired(&self) -> bool {
        self.fault.enabled && self.due().map_or(self.matched == 0, |due| self.fired < due)
    }

    /// Whether it will never fire again.
    fn is_spent(&self) -> bool {
        let past = |nth| self.matched >= u64::from(nth);
        self.due().is_some_and(|due| self.fired >= due) || self.fault.nth.is_some_and(past)
    }

    fn is_for(&self, request: &HttpRequest) -> bool {
        let Fault { method, path, customer_id, .. } = &self.fault;
        let same_method = |method: &String| method.eq_ignore_ascii_case(request.method.as_str());
        let in_path = |part: &String| {
            let target = request.target().to_ascii_lowercase();
            target.contains(&part.to_ascii_lowercase())
        };
        method.as_ref().is_none_or(same_method)
            && customer_id.is_none_or(|id| request.route.customer() == Some(id))
            && path.as_ref().map_or(!request.route.is_entra(), in_path)
    }
}

impl From<FaultRule> for Value {
    fn from(rule: FaultRule) -> Self {
        let mut members = members(&rule.fault);
        for (name, number) in [("id", rule.id), ("matched", rule.matched), ("fired", rule.fired)] {
            members.insert(name.to_owned(), number.into());
        }
        Self::Object(members)
    }
}

impl TryFrom<Value> for FaultRule {
    type Error = InvalidArgument;

    fn try_from(mut value: Value) -> Result<Self, InvalidArgument> {
        let mut number = |name: &str| {
            let found = value.as_object_mut().and_then(|members| members.remove(name));
            let refused = || InvalidArgument::new(name, &found.clone().unwrap_or_default(), "pass a count");
            found.as_ref().and_then(Value::as_u64).ok_or_else(refused)
        };
        let (id, matched, fired) = (number("id")?, number("matched")?, number("fired")?);
        Ok(Self { id, matched, fired, fault: json::read(&value)? })
    }
}

/// A rule that is ready to fire.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(try_from = "FaultRule", into = "FaultRule")]
pub(super) struct Rule {
    pub(super) view: FaultRule,
    injected: Injected,
}

impl Rule {
    pub(super) fn new(id: u64, fault: Fault) -> Result<Self, InvalidArgument> {
        Self::try_from(FaultRule { id, matched: 0, fired: 0, fault })
    }

    pub(super) fn takes(&self, request: &HttpRequest) -> bool {
        self.view.fault.enabled && !self.view.is_spent() && self.view.is_for(request)
    }

    /// Counts a request that it takes and says whether the rule would fire on it.
    pub(super) fn draws(&mut self, rng: &mut fastrand::Rng) -> bool {
        // A state that was read may say any number.
        self.view.matched = self.view.matched.saturating_add(1);
        let fault = &self.view.fault;
        fault.nth.is_none_or(|nth| u64::from(nth) == self.view.matched) && rng.f64() < fault.probability
    }

    pub(super) fn fire(&mut self) -> Injected {
        self.view.fired = self.view.fired.saturating_add(1);
        self.injected.clone()
    }
}

impl TryFrom<FaultRule> for Rule {
    type Error = InvalidArgument;

    fn try_from(view: FaultRule) -> Result<Self, InvalidArgument> {
        Ok(Self { injected: Injected::new(&view.fault)?, view })
    }
}

impl From<Rule> for FaultRule {
    fn from(rule: Rule) -> Self {
        rule.view
    }
}
