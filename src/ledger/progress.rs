//! How far a watch has come: what its consumer has taken, when it last looked at what.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use super::session::Texts;
use super::submissions::texts;
use super::{Ledger, fault, moment};
use crate::error::Error;
use crate::model::{CustomerId, QualificationType, VettingStatus};

/// A status that took the place of another.
#[derive(Debug, Clone)]
pub struct Change {
    /// Whose.
    pub customer_id: String,
    /// Which qualification.
    pub qualification: QualificationType,
    /// The status before; none where there was no such qualification, or one without a status.
    pub old_status: Option<VettingStatus>,
    /// The status now.
    pub new_status: Option<VettingStatus>,
    /// Why, as the service says.
    pub reason: Option<String>,
    /// Whether the customer has the qualification no more.
    pub is_gone: bool,
    /// When it was first seen, UTC.
    pub observed_at: DateTime<Utc>,
}

/// What a watch goes on from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Progress {
    pub(crate) taken: i64,
    pub(crate) swept_at: Option<DateTime<Utc>>,
    pub(crate) audited_at: Option<DateTime<Utc>>,
}

/// What is in review: whose, since when it is known, and when it was last seen.
#[derive(Debug, Clone)]
pub(crate) struct InReview {
    pub(crate) customer_id: CustomerId,
    pub(crate) since: DateTime<Utc>,
    pub(crate) confirmed_at: DateTime<Utc>,
}

/// What of its progress a watch notes.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Looked {
    AtAll,
    AtAudits,
}

impl Ledger {
    /// Begins to watch, or goes on where the last watch stopped. The first one begins with what happens from
    /// now on. Fails when another worker watches.
    pub(crate) async fn begin_watch(&self, worker: &str) -> Result<Progress, Error> {
        let mut writing = self.write().await?;
        let row = "INSERT INTO watch (id, taken) SELECT 1, COALESCE(max(id), 0) FROM observations WHERE true \
                   ON CONFLICT DO NOTHING";
        writing.execute(row.to_owned(), &[]).await?;
        let free = if self.is_shared() {
            format!("worker IS NULL OR worker = $1 OR lease_until < {}", self.dialect().now())
        } else {
            "1 = 1".to_owned() // the lock of the file says so
        };
        let sql = format!(
            "UPDATE watch SET worker = $1, lease_until = {} WHERE {free} \
             RETURNING CAST(taken AS TEXT), swept_at, audited_at",
            self.dialect().later(self.lease())
        );
        let row = writing.rows(sql, &[worker]).await?.into_iter().next();
        let row = row.ok_or_else(|| fault::in_use(self.shown(), "watch"))?;
        writing.commit().await?;
        let mut row = row.into_iter();
        let taken = row.next().flatten().and_then(|text| text.parse().ok());
        let mut moment = || row.next().flatten().and_then(|text| moment::read(&text));
        let taken = taken.ok_or_else(|| fault::unreadable(self.shown(), "row in watch"))?;
        Ok(Progress { taken, swept_at: moment(), audited_at: moment() })
    }

    /// Keeps the watch this worker's, if it still is.
    pub(crate) async fn renew_watch(&self, worker: &str) -> Result<(), Error> {
        let until = self.dialect().later(self.lease());
        let sql = format!("UPDATE watch SET lease_until = {until} WHERE worker = $1");
        let mut writing = self.write().await?;
        writing.execute(sql, &[worker]).await?;
        writing.commit().await
    }

    /// Lets another worker watch.
    pub(crate) async fn end_watch(&self, worker: &str) -> Result<(), Error> {
        let mut writing = self.write().await?;
        let sql = "UPDATE watch SET worker = NULL, lease_until = NULL WHERE worker = $1";
        writing.execute(sql.to_owned(), &[worker]).await?;
        writing.commit().await
    }

    /// Notes that the consumer has done with all changes up to one.
    pub(crate) async fn take_changes(&self, up_to: i64) -> Result<(), Error> {
        let mut writing = self.write().await?;
        writing.execute(format!("UPDATE watch SET taken = {up_to} WHERE taken < {up_to}"), &[]).await?;
        writing.commit().await
    }

    pub(crate) async fn note_looked(&self, at_what: Looked, at: DateTime<Utc>) -> Result<(), Error> {
        let column = match at_what {
            Looked::AtAll => "swept_at",
            Looked::AtAudits => "audited_at",
        };
        let mut writing = self.write().await?;
        writing.execute(format!("UPDATE watch SET {column} = $1"), &[&moment::text(at)]).await?;
        writing.commit().await
    }

    /// The next changes, oldest first, each with its id.
    pub(crate) async fn changes_after(&self, id: i64, most: usize) -> Result<Vec<(i64, Change)>, Error> {
        let sql = format!(
            "SELECT CAST(id AS TEXT), customer_id, qualification, old_status, vetting_status, vetting_reason, \
             CAST(is_gone AS TEXT), observed_at FROM observations WHERE is_change = 1 AND id > {id} \
             ORDER BY observations.id LIMIT {most}"
        );
        let rows = self.read().await?.rows(sql, &[]).await?;
        let changes = rows.into_iter().map(change).collect::<Option<_>>();
        changes.ok_or_else(|| fault::unreadable(self.shown(), "row in observations"))
    }

    /// All that is in review.
    pub(crate) async fn in_review(&self) -> Result<Vec<InReview>, Error> {
        let sql = "SELECT customer_id, observed_at, confirmed_at FROM observations \
                   WHERE superseded_at IS NULL AND vetting_status = 'InReview' ORDER BY confirmed_at";
        let rows = self.read().await?.rows(sql.to_owned(), &[]).await?;
        let items = rows.into_iter().map(|row| {
            let mut row = row.into_iter();
            let customer_id = CustomerId::parse(&row.next()??).ok()?;
            let mut moment = || moment::read(&row.next()??);
            Some(InReview { customer_id, since: moment()?, confirmed_at: moment()? })
        });
        items.collect::<Option<_>>().ok_or_else(|| fault::unreadable(self.shown(), "row in observations"))
    }

    /// When each of the customers was last seen; those that never were are not among them.
    pub(crate) async fn last_seen(
        &self,
        customers: &[CustomerId],
    ) -> Result<HashMap<CustomerId, DateTime<Utc>>, Error> {
        let sql = format!(
            "SELECT customer_id, max(confirmed_at) FROM observations WHERE superseded_at IS NULL \
             AND customer_id {} GROUP BY customer_id",
            self.dialect().list(1)
        );
        let rows = self.read().await?.rows(sql, &[&texts(customers)]).await?;
        let seen = rows.into_iter().filter_map(|row| {
            let mut row = row.into_iter();
            Some((CustomerId::parse(&row.next()??).ok()?, moment::read(&row.next()??)?))
        });
        Ok(seen.collect())
    }
}

fn change(row: Texts) -> Option<(i64, Change)> {
    let mut row = row.into_iter();
    let mut next = || row.next().flatten();
    let id = next()?.parse().ok()?;
    let status = |text: Option<String>| text.map(|text| VettingStatus::from_wire(&text));
    let change = Change {
        customer_id: next()?,
        qualification: QualificationType::from_wire(&next()?),
        old_status: status(next()),
        new_status: status(next()),
        reason: next(),
        is_gone: next()? == "1",
        observed_at: moment::read(&next()?)?,
    };
    Some((id, change))
}
