//! Qualifications and their vetting, in the emulator's own words: nothing here is shared with the
//! client, so that the two ends of the wire keep each other honest.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Serialize, Serializer};

use super::error::InvalidArgument;
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
    const ALL: [Self; 4] =
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

impl FromStr for VettingStatus {
    type Err = InvalidArgument;

    fn from_str(text: &str) -> Result<Self, InvalidArgument> {
        [(Self::InReview, "InReview"), (Self::Approved, "Approved"), (Self::Denied, "Denied")]
            .into_iter()
            .find(|(_, name)| same_name(text, name))
            .map(|(status, _)| status)
            .ok_or_else(|| InvalidArgument::new("status", text, "pass one of InReview, Approved, Denied"))
    }
}

/// Whether `text` is `name`, whatever its case and underscores.
pub(super) fn same_name(text: &str, name: &str) -> bool {
    let mut letters = text.bytes().filter(|byte| *byte != b'_');
    name.bytes().all(|byte| letters.next().is_some_and(|l| l.eq_ignore_ascii_case(&byte)))
        && letters.next().is_none()
}

/// One qualification of one customer; serialised, it is an item of the API's answer.
#[derive(Debug, Clone, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Qualification {
    #[serde(rename = "qualification")]
    pub(super) kind: QualificationType,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vetting_status: Option<VettingStatus>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vetting_reason: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) vetting_create_date: Option<WireDate>,
    /// What vetting will come to, and when; the answer shows it once that time has come.
    #[serde(skip)]
    pub(super) decision: Option<Decision>,
}

impl Qualification {
    pub(super) fn vetted(kind: QualificationType, status: VettingStatus, at: DateTime<Utc>) -> Self {
        Self { vetting_status: Some(status), vetting_create_date: Some(WireDate(at)), ..Self::unvetted(kind) }
    }

    pub(super) fn unvetted(kind: QualificationType) -> Self {
        Self { kind, vetting_status: None, vetting_reason: None, vetting_create_date: None, decision: None }
    }

    /// Takes over the decision whose time has come.
    pub(super) fn settle(&mut self, now: DateTime<Utc>) {
        if let Some(decision) = self.decision.take_if(|decision| decision.at <= now) {
            self.vetting_status = Some(decision.status);
            self.vetting_reason = decision.reason.map(str::to_owned);
        }
    }
}

/// A date as .NET's `DateTimeOffset` writes it: seven fraction digits and a numeric offset.
#[derive(Debug, Clone, Copy)]
pub(super) struct WireDate(pub(super) DateTime<Utc>);

impl fmt::Display for WireDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = self.0;
        write!(
            out,
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:07}+00:00",
            at.year(),
            at.month(),
            at.day(),
            at.hour(),
            at.minute(),
            at.second(),
            at.timestamp_subsec_nanos() / 100 % 10_000_000, // a leap second counts past 1e9
        )
    }
}

impl Serialize for WireDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeZone;
    use proptest::prelude::*;

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
    fn a_date_has_seven_fraction_digits_and_an_offset() {
        let at =
            Utc.with_ymd_and_hms(2026, 2, 3, 4, 5, 6).unwrap() + chrono::TimeDelta::nanoseconds(120_004_599);
        assert_eq!(WireDate(at).to_string(), "2026-02-03T04:05:06.1200045+00:00");
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
