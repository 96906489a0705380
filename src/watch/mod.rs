//! Follows what is in review, and tells of each change once: what it knows is in the ledger, so that it can
//! be stopped and started again, here or elsewhere.

mod audits;
mod cadence;
mod keeper;
mod looking;

use std::collections::{BTreeSet, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use tokio::sync::{Mutex, Notify};
use uuid::Uuid;

use crate::background;
use crate::client::Client;
use crate::error::Error;
use crate::ledger::progress::{Looked, Progress};
use crate::ledger::{Exclusive, InUse, Ledger};
use crate::options::argument_seconds;
use crate::sweep::Sweep;
use audits::Audits;
use cadence::Cadence;
use keeper::Keeper;
use looking::Looking;

pub use crate::ledger::progress::Change;

/// What keeps a second watch from a ledger in a file.
const LOCK: &str = "watch";
/// Changes that are loaded at a time.
const AHEAD: usize = 256;
/// The shortest and the longest sleep: others may write to the ledger meanwhile.
const SHORTEST_SLEEP: Duration = Duration::from_millis(20);
const LONGEST_SLEEP: Duration = Duration::from_secs(30);

/// How often it is asked what is in review while all customers are looked at.
const A_WHILE: Duration = Duration::from_secs(1);

/// How often to look at what.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// At what is in review; without it, ever more rarely with its age.
    pub interval: Option<Duration>,
    /// At all customers.
    pub sweep_interval: Duration,
    /// Requests in flight.
    pub concurrency: usize,
}

impl Settings {
    /// Checks lengths of time in seconds.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] naming `interval` or `sweep_interval`.
    pub fn new(interval: Option<f64>, sweep_interval: f64, concurrency: usize) -> Result<Self, Error> {
        Ok(Self {
            interval: interval.map(|value| argument_seconds("interval", value, false)).transpose()?,
            sweep_interval: argument_seconds("sweep_interval", sweep_interval, false)?,
            concurrency,
        })
    }
}

/// A watch. Nothing is read until its first change is asked for.
pub struct Watch {
    ledger: Ledger,
    worker: String,
    state: Mutex<State>,
    queue: Queue,
    is_closed: AtomicBool,
    closed: Notify,
}

struct State {
    client: Client,
    settings: Settings,
    /// None until it has begun.
    begun: Option<Begun>,
}

/// Changes on their way to the consumer.
#[derive(Default)]
struct Queue(std::sync::Mutex<Queued>);

#[derive(Default)]
struct Queued {
    /// Those that were loaded, with their ids.
    ahead: VecDeque<(i64, Change)>,
    /// The one that the consumer has.
    given: Option<i64>,
}

impl Queue {
    fn lock(&self) -> MutexGuard<'_, Queued> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Begun {
    /// How far changes were loaded, and when it was looked at what.
    progress: Progress,
    /// The last change that the ledger was told is done with.
    done: i64,
    looking: Looking,
    audits: Audits,
    cadence: Cadence,
    /// A look at all customers that goes on.
    sweep: Option<Sweep>,
    /// When it was last asked what is in review.
    asked_at: Instant,
    /// When the next one may begin, after one that failed.
    no_sweep_before: Option<DateTime<Utc>>,
    _keeper: Option<Keeper>,
    _exclusive: Exclusive,
    _in_use: InUse,
}

impl Watch {
    /// Prepares a watch.
    #[must_use]
    pub fn new(client: &Client, ledger: &Ledger, settings: Settings) -> Self {
        let client = client.clone();
        let state = State { client, settings, begun: None };
        Self {
            ledger: ledger.clone(),
            worker: Uuid::new_v4().to_string(),
            state: Mutex::new(state),
            queue: Queue::default(),
            is_closed: AtomicBool::new(false),
            closed: Notify::new(),
        }
    }

