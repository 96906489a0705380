//! The dates in a JWT.

use std::time::Duration;

use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Seconds since 1970 UTC, with a fraction where they are not whole, as RFC 7519 allows: a token may
/// live for half a second. Written and read to the microsecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NumericDate(pub(super) DateTime<Utc>);

impl NumericDate {
    /// The whole seconds, rounded down.
    pub(super) fn seconds(self) -> i64 {
        self.0.timestamp()
    }
}

impl Serialize for NumericDate {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        // The emulator's clock shows no time before 1970.
        let micros = u64::try_from(self.0.timestamp_micros()).unwrap_or_default();
        let since = Duration::from_micros(micros);
        if since.subsec_micros() == 0 {
            serializer.serialize_u64(since.as_secs())
        } else {
            serializer.serialize_f64(since.as_secs_f64())
        }
    }
}

impl<'de> Deserialize<'de> for NumericDate {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let since = Duration::try_from_secs_f64(f64::deserialize(deserializer)?).map_err(D::Error::custom)?;
        // The nearest one: a binary fraction is seldom the decimal one that was written.
        let micros = since.saturating_add(Duration::from_nanos(500)).as_micros();
        i64::try_from(micros)
            .ok()
            .and_then(DateTime::from_timestamp_micros)
            .map(Self)
            .ok_or_else(|| D::Error::custom("a date beyond the calendar"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn whole_seconds_are_whole_numbers() {
        let date = |micros| NumericDate(DateTime::from_timestamp_micros(micros).unwrap());
        assert_eq!(serde_json::to_string(&date(1_700_000_000_000_000)).unwrap(), "1700000000");
        assert_eq!(serde_json::to_string(&date(1_700_000_000_500_000)).unwrap(), "1700000000.5");
        assert_eq!(date(1_700_000_000_500_000).seconds(), 1_700_000_000);
    }

    #[test]
    fn what_no_calendar_has_is_refused() {
        for text in ["-1", "1e300", "\"1\"", "null", "1e15"] {
            assert!(serde_json::from_str::<NumericDate>(text).is_err(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_date_comes_back(micros in 0..4_102_444_800_000_000_i64) {
            let at = DateTime::from_timestamp_micros(micros).unwrap();
            let text = serde_json::to_string(&NumericDate(at)).unwrap();
            let read: NumericDate = serde_json::from_str(&text).unwrap();
            prop_assert_eq!(read.0, at);
        }
    }
}
