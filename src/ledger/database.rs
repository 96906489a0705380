//! The connections to either database, and how transactions begin.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, PgPool, Postgres, SqlitePool, Transaction};
use tokio::time::{Instant, sleep};

use super::dialect::Dialect;
use super::fault;
use super::location::Location;
use super::place::Place;
use super::session::{Kind, Session};
use crate::background;
use crate::error::Error;

/// How long to wait for whoever writes to SQLite's file.
const BUSY: Duration = Duration::from_secs(10);
/// How long to wait where SQLite does not.
const A_MOMENT: Duration = Duration::from_millis(20);
/// How long to wait for a connection.
pub(super) const CONNECT: Duration = Duration::from_secs(15);
/// Connections of one ledger.
const CONNECTIONS: u32 = 4;

/// Rows that SQLite's thread gives ahead of who reads them.
const ROWS: usize = 1_024;

/// How PostgreSQL begins. Few rows are found by their indexes, though it knows of no statistics yet of a new
/// ledger, and keeps the plans that it makes of its first rows.
const WRITE: [&str; 3] = ["BEGIN", FEW, SAFE];
/// Writers of observations take turns, so that the ids of those come in the order in which they can be read: who
/// has read up to one has missed none before it. So do those who share a sweep, whose rows are the same.
const OBSERVE: [&str; 4] = ["BEGIN", FEW, SAFE, "SELECT pg_advisory_xact_lock(88250056966146)"];
const READ: [&str; 2] = ["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", FEW];
const READ_MUCH: [&str; 1] = ["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"];
/// What looks dear by that is not: compiling it would be.
const FEW: &str = "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; \
    SET LOCAL enable_mergejoin = off; SET LOCAL jit = off";

/// Who falls asleep in the middle of writing, as a laptop does, holds nobody up for long; and what is committed is
/// on the disk, whatever the server was set to.
const SAFE: &str = "SET LOCAL idle_in_transaction_session_timeout = '5s'; SET LOCAL synchronous_commit = on";

/// Connections to a database, made as they are needed.
pub(super) struct Database {
    location: Location,
    /// How errors name it.
    shown: Arc<str>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    pool: Option<Pool>,
    /// Calls and runs that use it.
    users: usize,
    is_closed: bool,
}

