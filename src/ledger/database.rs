//! The two databases behind one small interface: statements with texts as parameters, and rows of texts.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, PgPool, Postgres, Row, Sqlite, SqlitePool, Transaction};
use tokio::time::{Instant, sleep};

use super::dialect::{Dialect, Field};
use super::fault;
use super::location::Location;
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

/// How many rows a statement is about.
const SIZES: [usize; 11] = [1, 4, 16, 32, 64, 96, 128, 160, 192, 256, 384];

/// How PostgreSQL begins. Few rows are found by their indexes, though it knows of no statistics yet of a new
/// ledger, and keeps the plans that it makes of its first rows.
const WRITE: [&str; 2] = ["BEGIN", FEW];
const READ: [&str; 2] = ["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", FEW];
const READ_MUCH: [&str; 1] = ["BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY"];
const FEW: &str =
    "SET LOCAL enable_seqscan = off; SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off";

/// Rows for a statement. The first column is never null.
pub(super) struct Given<'a> {
    pub(super) fields: &'a [Field],
    pub(super) rows: Vec<Texts>,
}

/// A row as texts.
pub(super) type Texts = Vec<Option<String>>;

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
        writer: SqlitePool,
        readers: SqlitePool,
    },
    Postgres(PgPool),
}

/// A transaction. Dropped before it is committed, it changes nothing.
pub(super) struct Session {
    transaction: Kind,
    shown: Arc<str>,
}

enum Kind {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
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

    /// Begins to read a few rows of what does not change meanwhile.
    pub(super) async fn read(&self) -> Result<Session, Error> {
        self.begin(false, &READ).await
    }

    /// Begins to read any number of rows.
    pub(super) async fn read_much(&self) -> Result<Session, Error> {
        self.begin(false, &READ_MUCH).await
    }

    async fn begin(&self, writes: bool, of_postgres: &[&str]) -> Result<Session, Error> {
        let mut patience = Patience::new();
        loop {
            let transaction = match self.pool()? {
                Pool::Sqlite { writer, .. } if writes => {
                    writer.begin_with("BEGIN IMMEDIATE").await.map(Kind::Sqlite)
                }
                Pool::Sqlite { readers, .. } => readers.begin().await.map(Kind::Sqlite),
                Pool::Postgres(pool) => {
                    pool.begin_with(AssertSqlSafe(of_postgres.join("; "))).await.map(Kind::Postgres)
                }
            };
            if !patience.try_again(transaction.as_ref().err()).await {
                return self.session(transaction);
            }
        }
    }

