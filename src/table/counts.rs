//! How many rows there are of each status.

use std::collections::BTreeMap;

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
            Some(VettingStatus::Unknown(text)) => Self::Unknown(text.clone()),
            None => Self::Unvetted,
        }
    }
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
        *self.0.entry(status).or_default() += rows;
    }

    /// The statuses that were seen, and how often.
    pub fn iter(&self) -> impl Iterator<Item = (&Status, usize)> {
        self.0.iter().map(|(status, &rows)| (status, rows))
    }
}
