//! How many rows there are of each status.

use std::collections::BTreeMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, DictionaryArray};

use super::Table;
use crate::model::VettingStatus;
use crate::sweep::Row;

/// What the row of a qualification, of a customer without one, or of a failure counts as. In the order
/// in which counts are shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Status {
    /// Granted.
    Approved,
    /// Microsoft is looking.
    InReview,
    /// Refused.
    Denied,
    /// A status that no document lists, as it came.
    Unknown(String),
    /// A qualification without a status.
    Unvetted,
    /// A customer without a qualification.
    None,
    /// A customer whose qualifications could not be read.
    Error,
}

impl Status {
    /// The word under which rows are counted.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Approved => "Approved",
            Self::InReview => "InReview",
            Self::Denied => "Denied",
            Self::Unknown(text) => text,
            Self::Unvetted => "no status",
            Self::None => "none",
            Self::Error => "error",
        }
    }
}

impl From<Option<&VettingStatus>> for Status {
    fn from(status: Option<&VettingStatus>) -> Self {
        match status {
            Some(VettingStatus::Approved) => Self::Approved,
            Some(VettingStatus::InReview) => Self::InReview,
            Some(VettingStatus::Denied) => Self::Denied,
            // Under our own words, too: counts go by word, and one word has one count.
            Some(VettingStatus::Unknown(text)) => match text.as_str() {
                "no status" => Self::Unvetted,
                "none" => Self::None,
                "error" => Self::Error,
                _ => Self::Unknown(text.clone()),
            },
            None => Self::Unvetted,
        }
    }
}

impl Table {
    /// How many rows there are of each status; nothing where the table is not of a sweep.
    #[must_use]
    pub fn status_counts(&self) -> StatusCounts {
        let mut counts = StatusCounts::default();
        for batch in self.batches() {
            let columns = ["error_code", "qualification", "vetting_status"];
            if let [Some(errors), Some(kinds), Some(statuses)] =
                columns.map(|name| batch.column_by_name(name))
            {
                count(errors, kinds, statuses.as_dictionary(), &mut counts);
            }
        }
        counts
    }
}

fn count(
    errors: &ArrayRef,
    kinds: &ArrayRef,
    statuses: &DictionaryArray<Int32Type>,
    counts: &mut StatusCounts,
) {
    let words = statuses.values().as_string::<i32>();
    let mut of_word = vec![0; words.len()];
    let (mut failed, mut without, mut unvetted) = (0, 0, 0);
    for row in 0..statuses.len() {
        match statuses.key(row) {
            _ if errors.is_valid(row) => failed += 1,
            _ if kinds.is_null(row) => without += 1,
            Some(word) => of_word[word] += 1,
            None => unvetted += 1,
        }
    }
    for (word, rows) in words.iter().flatten().zip(of_word) {
        counts.add(Some(&VettingStatus::from_wire(word)).into(), rows);
    }
    counts.add(Status::Error, failed);
    counts.add(Status::None, without);
    counts.add(Status::Unvetted, unvetted);
}

/// How many rows were counted of each status, as a sweep goes on.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StatusCounts(BTreeMap<Status, usize>);

impl StatusCounts {
    /// Counts what `row` is in a table: each qualification, or the one row of a customer without.
    pub fn add_row(&mut self, row: &Row) {
        match &row.outcome {
            Err(_) => self.add(Status::Error, 1),
            Ok(found) if found.is_empty() => self.add(Status::None, 1),
            Ok(found) => {
                for item in found {
                    self.add(item.vetting_status.as_ref().into(), 1);
                }
            }
        }
    }

    /// Counts so many rows of a status.
    pub fn add(&mut self, status: Status, rows: usize) {
        if rows > 0 {
            *self.0.entry(status).or_default() += rows;
        }
    }

    /// The statuses that were seen, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (&Status, usize)> {
        self.0.iter().map(|(status, &rows)| (status, rows))
    }
}
