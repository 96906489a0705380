//! Validation codes for the Government Community Cloud. Wire names of `customers/all/validations`.

use serde_json::{Map, Value};

use super::Undecodable;
use super::json::{Members, Unreadable};

/// A code that lets customers be qualified for GCC, with how often it may still be used.
#[derive(Debug, Clone, PartialEq)]
pub struct ValidationCode {
    /// The code itself.
    pub validation_id: String,
    /// The partner's tenant id.
    pub partner_id: Option<String>,
    /// The organisation it was issued for.
    pub organization_name: Option<String>,
    /// How many customers it is good for.
    pub max_creates: Option<i64>,
    /// How many are left.
    pub remaining_creates: Option<i64>,
    /// Version tag of the record.
    pub etag: Option<String>,
    /// Members that no document lists.
    pub extra: Map<String, Value>,
}

impl ValidationCode {
    fn from_value(value: Value) -> Result<Self, Undecodable> {
        let Value::Object(object) = value else {
            return Err(Undecodable::expected("a validation code object", &value));
        };
        let mut members = Members::new(object);
        Ok(Self {
            validation_id: members.id("validationId").ok_or_else(|| Undecodable::missing("validationId"))?,
            partner_id: members.text("partnerId"),
            organization_name: members.text("organizationName"),
            max_creates: members.integer("maxCreates"),
            remaining_creates: members.integer("remainingCreates"),
            etag: members.text("eTag"),
            extra: members.rest(),
        })
    }
}

/// Reads the list of codes from the body of an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<ValidationCode>, Unreadable> {
    super::decode(body, list)
}

/// Reads the list of codes: a bare array, or `items`.
pub(super) fn list(value: Value) -> Result<Vec<ValidationCode>, Undecodable> {
    super::collection(value, ValidationCode::from_value)
}
