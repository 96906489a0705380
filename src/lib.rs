//! Client and emulator for the customer qualifications of Microsoft Partner Center.
//!
//! - [`Client`] has one async function for each operation of the API.
//! - [`sweep`] looks at many customers, [`vetting`] waits for a decision, [`check`] at the credentials.
//! - [`ledger`] keeps what was asked for and seen, [`apply`] asks for many qualifications by it.
//! - [`table`] puts what they find into columns of Arrow.
//! - [`emulator`] is the service itself, on a port of this machine.
//!
//! The Python package of the same name is this crate under feature `python`; nothing outside
//! `src/python` knows of it.

pub mod apply;
pub mod auth;
pub mod background;
pub mod check;
mod client;
pub mod emulator;
mod error;
mod http;
pub mod ledger;
pub mod model;
pub mod observer;
pub mod options;
mod pages;
pub mod query;
mod retry;
pub mod sweep;
pub mod table;
mod throttle;
mod transport;
pub mod vetting;
pub mod watch;

#[cfg(feature = "python")]
mod python;

pub use client::Client;
pub use error::{
    ApiError, AuthenticationError, Context, DecodeError, Error, Fault, InvalidRows, LedgerError, Refusal,
    RowProblem, TransportError, VettingTimeoutError,
};
pub use options::Options;
pub use pages::Pages;
