//! A transaction of either database behind one small interface: statements with texts as parameters, and rows of
//! texts.

use std::sync::Arc;

use sqlx::{AssertSqlSafe, Postgres, Row, Sqlite, Transaction};

use super::dialect::{Dialect, Field};
use super::fault;
use crate::error::Error;

/// How many rows a statement is about.
const SIZES: [usize; 11] = [1, 4, 16, 32, 64, 96, 128, 160, 192, 256, 384];

/// Rows for a statement. The first column is never null.
pub(super) struct Given<'a> {
    pub(super) fields: &'a [Field],
    pub(super) rows: Vec<Texts>,
}

/// A row as texts.
pub(super) type Texts = Vec<Option<String>>;

/// A transaction. Dropped before it is committed, it changes nothing.
pub(super) struct Session {
    transaction: Kind,
    shown: Arc<str>,
}

pub(super) enum Kind {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
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
        $values.iter().fold(query, |query, &value| query.bind(storable(value.to_owned())))
    }};
}

/// A text as every database can have it: PostgreSQL has no NUL.
fn storable(text: String) -> String {
    if text.contains("\\u0000") || text.contains('\0') {
        return text.replace("\\u0000", "\\ufffd").replace('\0', "\u{fffd}");
    }
    text
}

impl Session {
    pub(super) fn new(transaction: Kind, shown: &Arc<str>) -> Self {
        Self { transaction, shown: Arc::clone(shown) }
    }

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

    /// The rows of a table, or a part of one. From SQLite all in one value: what makes values costs it and its
    /// driver a multiple of what makes a text.
    pub(super) async fn select(
        &mut self,
        columns: &[&str],
        from: &str,
        values: &[&str],
    ) -> Result<Vec<Texts>, Error> {
        if self.dialect() == Dialect::Postgres {
            return self.rows(format!("SELECT {} FROM {from}", columns.join(", ")), values).await;
        }
        let columns: Vec<_> = columns.iter().map(|&column| column.to_owned()).collect();
        let sql = format!("SELECT {} FROM {from}", self.dialect().page(&columns));
        let Some(page) = self.value(sql, values).await? else { return Ok(Vec::new()) };
        serde_json::from_str(&page).map_err(|_| fault::unreadable(&self.shown, "page"))
    }

    /// Runs a statement about rows, which it knows as `given`.
    pub(super) async fn execute_for(
        &mut self,
        given: Given<'_>,
        statement: impl Fn(&str) -> String,
    ) -> Result<Vec<Texts>, Error> {
        let (mut found, mut left) = (Vec::new(), given.rows);
        while !left.is_empty() {
            let rest = left.split_off(left.len().min(SIZES[SIZES.len() - 1]));
            let rows = std::mem::replace(&mut left, rest);
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
    rows: Vec<Texts>,
    count: usize,
) -> Result<Vec<Texts>, sqlx::Error> {
    let width = rows.first().map_or(0, Vec::len);
    let mut values: Vec<_> = rows.into_iter().flatten().map(|text| text.map(storable)).collect();
    values.resize(count * width, None);
    let query = sqlx::query(AssertSqlSafe(sql)); // of our own making: values are parameters
    let query = values.into_iter().fold(query, sqlx::query::Query::bind);
    query.fetch_all(&mut **transaction).await?.iter().map(texts).collect()
}

/// Runs a statement about rows, which are passed column by column.
async fn execute_columns(
    transaction: &mut Transaction<'static, Postgres>,
    sql: String,
    rows: Vec<Texts>,
) -> Result<Vec<Texts>, sqlx::Error> {
    let mut columns = vec![Vec::with_capacity(rows.len()); rows.first().map_or(0, Vec::len)];
    for row in rows {
        for (column, value) in columns.iter_mut().zip(row) {
            column.push(value.map(storable));
        }
    }
    let query = sqlx::query(AssertSqlSafe(sql)); // of our own making: values are parameters
    let query = columns.into_iter().fold(query, sqlx::query::Query::bind);
    query.fetch_all(&mut **transaction).await?.iter().map(texts).collect()
}

fn texts<R: Row>(row: &R) -> Result<Texts, sqlx::Error>
where
    usize: sqlx::ColumnIndex<R>,
    for<'r> Option<String>: sqlx::Decode<'r, R::Database> + sqlx::Type<R::Database>,
{
    (0..row.len()).map(|column| row.try_get(column)).collect()
}
