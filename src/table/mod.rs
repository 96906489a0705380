//! Tables for analysts: columns of Arrow, built row by row without an object for each.
//!
//! [`SweepColumns`] takes the rows of a sweep as they come, [`CustomerColumns`] and
//! [`ValidationCodeColumns`] what lists give; what each makes is a [`Table`].

mod cells;
mod counts;
mod lists;
mod rows;
mod sweep_columns;
mod write;

use std::ops::Range;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, Schema, SchemaRef, TimeUnit};

pub use cells::Cell;
pub(crate) use cells::Column;
pub use counts::{Status, StatusCounts};
pub use lists::{CustomerColumns, ValidationCodeColumns};
pub(crate) use rows::{Kind, Rows};
pub use sweep_columns::SweepColumns;

/// Rows of columns with names and types, in batches.
#[derive(Debug, Clone)]
pub struct Table {
    schema: SchemaRef,
    batches: Vec<RecordBatch>,
}

impl Table {
    /// A table of batches that all have the schema.
    pub(crate) fn new(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        Self { schema, batches }
    }

    /// A table of one batch.
    pub(crate) fn of(batch: RecordBatch) -> Self {
        Self { schema: batch.schema(), batches: vec![batch] }
    }

    /// Names and types of the columns.
    #[must_use]
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Names of the columns, in order.
    pub fn column_names(&self) -> impl Iterator<Item = &str> {
        self.schema.fields().iter().map(|field| field.name().as_str())
    }

    /// The rows, in order.
    #[must_use]
    pub fn batches(&self) -> &[RecordBatch] {
        &self.batches
    }

    /// How many rows there are.
    #[must_use]
    pub fn num_rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    /// The values of a row, in the order of the columns; none where there is no such row.
    #[must_use]
    pub fn row(&self, index: usize) -> Vec<Cell<'_>> {
        let mut first = 0;
        for batch in &self.batches {
            if index < first + batch.num_rows() {
                return Column::all(batch).iter().map(|column| column.cell(index - first)).collect();
            }
            first += batch.num_rows();
        }
        Vec::new()
    }

    /// The rows in a range, as far as there are such. Nothing is copied.
    #[must_use]
    pub fn slice(&self, rows: Range<usize>) -> Self {
        let mut first = 0;
        let mut batches = Vec::new();
        for batch in &self.batches {
            let here = first..first + batch.num_rows();
            let (start, end) = (rows.start.max(here.start), rows.end.min(here.end));
            if start < end {
                batches.push(batch.slice(start - here.start, end - start));
            }
            first = here.end;
        }
        Self { schema: SchemaRef::clone(&self.schema), batches }
    }
}

fn text(name: &str) -> Field {
    Field::new(name, DataType::Utf8, true)
}

/// A column of few different words.
fn word(name: &str) -> Field {
    Field::new_dictionary(name, DataType::Int32, DataType::Utf8, true)
}

fn moment(name: &str) -> Field {
    Field::new(name, DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true)
}

fn schema(fields: Vec<Field>) -> SchemaRef {
    SchemaRef::new(Schema::new(fields))
}
