//! Qualifications and their vetting, in the emulator's own words: nothing here is shared with the
//! client, so that the two ends of the wire keep each other honest.

use std::str::FromStr;

use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::Value;

use super::error::InvalidArgument;
use super::text::optional_moment;
use super::vetting::Decision;

/// A qualification that a customer can hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum QualificationType {
    /// Vetted by Microsoft after it was asked for.
    Education = 1,
    /// Readable, but never asked for through the API.
    Nonprofit = 2,
    /// Granted at once to whoever brings a validation code.
    GovernmentCommunityCloud = 3,
    /// Not vetted at all.
    StateOwnedEntity = 4,
}

impl QualificationType {
    pub(super) const ALL: [Self; 4] =
        [Self::Education, Self::Nonprofit, Self::GovernmentCommunityCloud, Self::StateOwnedEntity];

    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Education => "Education",
            Self::Nonprofit => "Nonprofit",
            Self::GovernmentCommunityCloud => "GovernmentCommunityCloud",
            Self::StateOwnedEntity => "StateOwnedEntity",
        }
    }

    /// The one that a customer cannot hold beside this one.
    pub(super) fn excludes(self) -> Option<Self> {
        match self {
            Self::Education => Some(Self::GovernmentCommunityCloud),
            Self::GovernmentCommunityCloud => Some(Self::Education),
            Self::Nonprofit | Self::StateOwnedEntity => None,
        }
    }
}

impl FromStr for QualificationType {
    type Err = InvalidArgument;

    /// Every documented spelling: `PascalCase`, `snake_case`, squashed lower case, and the integer.
    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        Self::ALL
            .into_iter()
            .find(|kind| same_name(text, kind.as_str()) || text == (*kind as u8).to_string())
            .ok_or_else(|| {
                let names = Self::ALL.map(Self::as_str).join(", ");
                InvalidArgument::new("qualification", text, format!("pass one of {names}"))
            })
    }
}

/// How far the vetting of a qualification has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub enum VettingStatus {
    /// Asked for, not decided.
    InReview,
    /// Granted.
    Approved,
    /// Refused; a reason says why.
    Denied,
}

impl VettingStatus {
    /// The name on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::InReview => "InReview",
            Self::Approved => "Approved",
            Self::Denied => "Denied",
        }
    }
}

impl FromStr for VettingStatus {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        [Self::InReview, Self::Approved, Self::Denied]
            .into_iter()
            .find(|status| same_name(text, status.as_str()))
            .ok_or_else(|| InvalidArgument::new("status", text, "pass one of InReview, Approved, Denied"))
    }
}

impl<'de> Deserialize<'de> for QualificationType {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named(deserializer)
    }
}

impl<'de> Deserialize<'de> for VettingStatus {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        named(deserializer)
    }
}

/// Reads a string or an integer in any documented spelling.
fn named<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: FromStr<Err = InvalidArgument>,
{
    let text = match Value::deserialize(deserializer)? {
        Value::String(text) => text,
        other => other.to_string(),
    };
    text.parse().map_err(|error: InvalidArgument| D::Error::custom(error.cure))
}

/// Whether `text` is `name`, whatever its case and underscores.
pub(super) fn same_name(text: &str, name: &str) -> bool {
    let mut letters = text.bytes().filter(|byte| *byte != b'_');
    name.bytes().all(|byte| letters.next().is_some_and(|l| l.eq_ignore_ascii_case(&byte)))
        && letters.next().is_none()
}

/// One qualification of one customer.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Qualification {
    #[serde(rename = "qualification")]
    pub(super) kind: QualificationType,
    #[serde(default)]
    pub(super) vetting_status: Option<VettingStatus>,
    #[serde(default)]
    pub(super) vetting_reason: Option<String>,
    /// When it was asked for.
    #[serde(default, deserialize_with = "optional_moment")]
    pub(super) vetting_created_date: Option<DateTime<Utc>>,
    /// What vetting will come to, and when; the answer shows it once that time has come.
    #[serde(default)]
    pub(super) decision: Option<Decision>,
}

impl Qualification {
    pub(super) fn vetted(kind: QualificationType, status: VettingStatus, at: DateTime<Utc>) -> Self {
        Self { vetting_status: Some(status), vetting_created_date: Some(at), ..Self::unvetted(kind) }
    }

    pub(super) fn unvetted(kind: QualificationType) -> Self {
        Self { kind, vetting_status: None, vetting_reason: None, vetting_created_date: None, decision: None }
    }

    /// Takes over every decision that is due.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        while let Some(decision) = self.decision.take_if(|decision| decision.is_due(now)) {
            self.decision = decision.next();
            self.vetting_status = Some(decision.status);
            self.vetting_reason = decision.reason;
        }
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn every_documented_spelling_is_read() {
        for text in
            ["GovernmentCommunityCloud", "government_community_cloud", "governmentcommunitycloud", "3"]
        {
            assert_eq!(text.parse(), Ok(QualificationType::GovernmentCommunityCloud), "{text}");
        }
        for text in ["None", "", "Educatio", "Educations", "0", "5"] {
            assert_eq!(text.parse::<QualificationType>().unwrap_err().field, "qualification");
        }
    }

    #[test]
    fn in_json_every_spelling_is_read_and_one_is_written() {
        for value in [json!("StateOwnedEntity"), json!("state_owned_entity"), json!(4)] {
            let read: QualificationType = serde_json::from_value(value.clone()).unwrap();
            assert_eq!(serde_json::to_value(read).unwrap(), json!("StateOwnedEntity"), "{value}");
            assert_eq!(serde_json::from_str::<QualificationType>(&value.to_string()).unwrap(), read);
        }
        assert_eq!(
            serde_json::from_value::<VettingStatus>(json!("in_review")).unwrap(),
            VettingStatus::InReview
        );
        let refused = serde_json::from_value::<QualificationType>(json!(["Education"])).unwrap_err();
        assert!(refused.to_string().contains("pass one of Education"), "{refused}");
    }

    #[test]
    fn a_qualification_is_kept_as_json() {
        let at = Utc.with_ymd_and_hms(2026, 2, 3, 4, 5, 6).unwrap();
        let kept = Qualification::vetted(QualificationType::Education, VettingStatus::InReview, at);
        let value = serde_json::to_value(&kept).unwrap();
        assert_eq!(value["vetting_created_date"], json!("2026-02-03T04:05:06Z"));
        let read: Qualification = serde_json::from_value(value.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), value);
    }

    proptest! {
        #[test]
        fn a_name_is_itself_in_any_case_and_nothing_else(text in "[A-Za-z_]{0,12}") {
            let squashed = text.replace('_', "");
            prop_assert_eq!(same_name(&text, "InReview"), squashed.eq_ignore_ascii_case("inreview"));
            prop_assert!(same_name(&text, &squashed));
        }
    }
}
