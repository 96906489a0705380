//! Waits until vetting has ended, by looking again and again: the service has no other way to tell.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::client::Client;
use crate::error::{Context, Error, Refusal, VettingTimeoutError};
use crate::model::{CustomerId, Qualification, QualificationType};
use crate::options::argument_seconds;

const FIRST_INTERVAL: Duration = Duration::from_secs(5);
const LONGEST_INTERVAL: Duration = Duration::from_secs(3600);
/// How long reads may fail in a row.
const LONGEST_TROUBLE: Duration = Duration::from_secs(24 * 3600);
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
    /// Whether any read has been answered.
    answered: bool,
    /// Since when reads have failed.
    troubled_since: Option<Instant>,
    /// How the last one did.
    trouble: Option<Error>,
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
            answered: false,
            troubled_since: None,
            trouble: None,
        })
    }

    /// Looks, at once the first time and after the interval from then on.
    ///
    /// # Errors
    /// [`Error::VettingTimeout`] when the time is up; those of `get_qualifications`, passing ones only
    /// from the first look or after a day of nothing else.
    pub async fn look(&mut self) -> Result<Look, Error> {
        let started = match self.started {
            None => *self.started.insert(Instant::now()),
            Some(started) => {
                self.pass_time(started).await?;
                started
            }
        };
        let seen = loop {
            match self.read(started).await {
                Err(error) if self.can_outlast(&error) => {
                    self.trouble = Some(error);
                    self.pass_time(started).await?;
                }
                read => break read?,
            }
        };
        (self.troubled_since, self.trouble) = (None, None);
        match &seen {
            Some(_) => (self.last, self.absent_since) = (seen.clone(), None),
            None => self.absent_since = self.absent_since.or_else(|| Some(Instant::now())),
        }
        let done = seen.as_ref().is_some_and(|item| !item.is_in_review());
        Ok(Look { seen, done })
    }

    /// Whether to go on after a failed read: a wait of days must survive a bad hour. The first read
    /// has to succeed, so that what is set up wrong shows at once.
    fn can_outlast(&mut self, error: &Error) -> bool {
        let passing = match error {
            Error::Transport(_) => true,
            Error::Api(error) => error.is_retryable,
            Error::Authentication(error) => error.is_transient,
            _ => false,
        };
        let since = *self.troubled_since.get_or_insert_with(Instant::now);
        passing && self.answered && since.elapsed() < LONGEST_TROUBLE
    }

    /// Reads once, within the timeout. The last look, at its end, still gets a moment; the only one of
    /// a timeout of 0 gets the time that any call has.
    async fn read(&mut self, started: Instant) -> Result<Option<Qualification>, Error> {
        let end = self.patience.timeout.filter(|timeout| !timeout.is_zero()).map(|timeout| started + timeout);
        let reply = match end {
            None => self.client.read_qualifications(self.customer_id).await?,
            Some(end) => {
                let end = end.max(Instant::now() + LAST_LOOK);
                match self.client.read_qualifications_until(self.customer_id, end).await {
                    Ok(reply) => reply?,
                    Err((context, trouble)) => {
                        self.context = Some(context);
                        self.trouble = trouble.or_else(|| self.trouble.take());
                        return Err(self.timed_out(started.elapsed()));
                    }
                }
            }
        };
        self.context = Some(reply.context);
        self.answered = true;
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
        let Self { customer_id, qualification, last, context, trouble, .. } = self;
        Error::VettingTimeout(Box::new(VettingTimeoutError {
            customer_id: *customer_id,
            qualification: qualification.clone(),
            last: last.clone(),
            waited,
            context: context.clone(),
            trouble: trouble.clone(),
            answered: self.answered,
        }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::auth::StaticToken;
    use crate::options::Options;
    use std::sync::Arc;

    const SECOND: Duration = Duration::from_secs(1);

    /// A wait that has had its first look, without a service to look at.
    fn begun(timeout: Option<f64>, poll_interval: Option<f64>) -> (Vetting, Instant) {
        let token = StaticToken::new("no-token".to_owned()).unwrap();
        let client = Client::new(Arc::new(token), Options::default()).unwrap();
        let id = CustomerId::parse("11111111-2222-3333-4444-555555555555").unwrap();
        let patience = Patience::new(timeout, poll_interval).unwrap();
        let vetting = Vetting::new(client, id, QualificationType::Education, patience).unwrap();
        (vetting, Instant::now())
    }

    /// The waits between looks, in seconds, until the time is up or there were `most`.
    async fn waits(vetting: &mut Vetting, started: Instant, most: usize) -> Vec<f64> {
        let mut waits = Vec::new();
        while waits.len() < most {
            let before = Instant::now();
            match vetting.pass_time(started).await {
                Ok(()) => waits.push(before.elapsed().as_secs_f64()),
                Err(Error::VettingTimeout(error)) => {
                    assert_eq!(error.waited, started.elapsed());
                    break;
                }
                Err(other) => panic!("{other}"),
            }
        }
        waits
    }

    #[tokio::test(start_paused = true)]
    async fn looks_become_rarer_from_seconds_to_an_hour() {
        let (mut vetting, started) = begun(None, None);
        let waits = waits(&mut vetting, started, 40).await;
        assert_eq!(waits.len(), 40);
        assert!((waits[0] - 5.0).abs() < 0.01 && (waits[1] - 7.5).abs() < 0.01, "{waits:?}");
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert!((waits[39] - 3600.0).abs() < 0.01, "{waits:?}");
    }

    #[tokio::test(start_paused = true)]
    async fn a_chosen_interval_stays_and_the_last_look_is_at_the_end() {
        let (mut vetting, started) = begun(Some(25.0), Some(10.0));
        let waits: Vec<_> = waits(&mut vetting, started, 9).await.into_iter().map(f64::round).collect();
        assert_eq!(waits, [10.0, 10.0, 5.0]);
    }

    #[tokio::test(start_paused = true)]
    async fn what_does_not_show_is_given_five_minutes() {
        let (mut vetting, started) = begun(None, Some(60.0));
        vetting.absent_since = Some(started);
        assert_eq!(waits(&mut vetting, started, 99).await.len(), 5);
        let (mut vetting, started) = begun(Some(120.0), Some(60.0));
        vetting.absent_since = Some(started);
        assert_eq!(waits(&mut vetting, started, 99).await.len(), 2);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wait_of_years_is_no_overflow() {
        let (mut vetting, started) = begun(Some(3_000_000_000.0), Some(3_000_000_000.0));
        waits(&mut vetting, started, 99).await;
        assert!(started.elapsed() >= 2_999_999_999 * SECOND);
    }

    #[tokio::test]
    async fn only_what_can_be_had_is_waited_for() {
        let (vetting, _) = begun(None, None);
        for qualification in [QualificationType::None, QualificationType::Unknown("Foo".to_owned())] {
            let Err(error) =
                Vetting::new(vetting.client.clone(), vetting.customer_id, qualification, vetting.patience)
            else {
                panic!("it was taken");
            };
            assert!(matches!(error, Error::InvalidArgument(no) if no.field == "qualification"));
        }
        for bad in [-1.0, f64::NAN, f64::INFINITY, 1e300] {
            assert!(Patience::new(Some(bad), None).is_err() && Patience::new(None, Some(bad)).is_err());
        }
        assert!(Patience::new(None, Some(0.0)).is_err(), "it would never pause");
    }
}
