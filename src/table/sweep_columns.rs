//! The table of a sweep, built as its rows come.

use std::collections::VecDeque;
use std::sync::{Arc, LazyLock};

use arrow_array::builder::{
    Int16Builder, StringBuilder, StringDictionaryBuilder, TimestampMicrosecondBuilder,
};
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, RecordBatch, StructArray};
use arrow_schema::{DataType, Field, SchemaRef};
use uuid::fmt::Hyphenated;

use super::{Table, moment, schema, text, word};
use crate::error::{Context, Error};
use crate::model::{Qualification, VettingStatus};
use crate::sweep::Row;

/// Rows of a batch: few enough that what is being built, and grows by doubling, stays small.
const ROWS: usize = 65_536;

/// Bytes of text in a batch, far below the 2 GiB that a column of it can hold.
const TEXT: usize = 1 << 29;

static SCHEMA: LazyLock<SchemaRef> = LazyLock::new(|| {
    schema(vec![
        text("customer_id").with_nullable(false),
        text("company_name"),
        text("domain"),
        word("qualification"),
        word("vetting_status"),
        text("vetting_reason"),
        moment("vetting_created_date"),
        Field::new("error_status", DataType::Int16, true),
        text("error_code"),
        text("error_message"),
        text("request_id"),
        text("correlation_id"),
        moment("observed_at").with_nullable(false),
    ])
});

/// Places of the columns of words, whose dictionaries all batches of a table share.
const WORDS: [usize; 2] = [3, 4];

/// The columns of a sweep's table: one row for each customer and qualification, and one for a customer
/// that has none or could not be read.
pub struct SweepColumns {
    batch_rows: usize,
    full: VecDeque<RecordBatch>,
    rows: usize,
    text: usize,
    customer_id: StringBuilder,
    company_name: StringBuilder,
    domain: StringBuilder,
    qualification: StringDictionaryBuilder<Int32Type>,
    vetting_status: StringDictionaryBuilder<Int32Type>,
    vetting_reason: StringBuilder,
    vetting_created_date: TimestampMicrosecondBuilder,
    error_status: Int16Builder,
    error_code: StringBuilder,
    error_message: StringBuilder,
    request_id: StringBuilder,
    correlation_id: StringBuilder,
    observed_at: TimestampMicrosecondBuilder,
}

impl Default for SweepColumns {
    fn default() -> Self {
        Self::new()
    }
}

impl SweepColumns {
    /// Columns without rows, whose batches are of 65,536 rows.
    #[must_use]
    pub fn new() -> Self {
        Self::with_batch_rows(ROWS)
    }

    /// Columns without rows, whose batches are of so many rows; a batch whose texts are very long ends
    /// before.
    #[must_use]
    pub fn with_batch_rows(batch_rows: usize) -> Self {
        Self {
            batch_rows: batch_rows.max(1),
            full: VecDeque::new(),
            rows: 0,
            text: 0,
            customer_id: StringBuilder::new(),
            company_name: StringBuilder::new(),
            domain: StringBuilder::new(),
            qualification: StringDictionaryBuilder::new(),
            vetting_status: StringDictionaryBuilder::new(),
            vetting_reason: StringBuilder::new(),
            vetting_created_date: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
            error_status: Int16Builder::new(),
            error_code: StringBuilder::new(),
            error_message: StringBuilder::new(),
            request_id: StringBuilder::new(),
            correlation_id: StringBuilder::new(),
            observed_at: TimestampMicrosecondBuilder::new().with_timezone("UTC"),
        }
    }

    /// Names and types of the columns.
    #[must_use]
    pub fn schema() -> SchemaRef {
        SchemaRef::clone(&SCHEMA)
    }

    /// Adds what became of a customer.
    pub fn push(&mut self, row: &Row) {
        match &row.outcome {
            Ok(found) if found.is_empty() => self.append(row, None),
            Ok(found) => found.iter().for_each(|item| self.append(row, Some(item))),
            Err(_) => self.append(row, None),
        }
    }

    /// How many rows there are, without those of batches that were taken.
    #[must_use]
    pub fn len(&self) -> usize {
        self.full.iter().map(RecordBatch::num_rows).sum::<usize>() + self.rows
    }

    /// Whether there is no row.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Takes the first batch, once it is full; what is left at the end, [`finish`](Self::finish) gives.
    pub fn take_batch(&mut self) -> Option<RecordBatch> {
        self.full.pop_front()
    }

