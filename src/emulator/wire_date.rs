//! Dates as the service writes them.

use std::fmt;

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Serialize, Serializer};

use super::wire_switches::Dates;

/// A date in one of the forms that were seen; all are UTC.
#[derive(Debug, Clone, Copy)]
pub(super) struct WireDate {
    at: DateTime<Utc>,
    form: Dates,
}

impl WireDate {
    /// As .NET's `DateTimeOffset` is written: seven fraction digits and a numeric offset.
    pub(super) fn new(at: DateTime<Utc>) -> Self {
        Self::in_form(at, Dates::Offset)
    }

    pub(super) fn in_form(at: DateTime<Utc>, form: Dates) -> Self {
        Self { at, form }
    }
}

impl fmt::Display for WireDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { at, form } = self;
        let (year, month, day) = (at.year(), at.month(), at.day());
        let (hour, minute, second) = (at.hour(), at.minute(), at.second());
        if *form == Dates::ChangeLog {
            return write!(out, "{month:02}/{day:02}/{year:04}: {hour:02}:{minute:02}:{second:02}");
        }
        write!(out, "{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}")?;
        let nanoseconds = at.timestamp_subsec_nanos() % 1_000_000_000; // a leap second counts past 1e9
        match form {
            Dates::Offset => write!(out, ".{:07}+00:00", nanoseconds / 100),
            Dates::Milliseconds => write!(out, ".{:03}Z", nanoseconds / 1_000_000),
            Dates::Seconds | Dates::ChangeLog => out.write_str("Z"),
        }
    }
}

impl Serialize for WireDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

#[cfg(test)]
mod tests {
    use chrono::{TimeDelta, TimeZone};
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn every_form_is_one_that_was_seen() {
        let at = Utc.with_ymd_and_hms(2026, 2, 3, 4, 5, 6).unwrap() + TimeDelta::nanoseconds(120_004_599);
        for (form, expected) in [
            (Dates::Offset, "2026-02-03T04:05:06.1200045+00:00"),
            (Dates::Milliseconds, "2026-02-03T04:05:06.120Z"),
            (Dates::Seconds, "2026-02-03T04:05:06Z"),
            (Dates::ChangeLog, "02/03/2026: 04:05:06"),
        ] {
            assert_eq!(WireDate::in_form(at, form).to_string(), expected);
        }
    }

    proptest! {
        #[test]
        fn all_but_the_change_logs_form_are_rfc_3339(seconds in 0i64..253_000_000_000, nanos in 0u32..1_000_000_000) {
            let at = DateTime::from_timestamp(seconds, nanos).unwrap();
            for (form, lost) in [
                (Dates::Offset, 100), (Dates::Milliseconds, 1_000_000), (Dates::Seconds, 1_000_000_000),
            ] {
                let text = WireDate::in_form(at, form).to_string();
                let read = DateTime::parse_from_rfc3339(&text).unwrap();
                prop_assert!((at - read.to_utc()).num_nanoseconds().unwrap() < lost, "{}", text);
                prop_assert!(read <= at, "{}", text);
            }
        }
    }
}
