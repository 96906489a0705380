//! What a sweep has been given, what it looks at, and what it has found. No waiting here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use arrow_array::RecordBatch;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::columns::Columns;
use super::{Ids, Order, Row, Target};
use crate::error::Error;
use crate::table::{StatusCounts, Table};

/// A customer whose look has begun.
pub(super) struct Begun {
    pub(super) target: Target,
    /// Of the customer, in the order of feeding.
    pub(super) number: u64,
    /// Of its row, until that is taken.
    pub(super) place: OwnedSemaphorePermit,
}

/// How far a sweep has come.
#[derive(Debug, Clone, Default)]
pub struct Tally {
    /// Customers that it was given or has listed.
    pub given: u64,
    /// Customers whose rows were taken or collected.
    pub done: u64,
    /// Those of them whose qualifications could not be read.
    pub errors: u64,
    /// Rows of theirs by status, as in a table.
    pub counts: StatusCounts,
    /// Requests that were sent again, for whatever reason.
    pub retries: u64,
    /// Customers that an earlier part of the sweep, or another worker, has looked at.
    pub known: u64,
}

/// Whether more customers come, and whether those that came are still looked at.
#[derive(PartialEq, Eq)]
enum Phase {
    Open,
    /// All came, or those that did were all that could be told of.
    Finished {
        is_whole: bool,
    },
    Stopped,
}

/// A row, and the place that it keeps until it is taken.
struct Placed {
    number: u64,
    row: Row,
    _place: OwnedSemaphorePermit,
}

pub(super) struct State {
    order: Order,
    /// Customers that nobody has begun with, and columns of such.
    targets: VecDeque<Target>,
    ids: VecDeque<Ids>,
    begun: u64,
    looking: u64,
    /// Rows to be taken, in their order.
    rows: VecDeque<Placed>,
    /// Rows that wait for an earlier one, and whose turn it is.
    early: BTreeMap<u64, Placed>,
    turn: u64,
    /// Where rows go while nobody takes them one by one, and went before.
    columns: Option<Columns>,
    is_collecting: bool,
    tally: Tally,
    phase: Phase,
    /// Why the customers list could not be read to its end.
    pub(super) failure: Option<Error>,
    /// Whether there was no room for more customers, and nobody was told yet that there is again.
    pub(super) was_full: bool,
    /// Whether there is more to be done when all customers were looked at.
    pub(super) ends_with_task: bool,
}

impl State {
    pub(super) fn new(order: Order) -> Self {
        Self {
            order,
            targets: VecDeque::new(),
            ids: VecDeque::new(),
            begun: 0,
            looking: 0,
            rows: VecDeque::new(),
            early: BTreeMap::new(),
            turn: 0,
            columns: None,
            is_collecting: false,
            tally: Tally::default(),
            phase: Phase::Open,
            failure: None,
            was_full: false,
            ends_with_task: false,
        }
    }

    /// Adds customers; gives the number of the first of them, and how many there were.
    pub(super) fn feed(&mut self, targets: impl IntoIterator<Item = Target>) -> (u64, usize) {
        let (first, before) = (self.tally.given, self.targets.len());
        if self.is_finished() {
            return (first, 0); // nobody waits for their rows
        }
        self.targets.extend(targets);
        let added = self.targets.len() - before;
        self.tally.given += added as u64;
        (first, added)
    }

    pub(super) fn feed_ids(&mut self, ids: Ids) -> usize {
        if self.is_finished() {
            return 0;
        }
        let added = ids.left();
        self.tally.given += added as u64;
        self.ids.push_back(ids);
        added
    }

    /// Notes that no more customers come; gives whether that is new.
    pub(super) fn finish(&mut self, is_whole: bool) -> bool {
        let was_open = self.phase == Phase::Open;
        if was_open {
            self.phase = Phase::Finished { is_whole };
        }
        was_open
    }

    /// Whether there are customers that nobody will tell of any more.
    pub(super) fn is_broken_off(&self) -> bool {
        self.phase == Phase::Finished { is_whole: false }
    }

    pub(super) fn is_finished(&self) -> bool {
        self.phase != Phase::Open
    }

    /// Customers that nobody has begun with.
    pub(super) fn left(&self) -> usize {
        self.targets.len() + self.ids.iter().map(Ids::left).sum::<usize>()
    }

    /// Whether there will be nobody to begin with any more.
    pub(super) fn is_drained(&self) -> bool {
        self.is_finished() && self.left() == 0
    }

    pub(super) fn begin(&mut self, place: OwnedSemaphorePermit) -> Option<Begun> {
        let target = self.next_target()?;
        let number = self.begun;
        self.begun += 1;
        self.looking += 1;
        Some(Begun { target, number, place })
    }

