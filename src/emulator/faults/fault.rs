//! A fault: which requests it is for, how often, and what befalls them.

use std::collections::BTreeMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use super::super::json::optional_seconds;
use super::super::text::optional_guid;
use super::base64;
use super::retry_after::RetryAfter;

/// A rule: which requests it is for, how often it fires, and what happens then. Rules are tried in
/// the order of their injection; the first that fires is the only one. As JSON, durations are seconds.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Fault {
    /// The status to answer (200 to 599). Without a `body`, it comes with the body, and for 429 the
    /// Retry-After, that the documents give it. The request itself is not carried out, unless
    /// `after_effect` says so.
    pub status: Option<u16>,
    /// A documented error code to answer, such as 900421, with its text and, unless `status` says
    /// another, its status. The request is not carried out either.
    pub code: Option<u32>,
    /// Only requests with this method, in any case.
    pub method: Option<String>,
    /// Only requests whose path, query included, contains this text, in any case. Requests to Entra
    /// are picked by a path alone: a rule without one is for the API.
    pub path: Option<String>,
    /// Only requests whose path names this customer.
    #[serde(deserialize_with = "optional_guid")]
    pub customer_id: Option<Uuid>,
    /// Fire on this matching request alone, the first being 1.
    pub nth: Option<u32>,
    /// Fire this often; `None` means for ever.
    pub times: Option<u32>,
    /// Fire on this share of the matching requests, from 0 to 1, drawn from the seed.
    pub probability: f64,
    /// Carry the request out first; then the fault replaces its answer.
    pub after_effect: bool,
    /// The Retry-After of the answer.
    pub retry_after: Option<RetryAfter>,
    /// Hold the answer back for this long (real time). The request takes effect before that.
    #[serde(with = "optional_seconds")]
    pub delay: Option<Duration>,
    /// Reset the connection (TCP RST) in place of an answer; the request is not carried out, unless
    /// `after_effect` says so.
    pub reset: bool,
    /// Send only this many bytes of the body, under its full Content-Length, and close.
    pub cut: Option<u64>,
    /// The body to answer: a string as it is, anything else as JSON. Without a `status`, the request
    /// is carried out and its own status stays.
    pub body: Option<Value>,
    /// The body to answer where it is no text; as JSON, its base64.
    #[serde(with = "base64")]
    pub body_base64: Option<Vec<u8>>,
    /// Headers that the answer has as well, or with another value.
    pub headers: BTreeMap<String, String>,
    /// Blanks follow the body until it has this many bytes; what is JSON stays JSON.
    pub size: Option<u64>,
    /// The body is gzip, whatever the caller accepts, and unpacks to this many blanks. Without a
    /// `status`, the request is carried out and its own status stays.
    pub gzip_size: Option<u64>,
    /// Send status line and headers byte by byte over this time (real time).
    #[serde(with = "optional_seconds")]
    pub slow_headers: Option<Duration>,
    /// Send the body in small pieces over this time (real time).
    #[serde(with = "optional_seconds")]
    pub slow_body: Option<Duration>,
    /// Whether the rule is on; one that is off neither fires nor counts.
    pub enabled: bool,
}

impl Default for Fault {
    /// Any request, once, and nothing happens to it yet.
    fn default() -> Self {
        Self {
            status: None,
            code: None,
            method: None,
            path: None,
            customer_id: None,
            nth: None,
            times: Some(1),
            probability: 1.0,
            after_effect: false,
            retry_after: None,
            delay: None,
            reset: false,
            cut: None,
            body: None,
            body_base64: None,
            headers: BTreeMap::new(),
            size: None,
            gzip_size: None,
            slow_headers: None,
            slow_body: None,
            enabled: true,
        }
    }
}
