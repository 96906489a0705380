//! Rows of a table that were refused, all of them at once.

use std::fmt;

use super::{Error, Refusal};

/// How many rows a message lists; the error has them all.
const LISTED: usize = 10;

/// What is wrong with a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowProblem {
    /// The row, counted from 1.
    pub row: u64,
    /// The column, what stands there, and what to do.
    pub refusal: Refusal,
}

/// What is wrong with rows: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvalidRows(pub Vec<RowProblem>);

impl RowProblem {
    /// A problem of a row. An error that is no refusal of an argument is none.
    pub(crate) fn of(row: u64, error: Error) -> Option<Self> {
        match error {
            Error::InvalidArgument(refusal) => Some(Self { row, refusal: *refusal }),
            _ => None,
        }
    }
}

impl fmt::Display for InvalidRows {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let problems = &self.0;
        let plural = if problems.len() == 1 { "" } else { "s" };
        write!(formatter, "nothing was sent, because of {} problem{plural}:", problems.len())?;
        for RowProblem { row, refusal } in problems.iter().take(LISTED) {
            write!(formatter, "\n  row {row}: {refusal}")?;
        }
        match problems.len().saturating_sub(LISTED) {
            0 => Ok(()),
            more => write!(formatter, "\n  and {more} more: `problems` has them all"),
        }
    }
}
