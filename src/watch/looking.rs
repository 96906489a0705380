//! Looks at customers, and outlasts what passes.

use std::collections::HashMap;
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use futures_util::{StreamExt, stream};
use tokio::time::Instant;

use super::Settings;
use crate::client::Client;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::ledger::observations::{Look, Record, Source};
use crate::model::CustomerId;
use crate::sweep::{Order, Recorder, Row, Sweep};

/// Looks that are written down at a time.
const BATCH: usize = 64;
/// When a customer that could not be read for a reason that passes is looked at again.
pub(super) const SOON: TimeDelta = TimeDelta::seconds(60);
/// When one that was refused is, if there is still something in review.
const LATER: TimeDelta = TimeDelta::hours(1);
/// How long the service may fail without an answer in between.
const LONGEST_TROUBLE: Duration = Duration::from_secs(24 * 3600);

/// What went wrong lately.
#[derive(Debug, Default)]
pub(super) struct Looking {
    /// Customers that could not be read, when they may be looked at again, and whether they are to be.
    put_off: HashMap<CustomerId, (DateTime<Utc>, bool)>,
    troubled_since: Option<Instant>,
}

/// Begins to look at all customers, or goes on with that: what was seen longer ago is seen again.
pub(super) fn at_all(client: &Client, ledger: &Ledger, settings: Settings) -> Sweep {
    let resume = Some(settings.sweep_interval);
    let recorder = Recorder { source: Source::Watch, resume, ..Recorder::new(ledger, true) };
    Sweep::all_into(client, settings.concurrency, Order::Answered, Some(recorder))
}

impl Looking {
    pub(super) fn may_look_at(&self, customer_id: CustomerId) -> bool {
        self.put_off.get(&customer_id).is_none_or(|(until, _)| *until <= Utc::now())
    }

    pub(super) fn not_before(&self, customer_id: CustomerId, due: DateTime<Utc>) -> DateTime<Utc> {
        self.put_off.get(&customer_id).map_or(due, |(until, _)| due.max(*until))
    }

    /// Customers that could not be read, and whose time it is again.
    pub(super) fn again(&self) -> Vec<CustomerId> {
        let now = Utc::now();
        let due = self.put_off.iter().filter(|(_, (until, is_wanted))| *is_wanted && *until <= now);
        due.map(|(id, _)| *id).collect()
    }

    /// When it is the time of the first of them.
    pub(super) fn next(&self) -> Option<DateTime<Utc>> {
        self.put_off.values().filter(|(_, is_wanted)| *is_wanted).map(|(until, _)| *until).min()
    }

    /// Looks at customers and writes down what it sees.
    pub(super) async fn at(
        &mut self,
        ledger: &Ledger,
        client: &Client,
        customers: Vec<CustomerId>,
        concurrency: usize,
    ) -> Result<(), Error> {
        let calls = customers.into_iter().map(|id| {
            let client = client.clone();
            async move {
                let at = Utc::now(); // what happens from here on it may miss
                (id, at, client.read_qualifications(id).await)
            }
        });
        let mut answers = stream::iter(calls).buffer_unordered(concurrency.max(1));
        let mut looks = Vec::new();
        while let Some((customer_id, at, answer)) = answers.next().await {
            let outlasted = match answer {
                Ok(reply) => {
                    self.put_off.remove(&customer_id);
                    self.troubled_since = None;
                    let customer_id = customer_id.to_string();
                    looks.push(Look { customer_id, at, found: reply.value, is_whole: true });
                    Ok(())
                }
                Err(error) => self.outlast(Some(customer_id), error),
            };
            if looks.len() >= BATCH || outlasted.is_err() {
                record(ledger, &mut looks).await?;
            }
            outlasted?;
        }
        record(ledger, &mut looks).await
    }

    /// Notes what a look at all customers could not see.
    pub(super) fn note(&mut self, rows: Vec<Row>) -> Result<(), Error> {
        for row in rows {
            match row.outcome {
                Ok(_) => self.troubled_since = None,
                Err(error) => self.outlast(CustomerId::parse(&row.customer_id).ok(), error)?,
            }
        }
        Ok(())
    }

    /// Goes on after an error, if that is of use: a watch of weeks must survive a bad hour, and a customer
    /// that is the partner's no more.
    pub(super) fn outlast(&mut self, customer_id: Option<CustomerId>, error: Error) -> Result<(), Error> {
        let is_passing = match &error {
            Error::Transport(_) | Error::Decode(_) => true,
            Error::Api(error) => error.is_retryable,
            Error::Authentication(error) => error.is_transient,
            _ => false,
        };
        let is_about_customer = matches!(&error, Error::Api(error) if error.status_code != 401);
        let again = if is_passing { (Utc::now() + SOON, true) } else { (Utc::now() + LATER, false) };
        if !is_passing && !is_about_customer {
            return Err(error);
        }
        self.put_off.extend(customer_id.map(|id| (id, again)));
        if !is_passing {
            return Ok(());
        }
        let since = *self.troubled_since.get_or_insert_with(Instant::now);
        if since.elapsed() < LONGEST_TROUBLE { Ok(()) } else { Err(error) }
    }
}

async fn record(ledger: &Ledger, looks: &mut Vec<Look>) -> Result<(), Error> {
    let looks = std::mem::take(looks);
    let record = Record { looks: looks.iter().collect(), ..Record::default() };
    ledger.record(&record, Source::Watch, "").await.map(drop)
}
