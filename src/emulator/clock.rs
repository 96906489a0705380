//! The virtual clock: real UTC plus whatever it was advanced by, or frozen at one moment.

mod levers;

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::error::InvalidArgument;

/// The last year the clock may show: a few lifetimes later must still have four digits on the wire.
const LAST_YEAR: i32 = 9998;

/// The last second of [`LAST_YEAR`].
const LATEST: DateTime<Utc> = match DateTime::from_timestamp(253_370_764_799, 0) {
    Some(latest) => latest,
    None => DateTime::<Utc>::MAX_UTC,
};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Clock {
    /// So much ahead of real time.
    Running(TimeDelta),
    /// At this moment, until it is advanced.
    Frozen(DateTime<Utc>),
}

impl Default for Clock {
    fn default() -> Self {
        Self::Running(TimeDelta::zero())
    }
}

impl Clock {
    /// Whether a clock that was read stands where it could be moved on from.
    pub(super) fn check(self) -> Result<(), InvalidArgument> {
        let (name, at) = match self {
            Self::Running(_) => ("running", self.unbounded()),
            Self::Frozen(at) => ("frozen", at),
        };
        if (DateTime::UNIX_EPOCH..=LATEST).contains(&at) {
            return Ok(());
        }
        Err(InvalidArgument::new(name, &at, format!("pass a time from 1970 to the end of {LAST_YEAR}")))
    }

    /// The virtual time. It never leaves what dates on the wire can say, whatever clock was restored
    /// and however the machine's is set.
    pub(super) fn now(&self) -> DateTime<Utc> {
        self.unbounded().clamp(DateTime::UNIX_EPOCH, LATEST)
    }

    fn unbounded(&self) -> DateTime<Utc> {
        match *self {
            Self::Running(offset) => later(Utc::now(), offset),
            Self::Frozen(at) => at,
        }
    }

    pub(super) fn advance(&mut self, by: Duration) -> Result<(), InvalidArgument> {
        *self = TimeDelta::from_std(by)
            .ok()
            .and_then(|by| self.moved(by))
            .filter(|moved| moved.unbounded() <= LATEST)
            .ok_or_else(|| {
                InvalidArgument::new(
                    "seconds",
                    &by.as_secs_f64(),
                    format!("stay within the year {LAST_YEAR}"),
                )
            })?;
        Ok(())
    }

    fn moved(self, by: TimeDelta) -> Option<Self> {
        match self {
            Self::Running(offset) => offset.checked_add(&by).map(Self::Running),
            Self::Frozen(at) => at.checked_add_signed(by).map(Self::Frozen),
        }
    }

    pub(super) fn freeze(&mut self) {
        *self = Self::Frozen(self.now());
    }

    pub(super) fn unfreeze(&mut self) {
        if let Self::Frozen(at) = *self {
            *self = Self::Running(at - Utc::now());
        }
    }

    pub(super) fn is_frozen(self) -> bool {
        matches!(self, Self::Frozen(_))
    }
}

/// `at + by`, or the end of time where that does not exist.
pub(super) fn later(at: DateTime<Utc>, by: TimeDelta) -> DateTime<Utc> {
    at.checked_add_signed(by).unwrap_or(DateTime::<Utc>::MAX_UTC)
}

/// [`later`] for a `std` duration.
pub(super) fn after(at: DateTime<Utc>, by: Duration) -> DateTime<Utc> {
    later(at, TimeDelta::from_std(by).unwrap_or(TimeDelta::MAX))
}

#[cfg(test)]
mod tests {
    use chrono::Datelike;

    use super::*;

    #[test]
    fn starts_at_real_time_and_moves_by_what_it_is_told() {
        let mut clock = Clock::default();
        let before = Utc::now();
        assert!(clock.now() >= before);
        clock.advance(Duration::from_secs(3600)).unwrap();
        assert!(clock.now() >= before + TimeDelta::hours(1));
        assert!(clock.now() < Utc::now() + TimeDelta::hours(2));
    }

    #[test]
    fn refuses_to_leave_the_calendar_and_stays_where_it_was() {
        let mut clock = Clock::default();
        let refused = clock.advance(Duration::from_secs(300_000_000_000));
        assert_eq!(refused.unwrap_err().field, "seconds");
        assert!(clock.advance(Duration::MAX).is_err());
        assert!(clock.now() < Utc::now() + TimeDelta::hours(1));
        clock.freeze();
        let frozen = clock;
        assert!(clock.advance(Duration::from_secs(300_000_000_000)).is_err());
        assert_eq!(clock, frozen);
    }

    #[test]
    fn goes_on_from_where_it_was_frozen() {
        let mut clock = Clock::Frozen(DateTime::UNIX_EPOCH + TimeDelta::days(30_000));
        let frozen = clock.now();
        clock.freeze();
        clock.unfreeze();
        assert!(!clock.is_frozen());
        let gone = clock.now() - frozen;
        assert!(TimeDelta::zero() <= gone && gone < TimeDelta::minutes(1), "{gone}");
    }

    #[test]
    fn shows_no_date_that_cannot_be_written() {
        for (clock, shown) in [
            (Clock::Frozen(DateTime::<Utc>::MIN_UTC), DateTime::UNIX_EPOCH),
            (Clock::Frozen(DateTime::<Utc>::MAX_UTC), LATEST),
            (Clock::Running(TimeDelta::MAX), LATEST),
        ] {
            assert_eq!(clock.now(), shown);
        }
        assert_eq!(LATEST.year(), LAST_YEAR);
        assert_eq!((LATEST + TimeDelta::seconds(1)).year(), LAST_YEAR + 1);
    }

    #[test]
    fn stands_nowhere_that_it_cannot_be_moved_on_from() {
        for at in [DateTime::UNIX_EPOCH, LATEST] {
            let mut clock = Clock::Frozen(at);
            assert_eq!((clock.check(), clock.advance(Duration::ZERO)), (Ok(()), Ok(())));
        }
        for at in [LATEST + TimeDelta::seconds(1), DateTime::UNIX_EPOCH - TimeDelta::nanoseconds(1)] {
            let refused = Clock::Frozen(at).check().unwrap_err();
            assert_eq!((refused.field.as_str(), refused.value), ("frozen", at.to_string()));
        }
    }

    #[test]
    fn is_the_same_after_it_was_written_and_read() {
        for clock in
            [Clock::Running(TimeDelta::nanoseconds(1_500_000_001)), Clock::Frozen(DateTime::UNIX_EPOCH)]
        {
            let text = serde_json::to_string(&clock).unwrap();
            assert_eq!(serde_json::from_str::<Clock>(&text).unwrap(), clock, "{text}");
        }
    }
}
