//! Finds out from the audit records which customers others asked for.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};

use super::cadence::is_over;
use crate::client::Client;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::model::CustomerId;
use crate::query::AuditQuery;

const INTERVAL: Duration = Duration::from_secs(15 * 60);
/// Records may come late, and are asked for by day.
const OVERLAP: TimeDelta = TimeDelta::hours(24);
/// The service keeps them for 90 days, and refuses to look further back.
const OLDEST: TimeDelta = TimeDelta::days(89);

const OPERATION: &str = "update_customer_qualification";

/// How the last look at them went.
#[derive(Debug, Default)]
pub(super) struct Audits {
    tried_at: Option<DateTime<Utc>>,
    were_read: bool,
}

impl Audits {
    pub(super) fn are_due(&self, audited_at: Option<DateTime<Utc>>) -> bool {
        let is_over = |at: Option<DateTime<Utc>>| at.is_none_or(|at| is_over(at, INTERVAL));
        is_over(audited_at) && is_over(self.tried_at)
    }

    /// When they are due next.
    pub(super) fn next(&self, audited_at: Option<DateTime<Utc>>) -> DateTime<Utc> {
        self.tried_at.max(audited_at).map_or_else(Utc::now, |at| at + INTERVAL)
    }

    /// Whether the last look was answered.
    pub(super) fn were_read(&self) -> bool {
        self.were_read
    }

    /// The customers that were asked for since the ledger last heard of them. A service that does not let us
    /// see its records is asked again later: the look at all customers finds what they would tell, only later.
    pub(super) async fn customers(
        &mut self,
        ledger: &Ledger,
        client: &Client,
        audited_at: Option<DateTime<Utc>>,
    ) -> Result<Vec<CustomerId>, Error> {
        let now = Utc::now();
        self.tried_at = Some(now);
        let since = audited_at.map_or(now - OVERLAP, |at| at - OVERLAP).max(now - OLDEST);
        let asked = read(client, since).await;
        self.were_read = asked.is_ok();
        let asked = match asked {
            Ok(asked) => asked,
            Err(error @ (Error::Authentication(_) | Error::Configuration(_))) => return Err(error),
            Err(_) => HashMap::new(),
        };
        let customers: Vec<_> = asked.keys().copied().collect();
        let seen = ledger.last_seen(&customers).await?;
        let is_news =
            |(id, at): (CustomerId, DateTime<Utc>)| seen.get(&id).is_none_or(|seen| *seen < at).then_some(id);
        Ok(asked.into_iter().filter_map(is_news).collect())
    }
}

/// Customers that were asked for, and when last.
async fn read(client: &Client, since: DateTime<Utc>) -> Result<HashMap<CustomerId, DateTime<Utc>>, Error> {
    let query = AuditQuery::new(&since.date_naive().to_string(), None, None)?;
    let mut pages = client.list_audit_records(&query);
    let mut asked: HashMap<_, DateTime<Utc>> = HashMap::new();
    while let Some(records) = pages.next().await? {
        for record in records.into_iter().filter(|record| record.operation_type.as_deref() == Some(OPERATION))
        {
            let customer_id = record.customer_id.as_deref().and_then(|id| CustomerId::parse(id).ok());
            if let (Some(id), Some(at)) = (customer_id, record.operation_date) {
                let last = asked.entry(id).or_insert(at);
                *last = at.max(*last);
            }
        }
    }
    Ok(asked)
}
