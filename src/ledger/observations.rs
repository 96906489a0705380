//! Statuses as they were seen: a row for each, from when it was first seen until another took its place.

mod difference;

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::Ledger;
use super::claims::{Claim, Settled, claim, settle};
use super::clock::Clock;
use super::dialect::Kind::{Integer, Text};
use super::session::{Given, Session, Texts};
use super::submissions::texts;
use super::sweeps::note;
use super::{fault, moment};
use crate::error::Error;
use crate::model::{CustomerId, Qualification, QualificationType, VettingStatus};
pub(super) use difference::NONE;
use difference::{Current, Difference, New};

/// Customers that are passed to one statement.
const CHUNK: usize = 1_000;

/// Who looked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Source {
    Apply,
    Sweep,
    Watch,
}

impl Source {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Apply => "apply",
            Self::Sweep => "sweep",
            Self::Watch => "watch",
        }
    }
}

/// What was seen of a customer.
#[derive(Debug, Clone)]
pub(crate) struct Look {
    pub(crate) customer_id: String,
    pub(crate) at: DateTime<Utc>,
    pub(crate) found: Vec<Qualification>,
    /// Whether that is all that the customer has, or one of several.
    pub(crate) is_whole: bool,
}

/// What is written down at once: all of it or nothing.
#[derive(Debug, Default)]
pub(crate) struct Record<'a> {
    pub(crate) looks: Vec<&'a Look>,
    pub(crate) settled: Vec<&'a Settled>,
    /// Customers that a sweep has begun with and could not read.
    pub(crate) unread: Vec<&'a str>,
    /// The sweep that looked.
    pub(crate) sweep_id: Option<&'a str>,
    /// Requests to be claimed.
    pub(crate) wanted: &'a [i64],
}

impl Ledger {
    /// Writes down what was seen, and what came of requests; gives those that could be claimed.
    pub(crate) async fn record(
        &self,
        record: &Record<'_>,
        source: Source,
        worker: &str,
    ) -> Result<Vec<Claim>, Error> {
        let is_empty = record.looks.is_empty() && record.settled.is_empty() && record.unread.is_empty();
        if is_empty && record.wanted.is_empty() {
            return Ok(Vec::new());
        }
        let is_shared = !record.looks.is_empty() || record.sweep_id.is_some();
        let mut writing = if is_shared { self.observe().await? } else { self.write().await? };
        let clock = Clock::of(&mut writing).await?;
        let moved = clock.moved(&record.looks);
        let looks = moved.as_ref().map_or_else(|| record.looks.clone(), |moved| moved.iter().collect());
        observe(&mut writing, &looks, source, &clock.latest()).await?;
        if !record.settled.is_empty() {
            settle(&mut writing, &record.settled, worker).await?;
        }
        if let Some(sweep_id) = record.sweep_id {
            note(&mut writing, sweep_id, &looks, &record.unread).await?;
        }
        let claims = match record.wanted {
            [] => Vec::new(),
            wanted => claim(&mut writing, wanted, worker, self.lease()).await?,
        };
        writing.commit().await?;
        Ok(claims)
    }
}

impl Ledger {
    /// What customers have now, as far as was seen.
    pub(crate) async fn statuses_of(
        &self,
        customers: &[CustomerId],
    ) -> Result<Vec<(CustomerId, Qualification)>, Error> {
        let mut session = self.read().await?;
        let sql = format!(
            "SELECT customer_id, qualification, vetting_status, vetting_reason, vetting_created_date \
             FROM observations WHERE superseded_at IS NULL AND is_gone = 0 AND qualification <> '{NONE}' \
             AND customer_id {}",
            self.dialect().list(1)
        );
        let mut found = Vec::new();
        for chunk in customers.chunks(CHUNK) {
            let rows = session.rows(sql.clone(), &[&texts(chunk)]).await?;
            let statuses = rows.into_iter().map(status).collect::<Option<Vec<_>>>();
            found.extend(statuses.ok_or_else(|| fault::unreadable(session.shown(), "row in observations"))?);
        }
        Ok(found)
    }
}