#[derive(Debug, Clone)]
enum Pool {
    /// One connection that writes, which so keeps its pages, and some that read.
    Sqlite {
        place: Place,
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// For where SQLite itself does not wait for others: while one of them begins with the WAL, or ends with it.
pub(super) struct Patience(Instant);

impl Patience {
    pub(super) fn new() -> Self {
        Self(Instant::now() + BUSY)
    }

    /// Whether to try again after an error, once a moment has passed.
    pub(super) async fn try_again(&mut self, error: Option<&sqlx::Error>) -> bool {
        let is_busy = error.is_some_and(fault::is_busy) && Instant::now() < self.0;
        if is_busy {
            sleep(A_MOMENT.mul_f64(0.5 + fastrand::f64())).await; // not all at once
        }
        is_busy
    }
}

/// The options of connections to a file, before it is known to be ours.
pub(super) fn sqlite(path: &std::path::Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .busy_timeout(BUSY)
        .row_buffer_size(ROWS)
}

impl Database {
    pub(super) fn new(location: &Location) -> Self {
        Self { location: location.clone(), shown: location.shown().into(), state: Mutex::default() }
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    pub(super) fn dialect(&self) -> Dialect {
        match self.location {
            Location::Sqlite(_) => Dialect::Sqlite,
            Location::Postgres(..) => Dialect::Postgres,
        }
    }

    /// Begins to write. SQLite has one writer at a time.
    pub(super) async fn write(&self) -> Result<Session, Error> {
        self.begin(true, &WRITE).await
    }

    /// Begins to write observations, among others.
    pub(super) async fn observe(&self) -> Result<Session, Error> {
        self.begin(true, &OBSERVE).await
    }

    /// Begins to read a few rows of what does not change meanwhile.
    pub(super) async fn read(&self) -> Result<Session, Error> {
        self.begin(false, &READ).await
    }

    /// Begins to read any number of rows.
    pub(super) async fn read_much(&self) -> Result<Session, Error> {
        self.begin(false, &READ_MUCH).await
    }

    async fn begin(&self, writes: bool, of_postgres: &[&str]) -> Result<Session, Error> {
        self.check_place().await?;
        let mut patience = Patience::new();
        loop {
            let transaction = match self.pool()? {
                Pool::Sqlite { writer, .. } if writes => {
                    writer.begin_with("BEGIN IMMEDIATE").await.map(Kind::Sqlite)
                }
                Pool::Sqlite { readers, .. } => readers.begin().await.map(Kind::Sqlite),
                Pool::Postgres(pool) => {
                    begin_postgres(pool, of_postgres.join("; ")).await.map(Kind::Postgres)
                }
            };
            if matches!(transaction, Err(sqlx::Error::PoolClosed)) {
                continue; // somebody let go of the ledger just now: there is another pool, or an error
            }
            if !patience.try_again(transaction.as_ref().err()).await {
                return self.session(transaction);
            }
        }
    }

    /// Fails when a file of SQLite is no longer where it was opened: what is written to it then is lost.
    pub(super) async fn check_place(&self) -> Result<(), Error> {
        let pool = self.lock().pool.clone();
        match pool {
            Some(Pool::Sqlite { place, writer, .. }) if place.is_left() => {
                part(&writer).await;
                Err(fault::gone(&self.shown))
            }
            _ => Ok(()),
        }
    }

    fn session(&self, transaction: Result<Kind, sqlx::Error>) -> Result<Session, Error> {
        let transaction = transaction.map_err(|error| fault::of(&self.shown, &error))?;
        Ok(Session::new(transaction, &self.shown))
    }

    fn pool(&self) -> Result<Pool, Error> {
        if let Location::Sqlite(path) = &self.location
            && !path.exists()
        {
            return Err(fault::gone(&self.shown)); // what is written to a removed file is lost
        }
        let mut state = self.lock();
        if state.is_closed {
            return Err(fault::closed(&self.shown));
        }
        Ok(state.pool.get_or_insert_with(|| open(&self.location)).clone())
    }

    /// Has connections stay until `end_use`.
    pub(super) fn begin_use(&self) {
        self.lock().users += 1;
    }

    pub(super) fn end_use(&self) {
        self.lock().users -= 1;
    }

    /// Closes all connections, unless somebody uses them. Another copy of SQLite in this process, such as
    /// Python's own, would undo our locks on the file, and take its index from under us; and a call that was
    /// cancelled may have left its connection in the middle of a transaction.
    pub(super) async fn rest(&self) {
        let pool = {
            let mut state = self.lock();
            if state.users == 0 { state.pool.take() } else { None }
        };
        close(pool).await;
    }

    /// Closes all connections, once those who use them are done. Who comes later gets an error.
    pub(super) async fn close(&self) {
        let pool = {
            let mut state = self.lock();
            state.is_closed = true;
            state.pool.take()
        };
        close(pool).await;
    }

    /// Gives up all connections, because one of them is in no good state.
    pub(super) fn discard(&self) {
        self.lock().pool = None;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Begins in a task of its own: whoever is cancelled in between would leave a connection in the middle of a
/// transaction, with all that it has locked.
async fn begin_postgres(
    pool: PgPool,
    statements: String,
) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let begun = background::spawn(async move { pool.begin_with(AssertSqlSafe(statements)).await });
    begun.await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

async fn close(pool: Option<Pool>) {
    match pool {
        Some(Pool::Sqlite { place, writer, readers }) => {
            readers.close().await;
            if place.is_left() {
                part(&writer).await;
            }
            writer.close().await; // the last one tidies up
        }
        Some(Pool::Postgres(pool)) => pool.close().await,
        None => {}
    }
}

/// Brings all that was written into a file that is no longer in its place, so that nothing of it is left for
/// whatever is there now.
async fn part(writer: &SqlitePool) {
    let _ = sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(writer).await; // as far as it can be
}

/// Makes a pool. What is committed survives a loss of power: `synchronous` is FULL.
fn open(location: &Location) -> Pool {
    match location {
        Location::Sqlite(path) => {
            let options = sqlite(path)
                .journal_mode(SqliteJournalMode::Wal)
                .synchronous(SqliteSynchronous::Full)
                .pragma("temp_store", "MEMORY");
            // Pages that are written again and again go to the file once in a while, all at once.
            let writer = options.clone().pragma("cache_size", "-32768").pragma("wal_autocheckpoint", "4000");
            Pool::Sqlite {
                place: Place::of(path),
                writer: pool_of_sqlite(1).connect_lazy_with(writer),
                readers: pool_of_sqlite(CONNECTIONS).connect_lazy_with(options),
            }
        }
        Location::Postgres(options, _) => {
            Pool::Postgres(pool_of_postgres().connect_lazy_with(PgConnectOptions::clone(options)))
        }
    }
}

// Connections stay: SQLite's would have to read its pages again, and no task has to look after them.
fn pool_of_sqlite(connections: u32) -> SqlitePoolOptions {
    SqlitePoolOptions::new()
        .max_connections(connections)
        .acquire_timeout(CONNECT)
        .idle_timeout(None)
        .max_lifetime(None)
        .test_before_acquire(false)
}

fn pool_of_postgres() -> PgPoolOptions {
    PgPoolOptions::new()
        .max_connections(CONNECTIONS)
        .acquire_timeout(CONNECT)
        .idle_timeout(None)
        .max_lifetime(None)
}
