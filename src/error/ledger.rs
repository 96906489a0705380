//! What is wrong with a ledger.

use std::fmt;

use super::{Error, write_hint};

/// What is wrong with a ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LedgerError {
    /// What happened, and to which ledger.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
    /// Whether the ledger gave up waiting for this program, which did nothing for long in the middle of writing.
    pub(crate) was_suspended: bool,
}

impl LedgerError {
    pub(crate) fn because(message: impl Into<String>, hint: &str) -> Error {
        let (message, hint) = (message.into(), Some(hint.to_owned()));
        Error::Ledger(Box::new(Self { message, hint, was_suspended: false }))
    }
}

impl fmt::Display for LedgerError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.message)?;
        write_hint(formatter, self.hint.as_deref())
    }
}
