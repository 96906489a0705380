//! The virtual clock: real UTC plus whatever it was advanced by.

use std::time::Duration;

use chrono::{DateTime, Datelike, TimeDelta, Utc};

use super::error::InvalidArgument;

/// The last year the clock may show: a few lifetimes later must still have four digits on the wire.
const LAST_YEAR: i32 = 9998;

#[derive(Debug, Default)]
pub(super) struct Clock {
    offset: TimeDelta,
}

impl Clock {
    pub(super) fn now(&self) -> DateTime<Utc> {
        later(Utc::now(), self.offset)
    }

    pub(super) fn advance(&mut self, by: Duration) -> Result<(), InvalidArgument> {
        let offset = TimeDelta::from_std(by)
            .ok()
            .and_then(|by| self.offset.checked_add(&by))
            .filter(|offset| later(Utc::now(), *offset).year() <= LAST_YEAR)
            .ok_or_else(|| {
                InvalidArgument::new(
                    "seconds",
                    &by.as_secs_f64(),
                    format!("stay within the year {LAST_YEAR}"),
                )
            })?;
        self.offset = offset;
        Ok(())
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
    }
}