    /// Waits until there is a change to be taken; gives whether there is: not once the watch is closed. Whoever
    /// asks for it has done with the one that was taken before.
    ///
    /// # Errors
    /// When there is no token, or the ledger cannot be used; passing faults of the service are outlasted.
    /// The same may be asked again.
    pub async fn ready(&self) -> Result<bool, Error> {
        let mut closed = std::pin::pin!(self.closed.notified());
        closed.as_mut().enable(); // a close from here on is not missed
        if self.is_closed.load(Ordering::Acquire) {
            return Ok(false);
        }
        let mut state = self.state.lock().await;
        loop {
            let ready = tokio::select! {
                ready = state.ready(&self.ledger, &self.worker, &self.queue) => ready.map(|()| true),
                () = closed.as_mut() => Ok(false),
            };
            if ready.is_err() {
                self.let_go(&mut state).await; // it may never be asked again
            }
            // What it was doing when this machine fell asleep can be done once more.
            if !matches!(&ready, Err(Error::Ledger(error)) if error.was_suspended) {
                return ready;
            }
        }
    }

    /// Takes the change that is there.
    #[must_use]
    pub fn take(&self) -> Option<Change> {
        let mut queued = self.queue.lock();
        let (id, change) = queued.ahead.pop_front()?;
        queued.given = Some(id);
        Some(change)
    }

    /// Waits for the next change, and takes it; none once the watch is closed.
    ///
    /// # Errors
    /// As for [`ready`](Self::ready).
    pub async fn next(&self) -> Result<Option<Change>, Error> {
        while self.ready().await? {
            if let Some(change) = self.take() {
                return Ok(Some(change));
            }
        }
        Ok(None)
    }

    /// Ends the watch, also while somebody waits for a change.
    pub fn close(&self) {
        if !self.is_closed.swap(true, Ordering::AcqRel) {
            self.closed.notify_waiters();
        }
    }

    /// Ends the watch, and waits until another may begin and the ledger is let go of.
    pub async fn end(&self) {
        self.close();
        let mut state = self.state.lock().await;
        self.let_go(&mut state).await;
        self.ledger.rest().await;
    }

    /// Lets another watch begin. Asked again, this one goes on from where that one has come to.
    async fn let_go(&self, state: &mut State) {
        let Some(begun) = state.begun.take() else { return };
        self.queue.lock().ahead.clear();
        if let Some(sweep) = begun.sweep {
            sweep.end().await;
        }
        if self.ledger.is_shared() {
            self.ledger.let_go(self.ledger.end_watch(&self.worker)).await;
        }
    }
}

impl Drop for Watch {
    fn drop(&mut self) {
        let has_begun = self.state.try_lock().is_ok_and(|state| state.begun.is_some());
        if has_begun && self.ledger.is_shared() && tokio::runtime::Handle::try_current().is_ok() {
            let (ledger, worker) = (self.ledger.clone(), self.worker.clone());
            background::spawn(async move {
                ledger.let_go(ledger.end_watch(&worker)).await;
            });
        }
    }
}

impl State {
    async fn ready(&mut self, ledger: &Ledger, worker: &str, queue: &Queue) -> Result<(), Error> {
        if let Some(begun) = self.begun.as_mut().filter(|_| ledger.is_shared()) {
            begun.catch_up(ledger.begin_watch(worker).await?, queue); // it is still ours, or nobody's
        }
        let given = queue.lock().given;
        if let Some(given) = given {
            ledger.take_changes(given).await?;
            queue.lock().given = None;
            if let Some(begun) = &mut self.begun {
                begun.done = given;
            }
        }
        loop {
            if !queue.lock().ahead.is_empty() {
                return Ok(());
            }
            let (client, settings) = (&self.client, self.settings);
            let begun = match &mut self.begun {
                Some(begun) => begun,
                None => self.begun.insert(Begun::new(client, ledger, settings, worker).await?),
            };
            begun.work(ledger, client, settings).await?;
            let taken = ledger.changes_after(begun.progress.taken, AHEAD).await?;
            let Some((last, _)) = taken.last() else {
                begun.pause(ledger, settings).await?;
                continue;
            };
            if ledger.is_shared() && begun.catch_up(ledger.begin_watch(worker).await?, queue) {
                continue;
            }
            begun.progress.taken = *last;
            queue.lock().ahead.extend(taken);
        }
    }
}

impl Begun {
    async fn new(client: &Client, ledger: &Ledger, settings: Settings, worker: &str) -> Result<Self, Error> {
        let in_use = ledger.in_use();
        ledger.bind_to(client.tenant_id().await?.as_deref()).await?;
        let exclusive = ledger.exclusive(LOCK)?;
        let progress = ledger.begin_watch(worker).await?;
        Ok(Self {
            done: progress.taken,
            progress,
            looking: Looking::default(),
            audits: Audits::default(),
            cadence: Cadence::new(settings.interval),
            sweep: None,
            asked_at: Instant::now(),
            no_sweep_before: None,
            _keeper: ledger.is_shared().then(|| Keeper::new(ledger, worker)),
            _exclusive: exclusive,
            _in_use: in_use,
        })
    }

