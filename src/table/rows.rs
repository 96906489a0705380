//! Tables of any columns, built cell by cell.

use std::sync::Arc;

use arrow_array::builder::{
    BooleanBuilder, Int64Builder, StringBuilder, StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, SchemaRef};

use super::{Cell, Table, moment, schema, text, word};

/// Rows of a batch: few enough that what is being built, and grows by doubling, stays small.
const ROWS: usize = 65_536;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Text,
    /// Few different texts.
    Word,
    Integer,
    /// Yes or no.
    Flag,
    Moment,
}

/// Builds a table of columns that are known only here.
pub(crate) struct Rows {
    schema: SchemaRef,
    columns: Vec<Builder>,
    building: usize,
    full: Vec<RecordBatch>,
}

enum Builder {
    Text(StringBuilder),
    Word(StringDictionaryBuilder<Int32Type>),
    Integer(Int64Builder),
    Flag(BooleanBuilder),
    Moment(TimestampMicrosecondBuilder),
}

impl Rows {
    pub(crate) fn new(columns: &[(&str, Kind)]) -> Self {
        let field = |(name, kind): &(&str, Kind)| match kind {
            Kind::Text => text(name),
            Kind::Word => word(name),
            Kind::Integer => Field::new(*name, DataType::Int64, true),
            Kind::Flag => Field::new(*name, DataType::Boolean, true),
            Kind::Moment => moment(name),
        };
        let builder = |(_, kind): &(&str, Kind)| match kind {
            Kind::Text => Builder::Text(StringBuilder::new()),
            Kind::Word => Builder::Word(StringDictionaryBuilder::new()),
            Kind::Integer => Builder::Integer(Int64Builder::new()),
            Kind::Flag => Builder::Flag(BooleanBuilder::new()),
            Kind::Moment => Builder::Moment(TimestampMicrosecondBuilder::new().with_timezone("UTC")),
        };
        Self {
            schema: schema(columns.iter().map(field).collect()),
            columns: columns.iter().map(builder).collect(),
            building: 0,
            full: Vec::new(),
        }
    }

    /// Adds a row: a cell for each column, in their order. A cell that its column cannot hold is a null.
    pub(crate) fn push<'a>(&mut self, cells: impl IntoIterator<Item = Cell<'a>>) {
        let mut cells = cells.into_iter();
        for column in &mut self.columns {
            column.push(cells.next().unwrap_or(Cell::Null));
        }
        self.building += 1;
        if self.building >= ROWS {
            let batch = self.batch();
            self.full.push(batch);
        }
    }

    pub(crate) fn finish(mut self) -> Table {
        let last = self.batch();
        // Dictionaries only grow: the last ones hold the words of all batches.
        let full = self.full.iter().map(|batch| with_words_of(batch, &last));
        let batches = full.chain((last.num_rows() > 0).then(|| last.clone())).collect();
        Table::new(self.schema, batches)
    }

    /// The rows that are not in a batch yet, as one. Words are kept for the next.
    fn batch(&mut self) -> RecordBatch {
        self.building = 0;
        let mut columns: Vec<ArrayRef> = self.columns.iter_mut().map(Builder::finish).collect();
        columns.iter_mut().for_each(Array::shrink_to_fit);
        StructArray::new(self.schema.fields().clone(), columns, None).into()
    }
}

impl Builder {
    fn push(&mut self, cell: Cell<'_>) {
        match (self, cell) {
            (Self::Text(column), Cell::Text(text)) => column.append_value(text),
            (Self::Text(column), _) => column.append_null(),
            (Self::Word(column), Cell::Text(text)) => {
                if column.append(text).is_err() {
                    column.append_null(); // two billion different ones
                }
            }
            (Self::Word(column), _) => column.append_null(),
            (Self::Integer(column), Cell::Integer(integer)) => column.append_value(integer),
            (Self::Integer(column), _) => column.append_null(),
            (Self::Flag(column), Cell::Flag(flag)) => column.append_value(flag),
            (Self::Flag(column), _) => column.append_null(),
            (Self::Moment(column), Cell::Moment(moment)) => column.append_value(moment.timestamp_micros()),
            (Self::Moment(column), _) => column.append_null(),
        }
    }

    fn finish(&mut self) -> ArrayRef {
        match self {
            Self::Text(column) => Arc::new(column.finish()),
            Self::Word(column) => Arc::new(column.finish_preserve_values()),
            Self::Integer(column) => Arc::new(column.finish()),
            Self::Flag(column) => Arc::new(column.finish()),
            Self::Moment(column) => Arc::new(column.finish()),
        }
    }
}

/// The same rows over the dictionaries of `last`, which begin with their own.
fn with_words_of(batch: &RecordBatch, last: &RecordBatch) -> RecordBatch {
    let with_words = |(column, last): (&ArrayRef, &ArrayRef)| match column.as_dictionary_opt::<Int32Type>() {
        Some(keys) => {
            Arc::new(keys.with_values(last.as_dictionary::<Int32Type>().values().clone())) as ArrayRef
        }
        None => column.clone(),
    };
    let columns = batch.columns().iter().zip(last.columns()).map(with_words).collect();
    StructArray::new(batch.schema_ref().fields().clone(), columns, None).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn batches_share_their_words() {
        let mut rows = Rows::new(&[("number", Kind::Integer), ("word", Kind::Word)]);
        rows.push([Cell::Integer(1), Cell::Text("first")]);
        for _ in 0..=ROWS {
            rows.push([Cell::Integer(2), Cell::Text("other")]);
        }
        let table = rows.finish();
        assert_eq!((table.num_rows(), table.batches().len()), (ROWS + 2, 2));
        assert_eq!(table.row(0), [Cell::Integer(1), Cell::Text("first")]);
        assert_eq!(table.row(ROWS + 1), [Cell::Integer(2), Cell::Text("other")]);
        let words =
            |place: usize| table.batches()[place].column(1).as_dictionary::<Int32Type>().values().len();
        assert_eq!((words(0), words(1)), (2, 2));
    }

    #[test]
    fn what_a_column_cannot_hold_is_a_null() {
        let kinds =
            [("text", Kind::Text), ("moment", Kind::Moment), ("flag", Kind::Flag), ("more", Kind::Text)];
        let mut rows = Rows::new(&kinds);
        rows.push([Cell::Integer(1), Cell::Text("x"), Cell::Integer(1)]);
        assert_eq!(rows.finish().row(0), [Cell::Null; 4]);
    }

    #[test]
    fn yes_and_no_are_words_in_files() {
        let mut rows = Rows::new(&[("flag", Kind::Flag)]);
        for cell in [Cell::Flag(true), Cell::Flag(false), Cell::Null] {
            rows.push([cell]);
        }
        let table = rows.finish();
        let rows: Vec<_> = (0..3).map(|row| table.row(row)).collect();
        assert_eq!(rows, [[Cell::Flag(true)], [Cell::Flag(false)], [Cell::Null]]);
        let (mut csv, mut jsonl) = (Vec::new(), Vec::new());
        table.write_csv(&mut csv).unwrap();
        table.write_jsonl(&mut jsonl).unwrap();
        assert_eq!(csv, b"flag\ntrue\nfalse\n\"\"\n");
        assert_eq!(jsonl, b"{\"flag\":true}\n{\"flag\":false}\n{\"flag\":null}\n");
    }
}
