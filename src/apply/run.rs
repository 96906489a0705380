//! A run: makes the plan, writes it down, and sends what is to be sent, as fast as the client allows.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use futures_util::future::{Either, select};
use futures_util::{StreamExt, future, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::AbortHandle;
use uuid::Uuid;

use super::books::{Books, MOST_CLAIMED};
use super::lease::Lease;
use super::outcome::{Outcome, OutcomeKind};
use super::plan::{Action, Plan};
use super::{Settings, Wanted, caller, sending};
use crate::background;
use crate::client::Client;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::ledger::submissions::Submission;

/// What keeps a second run from a ledger in a file.
const LOCK: &str = "apply";

/// Outcomes that are taken at a time.
const AHEAD: usize = 256;

/// How far a run has come.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Rows whose outcome was taken, by kind.
    pub counts: std::collections::BTreeMap<OutcomeKind, u64>,
    /// Rows whose outcome was taken.
    pub done: u64,
    /// Those of them that came to no good end.
    pub errors: u64,
    /// Requests that were sent again, for whatever reason.
    pub retries: u64,
}

/// A running apply. Dropping it drops the requests in flight; the next run finds out what became of them.
pub struct Apply {
    results: tokio::sync::Mutex<Receiver<Outcome>>,
    /// Results that are there to be taken.
    ready: Mutex<VecDeque<Outcome>>,
    run: Arc<Run>,
    task: AbortHandle,
}

/// What all parts of a run share.
pub(super) struct Run {
    pub(super) client: Client,
    pub(super) ledger: Ledger,
    /// Who this is, among those that share the ledger.
    pub(super) worker: String,
    pub(super) lease: Lease,
    pub(super) concurrency: usize,
    is_stopping: AtomicBool,
    failure: Mutex<Option<Error>>,
    failures: AtomicUsize,
    tally: Mutex<Tally>,
}

impl Apply {
    /// Starts a run. Must be called within a tokio runtime.
    #[must_use]
    pub fn start(client: &Client, ledger: &Ledger, wanted: Vec<Wanted>, settings: Settings) -> Self {
        let run = Arc::new(Run::new(client, ledger, settings.concurrency));
        let (sender, results) = mpsc::channel(2 * settings.concurrency.max(1));
        let guard = Release(Arc::clone(&run));
        let task = background::spawn(async move {
            let run = Arc::clone(&guard.0);
            let in_use = run.ledger.in_use();
            if let Err(error) = run.all(wanted, settings, &sender).await {
                run.stop(error);
            }
            drop((guard, in_use));
            run.ledger.rest().await;
        });
        let (results, ready) = (tokio::sync::Mutex::new(results), Mutex::default());
        Self { results, ready, run, task: task.abort_handle() }
    }

    /// Waits until something can be taken; gives whether there is anything: not at the end. Whoever takes
    /// nothing holds the run up.
    ///
    /// # Errors
    /// Once, at the end: why the run ended before it was through. What it did not send the next run does.
    pub async fn ready(&self) -> Result<bool, Error> {
        let mut results = self.results.lock().await;
        if !lock(&self.ready).is_empty() {
            return Ok(true);
        }
        let mut outcomes = Vec::new();
        if results.recv_many(&mut outcomes, AHEAD).await == 0 {
            return self.run.take_failure().map_or(Ok(false), Err);
        }
        lock(&self.ready).extend(outcomes); // with no wait in between: nothing is lost
        Ok(true)
    }

    /// Takes the next outcome that is there.
    #[must_use]
    pub fn take(&self) -> Option<Outcome> {
        let outcome = lock(&self.ready).pop_front()?;
        self.run.tally(&outcome);
        Some(outcome)
    }

    /// Looks at the next outcome that is there, without taking it.
    pub fn peek<T>(&self, look: impl FnOnce(&Outcome) -> T) -> Option<T> {
        lock(&self.ready).front().map(look)
    }

    /// How far it has come.
    #[must_use]
    pub fn tally(&self) -> Tally {
        lock(&self.run.tally).clone()
    }

    /// How long the service still wants to be left alone.
    #[must_use]
    pub fn paused_for(&self) -> Option<Duration> {
        self.run.client.paused_for()
    }

    /// Drops the requests in flight. What was answered by then can still be taken.
    pub fn stop(&self) {
        self.task.abort();
    }

    /// Stops, and waits until the ledger is let go of.
    pub async fn end(&self) {
        self.stop();
        background::ended(&self.task).await;
        self.run.ledger.rest().await;
    }
}

impl Drop for Apply {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Run {
    fn new(client: &Client, ledger: &Ledger, concurrency: usize) -> Self {
        Self {
            client: client.clone(),
            ledger: ledger.clone(),
            worker: Uuid::new_v4().to_string(),
            lease: Lease::new(ledger),
            concurrency: concurrency.max(1),
            is_stopping: AtomicBool::new(false),
            failure: Mutex::default(),
            failures: AtomicUsize::new(0),
            tally: Mutex::default(),
        }
    }

