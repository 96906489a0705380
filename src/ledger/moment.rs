//! Points in time as the ledger's columns have them: ISO 8601 in UTC, all of one width, so that they can be
//! compared as the texts they are.

use chrono::{DateTime, NaiveDate, SecondsFormat, Utc};

const WIDTH: usize = "2026-11-20T12:34:56.123456Z".len();

/// A point in time as a column has it.
pub(super) fn text(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

/// A point in time of a column, in microseconds since 1970.
pub(super) fn micros(text: &str) -> Option<i64> {
    let bytes = text.as_bytes();
    if bytes.len() != WIDTH {
        return DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.timestamp_micros());
    }
    let number = |from: usize, to: usize| {
        bytes[from..to]
            .iter()
            .try_fold(0_u32, |sum, byte| byte.is_ascii_digit().then(|| sum * 10 + u32::from(byte - b'0')))
    };
    let year = i32::try_from(number(0, 4)?).ok()?;
    let day = NaiveDate::from_ymd_opt(year, number(5, 7)?, number(8, 10)?)?;
    let time = day.and_hms_micro_opt(number(11, 13)?, number(14, 16)?, number(17, 19)?, number(20, 26)?)?;
    Some(time.and_utc().timestamp_micros())
}

/// A point in time of a column.
pub(super) fn read(text: &str) -> Option<DateTime<Utc>> {
    DateTime::from_timestamp_micros(micros(text)?)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_was_written_is_read(micros_since in 0_i64..253_402_300_799_999_999) {
            let moment = DateTime::from_timestamp_micros(micros_since).unwrap();
            prop_assert_eq!(micros(&text(moment)), Some(micros_since));
            prop_assert_eq!(read(&text(moment)), Some(moment));
        }
    }

    #[test]
    fn what_is_no_moment_is_none() {
        for text in ["", "yesterday", "2026-13-20T12:34:56.123456Z", "2026-11-20T12:34:5x.123456Z"] {
            assert_eq!(micros(text), None, "{text}");
        }
        assert_eq!(micros("1970-01-01T00:00:01Z"), Some(1_000_000));
    }
}
