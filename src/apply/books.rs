//! Keeps the ledger of a run: claims what is to be sent next, and writes down what came of what was sent, both
//! in one transaction for as many as are there. Only then are they sent, and told of.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use tokio::sync::mpsc::{Receiver, Sender};
use tokio::time::{Instant, sleep, timeout_at};

use super::finished::Finished;
use super::outcome::Outcome;
use super::run::Run;
use super::sending::Claimed;
use crate::error::Error;
use crate::ledger::claims::Claim;
use crate::ledger::observations::{Record, Source};
use crate::ledger::submissions::Submission;

/// How many results one transaction writes.
const BATCH: usize = 384;
/// How many requests are claimed at most: a run that is killed leaves no more to be looked for.
pub(super) const MOST_CLAIMED: usize = 1_024;
/// How many make it worth its while, and how long to wait for them.
const ENOUGH: usize = 96;
const A_MOMENT: Duration = Duration::from_millis(5);
/// How often to look what became of what others have.
const INTERVAL: Duration = Duration::from_millis(250);

/// The requests of a run.
pub(super) struct Books<'a> {
    run: &'a Run,
    /// Those that nobody here has begun with.
    waiting: VecDeque<i64>,
    /// Those that others have, or that may still be on their way.
    elsewhere: VecDeque<i64>,
    /// All that have not come to their end, and their rows.
    open: HashMap<i64, (Submission, u64)>,
    /// How many are claimed, and not written down as finished.
    claimed: usize,
    /// How many are to be claimed.
    window: usize,
    /// When to look for what others have.
    again: Instant,
}

impl<'a> Books<'a> {
    pub(super) fn new(run: &'a Run, requests: Vec<(Submission, u64)>) -> Self {
        let mut waiting: VecDeque<_> = requests.iter().map(|(submission, _)| submission.id).collect();
        if run.ledger.is_shared() && !waiting.is_empty() {
            waiting.rotate_left(fastrand::usize(..waiting.len())); // workers that begin apart meet less
        }
        let open = requests.into_iter().map(|(submission, row)| (submission.id, (submission, row))).collect();
        let (elsewhere, again) = (VecDeque::new(), Instant::now());
        Self { run, waiting, elsewhere, open, claimed: 0, window: window(run.concurrency, 0), again }
    }

    /// Sees all requests through, here or elsewhere. When the ledger takes no more, nothing more is sent; what
    /// is still in flight is waited for, though nothing can be written of it: the next run reads it back.
    pub(super) async fn keep(
        mut self,
        to_send: Sender<Claimed>,
        mut finished: Receiver<Finished>,
        results: &Sender<Outcome>,
    ) {
        let mut batch = Vec::new();
        while !self.is_done() {
            self.window = window(self.run.concurrency, finished.len());
            self.wait(&mut finished, &mut batch).await;
            let step = self.step(&mut batch, &to_send, results).await;
            if let Err(error) = step {
                self.run.stop(error);
                return self.give_up(to_send, finished).await;
            }
        }
    }

    fn is_done(&self) -> bool {
        let nothing_left = self.waiting.is_empty() && self.elsewhere.is_empty();
        self.claimed == 0 && (nothing_left || self.run.is_stopping())
    }

    /// Whether to claim more even if nothing has finished.
    fn has_demand(&self) -> bool {
        !self.waiting.is_empty() && !self.run.is_stopping() && self.claimed <= self.window / 2
    }

    /// How many may be claimed now, when so many have finished.
    fn room(&self, finished: usize) -> usize {
        let claimed = self.claimed - finished;
        if self.run.is_stopping() { 0 } else { self.window.saturating_sub(claimed) }
    }

    /// Waits until there is something to write: results, or requests to be claimed.
    async fn wait(&self, finished: &mut Receiver<Finished>, batch: &mut Vec<Finished>) {
        let has_demand = self.has_demand();
        if !has_demand && self.claimed > 0 {
            let has_others = self.waiting.is_empty() && !self.elsewhere.is_empty();
            let soon = if has_others { self.again } else { Instant::now() + 4 * INTERVAL };
            let _ = timeout_at(soon, finished.recv_many(batch, BATCH)).await; // one that is late comes later
            let end = Instant::now() + A_MOMENT;
            let enough = ENOUGH.min(self.claimed / 2); // with something left to send meanwhile
            while !batch.is_empty() && batch.len() < enough {
                let more = BATCH - batch.len();
                if timeout_at(end, finished.recv_many(batch, more)).await.is_err() {
                    break;
                }
            }
        } else if !has_demand {
            sleep(self.again.saturating_duration_since(Instant::now())).await;
        }
        while batch.len() < BATCH
            && let Ok(one) = finished.try_recv()
        {
            batch.push(one);
        }
    }

