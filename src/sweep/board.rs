//! Where those who feed a sweep, those who look at customers and those who take rows meet.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

use super::state::{Begun, State};
use super::{Ids, Order, Row, Tally, Target};
use crate::error::Error;
use crate::table::Table;

/// Customers of the list that are waited for to be begun before its next page is asked for: about a page.
const FEW: usize = 500;

/// How many customers more than those that keep a sweep busy it may be given.
const CHUNK: usize = 256;

/// Who takes rows bounds how many customers are looked at: each has a place from the beginning of its look
/// until its row is taken. A look that had begun and then had to wait for whoever takes the rows would run
/// into its timeout, and would keep the slot of the client that they may need to go on.
pub(super) struct Board {
    state: Mutex<State>,
    /// One permit for each customer that nobody has begun with; when there come no more, one for each who
    /// waits for them.
    given: Semaphore,
    places: Arc<Semaphore>,
    /// Places of rows that wait for an earlier one, so that a slow customer does not hold up the others.
    waiting_places: Arc<Semaphore>,
    /// Something happened that those who take rows or feed may wait for.
    news: Notify,
    /// Somebody began with a customer.
    begun: Notify,
    concurrency: usize,
    is_listing: bool,
}

impl Board {
    pub(super) fn new(concurrency: usize, order: Order) -> Self {
        let concurrency = concurrency.max(1);
        Self {
            state: Mutex::new(State::new(order)),
            given: Semaphore::new(0),
            places: Arc::new(Semaphore::new(2 * concurrency)),
            waiting_places: Arc::new(Semaphore::new(CHUNK - 1)),
            news: Notify::new(),
            begun: Notify::new(),
            concurrency,
            is_listing: false,
        }
    }

    /// For customers that are listed: they are not asked for of whoever takes the rows.
    pub(super) fn listing(self) -> Self {
        Self { is_listing: true, ..self }
    }

    /// For rows that are written down: it ends once that was written down, too.
    pub(super) fn recorded(self, is_recorded: bool) -> Self {
        self.lock().ends_with_task = is_recorded;
        self
    }

    pub(super) fn concurrency(&self) -> usize {
        self.concurrency
    }

    pub(super) fn feed(&self, targets: impl IntoIterator<Item = Target>) -> u64 {
        let mut state = self.lock();
        let (first, added) = state.feed(targets);
        self.note_full(&mut state);
        self.given.add_permits(added);
        first
    }

    pub(super) fn feed_ids(&self, ids: Ids) {
        let mut state = self.lock();
        let added = state.feed_ids(ids);
        self.note_full(&mut state);
        self.given.add_permits(added);
    }

    /// Notes that there is no room, so that it is told when there is: maybe before anybody waits for it.
    fn note_full(&self, state: &mut State) {
        state.was_full |= self.room_in(state) == 0;
    }

    pub(super) fn finish(&self) {
        self.end_customers(true);
    }

    fn end_customers(&self, is_whole: bool) {
        if self.lock().finish(is_whole) {
            self.given.add_permits(self.concurrency);
            self.news.notify_waiters();
        }
    }

    /// There are no more customers, though there should be.
    pub(super) fn break_off(&self) {
        self.end_customers(false);
    }

    /// There are no more customers, because their list could not be read.
    pub(super) fn fail(&self, failure: Error) {
        self.lock().failure = Some(failure);
        self.break_off();
    }

    /// Whether there are customers that it was not told of.
    pub(super) fn is_broken_off(&self) -> bool {
        self.lock().is_broken_off()
    }

    /// Begins with the next customer, once there is one and a place for its row.
    pub(super) async fn begin(&self) -> Option<Begun> {
        self.given.acquire().await.ok()?.forget();
        if self.lock().is_drained() {
            return None;
        }
        let place = Arc::clone(&self.places).acquire_owned().await.ok()?;
        let begun = self.lock().begin(place);
        self.begun.notify_one();
        begun
    }

    /// Adds the row of a customer.
    pub(super) fn add(&self, number: u64, row: Row, place: OwnedSemaphorePermit) {
        let is_news = {
            let mut state = self.lock();
            state.add(number, row, place, &self.waiting_places);
            let has_room = state.was_full && self.room_in(&state) > 0;
            has_room || state.is_ready() || state.is_over()
        };
        if is_news {
            self.news.notify_waiters();
        }
    }

    /// Adds the row of a customer that was looked at before.
    pub(super) fn add_known(&self, number: u64, row: Row, place: OwnedSemaphorePermit) {
        self.lock().note_known();
        self.add(number, row, place);
    }

    /// Lets another customer have the place of one that others look at, as long as there are places for
    /// those who wait.
    pub(super) fn put_aside(&self, place: OwnedSemaphorePermit) -> OwnedSemaphorePermit {
        Arc::clone(&self.waiting_places).try_acquire_owned().unwrap_or(place)
    }

    /// Waits until few customers are left that nobody has begun with.
    pub(super) async fn until_few(&self) {
        while self.lock().left() > FEW {
            self.begun.notified().await; // one of the past is remembered
        }
    }

    pub(super) fn room(&self) -> usize {
        self.room_in(&self.lock())
    }

    fn room_in(&self, state: &State) -> usize {
        let busy = 2 * self.concurrency;
        if self.is_listing || state.is_finished() || state.pending() - state.waiting() >= busy {
            return 0;
        }
        (busy + CHUNK - 1).saturating_sub(state.pending())
    }

    pub(super) async fn ready(&self) -> Result<bool, Error> {
        loop {
            let mut news = std::pin::pin!(self.news.notified());
            news.as_mut().enable(); // what happens from here on is not missed
            {
                let mut state = self.lock();
                let has_room = state.was_full && self.room_in(&state) > 0;
                state.was_full &= !has_room;
                if state.is_ready() || has_room {
                    return Ok(true);
                }
                if state.is_over() {
                    return state.failure.take().map_or(Ok(false), Err);
                }
            }
            news.await;
        }
    }

    pub(super) fn is_ready(&self) -> bool {
        self.lock().is_ready()
    }

    pub(super) fn peek<T>(&self, look: impl FnOnce(&Row) -> T) -> Option<T> {
        self.lock().peek().map(look)
    }

    pub(super) fn take(&self) -> Option<(u64, Row)> {
        self.lock().take()
    }

    pub(super) fn collect(&self, batch_rows: Option<usize>) {
        self.lock().collect(batch_rows);
    }

    pub(super) fn take_batch(&self) -> Option<RecordBatch> {
        self.lock().take_batch()
    }

    pub(super) fn collected(&self) -> usize {
        self.lock().collected()
    }

    pub(super) fn take_table(&self) -> Table {
        self.lock().take_table()
    }

    pub(super) fn tally(&self) -> Tally {
        self.lock().tally()
    }

    pub(super) fn stop(&self) {
        self.lock().stop();
        self.news.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
