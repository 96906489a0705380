//! Client and emulator for the customer qualifications of Microsoft Partner Center.

pub mod emulator;

#[cfg(feature = "python")]
mod python;
