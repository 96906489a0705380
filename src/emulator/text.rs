//! What JSON and tables have as text only: GUIDs and dates, read with errors that say what to pass.

use chrono::{DateTime, Datelike, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer};
use uuid::Uuid;

/// A GUID in any case, with or without hyphens and braces.
pub(super) fn optional_guid<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Uuid>, D::Error> {
    read(deserializer, |text| Uuid::try_parse(text).ok(), "pass a GUID")
}

const MOMENT: &str = "pass a date in ISO 8601, such as 2026-02-11T09:15:00Z, of the years 1 to 9999 in UTC";

/// A moment in ISO 8601. Without an offset it is UTC; without a time it is midnight. Of other years than
/// those with up to four digits, most calendars know nothing, Python's among them.
pub(super) fn optional_moment<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<DateTime<Utc>>, D::Error> {
    read(deserializer, moment, MOMENT)
}

/// The same, where there must be one.
pub(super) fn required_moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<DateTime<Utc>, D::Error> {
    optional_moment(deserializer)?.ok_or_else(|| D::Error::custom(MOMENT))
}

fn read<'de, D: Deserializer<'de>, T>(
    deserializer: D,
    parse: impl FnOnce(&str) -> Option<T>,
    cure: &str,
) -> Result<Option<T>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?;
    text.map(|text| parse(text.trim()).ok_or_else(|| D::Error::custom(cure))).transpose()
}

fn moment(text: &str) -> Option<DateTime<Utc>> {
    let zoned = DateTime::parse_from_rfc3339(text).map(|at| at.to_utc());
    let zoneless = || text.parse::<NaiveDateTime>().map(|at| at.and_utc());
    let day = || text.parse::<NaiveDate>().map(|day| day.and_time(NaiveTime::MIN).and_utc());
    let at = zoned.or_else(|_| zoneless()).or_else(|_| day()).ok()?;
    (1..=9999).contains(&at.year()).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_utc_unless_it_says_otherwise() {
        for text in
            ["2026-02-11T00:00:00Z", "2026-02-11", "2026-02-11T00:00:00", "2026-02-11T02:00:00.0000000+02:00"]
        {
            assert_eq!(moment(text).map(|at| at.to_rfc3339()).as_deref(), Some("2026-02-11T00:00:00+00:00"));
        }
        for text in ["", "11.02.2026", "07/09/2020: 00:00:00", "2026-02-30", "1770768000"] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    #[test]
    fn a_moment_is_of_the_years_with_four_digits_in_utc() {
        for text in ["0001-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z", "9999-12-31T23:00:00+01:00"] {
            assert!(moment(text).is_some(), "{text}");
        }
        for text in [
            "0001-01-01T00:00:00+14:00",
            "9999-12-31T23:00:00-14:00",
            "0000-12-31",
            "+12026-01-01T00:00:00",
            "+12026-01-01",
            "-0001-01-01",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
        let refused = required_moment(serde_json::Value::Null).unwrap_err();
        assert!(refused.to_string().contains("years 1 to 9999"), "{refused}");
    }

    #[test]
    fn a_guid_is_read_in_any_form() {
        let of = |text: &str| optional_guid(serde_json::Value::from(text));
        let id = Uuid::from_u128(0xAB << 120 | 7);
        for text in [id.to_string(), id.simple().to_string().to_uppercase(), format!(" {{{id}}} ")] {
            assert_eq!(of(&text).unwrap(), Some(id), "{text}");
        }
        assert_eq!(of("7").unwrap_err().to_string(), "pass a GUID");
        assert_eq!(optional_guid(serde_json::Value::Null).unwrap(), None);
    }
}
