//! Reads many rows into a table: in pages, each of them one value of JSON, which is what costs the databases
//! and their drivers least, and takes the memory of one page.

use std::borrow::Cow;

use chrono::DateTime;
use serde::Deserialize;

use super::{Ledger, fault, moment};
use crate::error::Error;
use crate::table::{Cell, Kind, Rows, Table};

/// Rows of a page.
const PAGE: u32 = 4_096;

/// What to read: from a table, or a query, with a column `id`.
pub(super) struct Query<'a> {
    pub(super) from: &'a str,
    /// Names in the table that is made, and of the columns, and what they hold.
    pub(super) columns: &'a [(&'a str, &'a str, Kind)],
    pub(super) values: &'a [&'a str],
}

/// A value of a page.
#[derive(Deserialize)]
struct Value<'a>(#[serde(borrow)] Cow<'a, str>);

impl Ledger {
    /// The rows of a query for which `condition` holds, by id, as they all are at one moment.
    pub(super) async fn table(&self, query: &Query<'_>, condition: &str) -> Result<Table, Error> {
        let kinds: Vec<_> = query.columns.iter().map(|(name, _, kind)| (*name, *kind)).collect();
        let mut rows = Rows::new(&kinds);
        let mut session = self.read_much().await?;
        let names: Vec<_> = query.columns.iter().map(|(_, column, _)| *column).collect();
        let expressions: Vec<_> =
            query.columns.iter().map(|(_, column, kind)| as_text(column, *kind)).collect();
        let sql = format!(
            "SELECT {}, CAST(max(id) AS TEXT) FROM (SELECT id, {} FROM {} WHERE {condition} \
             AND id > CAST(${} AS BIGINT) ORDER BY id LIMIT {PAGE}) AS page",
            self.dialect().page(&expressions),
            names.join(", "),
            query.from,
            query.values.len() + 1
        );
        let mut last = "0".to_owned();
        loop {
            let values: Vec<_> = query.values.iter().copied().chain([&*last]).collect();
            let mut page = session.rows(sql.clone(), &values).await?.into_iter().flatten();
            let (Some(Some(text)), Some(Some(id))) = (page.next(), page.next()) else {
                return Ok(rows.finish());
            };
            append(&mut rows, &text, &kinds).ok_or_else(|| fault::unreadable(session.shown(), "page"))?;
            last = id;
        }
    }
}

/// A column as a text, in the inner query's words.
fn as_text(column: &str, kind: Kind) -> String {
    match kind {
        Kind::Integer | Kind::Flag => format!("CAST({column} AS TEXT)"),
        Kind::Text | Kind::Word | Kind::Moment => column.to_owned(),
    }
}

fn append(rows: &mut Rows, page: &str, kinds: &[(&str, Kind)]) -> Option<()> {
    let page: Vec<Vec<Option<Value<'_>>>> = serde_json::from_str(page).ok()?;
    for row in &page {
        rows.push(row.iter().zip(kinds).map(|(value, (_, kind))| cell(value.as_ref(), *kind)));
    }
    Some(())
}

fn cell<'a>(value: Option<&'a Value<'_>>, kind: Kind) -> Cell<'a> {
    let Some(Value(text)) = value else { return Cell::Null };
    match kind {
        Kind::Text | Kind::Word => Cell::Text(text),
        Kind::Integer => text.parse().map_or(Cell::Null, Cell::Integer),
        Kind::Flag => Cell::Flag(text == "1"),
        Kind::Moment => {
            moment::micros(text).and_then(DateTime::from_timestamp_micros).map_or(Cell::Null, Cell::Moment)
        }
    }
}
