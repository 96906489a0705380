//! Reads the qualifications of many customers at once: one row each, whatever happens to it.
//!
//! Customers are fed, read from [columns](Ids) or listed while the sweep already runs. A bounded number of
//! them is looked at ahead of whoever takes the rows, one by one or as columns of Arrow.

mod board;
mod columns;
mod ids;
mod look;
mod recorded;
mod state;

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatch;
use chrono::{DateTime, Utc};
use futures_util::future;
use tokio::task::AbortHandle;

use crate::background;
use crate::client::Client;
use crate::error::{Context, Error};
use crate::model::{Customer, Qualification};
use crate::table::Table;
use board::Board;

pub use ids::Ids;
pub use recorded::Recorder;
pub use state::Tally;

/// A customer to look at.
#[derive(Debug, Default)]
pub struct Target {
    /// The id as it was given; none where a column has a null.
    pub given: Option<String>,
    /// The customer, when more is known of it than the id.
    pub customer: Option<Customer>,
}

/// What became of one customer.
#[derive(Debug)]
pub struct Row {
    /// The id, in its wire form if it is a valid one.
    pub customer_id: String,
    /// The customer, when more was known of it than the id.
    pub customer: Option<Customer>,
    /// Its qualifications, or why they could not be read.
    pub outcome: Result<Vec<Qualification>, Error>,
    /// The successful call; an error has its own.
    pub context: Option<Context>,
    /// When it was asked for, UTC: what has happened since, the answer may have missed.
    pub observed_at: DateTime<Utc>,
}

/// In which order rows come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// As customers are answered: nobody waits for anybody.
    Answered,
    /// As customers were given. Rows that are answered before their turn wait for it, a bounded number.
    Given,
}

/// A running sweep. Dropping it drops the requests in flight.
pub struct Sweep {
    board: Arc<Board>,
    task: AbortHandle,
    client: Client,
    recorder: Option<Recorder>,
}

impl Sweep {
    /// Sweeps the customers that it is [fed](Self::feed). Must be called within a tokio runtime.
    #[must_use]
    pub fn fed(client: &Client, concurrency: usize, order: Order) -> Self {
        Self::fed_into(client, concurrency, order, None)
    }

    /// The same, and writes down what it sees where there is a recorder.
    #[must_use]
    pub fn fed_into(client: &Client, concurrency: usize, order: Order, recorder: Option<Recorder>) -> Self {
        let board = Board::new(concurrency, order).recorded(recorder.is_some());
        Self::start(client, Arc::new(board), recorder, future::ready(()))
    }

    /// Sweeps all customers of the partner, while their list is still being read. Must be called
    /// within a tokio runtime.
    #[must_use]
    pub fn all(client: &Client, concurrency: usize, order: Order) -> Self {
        Self::all_into(client, concurrency, order, None)
    }

    /// The same, and writes down what it sees where there is a recorder.
    #[must_use]
    pub fn all_into(client: &Client, concurrency: usize, order: Order, recorder: Option<Recorder>) -> Self {
        let board = Arc::new(Board::new(concurrency, order).listing().recorded(recorder.is_some()));
        let listing = look::list(Arc::clone(&board), client.clone());
        Self::start(client, board, recorder, listing)
    }

    fn start(
        client: &Client,
        board: Arc<Board>,
        recorder: Option<Recorder>,
        listing: impl Future<Output = ()> + Send + 'static,
    ) -> Self {
        let kept = recorder.clone();
        let looking: Pin<Box<dyn Future<Output = ()> + Send>> = match recorder {
            None => Box::pin(look::at_all(&board, client)),
            Some(recorder) => Box::pin(recorded::at_all(Arc::clone(&board), client.clone(), recorder)),
        };
        let end = End(Arc::clone(&board));
        let task = background::spawn(async move {
            let _end = end;
            let listing = async {
                listing.await;
                future::pending::<()>().await; // who looks knows when all are looked at
            };
            future::select(looking, std::pin::pin!(listing)).await;
        });
        Self { board, task: task.abort_handle(), client: client.clone(), recorder: kept }
    }