    /// One transaction, and what follows from it.
    async fn step(
        &mut self,
        batch: &mut Vec<Finished>,
        to_send: &Sender<Claimed>,
        results: &Sender<Outcome>,
    ) -> Result<(), Error> {
        let fence = self.run.lease.fence(); // before the claim, so that it ends before that does
        let wanted = self.wanted(batch.len());
        let claims = self.write(batch, &wanted).await?;
        self.claimed -= batch.len();
        for one in batch.drain(..) {
            if let Finished::LetGo(id, _) = one {
                self.elsewhere.push_back(id); // ours again, unless it is another's
                continue;
            }
            let known = self.open.remove(&one.id());
            if let Some(outcome) = known.and_then(|(_, row)| one.outcome(row)) {
                let _ = results.send(outcome).await; // who takes results may be gone
            }
        }
        let mut taken: Vec<_> = claims.iter().map(|claim| claim.id).collect();
        taken.sort_unstable();
        self.elsewhere.extend(wanted.into_iter().filter(|id| taken.binary_search(id).is_err()));
        for Claim { id, needs_look, sent_at } in claims {
            if let Some((submission, _)) = self.open.get(&id) {
                let submission = Submission { sent_at: Some(sent_at), ..submission.clone() };
                self.claimed += 1;
                let _ = to_send.send(Claimed { submission, needs_look, fence: fence.clone() }).await; // there is room
            }
        }
        self.look_elsewhere(results).await
    }

    /// Which requests to claim next: what is free, then what others may have let go of.
    fn wanted(&mut self, finished: usize) -> Vec<i64> {
        let room = self.room(finished);
        let is_time = Instant::now() >= self.again;
        let source = match (&mut self.waiting, &mut self.elsewhere) {
            (waiting, _) if !waiting.is_empty() => waiting,
            (_, elsewhere) if is_time => elsewhere,
            _ => return Vec::new(),
        };
        let count = room.min(source.len());
        source.drain(..count).collect()
    }

    async fn write(&self, batch: &[Finished], wanted: &[i64]) -> Result<Vec<Claim>, Error> {
        let settled: Vec<_> = batch.iter().map(Finished::settled).collect();
        let looks: Vec<_> = batch.iter().filter_map(Finished::look).collect();
        let (settled, looks) = (settled.iter().collect(), looks.iter().collect());
        let record = Record { looks, settled, wanted, ..Record::default() };
        self.run.ledger.record(&record, Source::Apply, &self.run.worker).await
    }

    /// Tells of those that came to their end elsewhere.
    async fn look_elsewhere(&mut self, results: &Sender<Outcome>) -> Result<(), Error> {
        if self.elsewhere.is_empty() || !self.waiting.is_empty() || Instant::now() < self.again {
            return Ok(());
        }
        for ended in self.run.ledger.ended(self.elsewhere.make_contiguous()).await? {
            if let Some((_, row)) = self.open.remove(&ended.id) {
                let _ = results.send(Outcome::of_another(row, ended)).await;
            }
        }
        let open = &self.open;
        self.elsewhere.retain(|id| open.contains_key(id));
        self.again = Instant::now() + INTERVAL;
        Ok(())
    }

    async fn give_up(self, to_send: Sender<Claimed>, mut finished: Receiver<Finished>) {
        drop(to_send);
        let mut left = Vec::new();
        while finished.recv_many(&mut left, BATCH).await > 0 {
            left.clear();
        }
    }
}

/// How many requests are to be claimed when so many finish while a transaction goes on: those in flight, those
/// that finish in the next one, and those that it writes down. A slow service leaves few, should the run be
/// killed, and a quick one does not wait for us.
fn window(concurrency: usize, finished: usize) -> usize {
    (concurrency + 3 * finished).clamp((2 * concurrency).min(MOST_CLAIMED), MOST_CLAIMED)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slow_service_leaves_few_and_a_quick_one_is_kept_busy() {
        assert_eq!(window(16, 0), 32);
        assert_eq!(window(16, 2), 32);
        assert_eq!(window(16, 100), 316);
        assert_eq!(window(16, 10_000), MOST_CLAIMED);
    }

    #[test]
    fn there_is_always_room_for_what_is_claimed() {
        assert_eq!(window(1, 0), 2);
        assert_eq!(window(MOST_CLAIMED, 0), MOST_CLAIMED);
        assert_eq!(window(10 * MOST_CLAIMED, 0), MOST_CLAIMED);
    }
}
