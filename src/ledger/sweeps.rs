//! How far sweeps have come, so that one that was interrupted goes on, and several workers share one.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use super::dialect::Dialect;
use super::dialect::Kind::Text;
use super::observations::{Look, NONE, Source};
use super::session::{Given, Session, Texts};
use super::submissions::texts;
use super::{Ledger, fault, moment};
use crate::error::Error;
use crate::model::{Qualification, QualificationType, VettingStatus};

/// For how long it is kept which customers a sweep has read. Nobody goes on with one that is older.
const KEPT: Duration = Duration::from_secs(30 * 86_400);

/// Kept by who begins a sweep in PostgreSQL, so that several workers begin one.
const BEGINNING: i64 = 0x5043_514c_0003;

/// Whose a customer is to read.
#[derive(Debug)]
pub(crate) enum Turn {
    /// This worker's.
    Ours,
    /// Nobody's any more: this is what was found, and when.
    Done(Vec<Qualification>, DateTime<Utc>),
    /// Another worker's.
    Elsewhere,
}

impl Ledger {
    /// Begins a sweep, or goes on with the last one that did not come to its end, if it began so long ago at most.
    pub(crate) async fn begin_sweep(
        &self,
        source: Source,
        resume: Option<Duration>,
    ) -> Result<String, Error> {
        let dialect = self.dialect();
        let old = dialect.earlier(KEPT);
        let young = dialect.earlier(resume.unwrap_or(KEPT).min(KEPT));
        let mut writing = self.write().await?;
        if dialect == Dialect::Postgres {
            writing.execute(format!("SELECT pg_advisory_xact_lock({BEGINNING})"), &[]).await?;
        }
        // One that was interrupted before another came to its end is of no use any more.
        let open = format!(
            "SELECT sweep_id FROM sweeps WHERE finished_at IS NULL AND source = $1 AND started_at > {young} \
             AND NOT EXISTS (SELECT 1 FROM sweeps later WHERE later.source = sweeps.source \
             AND later.finished_at IS NOT NULL AND later.started_at > sweeps.started_at) \
             ORDER BY started_at DESC LIMIT 1"
        );
        if let Some(sweep_id) = writing.value(open, &[source.as_str()]).await?.filter(|_| resume.is_some()) {
            return Ok(sweep_id);
        }
        let forget = format!(
            "DELETE FROM sweep_customers WHERE sweep_id IN (SELECT sweep_id FROM sweeps \
             WHERE finished_at < {} OR started_at < {old})",
            dialect.earlier(self.lease() * 2) // who still takes part has claimed something since
        );
        writing.execute(forget, &[]).await?;
        let sweep_id = Uuid::new_v4().to_string();
        let begin =
            format!("INSERT INTO sweeps (sweep_id, source, started_at) VALUES ($1, $2, {})", dialect.now());
        writing.execute(begin, &[&sweep_id, source.as_str()]).await?;
        writing.commit().await?;
        Ok(sweep_id)
    }

    /// Notes that a sweep has come to its end.
    pub(crate) async fn finish_sweep(&self, sweep_id: &str) -> Result<(), Error> {
        let sql = format!("UPDATE sweeps SET finished_at = {} WHERE sweep_id = $1", self.dialect().now());
        let mut writing = self.write().await?;
        writing.execute(sql, &[sweep_id]).await?;
        writing.commit().await
    }

    /// Lets others have what a worker had begun with and not read.
    pub(crate) async fn release_customers(&self, worker: &str) -> Result<(), Error> {
        let now = self.dialect().now();
        let sql =
            format!("UPDATE sweep_customers SET lease_until = {now} WHERE worker = $1 AND read_at IS NULL");
        let mut writing = self.observe().await?;
        writing.execute(sql, &[worker]).await?;
        writing.commit().await
    }

