//! Single values out of columns, for all that goes row by row.

use arrow_array::cast::AsArray;
use arrow_array::types::{Int16Type, Int32Type, Int64Type, TimestampMicrosecondType};
use arrow_array::{
    Array, ArrayRef, BooleanArray, DictionaryArray, Int16Array, Int64Array, RecordBatch, StringArray,
    TimestampMicrosecondArray,
};
use arrow_schema::DataType;
use chrono::{DateTime, SecondsFormat, Utc};
use serde::{Serialize, Serializer};

/// One value of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cell<'a> {
    /// There is none.
    Null,
    /// A text.
    Text(&'a str),
    /// A whole number.
    Integer(i64),
    /// Yes or no.
    Flag(bool),
    /// A point in time, in microseconds.
    Moment(DateTime<Utc>),
}

/// ISO 8601 in UTC, all of one width, so that what reads a file finds one form in a column.
fn iso(moment: DateTime<Utc>) -> String {
    moment.to_rfc3339_opts(SecondsFormat::Micros, true)
}

impl Cell<'_> {
    /// The value as a field of a file: what is not there is empty.
    pub(super) fn with_text<T>(self, take: impl FnOnce(&str) -> T) -> T {
        match self {
            Self::Null => take(""),
            Self::Text(text) => take(text),
            Self::Integer(integer) => take(&integer.to_string()),
            Self::Flag(flag) => take(if flag { "true" } else { "false" }),
            Self::Moment(moment) => take(&iso(moment)),
        }
    }
}

impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Null => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Integer(integer) => serializer.serialize_i64(integer),
            Self::Flag(flag) => serializer.serialize_bool(flag),
            Self::Moment(moment) => serializer.serialize_str(&iso(moment)),
        }
    }
}

/// A column of a batch, its type known once for all its values.
pub(crate) enum Column<'a> {
    Text(&'a StringArray),
    Word(&'a DictionaryArray<Int32Type>, &'a StringArray),
    Small(&'a Int16Array),
    Whole(&'a Int64Array),
    Flag(&'a BooleanArray),
    Moment(&'a TimestampMicrosecondArray),
}

impl<'a> Column<'a> {
    /// The columns of a batch of ours: a table has no others.
    pub(crate) fn all(batch: &'a RecordBatch) -> Vec<Self> {
        batch.columns().iter().map(Self::of).collect()
    }

    fn of(column: &'a ArrayRef) -> Self {
        match column.data_type() {
            DataType::Dictionary(..) => {
                let column = column.as_dictionary();
                Self::Word(column, column.values().as_string())
            }
            DataType::Int16 => Self::Small(column.as_primitive::<Int16Type>()),
            DataType::Int64 => Self::Whole(column.as_primitive::<Int64Type>()),
            DataType::Boolean => Self::Flag(column.as_boolean()),
            DataType::Timestamp(..) => Self::Moment(column.as_primitive::<TimestampMicrosecondType>()),
            _ => Self::Text(column.as_string()),
        }
    }

    /// The value in a row of the batch.
    pub(crate) fn cell(&self, row: usize) -> Cell<'a> {
        match *self {
            Self::Text(texts) if texts.is_valid(row) => Cell::Text(texts.value(row)),
            Self::Word(keys, words) => keys.key(row).map_or(Cell::Null, |key| Cell::Text(words.value(key))),
            Self::Small(integers) if integers.is_valid(row) => Cell::Integer(integers.value(row).into()),
            Self::Whole(integers) if integers.is_valid(row) => Cell::Integer(integers.value(row)),
            Self::Flag(flags) if flags.is_valid(row) => Cell::Flag(flags.value(row)),
            Self::Moment(moments) if moments.is_valid(row) => {
                DateTime::from_timestamp_micros(moments.value(row)).map_or(Cell::Null, Cell::Moment)
            }
            _ => Cell::Null,
        }
    }
}
