//! Signing in on another device: what the user is told to do there.

use std::fmt;
use std::time::SystemTime;

/// The code that a user enters on a page of the authority.
#[derive(Clone)]
pub struct DeviceCode {
    /// What to enter.
    pub user_code: String,
    /// Where.
    pub verification_uri: String,
    /// Until when.
    pub expires_on: SystemTime,
    /// Both in a sentence.
    pub message: String,
}

impl fmt::Debug for DeviceCode {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Whoever has the code could have the user sign in for another device.
        formatter
            .debug_struct("DeviceCode")
            .field("verification_uri", &self.verification_uri)
            .finish_non_exhaustive()
    }
}