    async fn all(
        self: &Arc<Self>,
        wanted: Vec<Wanted>,
        settings: Settings,
        results: &Sender<Outcome>,
    ) -> Result<(), Error> {
        let _exclusive = self.ledger.exclusive(LOCK)?;
        if !self.ledger.is_shared() {
            self.ledger.abandon().await?; // with the lock in hand, nobody else is sending
        }
        let mut plan = Plan::make(&self.client, &self.ledger, wanted, settings, true).await?;
        self.ledger.intend(&plan.intents(&self.client)).await?;
        let (sent, unsent): (Vec<_>, Vec<_>) =
            std::mem::take(&mut plan.rows).into_iter().partition(|row| row.action == Action::Send);
        let wanted = sent.into_iter().map(|row| (row.wanted, row.number)).collect::<Vec<_>>();
        for planned in unsent {
            let _ = results.send(Outcome::of_unsent(planned)).await; // who takes results may be gone
        }
        let requests = self.written_down(&wanted).await?;
        let sending = pin!(self.send_all(requests, results));
        let keeping = pin!(self.lease.keep(&self.ledger, &self.worker));
        match select(sending, keeping).await {
            Either::Left(((), _)) => Ok(()),
            Either::Right((never, _)) => match never {},
        }
    }

    /// What the ledger has of the rows: another worker may have written them down first, under other ids. They
    /// come in the order of the customers' ids, in which the ledger's indexes have them: that is what writing
    /// costs most.
    async fn written_down(&self, wanted: &[(Wanted, u32)]) -> Result<Vec<(Submission, u64)>, Error> {
        let rows: HashMap<_, _> = wanted
            .iter()
            .map(|(one, number)| ((one.customer_id, one.request.qualification().clone(), *number), one.row))
            .collect();
        let customers: Vec<_> = wanted.iter().map(|(one, _)| one.customer_id).collect();
        let mut found = Vec::with_capacity(wanted.len());
        for submission in self.ledger.submissions_of(&customers).await? {
            let key = (submission.customer_id, submission.request.qualification().clone(), submission.number);
            found.extend(rows.get(&key).map(|row| (submission, *row)));
        }
        found.sort_by_key(|(submission, _)| submission.customer_id);
        Ok(found)
    }

    async fn send_all(self: &Arc<Self>, requests: Vec<(Submission, u64)>, results: &Sender<Outcome>) {
        // There is always room for what is claimed, so that who keeps the books waits for nobody.
        let (to_send, claimed) = mpsc::channel(MOST_CLAIMED);
        let (finished_sender, finished) = mpsc::channel(MOST_CLAIMED);
        let claims = stream::unfold(claimed, |mut claimed| async { Some((claimed.recv().await?, claimed)) });
        let run = Arc::clone(self);
        let sending = claims.for_each_concurrent(self.concurrency, move |claimed| {
            let (run, sender) = (Arc::clone(&run), finished_sender.clone());
            async move {
                let _ = sender.send(sending::send(&run, claimed).await).await; // who keeps the books outlasts us
            }
        });
        future::join(Books::new(self, requests).keep(to_send, finished, results), sending).await;
    }

    /// Has the run end once what is in flight is answered, because of this.
    pub(super) fn stop(&self, error: Error) {
        lock(&self.failure).get_or_insert(error);
        self.is_stopping.store(true, Ordering::Release);
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.is_stopping.load(Ordering::Acquire)
    }

    fn take_failure(&self) -> Option<Error> {
        lock(&self.failure).take()
    }

    /// Notes how a request ended: whether it is of use to go on.
    pub(super) fn note(&self, error: Option<&Error>) {
        let is_failure = error.is_some_and(caller::is_failure);
        let failures = if is_failure {
            self.failures.fetch_add(1, Ordering::AcqRel) + 1
        } else {
            self.failures.store(0, Ordering::Release);
            0
        };
        if let Some(error) = error.filter(|error| caller::ends_all(error) || failures >= caller::FAILURES) {
            self.stop(error.clone());
        }
    }

    fn tally(&self, outcome: &Outcome) {
        let mut tally = lock(&self.tally);
        *tally.counts.entry(outcome.kind).or_default() += 1;
        tally.done += 1;
        tally.errors += u64::from(outcome.kind.is_error());
        let attempts = outcome.context.as_ref().map_or(0, |context| context.attempts);
        tally.retries += u64::from(attempts.saturating_sub(1));
    }
}

/// Lets others have at once what a run had claimed when it was stopped.
struct Release(Arc<Run>);

impl Drop for Release {
    fn drop(&mut self) {
        let run = Arc::clone(&self.0);
        if run.ledger.is_shared() && tokio::runtime::Handle::try_current().is_ok() {
            background::spawn(async move {
                run.ledger.let_go(run.ledger.release(&run.worker)).await;
            });
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
