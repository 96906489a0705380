//! A Retry-After, in the two forms of the header.

use std::time::Duration;

use axum::http::HeaderValue;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::super::error::InvalidArgument;

/// A Retry-After to answer.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
// Through `Value`: serde's untagged enums cannot read numbers of arbitrary precision.
#[serde(try_from = "Value", into = "Value")]
pub enum RetryAfter {
    /// Seconds; a fraction is rounded up, since the header counts whole ones.
    Seconds(f64),
    /// The header's value as it is, such as an HTTP date.
    Header(String),
}

impl RetryAfter {
    pub(super) fn header(&self) -> Result<HeaderValue, InvalidArgument> {
        match self {
            Self::Seconds(seconds) => Duration::try_from_secs_f64(*seconds)
                .map(|wait| HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
                .map_err(|_| InvalidArgument::new("retry_after", seconds, "pass seconds, not negative")),
            Self::Header(text) => HeaderValue::from_str(text).map_err(|_| {
                InvalidArgument::new("retry_after", text, "pass seconds, or a valid header value")
            }),
        }
    }
}

impl TryFrom<Value> for RetryAfter {
    type Error = &'static str;

    fn try_from(value: Value) -> Result<Self, Self::Error> {
        match value {
            Value::String(text) => Ok(Self::Header(text)),
            Value::Number(number) => number.as_f64().map(Self::Seconds).ok_or("pass fewer seconds"),
            _ => Err("pass seconds, or a header value such as a date"),
        }
    }
}

impl From<RetryAfter> for Value {
    fn from(wait: RetryAfter) -> Self {
        match wait {
            RetryAfter::Seconds(seconds) => seconds.into(),
            RetryAfter::Header(text) => text.into(),
        }
    }
}