    /// Adds customers. Gives the number of the first of them, counted from 0 in the order of feeding.
    pub fn feed(&self, targets: impl IntoIterator<Item = Target>) -> u64 {
        self.board.feed(targets)
    }

    /// Adds the customers of a column, which are read from it when their turn comes.
    pub fn feed_ids(&self, ids: Ids) {
        self.board.feed_ids(ids);
    }

    /// Says that no more customers come.
    pub fn finish(&self) {
        self.board.finish();
    }

    /// Says that no more customers come, though there are some: another sweep is to go on with this one.
    pub fn break_off(&self) {
        self.board.break_off();
    }

    /// How many more customers it can use now: none as long as those that it has keep it busy.
    #[must_use]
    pub fn room(&self) -> usize {
        self.board.room()
    }

    /// Waits until something can be taken, or there is room for more customers again. Gives whether there
    /// is, or will be, anything: not at the end, and not once the sweep was stopped.
    ///
    /// # Errors
    /// When the customers list cannot be read, after the rows of those that it did name.
    pub async fn ready(&self) -> Result<bool, Error> {
        self.board.ready().await
    }

    /// Whether a row can be taken without waiting.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.board.is_ready()
    }

    /// Looks at the next row that is there, without taking it.
    pub fn peek<T>(&self, look: impl FnOnce(&Row) -> T) -> Option<T> {
        self.board.peek(look)
    }

    /// Takes the next row that is there, with the number of its customer.
    #[must_use]
    pub fn take(&self) -> Option<(u64, Row)> {
        self.board.take()
    }

    /// The rows that are ready, at least one; none at the end, and once it was stopped.
    ///
    /// # Errors
    /// As for [`ready`](Self::ready).
    pub async fn next(&self, most: usize) -> Result<Vec<Row>, Error> {
        loop {
            let rows: Vec<_> = std::iter::from_fn(|| self.take()).take(most).map(|(_, row)| row).collect();
            if !rows.is_empty() || !self.ready().await? {
                return Ok(rows);
            }
        }
    }

    /// From now on rows go into the columns of a table, until somebody takes one.
    pub fn collect(&self) {
        self.board.collect(None);
    }

    /// From now on rows go into batches of so many rows, and stay a bounded number ahead of whoever
    /// takes those.
    pub fn collect_batches(&self, rows: usize) {
        self.board.collect(Some(rows));
    }

    /// Takes the next batch that is full; at the end, also the last one.
    #[must_use]
    pub fn take_batch(&self) -> Option<RecordBatch> {
        self.board.take_batch()
    }

    /// How many rows were collected and not taken.
    #[must_use]
    pub fn collected(&self) -> usize {
        self.board.collected()
    }

    /// Takes all that was collected and not taken as batches.
    #[must_use]
    pub fn take_table(&self) -> Table {
        self.board.take_table()
    }

    /// How far it has come.
    #[must_use]
    pub fn tally(&self) -> Tally {
        self.board.tally()
    }

    /// How long the service still wants to be left alone.
    #[must_use]
    pub fn paused_for(&self) -> Option<Duration> {
        self.client.paused_for()
    }

    /// Drops the requests in flight, also while somebody waits for rows. What was answered by then can
    /// still be taken.
    pub fn stop(&self) {
        self.task.abort();
        self.board.stop();
    }

    /// Stops, and waits until all requests are dropped and the ledger that it writes to is let go of.
    pub async fn end(&self) {
        self.stop();
        background::ended(&self.task).await;
        if let Some(recorder) = &self.recorder {
            recorder.end().await;
        }
    }
}

/// Ends the wait for rows however the work in the background ends.
struct End(Arc<Board>);

impl Drop for End {
    fn drop(&mut self) {
        self.0.stop();
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        self.stop();
    }
}

impl From<Customer> for Target {
    fn from(customer: Customer) -> Self {
        Self { given: Some(customer.customer_id.clone()), customer: Some(customer) }
    }
}
