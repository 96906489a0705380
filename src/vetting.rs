//! Waits until vetting has ended, by looking again and again: the service has no other way to tell.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::client::Client;
use crate::error::{Context, Error, Refusal, VettingTimeoutError};
use crate::model::{CustomerId, Qualification, QualificationType};
use crate::options::argument_seconds;

const FIRST_INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_secs(3600);
/// How long a look at the very end of the patience may take.
const LAST_LOOK: Duration = Duration::from_secs(2);
/// How long a qualification may take to show after it was asked for.
const ABSENCE: Duration = Duration::from_secs(300);

/// How long to wait and how often to look.
#[derive(Debug, Clone, Copy)]
pub struct Patience {
    timeout: Option<Duration>,
    poll_interval: Option<Duration>,
}

impl Patience {
    /// Checks lengths of time in seconds. Without a timeout the wait has no end; without an interval it
    /// grows from 5 s to an hour.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] naming `timeout` or `poll_interval`.
    pub fn new(timeout: Option<f64>, poll_interval: Option<f64>) -> Result<Self, Error> {
        Ok(Self {
            timeout: timeout.map(|value| argument_seconds("timeout", value, true)).transpose()?,
            poll_interval: poll_interval
                .map(|value| argument_seconds("poll_interval", value, false))
                .transpose()?,
        })
    }
}

/// What one look gave.
#[derive(Debug, Clone)]
pub struct Look {
    /// The qualification, if the customer has it.
    pub seen: Option<Qualification>,
    /// Whether vetting has ended.
    pub done: bool,
}

/// A wait for one qualification of one customer.
pub struct Vetting {
    client: Client,
    customer_id: CustomerId,
    qualification: QualificationType,
    patience: Patience,
    started: Option<Instant>,
    absent_since: Option<Instant>,
    interval: Duration,
    last: Option<Qualification>,
    context: Option<Context>,
}

impl Vetting {
    /// Prepares a wait. Nothing is sent.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when the qualification is not a documented one.
    pub fn new(
        client: Client,
        customer_id: CustomerId,
        qualification: QualificationType,
        patience: Patience,
    ) -> Result<Self, Error> {
        if !qualification.is_known() || qualification == QualificationType::None {
            return Err(Refusal::argument(
                "qualification",
                qualification.as_str(),
                "pass a documented qualification",
            ));
        }
        let interval = patience.poll_interval.unwrap_or(FIRST_INTERVAL);
        Ok(Self {
            client,
            customer_id,
            qualification,
            patience,
            started: None,
            absent_since: None,
            interval,
            last: None,
            context: None,
        })
    }

    /// Looks, at once the first time and after the interval from then on.
    ///
    /// # Errors
    /// [`Error::VettingTimeout`] when the time is up; those of `get_qualifications`.
    pub async fn look(&mut self) -> Result<Look, Error> {
        let started = match self.started {
            None => *self.started.insert(Instant::now()),
            Some(started) => {
                self.pass_time(started).await?;
                started
            }
        };
        let seen = self.read(started).await?;
        match &seen {
            Some(_) => (self.last, self.absent_since) = (seen.clone(), None),
            None => self.absent_since = self.absent_since.or_else(|| Some(Instant::now())),
        }
        let done = seen.as_ref().is_some_and(|item| !item.is_in_review());
        Ok(Look { seen, done })
    }

    /// Reads once, within the timeout. The last look, at its end, still gets a moment; the only one of
    /// a timeout of 0 gets the time that any call has.
    async fn read(&mut self, started: Instant) -> Result<Option<Qualification>, Error> {
        let end = self.patience.timeout.filter(|timeout| !timeout.is_zero()).map(|timeout| started + timeout);
        let reading = self.client.read_qualifications(self.customer_id);
        let reply = match end {
            None => reading.await?,
            Some(end) => match timeout_at(end.max(Instant::now() + LAST_LOOK), reading).await {
                Ok(reply) => reply?,
                Err(_) => return Err(self.timed_out(started.elapsed())),
            },
        };
        self.context = Some(reply.context);
        Ok(reply.value.into_iter().find(|item| item.qualification == self.qualification))
    }

    /// Sleeps until the next look is due, but no longer than the patience lasts.
    async fn pass_time(&mut self, started: Instant) -> Result<(), Error> {
        let now = Instant::now();
        let left = self.deadlines(started).map(|end| end.saturating_duration_since(now)).min();
        if left == Some(Duration::ZERO) {
            return Err(self.timed_out(started.elapsed()));
        }
        sleep(left.map_or(self.interval, |left| left.min(self.interval))).await;
        if self.patience.poll_interval.is_none() {
            self.interval = self.interval.mul_f64(1.5).min(LONGEST_INTERVAL);
        }
        Ok(())
    }

    fn deadlines(&self, started: Instant) -> impl Iterator<Item = Instant> {
        let timeout = self.patience.timeout.map(|timeout| started + timeout);
        timeout.into_iter().chain(self.absent_since.map(|since| since + ABSENCE))
    }

    fn timed_out(&self, waited: Duration) -> Error {
        let Self { customer_id, qualification, last, context, .. } = self;
        Error::VettingTimeout(Box::new(VettingTimeoutError {
            customer_id: *customer_id,
            qualification: qualification.clone(),
            last: last.clone(),
            waited,
            context: context.clone(),
        }))
    }
}
