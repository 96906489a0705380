//! Asks for many qualifications, each of them once: first a plan, then requests that the ledger knows of
//! before they are sent and after they were answered.
//!
//! - [`check`] reads what is wanted, and refuses all that is wrong at once;
//! - [`Plan`] compares it with what the ledger and the service know;
//! - [`Apply`] sends what is left, and gives what came of each row.

mod books;
mod caller;
mod codes;
mod decision;
mod finished;
mod input;
mod lease;
mod outcome;
mod plan;
mod run;
mod sending;

use crate::model::{CustomerId, QualificationRequest};

pub use input::{Given, check};
pub use outcome::{Outcome, OutcomeColumns, OutcomeKind};
pub use plan::{Action, Plan, Planned};
pub use run::{Apply, Tally};

/// What one row asks for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The row, counted from 1.
    pub row: u64,
    /// For whom.
    pub customer_id: CustomerId,
    /// What.
    pub request: QualificationRequest,
}

/// How to go about it.
#[derive(Debug, Clone, Copy)]
pub struct Settings {
    /// Whether to ask again for what was denied.
    pub resubmit_denied: bool,
    /// Requests in flight.
    pub concurrency: usize,
}