    /// The table of all rows that were not taken.
    #[must_use]
    pub fn finish(mut self) -> Table {
        let last = self.batch();
        // Dictionaries only grow: the last ones hold the words of all batches.
        let words = WORDS.map(|place| last.column(place).as_dictionary::<Int32Type>().values().clone());
        let full = self.full.iter().map(|batch| with_words(batch, &words));
        let batches = full.chain((last.num_rows() > 0).then_some(last.clone())).collect();
        Table::new(Self::schema(), batches)
    }

    fn append(&mut self, row: &Row, qualification: Option<&Qualification>) {
        let customer = row.customer.as_ref();
        let company_name = customer.and_then(|customer| customer.company_name.as_deref());
        let domain = customer.and_then(|customer| customer.domain.as_deref());
        self.customer_id.append_value(&row.customer_id);
        self.company_name.append_option(company_name);
        self.domain.append_option(domain);
        self.observed_at.append_value(row.observed_at.timestamp_micros());
        self.append_qualification(qualification);
        self.append_error(row.outcome.as_ref().err());
        let context = row.context.as_ref().or_else(|| row.outcome.as_ref().err()?.context());
        self.append_ids(context);
        self.rows += 1;
        self.text += row.customer_id.len() + company_name.map_or(0, str::len) + domain.map_or(0, str::len);
        if self.rows >= self.batch_rows || self.text >= TEXT {
            let batch = self.batch();
            self.full.push_back(batch);
        }
    }

    fn append_qualification(&mut self, qualification: Option<&Qualification>) {
        let status = qualification.and_then(|item| item.vetting_status.as_ref());
        let reason = qualification.and_then(|item| item.vetting_reason.as_deref());
        let created = qualification.and_then(|item| item.vetting_created_date);
        append_word(&mut self.qualification, qualification.map(|item| item.qualification.as_str()));
        append_word(&mut self.vetting_status, status.map(VettingStatus::as_str));
        self.vetting_reason.append_option(reason);
        self.vetting_created_date.append_option(created.map(|date| date.timestamp_micros()));
        self.text += reason.map_or(0, str::len);
    }

    fn append_error(&mut self, error: Option<&Error>) {
        let Some(error) = error else {
            self.error_status.append_null();
            self.error_code.append_null();
            self.error_message.append_null();
            return;
        };
        let (status, code) = match error {
            Error::Api(error) => (i16::try_from(error.status_code).ok(), error.fault.code.as_deref()),
            _ => (None, None),
        };
        let message = error.message();
        self.error_status.append_option(status);
        self.error_code.append_value(code.unwrap_or(error.class_name()));
        self.text += message.len();
        self.error_message.append_value(message);
    }

    fn append_ids(&mut self, context: Option<&Context>) {
        let mut text = [0; Hyphenated::LENGTH];
        for (column, id) in [
            (&mut self.request_id, context.map(|context| context.request_id)),
            (&mut self.correlation_id, context.map(|context| context.correlation_id)),
        ] {
            column.append_option(id.map(|id| &*id.hyphenated().encode_lower(&mut text)));
        }
    }

    /// The rows that are not in a batch yet, as one. Words are kept for the next.
    fn batch(&mut self) -> RecordBatch {
        (self.rows, self.text) = (0, 0);
        let mut columns: Vec<ArrayRef> = vec![
            Arc::new(self.customer_id.finish()),
            Arc::new(self.company_name.finish()),
            Arc::new(self.domain.finish()),
            Arc::new(self.qualification.finish_preserve_values()),
            Arc::new(self.vetting_status.finish_preserve_values()),
            Arc::new(self.vetting_reason.finish()),
            Arc::new(self.vetting_created_date.finish()),
            Arc::new(self.error_status.finish()),
            Arc::new(self.error_code.finish()),
            Arc::new(self.error_message.finish()),
            Arc::new(self.request_id.finish()),
            Arc::new(self.correlation_id.finish()),
            Arc::new(self.observed_at.finish()),
        ];
        columns.iter_mut().for_each(Array::shrink_to_fit);
        StructArray::new(SCHEMA.fields().clone(), columns, None).into()
    }
}

/// Adds a word, or none. There is no room for another only after two billion different ones.
fn append_word(column: &mut StringDictionaryBuilder<Int32Type>, word: Option<&str>) {
    if word.is_none_or(|word| column.append(word).is_err()) {
        column.append_null();
    }
}

/// The same rows over dictionaries that begin with their own.
fn with_words(batch: &RecordBatch, words: &[ArrayRef; 2]) -> RecordBatch {
    let mut columns = batch.columns().to_vec();
    for (place, words) in WORDS.into_iter().zip(words) {
        let keys = columns[place].as_dictionary::<Int32Type>();
        columns[place] = Arc::new(keys.with_values(words.clone()));
    }
    StructArray::new(SCHEMA.fields().clone(), columns, None).into()
}