    fn next_target(&mut self) -> Option<Target> {
        while let Some(ids) = self.ids.front_mut() {
            match ids.next() {
                Some(target) => return Some(target),
                None => drop(self.ids.pop_front()),
            }
        }
        self.targets.pop_front()
    }

    /// Adds the row of a customer. When it has to wait for an earlier one, it lets another customer have
    /// its place, as long as there are places for those who wait.
    pub(super) fn add(
        &mut self,
        number: u64,
        row: Row,
        place: OwnedSemaphorePermit,
        waiting_places: &Arc<Semaphore>,
    ) {
        if self.phase == Phase::Stopped {
            return;
        }
        self.looking -= 1;
        let context = row.context.as_ref().or_else(|| row.outcome.as_ref().err()?.context());
        self.tally.retries += context.map_or(0, |context| u64::from(context.attempts.saturating_sub(1)));
        if self.order == Order::Answered {
            self.rows.push_back(Placed { number, row, _place: place });
        } else {
            let is_early = number != self.turn;
            let waiting = is_early.then(|| Arc::clone(waiting_places).try_acquire_owned().ok()).flatten();
            self.early.insert(number, Placed { number, row, _place: waiting.unwrap_or(place) });
            while let Some(placed) = self.early.remove(&self.turn) {
                self.rows.push_back(placed);
                self.turn += 1;
            }
        }
        self.pour();
    }

    pub(super) fn note_known(&mut self) {
        self.tally.known += 1;
    }

    /// Customers that were given and whose rows nobody took yet.
    pub(super) fn pending(&self) -> usize {
        usize::try_from(self.tally.given - self.tally.done).unwrap_or(usize::MAX)
    }

    /// Those of them whose rows wait for an earlier one.
    pub(super) fn waiting(&self) -> usize {
        self.early.len()
    }

    /// Whether something can be taken.
    pub(super) fn is_ready(&self) -> bool {
        match &self.columns {
            Some(columns) if self.is_collecting => {
                columns.is_ready() || (self.is_at_end() && columns.has_last())
            }
            _ => !self.rows.is_empty(),
        }
    }

    /// Whether nothing more comes.
    pub(super) fn is_over(&self) -> bool {
        self.is_at_end() && self.rows.is_empty()
    }

    fn is_at_end(&self) -> bool {
        match self.phase {
            Phase::Open => false,
            Phase::Finished { .. } => self.left() == 0 && self.looking == 0 && !self.ends_with_task,
            Phase::Stopped => true,
        }
    }

    /// The next row that is there.
    pub(super) fn peek(&mut self) -> Option<&Row> {
        self.is_collecting = false;
        self.rows.front().map(|placed| &placed.row)
    }

    pub(super) fn take(&mut self) -> Option<(u64, Row)> {
        self.is_collecting = false;
        let Placed { number, row, .. } = self.rows.pop_front()?;
        self.tally.add(&row);
        Some((number, row))
    }

    pub(super) fn collect(&mut self, batch_rows: Option<usize>) {
        match &mut self.columns {
            Some(columns) => columns.resize(batch_rows),
            None => self.columns = Some(Columns::new(batch_rows)),
        }
        self.is_collecting = true;
        self.pour();
    }

    /// Puts rows into columns, as far as these take them.
    fn pour(&mut self) {
        let Some(columns) = self.columns.as_mut().filter(|_| self.is_collecting) else { return };
        while columns.has_room()
            && let Some(placed) = self.rows.pop_front()
        {
            self.tally.add(&placed.row);
            columns.push(&placed.row);
        }
    }

    pub(super) fn take_batch(&mut self) -> Option<RecordBatch> {
        let is_over = self.is_over();
        let batch = self.columns.as_mut()?.take_batch(is_over);
        self.pour();
        batch
    }

    /// How many rows were collected and not taken.
    pub(super) fn collected(&self) -> usize {
        self.columns.as_ref().map_or(0, Columns::len)
    }

    /// Takes all that was collected.
    pub(super) fn take_table(&mut self) -> Table {
        self.columns.take().unwrap_or_else(|| Columns::new(None)).into_table()
    }

    pub(super) fn tally(&self) -> Tally {
        self.tally.clone()
    }

    /// Gives up the customers that are not answered for; of the rows that wait for those, it is the turn.
    pub(super) fn stop(&mut self) {
        if std::mem::replace(&mut self.phase, Phase::Stopped) == Phase::Stopped {
            return;
        }
        self.targets.clear();
        self.ids.clear();
        self.rows.extend(std::mem::take(&mut self.early).into_values());
        self.pour();
    }
}

impl Tally {
    fn add(&mut self, row: &Row) {
        self.done += 1;
        self.errors += u64::from(row.outcome.is_err());
        self.counts.add_row(row);
    }
}
