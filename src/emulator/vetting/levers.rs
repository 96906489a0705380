//! Decisions by hand.

use uuid::Uuid;

use super::super::Emulator;
use super::super::api::customers::Customer;
use super::super::error::InvalidArgument;
use super::super::model::{Qualification, QualificationType, VettingStatus};
use super::super::state::State;

impl Emulator {
    /// Decides a qualification at once, whatever its status, and creates it where the customer has
    /// none of the kind. What the vetting rule had in store for it is off. `StateOwnedEntity`, which
    /// is not vetted, can only be granted: by `Approved`, which it will not show.
    ///
    /// # Errors
    /// [`InvalidArgument`] where the partner has no such customer, for a reason without a denial, and
    /// for what cannot be: Education beside Government Community Cloud, a vetted `StateOwnedEntity`.
    pub fn decide(
        &self,
        customer_id: Uuid,
        qualification: QualificationType,
        status: VettingStatus,
        reason: Option<&str>,
    ) -> Result<(), InvalidArgument> {
        if let Some(reason) = reason
            && status != VettingStatus::Denied
        {
            return Err(InvalidArgument::new("reason", reason, "pass a reason with Denied alone"));
        }
        let mut state = self.state();
        let now = state.clock.now();
        let customer = customer(&mut state, customer_id)?;
        customer.settle(now);
        check(customer, qualification, status)?;
        if qualification == QualificationType::StateOwnedEntity {
            customer.hold(Qualification::unvetted(qualification));
            return Ok(());
        }
        let since = customer.qualification(qualification).and_then(|held| held.vetting_created_date);
        customer.hold(Qualification {
            vetting_reason: reason.map(str::to_owned),
            ..Qualification::vetted(qualification, status, since.unwrap_or(now))
        });
        Ok(())
    }
}

pub(super) fn customer(state: &mut State, id: Uuid) -> Result<&mut Customer, InvalidArgument> {
    state
        .customers
        .get_mut(id)
        .ok_or_else(|| InvalidArgument::new("customer_id", &id, "pass the id of one of the customers"))
}

/// Whether the customer can have that qualification in that status.
pub(super) fn check(
    customer: &Customer,
    kind: QualificationType,
    status: VettingStatus,
) -> Result<(), InvalidArgument> {
    if kind == QualificationType::StateOwnedEntity && status != VettingStatus::Approved {
        return Err(InvalidArgument::new("status", status.as_str(), "pass Approved: it is not vetted"));
    }
    if status != VettingStatus::Denied
        && let Some(other) = kind.excludes().filter(|other| customer.holds(*other))
    {
        let cure = format!("deny the customer's {} first: they exclude each other", other.as_str());
        return Err(InvalidArgument::new("qualification", kind.as_str(), cure));
    }
    Ok(())
}