fn status(row: Texts) -> Option<(CustomerId, Qualification)> {
    let mut row = row.into_iter();
    let mut next = || row.next().flatten();
    let customer_id = CustomerId::parse(&next()?).ok()?;
    let qualification = Qualification {
        qualification: QualificationType::from_wire(&next()?),
        vetting_status: next().map(|status| VettingStatus::from_wire(&status)),
        vetting_reason: next(),
        vetting_created_date: next().and_then(|text| moment::read(&text)),
        extra: serde_json::Map::new(),
    };
    Some((customer_id, qualification))
}

/// Writes down what was seen, in this order.
async fn observe(session: &mut Session, looks: &[&Look], source: Source, latest: &str) -> Result<(), Error> {
    let mut rest = looks;
    while !rest.is_empty() {
        let mut seen = HashSet::new();
        let once = rest.iter().take_while(|look| seen.insert(&look.customer_id)).count();
        let (now, later) = rest.split_at(once);
        observe_once(session, now, source, latest).await?;
        rest = later;
    }
    Ok(())
}

/// Writes down what was seen of customers, each of them looked at once.
async fn observe_once(
    session: &mut Session,
    looks: &[&Look],
    source: Source,
    latest: &str,
) -> Result<(), Error> {
    let customers: Vec<_> = looks.iter().map(|look| &look.customer_id).collect();
    let columns = [
        "CAST(id AS TEXT)",
        "customer_id",
        "qualification",
        "vetting_status",
        "vetting_reason",
        "vetting_created_date",
        "CAST(is_gone AS TEXT)",
        "confirmed_at",
    ];
    let list = session.dialect().list(1);
    let from = format!("observations WHERE superseded_at IS NULL AND customer_id {list}");
    let rows = session.select(&columns, &from, &[&texts(&customers)]).await?;
    let current = rows.into_iter().map(|row| current(row, latest)).collect::<Option<Vec<_>>>();
    let current = current.ok_or_else(|| fault::unreadable(session.shown(), "row in observations"))?;
    let difference = Difference::of(&current, looks);
    update(session, difference.confirmed, "confirmed_at = given.at").await?;
    update(session, difference.superseded, "superseded_at = given.at").await?;
    insert(session, difference.new, source).await
}

/// A row, which was confirmed before anything else if that was at no time that can be.
fn current(row: Texts, latest: &str) -> Option<Current> {
    let mut row = row.into_iter();
    let mut next = || row.next().flatten();
    Some(Current {
        id: next()?.parse().ok()?,
        customer_id: next()?,
        qualification: next()?,
        vetting_status: next(),
        vetting_reason: next(),
        vetting_created_date: next(),
        is_gone: next()? == "1",
        confirmed_at: Some(next()?).filter(|at| **at <= *latest).unwrap_or_default(),
    })
}

async fn update(session: &mut Session, rows: Vec<(i64, String)>, set: &str) -> Result<(), Error> {
    let statement = |rows: &str| {
        format!("UPDATE observations SET {set} FROM {rows} AS given WHERE observations.id = given.id")
    };
    let rows = rows.into_iter().map(|(id, at)| vec![Some(id.to_string()), Some(at)]).collect();
    let given = Given { fields: &[("id", Integer), ("at", Text)], rows };
    session.execute_for(given, statement).await.map(drop)
}

async fn insert(session: &mut Session, new: Vec<New>, source: Source) -> Result<(), Error> {
    let columns = "customer_id, qualification, vetting_status, vetting_reason, vetting_created_date, is_gone, \
                   is_change, old_status";
    let fields = [
        ("customer_id", Text),
        ("qualification", Text),
        ("vetting_status", Text),
        ("vetting_reason", Text),
        ("vetting_created_date", Text),
        ("is_gone", Integer),
        ("is_change", Integer),
        ("old_status", Text),
        ("at", Text),
    ];
    let source = source.as_str();
    let statement = |rows: &str| {
        format!(
            "INSERT INTO observations ({columns}, source, observed_at, confirmed_at) \
             SELECT {columns}, '{source}', at, at FROM {rows} AS given"
        )
    };
    let given = Given { fields: &fields, rows: new.into_iter().map(New::texts).collect() };
    session.execute_for(given, statement).await.map(drop)
}

/// The date of a qualification as a column has it.
fn created(qualification: &Qualification) -> Option<String> {
    qualification.vetting_created_date.map(moment::text)
}
