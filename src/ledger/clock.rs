//! The clock of the database, by which all points in time of a ledger are: machines that share it have clocks of
//! their own.

use chrono::{TimeDelta, Utc};

use super::dialect::Dialect;
use super::observations::Look;
use super::session::Session;
use super::{fault, moment};
use crate::error::Error;

/// What two clocks may differ by that are the same as far as anybody can tell.
const NOTHING: TimeDelta = TimeDelta::milliseconds(50);

/// How far the database's clock is ahead of this machine's.
pub(super) struct Clock(TimeDelta);

impl Clock {
    pub(super) async fn of(session: &mut Session) -> Result<Self, Error> {
        if session.dialect() == Dialect::Sqlite {
            return Ok(Self(TimeDelta::zero()));
        }
        let sql = format!("SELECT {}", session.dialect().now());
        let text = session.value(sql, &[]).await?.unwrap_or_default();
        let now = moment::read(&text).ok_or_else(|| fault::unreadable(session.shown(), "clock"))?;
        let ahead = now - Utc::now();
        Ok(Self(if ahead.abs() < NOTHING { TimeDelta::zero() } else { ahead }))
    }

    /// What was seen, at points in time of the database's clock; none where those are the same.
    pub(super) fn moved(&self, looks: &[&Look]) -> Option<Vec<Look>> {
        let moved = |look: &&Look| Look { at: look.at + self.0, ..Look::clone(look) };
        (!self.0.is_zero()).then(|| looks.iter().map(moved).collect())
    }

    /// The latest point in time that can be true: a later one is of a clock that was wrong.
    pub(super) fn latest(&self) -> String {
        moment::text(Utc::now() + self.0 + TimeDelta::seconds(1))
    }
}
