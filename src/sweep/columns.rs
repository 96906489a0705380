//! Where the rows of a sweep go that nobody takes one by one.

use std::collections::VecDeque;

use arrow_array::RecordBatch;

use super::Row;
use crate::table::{SweepColumns, Table};

/// Columns that are being built, and batches of them that were not taken yet.
pub(super) struct Columns {
    building: SweepColumns,
    full: VecDeque<RecordBatch>,
    /// Rows of a batch, for who takes batches; a table is collected otherwise.
    batch_rows: Option<usize>,
}

impl Columns {
    pub(super) fn new(batch_rows: Option<usize>) -> Self {
        let building = batch_rows.map_or_else(SweepColumns::new, SweepColumns::with_batch_rows);
        Self { building, full: VecDeque::new(), batch_rows }
    }

    /// Makes batches of another size, once there is a row more.
    pub(super) fn resize(&mut self, batch_rows: Option<usize>) {
        if self.batch_rows != batch_rows {
            let before = std::mem::replace(self, Self::new(batch_rows));
            let table = before.into_table();
            self.full.extend(table.batches().iter().cloned());
        }
    }

    /// Whether it takes another row: while nobody takes a batch that is full, no more are filled.
    pub(super) fn has_room(&self) -> bool {
        self.batch_rows.is_none() || self.full.is_empty()
    }

    pub(super) fn push(&mut self, row: &Row) {
        self.building.push(row);
        if self.batch_rows.is_some() {
            self.full.extend(std::iter::from_fn(|| self.building.take_batch()));
        }
    }

    /// How many rows there are that were not taken.
    pub(super) fn len(&self) -> usize {
        self.full.iter().map(RecordBatch::num_rows).sum::<usize>() + self.building.len()
    }

    /// Whether a batch is full that may be taken.
    pub(super) fn is_ready(&self) -> bool {
        self.batch_rows.is_some() && !self.full.is_empty()
    }

    /// Whether there is a batch that may be taken at the end.
    pub(super) fn has_last(&self) -> bool {
        self.batch_rows.is_some() && !self.building.is_empty()
    }

    /// Takes the next batch that is full; at the end, also one that is not.
    pub(super) fn take_batch(&mut self, is_over: bool) -> Option<RecordBatch> {
        if self.full.is_empty() && is_over {
            let last = std::mem::take(&mut self.building).finish();
            self.full.extend(last.batches().iter().cloned());
        }
        self.full.pop_front()
    }

    /// The table of all that was not taken.
    pub(super) fn into_table(self) -> Table {
        let rest = self.building.finish();
        if self.full.is_empty() {
            return rest;
        }
        let batches = self.full.into_iter().chain(rest.batches().iter().cloned());
        Table::new(SweepColumns::schema(), batches.collect())
    }
}
