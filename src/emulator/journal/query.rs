//! Which entries of the journal are wanted.

use std::fmt::Display;
use std::str::FromStr;

use serde::de::{DeserializeOwned, Error};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use uuid::Uuid;

use super::super::text::optional_guid;
use super::entry::Recorded;

/// Which requests to find: those that all members match that are given. It can be read from a
/// query string as well as from JSON.
#[derive(Debug, Clone, PartialEq, Eq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Query {
    /// The method, in any case.
    pub method: Option<String>,
    /// What the path with its query contains, in any case.
    pub path: Option<String>,
    /// The customer in the path.
    #[serde(deserialize_with = "optional_guid")]
    pub customer_id: Option<Uuid>,
    /// The status answered.
    #[serde(deserialize_with = "spelled")]
    pub status: Option<u16>,
    /// Whether it came before the end of a Retry-After.
    #[serde(deserialize_with = "spelled")]
    pub early: Option<bool>,
    /// Only requests beyond the one with this number.
    #[serde(deserialize_with = "spelled")]
    pub after: Option<u64>,
    /// At most so many, the oldest first.
    #[serde(deserialize_with = "spelled")]
    pub limit: Option<usize>,
}

/// Reads what may be a text only because it stands in a query string.
fn spelled<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: DeserializeOwned + FromStr<Err: Display>,
{
    match Value::deserialize(deserializer)? {
        Value::String(text) => text.parse().map(Some).map_err(D::Error::custom),
        value => serde_json::from_value(value).map_err(D::Error::custom),
    }
}

/// A query whose texts are ready to be compared.
pub(super) struct Matcher<'a> {
    query: &'a Query,
    path: Option<String>,
}

impl Query {
    pub(super) fn matcher(&self) -> Matcher<'_> {
        Matcher { query: self, path: self.path.as_deref().map(str::to_lowercase) }
    }
}

impl Matcher<'_> {
    pub(super) fn matches(&self, entry: &Recorded) -> bool {
        let Query { method, customer_id, status, early, .. } = self.query;
        method.as_ref().is_none_or(|method| method.eq_ignore_ascii_case(entry.method.as_str()))
            && customer_id.is_none_or(|id| entry.customer_id == Some(id))
            && status.is_none_or(|status| entry.status == Some(status))
            && early.is_none_or(|early| entry.early == early)
            && self.path.as_ref().is_none_or(|part| entry.path.to_lowercase().contains(part))
    }
}