    fn session(&self, transaction: Result<Kind, sqlx::Error>) -> Result<Session, Error> {
        let transaction = transaction.map_err(|error| fault::of(&self.shown, &error))?;
        Ok(Session { transaction, shown: Arc::clone(&self.shown) })
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

async fn close(pool: Option<Pool>) {
    match pool {
        Some(Pool::Sqlite { writer, readers }) => {
            readers.close().await;
            writer.close().await; // the last one tidies up
        }
        Some(Pool::Postgres(pool)) => pool.close().await,
        None => {}
    }
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

/// Runs the same with either kind of transaction.
macro_rules! with {
    ($session:ident, $transaction:ident => $run:expr) => {{
        let result = match &mut $session.transaction {
            Kind::Sqlite($transaction) => $run,
            Kind::Postgres($transaction) => $run,
        };
        result.map_err(|error| fault::of(&$session.shown, &error))
    }};
}

/// A statement with its parameters.
macro_rules! query {
    ($sql:ident, $values:ident) => {{
        let query = sqlx::query(AssertSqlSafe($sql)); // of our own making: values are parameters
        $values.iter().fold(query, |query, value| query.bind(storable(value)))
    }};
}

/// A text as every database can have it: PostgreSQL has no NUL.
fn storable(text: &str) -> String {
    if text.contains("\\u0000") || text.contains('\0') {
        return text.replace("\\u0000", "\\ufffd").replace('\0', "\u{fffd}");
    }
    text.to_owned()
}

impl Session {
    pub(super) fn dialect(&self) -> Dialect {
        match self.transaction {
            Kind::Sqlite(_) => Dialect::Sqlite,
            Kind::Postgres(_) => Dialect::Postgres,
        }
    }

    pub(super) fn shown(&self) -> &str {
        &self.shown
    }

    /// Runs a statement.
    pub(super) async fn execute(&mut self, sql: String, values: &[&str]) -> Result<(), Error> {
        with!(self, transaction => query!(sql, values).execute(&mut **transaction).await.map(drop))
    }

    /// Runs several statements without parameters.
    pub(super) async fn script(&mut self, sql: String) -> Result<(), Error> {
        with!(self, transaction => {
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut **transaction).await.map(drop)
        })
    }

    /// The rows that a statement gives, whose columns are all texts.
    pub(super) async fn rows(&mut self, sql: String, values: &[&str]) -> Result<Vec<Texts>, Error> {
        with!(self, transaction => {
            let rows = query!(sql, values).fetch_all(&mut **transaction).await;
            rows.and_then(|rows| rows.iter().map(texts).collect())
        })
    }

    /// Runs a statement about rows, which it knows as `given`.
    pub(super) async fn execute_for(
        &mut self,
        given: &Given<'_>,
        statement: impl Fn(&str) -> String,
    ) -> Result<Vec<Texts>, Error> {
        let mut found = Vec::new();
        for rows in given.rows.chunks(SIZES[SIZES.len() - 1]) {
            let count = SIZES.into_iter().find(|size| *size >= rows.len()).unwrap_or(rows.len());
            let sql = statement(&self.dialect().rows(given.fields, count));
            let rows = match &mut self.transaction {
                Kind::Sqlite(transaction) => execute_padded(transaction, sql, rows, count).await,
                Kind::Postgres(transaction) => execute_columns(transaction, sql, rows).await,
            };
            found.extend(rows.map_err(|error| fault::of(&self.shown, &error))?);
        }
        Ok(found)
    }

    /// The first value of the first row.
    pub(super) async fn value(&mut self, sql: String, values: &[&str]) -> Result<Option<String>, Error> {
        Ok(self.rows(sql, values).await?.into_iter().flatten().next().flatten())
    }

    pub(super) async fn commit(self) -> Result<(), Error> {
        let done = match self.transaction {
            Kind::Sqlite(transaction) => transaction.commit().await,
            Kind::Postgres(transaction) => transaction.commit().await,
        };
        done.map_err(|error| fault::of(&self.shown, &error))
    }
}

/// Runs a statement about rows, whose number is rounded up by rows of nulls, so that few different statements
/// have to be prepared.
async fn execute_padded(
    transaction: &mut Transaction<'static, Sqlite>,
    sql: String,
    rows: &[Texts],
    count: usize,
) -> Result<Vec<Texts>, sqlx::Error> {
    let mut values: Vec<_> = rows.iter().flatten().map(|text| text.as_deref().map(storable)).collect();
    values.resize(count * rows.first().map_or(0, Vec::len), None);
    let query = sqlx::query(AssertSqlSafe(sql)); // of our own making: values are parameters
    let query = values.into_iter().fold(query, sqlx::query::Query::bind);
    query.fetch_all(&mut **transaction).await?.iter().map(texts).collect()
}

/// Runs a statement about rows, which are passed column by column.
async fn execute_columns(
    transaction: &mut Transaction<'static, Postgres>,
    sql: String,
    rows: &[Texts],
) -> Result<Vec<Texts>, sqlx::Error> {
    let column =
        |place: usize| rows.iter().map(|row| row[place].as_deref().map(storable)).collect::<Vec<_>>();
    let columns = (0..rows.first().map_or(0, Vec::len)).map(column);
    let query = sqlx::query(AssertSqlSafe(sql)); // of our own making: values are parameters
    let query = columns.fold(query, sqlx::query::Query::bind);
    query.fetch_all(&mut **transaction).await?.iter().map(texts).collect()
}

fn texts<R: Row>(row: &R) -> Result<Texts, sqlx::Error>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|column| row.try_get(column)).collect()
}
