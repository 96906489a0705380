//! What is made of an answer: the fields that `partnercenter_qual` has, enums and dates included.

use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::Outcome;

#[derive(Deserialize)]
pub enum Kind {
    None,
    Education,
    Nonprofit,
    GovernmentCommunityCloud,
    StateOwnedEntity,
}

#[derive(Deserialize)]
pub enum Status {
    InReview,
    Approved,
    Denied,
}

/// One qualification of a customer.
#[derive(Deserialize)]
#[expect(clippy::struct_field_names, reason = "they are the wire's")]
#[serde(rename_all = "camelCase")]
#[expect(dead_code, reason = "they are decoded, which is what is measured, and not looked at")]
pub struct Qualification {
    qualification: Kind,
    vetting_status: Option<Status>,
    vetting_reason: Option<String>,
    vetting_create_date: Option<DateTime<Utc>>,
}

/// Decodes a body.
pub fn decode(body: &[u8]) -> Outcome<Vec<Qualification>> {
    Ok(serde_json::from_slice(body)?)
}