    /// Takes those of the customers that nobody has begun with, and says of the others how they stand.
    pub(crate) async fn take_customers(
        &self,
        sweep_id: &str,
        customers: &HashSet<String>,
        worker: &str,
    ) -> Result<HashMap<String, Turn>, Error> {
        let dialect = self.dialect();
        let now = dialect.now();
        // In a file, whoever began and did not finish is gone, or does no harm.
        let until = if self.is_shared() { dialect.later(self.lease()) } else { now.clone() };
        let claim = |rows: &str| {
            format!(
                "INSERT INTO sweep_customers (sweep_id, customer_id, worker, lease_until) \
             SELECT sweep_id, customer_id, worker, {until} FROM {rows} AS given WHERE true \
             ON CONFLICT (sweep_id, customer_id) DO UPDATE \
             SET worker = excluded.worker, lease_until = excluded.lease_until \
             WHERE sweep_customers.read_at IS NULL AND sweep_customers.lease_until <= {now} RETURNING customer_id"
            )
        };
        let row = |id: &String| vec![Some(id.clone()), Some(sweep_id.to_owned()), Some(worker.to_owned())];
        let rows = customers.iter().map(row).collect();
        let given = Given { fields: &[("customer_id", Text), ("sweep_id", Text), ("worker", Text)], rows };
        let mut writing = self.observe().await?; // two workers would wait for each other's rows
        let taken = writing.execute_for(given, claim).await?;
        let mut turns: HashMap<_, _> =
            taken.into_iter().flatten().flatten().map(|id| (id, Turn::Ours)).collect();
        let others: Vec<_> = customers.iter().filter(|id| !turns.contains_key(*id)).collect();
        if !others.is_empty() {
            turns.extend(how_others_stand(&mut writing, sweep_id, &others).await?);
        }
        writing.commit().await?;
        Ok(turns)
    }
}

async fn how_others_stand(
    session: &mut Session,
    sweep_id: &str,
    customers: &[&String],
) -> Result<HashMap<String, Turn>, Error> {
    let list = session.dialect().list(1);
    let sql = format!(
        "SELECT c.customer_id, c.read_at, o.qualification, o.vetting_status, o.vetting_reason, \
         o.vetting_created_date FROM sweep_customers c LEFT JOIN observations o \
         ON o.customer_id = c.customer_id AND o.superseded_at IS NULL AND o.is_gone = 0 \
         AND o.qualification <> '{NONE}' WHERE c.sweep_id = $2 AND c.customer_id {list} ORDER BY o.id"
    );
    let mut turns = HashMap::new();
    for row in session.rows(sql, &[&texts(customers), sweep_id]).await? {
        add(&mut turns, row).ok_or_else(|| fault::unreadable(session.shown(), "row in observations"))?;
    }
    Ok(turns)
}

fn add(turns: &mut HashMap<String, Turn>, row: Texts) -> Option<()> {
    let mut row = row.into_iter();
    let mut next = || row.next().flatten();
    let (customer_id, read_at) = (next()?, next());
    let turn = turns.entry(customer_id).or_insert_with(|| {
        let read_at = read_at.and_then(|text| moment::read(&text));
        read_at.map_or(Turn::Elsewhere, |at| Turn::Done(Vec::new(), at))
    });
    if let (Turn::Done(found, _), Some(qualification)) = (turn, next()) {
        found.push(Qualification {
            qualification: QualificationType::from_wire(&qualification),
            vetting_status: next().map(|status| VettingStatus::from_wire(&status)),
            vetting_reason: next(),
            vetting_created_date: next().and_then(|text| moment::read(&text)),
            extra: serde_json::Map::new(),
        });
    }
    Some(())
}

/// Notes which customers a sweep has read, and lets others have those that it could not.
pub(super) async fn note(
    session: &mut Session,
    sweep_id: &str,
    looks: &[&Look],
    unread: &[&str],
) -> Result<(), Error> {
    let dialect = session.dialect();
    let read = |rows: &str| {
        format!(
            "UPDATE sweep_customers SET read_at = given.at FROM {rows} AS given \
             WHERE sweep_customers.sweep_id = given.sweep_id \
             AND sweep_customers.customer_id = given.customer_id"
        )
    };
    let row = |look: &&Look| {
        vec![Some(look.customer_id.clone()), Some(moment::text(look.at)), Some(sweep_id.to_owned())]
    };
    let rows = looks.iter().map(row).collect();
    let given = Given { fields: &[("customer_id", Text), ("at", Text), ("sweep_id", Text)], rows };
    session.execute_for(given, read).await?;
    if unread.is_empty() {
        return Ok(());
    }
    let let_go = format!(
        "UPDATE sweep_customers SET lease_until = {} WHERE sweep_id = $2 AND customer_id {}",
        dialect.now(),
        dialect.list(1)
    );
    session.execute(let_go, &[&texts(unread), sweep_id]).await
}