    /// Goes on from where another watch has come to, while this one gave no sign of life; gives whether there
    /// was one.
    fn catch_up(&mut self, progress: Progress, queue: &Queue) -> bool {
        let is_behind = progress.taken > self.done;
        if is_behind {
            *queue.lock() = Queued::default();
            (self.done, self.progress) = (progress.taken, progress);
        }
        is_behind
    }

    /// Does what is due.
    async fn work(&mut self, ledger: &Ledger, client: &Client, settings: Settings) -> Result<(), Error> {
        self.sweep(ledger, client, settings).await?;
        if self.audits.are_due(self.progress.audited_at) {
            let begun = Utc::now();
            let customers = self.audits.customers(ledger, client, self.progress.audited_at).await?;
            self.looking.at(ledger, client, customers, settings.concurrency).await?;
            if self.audits.were_read() {
                ledger.note_looked(Looked::AtAudits, begun).await?;
                self.progress.audited_at = Some(begun);
            }
        }
        if self.sweep.is_some() && self.asked_at.elapsed() < A_WHILE {
            return Ok(()); // a look at all customers comes here very often
        }
        self.asked_at = Instant::now();
        let now = Utc::now();
        let mut due: BTreeSet<_> = self.looking.again().into_iter().collect();
        due.extend(ledger.in_review().await?.into_iter().filter_map(|item| {
            let id = item.customer_id;
            (self.cadence.due(&item) <= now && self.looking.may_look_at(id)).then_some(id)
        }));
        self.looking.at(ledger, client, due.into_iter().collect(), settings.concurrency).await
    }

    /// Goes on with a look at all customers, or begins one when it is due.
    async fn sweep(&mut self, ledger: &Ledger, client: &Client, settings: Settings) -> Result<(), Error> {
        if self.sweep.is_none() {
            let is_due =
                self.progress.swept_at.is_none_or(|at| cadence::is_over(at, settings.sweep_interval));
            if !is_due || self.no_sweep_before.is_some_and(|at| Utc::now() < at) {
                return Ok(());
            }
            self.sweep = Some(looking::at_all(client, ledger, settings));
        }
        let Some(sweep) = &self.sweep else { return Ok(()) };
        let Ok(rows) = tokio::time::timeout(Duration::from_millis(100), sweep.next(AHEAD)).await else {
            return Ok(()); // it goes on beside what else is due
        };
        match rows {
            Ok(rows) if rows.is_empty() => {
                self.sweep = None;
                let now = Utc::now();
                ledger.note_looked(Looked::AtAll, now).await?;
                self.progress.swept_at = Some(now);
            }
            Ok(rows) => self.looking.note(rows).inspect_err(|_| self.sweep = None)?,
            Err(error) => {
                self.sweep = None; // the next one goes on where this one stopped
                self.no_sweep_before = Some(Utc::now() + looking::SOON);
                self.looking.outlast(None, error)?;
            }
        }
        Ok(())
    }

    /// Sleeps until something may be due.
    async fn pause(&self, ledger: &Ledger, settings: Settings) -> Result<(), Error> {
        if self.sweep.is_some() {
            return Ok(()); // which is waited for
        }
        let now = Utc::now();
        let in_review = ledger.in_review().await?;
        let looks =
            in_review.iter().map(|item| self.looking.not_before(item.customer_id, self.cadence.due(item)));
        let sweep = self.progress.swept_at.map(|at| at + settings.sweep_interval).max(self.no_sweep_before);
        let next = looks
            .chain(sweep)
            .chain(self.looking.next())
            .chain([self.audits.next(self.progress.audited_at)])
            .min();
        let wait = next.and_then(|next| (next - now).to_std().ok()).unwrap_or_default();
        let most = settings.interval.unwrap_or(LONGEST_SLEEP).min(LONGEST_SLEEP).min(ledger.lease() / 4);
        tokio::time::sleep(wait.min(most).max(SHORTEST_SLEEP)).await;
        Ok(())
    }
}
