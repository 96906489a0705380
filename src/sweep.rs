//! Reads the qualifications of many customers at once: one row each, whatever happens to it.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, Utc};
use futures_util::{Stream, StreamExt, stream};
use tokio::sync::mpsc;
use tokio::task::{AbortHandle, JoinHandle};

use crate::background;
use crate::client::Client;
use crate::error::{Context, Error};
use crate::model::{Customer, CustomerId, Qualification};
use crate::query::CustomerQuery;

/// A customer to look at.
#[derive(Debug)]
pub struct Target {
    /// The id as it was given.
    pub given: String,
    /// The customer, when it came from the customers list.
    pub customer: Option<Customer>,
}

/// What became of one customer.
#[derive(Debug)]
pub struct Row {
    /// The id, in its wire form if it is a valid one.
    pub customer_id: String,
    /// The customer, when it came from the customers list.
    pub customer: Option<Customer>,
    /// Its qualifications, or why they could not be read.
    pub outcome: Result<Vec<Qualification>, Error>,
    /// The successful call; an error has its own.
    pub context: Option<Context>,
    /// When the answer came, UTC.
    pub observed_at: DateTime<Utc>,
}

/// A running sweep. Dropping it drops the requests in flight.
pub struct Sweep {
    rows: mpsc::Receiver<Result<Row, Error>>,
    task: JoinHandle<()>,
    total: Arc<AtomicUsize>,
    /// Why the customers list could not be read to its end.
    failure: Option<Error>,
}

/// Where the ids of a sweep go in; closing it ends the sweep after the last of them.
pub type Feed = mpsc::UnboundedSender<Target>;

impl Sweep {
    /// Sweeps the ids that go into the feed. Must be called within a tokio runtime.
    #[must_use]
    pub fn fed(client: &Client, concurrency: usize) -> (Feed, Self) {
        let (feed, mut targets) = mpsc::unbounded_channel();
        let stream = stream::poll_fn(move |context| targets.poll_recv(context)).map(Ok);
        (feed, Self::start(client, concurrency, stream, Arc::default()))
    }

    /// Sweeps all customers of the partner, while their list is still being read. Must be called
    /// within a tokio runtime.
    #[must_use]
    pub fn all(client: &Client, concurrency: usize) -> Self {
        let total = Arc::new(AtomicUsize::new(0));
        let targets = all_customers(client, Arc::clone(&total));
        Self::start(client, concurrency, targets, total)
    }

    fn start(
        client: &Client,
        concurrency: usize,
        targets: impl Stream<Item = Result<Target, Error>> + Send + 'static,
        total: Arc<AtomicUsize>,
    ) -> Self {
        let concurrency = concurrency.max(1);
        let (sender, rows) = mpsc::channel(2 * concurrency - 1);
        let client = client.clone();
        let task = background::spawn(async move {
            // The row gets its place before its customer is looked at. A look that had begun and then
            // had to wait for whoever takes the rows would run into its timeout, and would keep the
            // slot of the client that they may need to go on.
            let places = targets.then(|target| {
                let sender = sender.clone();
                async move { (target, sender.reserve_owned().await) }
            });
            let looking = places.for_each_concurrent(concurrency, |(target, place)| {
                let client = client.clone();
                async move {
                    if let Ok(place) = place {
                        place.send(look(client, target).await);
                    }
                }
            });
            looking.await;
        });
        Self { rows, task, total, failure: None }
    }

    /// The rows that are ready, at least one; none at the end, and once it was stopped.
    ///
    /// # Errors
    /// When the customers list cannot be read, after the rows of those that it did name.
    pub async fn next(&mut self, most: usize) -> Result<Vec<Row>, Error> {
        loop {
            let mut ready = Vec::new();
            if self.rows.recv_many(&mut ready, most).await == 0 {
                return self.failure.take().map_or(Ok(Vec::new()), Err);
            }
            let mut rows = Vec::with_capacity(ready.len());
            for row in ready {
                match row {
                    Ok(row) => rows.push(row),
                    Err(error) => self.failure = Some(error),
                }
            }
            if !rows.is_empty() {
                return Ok(rows);
            }
        }
    }

    /// The rows that can be had without waiting.
    pub fn ready(&mut self) -> Vec<Row> {
        let ready = std::iter::from_fn(|| self.rows.try_recv().ok());
        ready.filter_map(Result::ok).collect()
    }

    /// Whether a row can be had without waiting.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        !self.rows.is_empty()
    }

    /// Stops the sweep from elsewhere, while somebody waits for rows.
    #[must_use]
    pub fn stopper(&self) -> AbortHandle {
        self.task.abort_handle()
    }

    /// How many customers the partner has, as far as their list has been read.
    #[must_use]
    pub fn listed(&self) -> usize {
        self.total.load(Ordering::Relaxed)
    }
}

impl Drop for Sweep {
    fn drop(&mut self) {
        self.task.abort();
    }
}

fn all_customers(
    client: &Client,
    total: Arc<AtomicUsize>,
) -> impl Stream<Item = Result<Target, Error>> + Send + use<> {
    let pages = client.list_customers(&CustomerQuery::default());
    let page_by_page = stream::unfold(Some(pages), |pages| async {
        let mut pages = pages?;
        match pages.next().await {
            Ok(Some(customers)) => Some((Ok(customers), Some(pages))),
            Ok(None) => None,
            Err(error) => Some((Err(error), None)),
        }
    });
    page_by_page.flat_map(move |page| {
        let targets: Vec<_> = match page {
            Ok(customers) => {
                total.fetch_add(customers.len(), Ordering::Relaxed);
                customers.into_iter().map(|customer| Ok(Target::from(customer))).collect()
            }
            Err(error) => vec![Err(error)],
        };
        stream::iter(targets)
    })
}

impl From<Customer> for Target {
    fn from(customer: Customer) -> Self {
        Self { given: customer.customer_id.clone(), customer: Some(customer) }
    }
}

/// How the row of a customer shows its id: in its wire form if it is a valid one.
#[must_use]
pub fn shown_id(given: &str) -> String {
    CustomerId::parse(given).map_or_else(|_| given.to_owned(), |id| id.to_string())
}

async fn look(client: Client, target: Result<Target, Error>) -> Result<Row, Error> {
    let Target { given, customer } = target?;
    let (customer_id, reply) = match CustomerId::parse(&given) {
        Ok(id) => (id.to_string(), client.read_qualifications(id).await),
        Err(error) => (given, Err(error)),
    };
    let context = reply.as_ref().ok().map(|reply| reply.context.clone());
    let outcome = reply.map(|reply| reply.value);
    Ok(Row { customer_id, customer, outcome, context, observed_at: Utc::now() })
}
