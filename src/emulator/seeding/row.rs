//! A customer as JSON and tables have it: its qualifications in a list, or one flat beside its name.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::de::value::MapAccessDeserializer;
use serde::de::{Error, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use super::super::error::InvalidArgument;
use super::super::model::{QualificationType, VettingStatus, same_name};
use super::super::text::{optional_guid, optional_moment};
use super::{CustomerQualification, CustomerSeed};

#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Row {
    #[serde(deserialize_with = "optional_guid")]
    customer_id: Option<Uuid>,
    company_name: Option<String>,
    domain: Option<String>,
    qualifications: Option<Vec<CustomerQualification>>,
    #[serde(deserialize_with = "unless_none")]
    qualification: Option<QualificationType>,
    vetting_status: Option<VettingStatus>,
    vetting_reason: Option<String>,
    #[serde(deserialize_with = "optional_moment")]
    vetting_created_date: Option<DateTime<Utc>>,
}

impl Row {
    /// The qualification beside the name.
    fn flat(&mut self) -> Result<Option<CustomerQualification>, InvalidArgument> {
        let (vetting_status, vetting_reason) = (self.vetting_status.take(), self.vetting_reason.take());
        let vetting_created_date = self.vetting_created_date.take();
        let Some(qualification) = self.qualification.take() else {
            if vetting_status.is_none() && vetting_reason.is_none() && vetting_created_date.is_none() {
                return Ok(None);
            }
            let cure = "name the qualification beside its vetting";
            return Err(InvalidArgument::new("qualification", "missing", cure));
        };
        let held =
            CustomerQualification { qualification, vetting_status, vetting_reason, vetting_created_date };
        held.check()?;
        Ok(Some(held))
    }
}

impl TryFrom<Row> for CustomerSeed {
    type Error = InvalidArgument;

    fn try_from(mut row: Row) -> Result<Self, InvalidArgument> {
        let qualifications = match (row.flat()?, row.qualifications) {
            (Some(flat), None) => vec![flat],
            (None, list) => list.unwrap_or_default(),
            (Some(flat), Some(_)) => {
                let cure = "name it within qualifications, or leave those out";
                return Err(InvalidArgument::new("qualification", flat.qualification.as_str(), cure));
            }
        };
        let Row { customer_id, company_name, domain, .. } = row;
        Ok(Self { customer_id, company_name, domain, qualifications })
    }
}

/// Reads a qualification; the API's `None` is none.
fn unless_none<'de, D>(deserializer: D) -> Result<Option<QualificationType>, D::Error>
where
    D: Deserializer<'de>,
{
    let value = Value::deserialize(deserializer)?;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    if value.is_null() || text == "0" || same_name(&text, "None") {
        return Ok(None);
    }
    text.parse().map(Some).map_err(|error: InvalidArgument| D::Error::custom(error.cure))
}

impl<'de> Deserialize<'de> for CustomerQualification {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NameOrMembers)
    }
}

/// Reads the members in place, so that an error still knows which one is wrong.
struct NameOrMembers;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Members {
    qualification: QualificationType,
    vetting_status: Option<VettingStatus>,
    vetting_reason: Option<String>,
    #[serde(default, deserialize_with = "optional_moment")]
    vetting_created_date: Option<DateTime<Utc>>,
}

impl<'de> Visitor<'de> for NameOrMembers {
    type Value = CustomerQualification;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a qualification, by its name or with its vetting")
    }

    fn visit_str<E: Error>(self, name: &str) -> Result<CustomerQualification, E> {
        let kind = name.parse().map_err(|error: InvalidArgument| E::custom(error.cure))?;
        Ok(CustomerQualification::new(kind, None))
    }

    fn visit_u64<E: Error>(self, number: u64) -> Result<CustomerQualification, E> {
        self.visit_str(&number.to_string())
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<CustomerQualification, A::Error> {
        let members = Members::deserialize(MapAccessDeserializer::new(map))?;
        Ok(CustomerQualification {
            qualification: members.qualification,
            vetting_status: members.vetting_status,
            vetting_reason: members.vetting_reason,
            vetting_created_date: members.vetting_created_date,
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::read;
    use super::super::Customers;
    use super::*;

    #[test]
    fn flat_and_listed_are_the_same_in_every_spelling() {
        let listed = json!([{"domain": "a.example", "qualifications": ["Education"]}]);
        let listed: Customers = read(&listed).unwrap();
        for name in [json!("education"), json!("EDUCATION"), json!(1)] {
            let flat = json!([{"domain": "a.example", "qualification": name}]);
            assert_eq!(read::<Customers>(&flat).as_ref(), Ok(&listed), "{name}");
            let objects = json!([{"domain": "a.example", "qualifications": [{"qualification": name}]}]);
            assert_eq!(read::<Customers>(&objects).as_ref(), Ok(&listed), "{name}");
        }
        let written = serde_json::to_value(&listed).unwrap();
        assert_eq!(read::<Customers>(&written), Ok(listed));
        for none in [json!(null), json!("None"), json!(0)] {
            let row = json!([{"qualification": none, "qualifications": []}]);
            assert_eq!(read(&row), Ok(Customers::List(vec![CustomerSeed::default()])));
        }
    }

    #[test]
    fn an_error_names_the_row_the_member_the_value_and_the_cure() {
        for (row, field, value, cure) in [
            (json!({"colour": 1}), "[1].colour", "1", "unknown field"),
            (json!({"customer_id": 7}), "[1].customer_id", "7", "string"),
            (json!({"customer_id": "x"}), "[1].customer_id", "x", "pass a GUID"),
            (json!({"qualification": "Gold"}), "[1].qualification", "Gold", "StateOwnedEntity"),
            (json!({"qualifications": ["Gold"]}), "[1].qualifications[0]", "Gold", "StateOwnedEntity"),
            (
                json!({"qualifications": [{"qualification": 1, "vetting_status": "Expired"}]}),
                "[1].qualifications[0].vetting_status",
                "Expired",
                "InReview, Approved, Denied",
            ),
            (
                json!({"qualification": 1, "vetting_created_date": "May"}),
                "[1].vetting_created_date",
                "May",
                "8601",
            ),
            (json!({"vetting_status": "Denied"}), "[1]", "Denied", "qualification is missing"),
            (json!({"qualification": 1, "vetting_reason": "No"}), "[1]", "No", "Denied alone"),
            (json!({"qualification": 1, "qualifications": [1]}), "[1]", "qualifications", "leave those out"),
            (json!(5), "[1]", "5", "invalid type"),
        ] {
            let error = read::<Customers>(&json!([{}, row])).unwrap_err();
            assert_eq!(error.field, field, "{error}");
            assert!(error.value.contains(value), "{error}");
            assert!(error.cure.contains(cure) && error.cure.ends_with("(row 2)"), "{error}");
        }
        let error = read::<Customers>(&json!(-1)).unwrap_err();
        assert!(error.cure.contains("0 to 1,000,000"), "{error}");
    }
}
