//! One request, as it is shown and as it is kept.

use axum::http::Method;
use chrono::{DateTime, Utc};
use serde::de::Error;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::super::id::Id;
use super::super::text::required_moment;

/// One request, as it arrived. Its token is not kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct JournalEntry {
    /// Its place among all requests since the start or the last reset, the first being 1.
    pub number: u64,
    /// The HTTP method.
    pub method: String,
    /// The path, with the query.
    pub path: String,
    /// The customer in the path, where there is a readable one.
    pub customer_id: Option<Uuid>,
    /// The status answered; `None` where the connection was reset instead.
    pub status: Option<u16>,
    /// The `MS-RequestId`, sent or made up.
    pub request_id: String,
    /// The `MS-CorrelationId`, sent or made up.
    pub correlation_id: String,
    /// When it arrived (virtual time).
    pub at: DateTime<Utc>,
    /// Whether it came before the end of a Retry-After that was announced to the partner, or for
    /// requests about its customer.
    pub early: bool,
}

/// A [`JournalEntry`] in little room: there are a hundred thousand of them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(in super::super) struct Recorded {
    #[serde(serialize_with = "write_method", deserialize_with = "read_method")]
    pub(in super::super) method: Method,
    pub(in super::super) path: Box<str>,
    pub(in super::super) customer_id: Option<Uuid>,
    pub(in super::super) status: Option<u16>,
    pub(in super::super) request_id: Id,
    pub(in super::super) correlation_id: Id,
    #[serde(deserialize_with = "required_moment")]
    pub(in super::super) at: DateTime<Utc>,
    pub(in super::super) early: bool,
}

fn write_method<S: Serializer>(method: &Method, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(method.as_str())
}

fn read_method<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Method, D::Error> {
    let name = String::deserialize(deserializer)?;
    name.parse().map_err(|_| D::Error::custom("pass an HTTP method"))
}

impl Recorded {
    pub(super) fn to_entry(&self, number: u64) -> JournalEntry {
        JournalEntry {
            number,
            method: self.method.to_string(),
            path: self.path.to_string(),
            customer_id: self.customer_id,
            status: self.status,
            request_id: self.request_id.to_string(),
            correlation_id: self.correlation_id.to_string(),
            at: self.at,
            early: self.early,
        }
    }
}
