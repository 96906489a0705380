//! The handle's levers on the virtual clock.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::super::Emulator;
use super::super::error::InvalidArgument;

impl Emulator {
    /// The virtual clock's time: real UTC plus what it was advanced by, or where it was frozen.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        self.state().clock.now()
    }

    /// Moves the virtual clock forward, frozen or not. Vetting, windows, waits and tokens follow it.
    ///
    /// # Errors
    /// [`InvalidArgument`] where that would leave the four-digit years.
    pub fn advance(&self, by: Duration) -> Result<(), InvalidArgument> {
        self.state().clock.advance(by)
    }

    /// Stops the virtual clock: from now on only [`advance`](Self::advance) moves it. Holding an
    /// answer back ([`Fault::delay`](crate::emulator::Fault::delay)) still takes real time.
    pub fn freeze(&self) {
        self.state().clock.freeze();
    }

    /// Lets the virtual clock run on from where it stands.
    pub fn unfreeze(&self) {
        self.state().clock.unfreeze();
    }

    /// Whether the virtual clock stands still.
    #[must_use]
    pub fn is_frozen(&self) -> bool {
        self.state().clock.is_frozen()
    }
}
