//! The levers of the rules.

use super::super::Emulator;
use super::super::error::InvalidArgument;
use super::fault::Fault;
use super::rule::FaultRule;

impl Emulator {
    /// Adds a fault rule and gives its id.
    ///
    /// # Errors
    /// [`InvalidArgument`] for a value out of range, members at odds with each other, and a fault that
    /// does nothing.
    pub fn inject(&self, fault: Fault) -> Result<u64, InvalidArgument> {
        self.state().faults.inject(fault)
    }

    /// The fault rules in the order of their injection, those that will not fire again too.
    #[must_use]
    pub fn faults(&self) -> Vec<FaultRule> {
        self.state().faults.list()
    }

    /// Turns a rule on or off; its counters stay.
    ///
    /// # Errors
    /// [`InvalidArgument`] where no rule has this id.
    pub fn switch_fault(&self, id: u64, enabled: bool) -> Result<(), InvalidArgument> {
        self.state().faults.switch(id, enabled)
    }

    /// Takes a rule away; what it did stays done.
    ///
    /// # Errors
    /// [`InvalidArgument`] where no rule has this id.
    pub fn remove_fault(&self, id: u64) -> Result<(), InvalidArgument> {
        self.state().faults.remove(id)
    }

    /// Takes all rules away; their ids are not given again.
    pub fn clear_faults(&self) {
        self.state().faults.clear();
    }
}
