//! One customer of a list, and what it can hold.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::error::InvalidArgument;
use super::super::model::{QualificationType, VettingStatus};
use super::row::Row;

/// A customer that an emulator starts with. What it leaves out comes from the seed.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(try_from = "Row")]
pub struct CustomerSeed {
    /// Its id; any but the nil GUID.
    pub customer_id: Option<Uuid>,
    /// Its name.
    pub company_name: Option<String>,
    /// Its domain.
    pub domain: Option<String>,
    /// What it holds.
    pub qualifications: Vec<CustomerQualification>,
}

/// A qualification of a customer, as the emulator's levers take and tell it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CustomerQualification {
    /// Which one it is.
    pub qualification: QualificationType,
    /// How far its vetting has come; `StateOwnedEntity` has none. Where a customer starts with it,
    /// `None` is `Approved`.
    pub vetting_status: Option<VettingStatus>,
    /// Why it is denied.
    pub vetting_reason: Option<String>,
    /// When it was asked for.
    pub vetting_created_date: Option<DateTime<Utc>>,
}

impl CustomerQualification {
    pub(super) fn new(qualification: QualificationType, vetting_status: Option<VettingStatus>) -> Self {
        Self { qualification, vetting_status, vetting_reason: None, vetting_created_date: None }
    }

    pub(super) fn check(&self) -> Result<(), InvalidArgument> {
        let vetted = self.qualification != QualificationType::StateOwnedEntity;
        if let Some(status) = self.vetting_status.filter(|_| !vetted) {
            let cure = "leave it out: StateOwnedEntity is not vetted";
            return Err(InvalidArgument::new("vetting_status", status.as_str(), cure));
        }
        if let Some(date) = self.vetting_created_date.filter(|_| !vetted) {
            let cure = "leave it out: StateOwnedEntity is not vetted";
            return Err(InvalidArgument::new("vetting_created_date", &date, cure));
        }
        if let Some(reason) = &self.vetting_reason
            && self.vetting_status != Some(VettingStatus::Denied)
        {
            return Err(InvalidArgument::new("vetting_reason", reason, "pass a reason with Denied alone"));
        }
        Ok(())
    }
}

impl CustomerSeed {
    /// Whether there can be such a customer.
    pub(super) fn check(&self) -> Result<(), InvalidArgument> {
        if let Some(id) = self.customer_id.filter(Uuid::is_nil) {
            let cure = "pass another GUID than the nil one, or none";
            return Err(InvalidArgument::new("customer_id", &id, cure));
        }
        for (field, text) in [("company_name", &self.company_name), ("domain", &self.domain)] {
            if let Some(text) = text
                && text.trim().is_empty()
            {
                return Err(InvalidArgument::new(field, &format!("{text:?}"), "pass some words, or nothing"));
            }
        }
        for (place, held) in self.qualifications.iter().enumerate() {
            let checked = held.check().and_then(|()| self.check_beside(place));
            checked.map_err(|error| error.within(&format!("qualifications[{place}]")))?;
        }
        Ok(())
    }

    /// Whether the customer can hold the qualification at that place beside those before it.
    pub(super) fn check_beside(&self, place: usize) -> Result<(), InvalidArgument> {
        let (before, kind) = (&self.qualifications[..place], self.qualifications[place].qualification);
        let refused = |cure: String| Err(InvalidArgument::new("qualification", kind.as_str(), cure));
        if before.iter().any(|held| held.qualification == kind) {
            return refused("name each qualification of a customer once".to_owned());
        }
        let denied = |held: &CustomerQualification| held.vetting_status == Some(VettingStatus::Denied);
        let excluded = |held: &&CustomerQualification| kind.excludes() == Some(held.qualification);
        match before.iter().find(excluded) {
            Some(other) if !denied(other) && !denied(&self.qualifications[place]) => {
                refused(format!("leave it out: {} excludes it", other.qualification.as_str()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use QualificationType::{Education, GovernmentCommunityCloud, Nonprofit, StateOwnedEntity};
    use VettingStatus::{Approved, Denied, InReview};

    use super::*;

    fn check(held: &[(QualificationType, Option<VettingStatus>)]) -> Result<(), String> {
        let qualifications =
            held.iter().map(|(kind, status)| CustomerQualification::new(*kind, *status)).collect();
        let customer = CustomerSeed { qualifications, ..CustomerSeed::default() };
        customer.check().map_err(|error| error.field)
    }

    #[test]
    fn what_excludes_each_other_does_so_unless_denied() {
        let second = Err("qualifications[1].qualification".to_owned());
        assert_eq!(check(&[(Education, None), (GovernmentCommunityCloud, None)]), second);
        assert_eq!(check(&[(GovernmentCommunityCloud, None), (Education, Some(InReview))]), second);
        assert_eq!(check(&[(Nonprofit, Some(Denied)), (Nonprofit, Some(Approved))]), second);
        assert_eq!(check(&[(Education, Some(Denied)), (GovernmentCommunityCloud, None)]), Ok(()));
        assert_eq!(check(&[(StateOwnedEntity, None), (Education, None), (Nonprofit, None)]), Ok(()));
    }

    #[test]
    fn what_cannot_be_is_named() {
        let field = |held: CustomerQualification| held.check().unwrap_err().field;
        assert_eq!(field(CustomerQualification::new(StateOwnedEntity, Some(Approved))), "vetting_status");
        let date = Some(DateTime::UNIX_EPOCH);
        let dated = CustomerQualification::new(StateOwnedEntity, None);
        assert_eq!(
            field(CustomerQualification { vetting_created_date: date, ..dated }),
            "vetting_created_date"
        );
        let approved = CustomerQualification::new(Education, None);
        let reason = Some("No".to_owned());
        assert_eq!(field(CustomerQualification { vetting_reason: reason, ..approved }), "vetting_reason");
        let nil = CustomerSeed { customer_id: Some(Uuid::nil()), ..CustomerSeed::default() };
        assert_eq!(nil.check().unwrap_err().field, "customer_id");
        let blank = CustomerSeed { domain: Some(" ".to_owned()), ..CustomerSeed::default() };
        assert_eq!(blank.check().unwrap_err().field, "domain");
    }
}
