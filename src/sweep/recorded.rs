//! A sweep that writes down what it sees: customers go from stage to stage, and each stage takes many at a
//! time, so that a transaction serves them all.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{StreamExt, future, stream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::time::{Instant, sleep_until};
use uuid::Uuid;

use super::board::Board;
use super::look;
use super::state::Begun;
use super::{Row, Target};
use crate::client::Client;
use crate::error::Error;
use crate::ledger::Ledger;
use crate::ledger::observations::{Look, Record, Source};
use crate::ledger::sweeps::Turn;

/// Customers that one transaction is about.
const BATCH: usize = 256;
/// How often to look how those stand that others read.
const INTERVAL: Duration = Duration::from_millis(250);

/// Where a sweep writes down what it sees.
#[derive(Clone)]
pub struct Recorder {
    /// The ledger.
    pub(crate) ledger: Ledger,
    /// Who looks.
    pub(crate) source: Source,
    /// How old a sweep that was interrupted may be to be gone on with; none is without.
    pub(crate) resume: Option<Duration>,
    /// Who this is, among those that share the ledger.
    pub(crate) worker: String,
}

impl Recorder {
    /// Writes to a ledger; with `resume`, goes on with the last sweep of its that was interrupted.
    #[must_use]
    pub fn new(ledger: &Ledger, resume: bool) -> Self {
        let worker = Uuid::new_v4().to_string();
        let resume = resume.then_some(Duration::MAX);
        Self { ledger: ledger.clone(), source: Source::Sweep, resume, worker }
    }

    /// Lets go of the ledger, once nobody looks any more.
    pub(super) async fn end(&self) {
        if self.ledger.is_shared() {
            self.ledger.let_go(self.ledger.release_customers(&self.worker)).await;
        }
        self.ledger.rest().await;
    }
}

/// One sweep of one worker.
struct Recording {
    board: Arc<Board>,
    recorder: Recorder,
    sweep_id: String,
}

/// A customer whose row is there.
type Seen = (Begun, Row);

/// Looks at customers until there are no more, and writes down what it sees before anybody can take it.
pub(super) async fn at_all(board: Arc<Board>, client: Client, recorder: Recorder) {
    let (failing, ledger) = (Arc::clone(&board), recorder.ledger.clone());
    let in_use = ledger.in_use();
    if let Err(error) = all(board, client, recorder).await {
        failing.fail(error);
    }
    drop(in_use);
    ledger.rest().await;
}

async fn all(board: Arc<Board>, client: Client, recorder: Recorder) -> Result<(), Error> {
    let ledger = recorder.ledger.clone();
    ledger.bind_to(client.tenant_id().await?.as_deref()).await?;
    let sweep_id = ledger.begin_sweep(recorder.source, recorder.resume).await?;
    let concurrency = board.concurrency();
    let recording = Arc::new(Recording { board, recorder, sweep_id });
    let (begun_sender, begun) = mpsc::channel(2 * concurrency);
    let (ours_sender, ours) = mpsc::channel(concurrency);
    let (seen_sender, seen) = mpsc::channel(2 * concurrency);
    let board = Arc::clone(&recording.board);
    let beginning = async move {
        while let Some(begun) = board.begin().await {
            let _ = begun_sender.send(begun).await; // who claims outlasts us, or all is over
        }
        Ok(())
    };
    let looking = async move {
        look_at(client, ours, concurrency, seen_sender).await;
        Ok(())
    };
    let claiming = recording.claim(begun, ours_sender);
    future::try_join4(beginning, claiming, looking, recording.write(seen)).await?;
    if recording.board.is_broken_off() {
        return Ok(()); // to be gone on with
    }
    ledger.finish_sweep(&recording.sweep_id).await
}

async fn look_at(client: Client, ours: Receiver<Begun>, concurrency: usize, seen: Sender<Seen>) {
    let ours = stream::unfold(ours, |mut ours| async { Some((ours.recv().await?, ours)) });
    ours.for_each_concurrent(concurrency, move |mut begun| {
        let (client, seen) = (client.clone(), seen.clone());
        async move {
            let row = look::at(&client, std::mem::take(&mut begun.target)).await;
            let _ = seen.send((begun, row)).await;
        }
    })
    .await;
}

impl Recording {
    /// Finds out whose turn it is to look at each customer.
    async fn claim(&self, mut begun: Receiver<Begun>, ours: Sender<Begun>) -> Result<(), Error> {
        let mut elsewhere: Vec<Begun> = Vec::new();
        let mut is_open = true;
        let mut again = Instant::now();
        while is_open || !elsewhere.is_empty() {
            let mut batch = Vec::new();
            tokio::select! {
                received = begun.recv_many(&mut batch, BATCH), if is_open => is_open = received > 0,
                () = sleep_until(again), if !elsewhere.is_empty() => batch.append(&mut elsewhere),
            }
            let was_elsewhere = batch.len();
            elsewhere.extend(self.sort(batch, &ours).await?);
            if was_elsewhere > 0 && !elsewhere.is_empty() {
                again = Instant::now() + INTERVAL;
            }
        }
        Ok(())
    }

    /// Hands on those that are ours to look at, and adds the rows of those that are known; gives the rest.
    async fn sort(&self, batch: Vec<Begun>, ours: &Sender<Begun>) -> Result<Vec<Begun>, Error> {
        let ids: HashSet<_> = batch.iter().filter_map(|begun| id(&begun.target)).collect();
        let turns = if ids.is_empty() {
            std::collections::HashMap::new()
        } else {
            self.recorder.ledger.take_customers(&self.sweep_id, &ids, &self.recorder.worker).await?
        };
        let mut elsewhere = Vec::new();
        for begun in batch {
            match id(&begun.target).and_then(|id| Some((turns.get(&id)?, id))) {
                Some((Turn::Done(found, read_at), customer_id)) => {
                    let outcome = Ok(found.clone());
                    let customer = begun.target.customer;
                    let row = Row { customer_id, customer, outcome, context: None, observed_at: *read_at };
                    self.board.add_known(begun.number, row, begun.place);
                }
                Some((Turn::Elsewhere, _)) => {
                    let place = self.board.put_aside(begun.place);
                    elsewhere.push(Begun { place, ..begun });
                }
                // One without a valid id is told so by whoever looks at it.
                Some((Turn::Ours, _)) | None => drop(ours.send(begun).await),
            }
        }
        Ok(elsewhere)
    }

    /// Writes down what was seen, and only then gives it to whoever takes rows.
    async fn write(&self, mut seen: Receiver<Seen>) -> Result<(), Error> {
        let mut batch = Vec::new();
        while seen.recv_many(&mut batch, BATCH).await > 0 {
            let looks: Vec<_> = batch.iter().filter_map(|(_, row)| look(row)).collect();
            let unread =
                batch.iter().filter(|(_, row)| row.outcome.is_err()).map(|(_, row)| &*row.customer_id);
            let record = Record {
                looks: looks.iter().collect(),
                unread: unread.collect(),
                sweep_id: Some(&self.sweep_id),
                ..Record::default()
            };
            self.recorder.ledger.record(&record, self.recorder.source, &self.recorder.worker).await?;
            for (begun, row) in batch.drain(..) {
                self.board.add(begun.number, row, begun.place);
            }
        }
        Ok(())
    }
}

fn id(target: &Target) -> Option<String> {
    Some(look::parse(target.given.as_deref()).ok()?.to_string())
}

fn look(row: &Row) -> Option<Look> {
    let found = row.outcome.as_ref().ok()?.clone();
    Some(Look { customer_id: row.customer_id.clone(), at: row.observed_at, found, is_whole: true })
}
