//! Requests for a qualification that took effect.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::model::QualificationType;
use super::super::text::required_moment;

/// One request for a qualification that took effect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Effect {
    /// The customer.
    pub customer_id: Uuid,
    /// What was asked for.
    pub qualification: QualificationType,
    /// The `MS-RequestId` of the request.
    pub request_id: String,
    /// When it took effect (virtual time).
    #[serde(deserialize_with = "required_moment")]
    pub at: DateTime<Utc>,
}
