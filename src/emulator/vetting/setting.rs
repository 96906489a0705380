//! The setting `vetting`: a short name, or a rule.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::super::error::InvalidArgument;
use super::super::model::VettingStatus;
use super::{Decision, VettingRule};

/// How requests for Education are decided. As JSON, the short name or the rule itself.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Vetting {
    /// Outcome, reason and a delay of half a day to three days, all drawn from the seed, the
    /// customer and the number of its attempt, hence the same in whatever order requests arrive.
    #[default]
    Seeded,
    /// Nothing happens until [`decide`](super::super::Emulator::decide) is called.
    Manual,
    /// The request is answered `InReview`; the next read shows `Approved`.
    Immediate,
    /// As the rule has it.
    Rule(VettingRule),
}

impl Vetting {
    const NAMES: [(Self, &str); 3] =
        [(Self::Seeded, "seeded"), (Self::Manual, "manual"), (Self::Immediate, "immediate")];

    /// Whether requests can be decided so.
    pub(in crate::emulator) fn check(&self) -> Result<(), InvalidArgument> {
        match self {
            Self::Rule(rule) => rule.check().map_err(|error| error.within("vetting")),
            Self::Seeded | Self::Manual | Self::Immediate => Ok(()),
        }
    }

    /// The decision on a request made now, or `None` where only a person decides.
    pub(in crate::emulator) fn decision(
        &self,
        seed: u64,
        customer: Uuid,
        attempt: u32,
        now: DateTime<Utc>,
    ) -> Option<Decision> {
        match self {
            Self::Manual => None,
            Self::Immediate => Some(Decision::new(now, VettingStatus::Approved)),
            Self::Seeded => VettingRule::default().decision(seed, customer, attempt, now),
            Self::Rule(rule) => rule.decision(seed, customer, attempt, now),
        }
    }

    /// What becomes later of an approval that came at `approved`.
    pub(in crate::emulator) fn after_approval(
        &self,
        seed: u64,
        customer: Uuid,
        approved: DateTime<Utc>,
    ) -> Option<Decision> {
        match self {
            Self::Rule(rule) => rule.lasts(seed, customer).map(|lasts| Decision::no_longer(approved, lasts)),
            Self::Seeded | Self::Manual | Self::Immediate => None,
        }
    }
}

impl Serialize for Vetting {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Seeded => "seeded".serialize(serializer),
            Self::Manual => "manual".serialize(serializer),
            Self::Immediate => "immediate".serialize(serializer),
            Self::Rule(rule) => rule.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Vetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrRule)
    }
}

/// Reads the rule in place, so that an error still knows which member is wrong.
struct NameOrRule;

impl<'de> Visitor<'de> for NameOrRule {
    type Value = Vetting;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("'seeded', 'manual', 'immediate' or a rule")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<Vetting, E> {
        Vetting::NAMES
            .into_iter()
            .find(|(_, known)| *known == name)
            .map(|(vetting, _)| vetting)
            .ok_or_else(|| E::custom("pass 'seeded', 'manual', 'immediate' or a rule"))
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Vetting, A::Error> {
        VettingRule::deserialize(MapAccessDeserializer::new(map)).map(Vetting::Rule)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::super::{Config, read};
    use super::*;

    fn of(vetting: &Value) -> Result<Vetting, InvalidArgument> {
        let config: Config = read(&json!({ "vetting": vetting }))?;
        config.check().map(|()| config.vetting)
    }

    #[test]
    fn a_short_name_or_a_rule_is_written_as_it_was_read() {
        for (vetting, name) in Vetting::NAMES {
            assert_eq!(of(&json!(name)).as_ref(), Ok(&vetting));
            assert_eq!(serde_json::to_value(&vetting).unwrap(), json!(name));
        }
        let rule = json!({"after": 1.5, "reads": 2, "outcomes": {"Approved": 1.0, "Denied": 0.0, "InReview": 0.5},
            "reason": "No", "no_longer_after": 60.0, "no_longer_share": 0.5});
        let read = of(&rule).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), rule);
        assert_eq!(serde_json::from_str::<Vetting>(&rule.to_string()).unwrap(), read);
        assert_eq!(of(&json!({})), Ok(Vetting::Rule(VettingRule::default())));
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (vetting, field, cure) in [
            (json!("never"), "vetting", "'manual'"),
            (json!(5), "vetting", "expected 'seeded'"),
            (json!({"later": 5}), "vetting.later", "unknown field"),
            (json!({"after": -1}), "vetting.after", "not negative"),
            (json!({"reads": -1}), "vetting.reads", "number"),
            (json!({"no_longer_after": "soon"}), "vetting.no_longer_after", "expected a number"),
            (
                json!({"outcomes": {"Expired": 1}}),
                "vetting.outcomes.Expired",
                "`Approved`, `Denied`, `InReview`",
            ),
            (json!({"outcomes": {"Denied": -1}}), "vetting.outcomes.Denied", "0 or more"),
            (json!({"outcomes": {}}), "vetting.outcomes", "above 0"),
            (json!({"outcomes": {"Approved": 0}}), "vetting.outcomes", "above 0"),
            (json!({"reason": " "}), "vetting.reason", "words"),
            (json!({"no_longer_share": 1.1}), "vetting.no_longer_share", "0 to 1"),
        ] {
            let error = of(&vetting).unwrap_err();
            assert_eq!(error.field, field, "{vetting}");
            assert!(error.cure.contains(cure), "{vetting}: {error}");
        }
    }
}
