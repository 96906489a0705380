//! The partner's customers.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize, Serializer};
use uuid::Uuid;

use super::super::model::{Qualification, QualificationType, VettingStatus};
use super::super::wire::Reply;
use super::refusals;
use super::route::CustomerId;
use super::validation_codes::Redeemed;

/// A customer and what it holds.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(in crate::emulator) struct Customer {
    #[serde(rename = "customer_id")]
    pub(in crate::emulator) id: Uuid,
    pub(in crate::emulator) commerce_id: Uuid,
    pub(in crate::emulator) company_name: String,
    pub(in crate::emulator) domain: String,
    pub(in crate::emulator) qualifications: Vec<Qualification>,
    /// How often Education was asked for, with effect.
    pub(in crate::emulator) education_requests: u32,
    /// The validation code it has its Government Community Cloud by.
    pub(in crate::emulator) redeemed: Option<Redeemed>,
}

impl Customer {
    pub(in crate::emulator) fn new(
        id: Uuid,
        commerce_id: Uuid,
        company_name: String,
        domain: String,
    ) -> Self {
        Self {
            id,
            commerce_id,
            company_name,
            domain,
            qualifications: Vec::new(),
            education_requests: 0,
            redeemed: None,
        }
    }

    /// The qualifications as somebody reads them now, which brings decisions nearer that wait for reads.
    pub(in crate::emulator) fn read(&mut self, now: DateTime<Utc>) -> &[Qualification] {
        self.settle(now);
        for decision in self.qualifications.iter_mut().filter_map(|held| held.decision.as_mut()) {
            decision.count_read(now);
        }
        &self.qualifications
    }

    /// Lets every decision come true that is due.
    pub(in crate::emulator) fn settle(&mut self, now: DateTime<Utc>) {
        for qualification in &mut self.qualifications {
            qualification.settle(now);
        }
    }

    /// Whether it has the qualification, or may yet have it.
    pub(in crate::emulator) fn holds(&self, kind: QualificationType) -> bool {
        self.qualification(kind).is_some_and(|held| held.vetting_status != Some(VettingStatus::Denied))
    }

    pub(in crate::emulator) fn qualification(&self, kind: QualificationType) -> Option<&Qualification> {
        self.qualifications.iter().find(|held| held.kind == kind)
    }

    /// Adds a qualification, or puts it in the place of the one of the same type.
    pub(in crate::emulator) fn hold(&mut self, qualification: Qualification) {
        let same = |held: &&mut Qualification| held.kind == qualification.kind;
        match self.qualifications.iter_mut().find(same) {
            Some(held) => *held = qualification,
            None => self.qualifications.push(qualification),
        }
    }
}

/// All customers, in their order and by id; as JSON, the list of them.
#[derive(Debug, Clone, Deserialize)]
#[serde(from = "Vec<Customer>")]
pub(in crate::emulator) struct Directory {
    list: Vec<Customer>,
    places: HashMap<Uuid, usize>,
}

impl Directory {
    pub(in crate::emulator) fn new(list: Vec<Customer>) -> Self {
        let places = list.iter().enumerate().map(|(place, customer)| (customer.id, place)).collect();
        Self { list, places }
    }

    pub(in crate::emulator) fn ids(&self) -> Vec<Uuid> {
        self.iter().map(|customer| customer.id).collect()
    }

    pub(in crate::emulator) fn iter(&self) -> impl Iterator<Item = &Customer> {
        self.list.iter()
    }

    pub(in crate::emulator) fn as_slice(&self) -> &[Customer] {
        &self.list
    }

    pub(in crate::emulator) fn iter_mut(&mut self) -> impl Iterator<Item = &mut Customer> {
        self.list.iter_mut()
    }

    pub(in crate::emulator) fn get_mut(&mut self, id: Uuid) -> Option<&mut Customer> {
        self.list.get_mut(*self.places.get(&id)?)
    }

    /// The customer of a path, or the refusal that a malformed or unknown id deserves.
    pub(in crate::emulator) fn find(&mut self, id: CustomerId) -> Result<&mut Customer, Reply> {
        let id = id.ok_or_else(refusals::invalid_customer_id)?;
        self.get_mut(id).ok_or_else(|| refusals::tenant_not_found(Some(id)))
    }
}

impl From<Vec<Customer>> for Directory {
    fn from(list: Vec<Customer>) -> Self {
        Self::new(list)
    }
}

impl Serialize for Directory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.list.serialize(serializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_directory_read_from_json_finds_its_customers() {
        let customer =
            |id| Customer::new(Uuid::from_u128(id), Uuid::nil(), format!("No. {id}"), String::new());
        let directory = Directory::new(vec![customer(3), customer(1)]);
        let json = serde_json::to_value(&directory).unwrap();
        assert_eq!(json[1]["customer_id"], Uuid::from_u128(1).to_string());
        let mut read: Directory = serde_json::from_value(json).unwrap();
        assert_eq!(read.ids(), directory.ids());
        assert_eq!(read.get_mut(Uuid::from_u128(1)).unwrap().company_name, "No. 1");
    }
}
