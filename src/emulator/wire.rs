//! Answers as they go over the wire: a status, a body with its byte order mark, a few headers.

use axum::body::Bytes;
use axum::http::header::{ALLOW, CONTENT_TYPE, DATE, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Map, Value};
use uuid::Builder;

use super::seed::{digest, guid};
use super::wire_switches::{ErrorCode, Wire};

pub(super) const JSON: &str = "application/json; charset=utf-8";
pub(super) const HTML: &str = "text/html";
/// The real service starts its JSON bodies with it, errors included.
pub(super) const BYTE_ORDER_MARK: &[u8] = b"\xEF\xBB\xBF";

/// The service takes GUIDs alone as ids. Any other text is taken here too, for a test's sake, but no more
/// of it than this: a hundred thousand ids are remembered, and in several places.
const LONGEST_ID: usize = 100;

const REQUEST_ID: HeaderName = HeaderName::from_static("ms-requestid");
const CORRELATION_ID: HeaderName = HeaderName::from_static("ms-correlationid");
const CLIENT_REQUEST_ID: HeaderName = HeaderName::from_static("client-request-id");
const CORRELATION_VECTOR: HeaderName = HeaderName::from_static("ms-cv");
const SERVER_ID: HeaderName = HeaderName::from_static("ms-serverid");
const REQUEST_CONTEXT: HeaderName = HeaderName::from_static("request-context");

/// An answer before the headers that every answer has.
#[derive(Debug, Clone)]
pub(super) struct Reply {
    pub(super) status: StatusCode,
    pub(super) content_type: &'static str,
    pub(super) body: Bytes,
    pub(super) retry_after: Option<HeaderValue>,
    /// The methods to use instead.
    pub(super) allow: Option<&'static str>,
}

/// The body of an error with its code as a string; `None` for a body without a code.
fn with_string_code(body: &[u8]) -> Option<Bytes> {
    let mut members: Map<String, Value> = serde_json::from_slice(body.strip_prefix(BYTE_ORDER_MARK)?).ok()?;
    let code = members.get_mut("code")?;
    *code = Value::String(code.to_string());
    Some(json_body(&members))
}

fn json_body(value: &(impl Serialize + ?Sized)) -> Bytes {
    let mut body = BYTE_ORDER_MARK.to_vec();
    // Our own values, whose keys are all strings, into memory: there is nothing to go wrong.
    let _ = serde_json::to_writer(&mut body, value);
    body.into()
}

/// What an operation comes to; `Err` holds a refusal, so that `?` can end it.
pub(super) type Answer = Result<Reply, Reply>;

impl Reply {
    pub(super) fn json(status: StatusCode, value: &(impl Serialize + ?Sized)) -> Self {
        Self::text(status, JSON, json_body(value))
    }

    pub(super) fn text(status: StatusCode, content_type: &'static str, body: impl Into<Bytes>) -> Self {
        Self { status, content_type, body: body.into(), retry_after: None, allow: None }
    }

    /// The answer in the form that the switches ask for. It was made in today's.
    pub(super) fn in_form(mut self, wire: Wire) -> Self {
        if self.content_type != JSON {
            return self;
        }
        let is_error = self.status.is_client_error() || self.status.is_server_error();
        if is_error && wire.error_code == ErrorCode::String {
            self.body = with_string_code(&self.body).unwrap_or(self.body);
        }
        if !wire.bom && self.body.starts_with(BYTE_ORDER_MARK) {
            self.body = self.body.slice(BYTE_ORDER_MARK.len()..);
        }
        self
    }
}

/// The ids of one request: the caller's own, or made up for it.
#[derive(Debug, Clone)]
pub(super) struct Ids {
    pub(super) request_id: HeaderValue,
    pub(super) correlation_id: HeaderValue,
    /// Whether the caller sent a request id: only then does repeating it mean anything.
    pub(super) repeatable: bool,
}

impl Ids {
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let sent = sent_id(headers, &REQUEST_ID);
        Self {
            repeatable: sent.is_some(),
            request_id: sent.unwrap_or_else(random_guid),
            correlation_id: sent_id(headers, &CORRELATION_ID).unwrap_or_else(random_guid),
        }
    }

    /// The ids of a request to Entra: there only the correlation's is the caller's.
    pub(super) fn of_entra(headers: &HeaderMap) -> Self {
        Self {
            request_id: random_guid(),
            correlation_id: sent_id(headers, &CLIENT_REQUEST_ID).unwrap_or_else(random_guid),
            repeatable: false,
        }
    }
}

/// The id that the caller sent. One that is too long counts as none.
fn sent_id(headers: &HeaderMap, name: &HeaderName) -> Option<HeaderValue> {
    headers.get(name).filter(|id| id.len() <= LONGEST_ID).cloned()
}

/// A header's value as text; bytes that are none are replaced.
pub(super) fn header_text(value: &HeaderValue) -> String {
    String::from_utf8_lossy(value.as_bytes()).into_owned()
}

/// The headers by which the emulated servers name themselves; they come from the seed that the
/// emulator was first made with.
#[derive(Debug)]
pub(super) struct ServerNames {
    server_id: HeaderValue,
    request_context: HeaderValue,
    challenge: HeaderValue,
}

impl ServerNames {
    pub(super) fn new(seed: u64) -> Self {
        let mut rng = fastrand::Rng::with_seed(digest(seed, &[b"server"]));
        let id = rng.u32(100_000_000..1_000_000_000);
        Self {
            server_id: HeaderValue::from(id),
            request_context: header(&format!("appId=cid-v1:{}", guid(&mut rng))),
            challenge: header(&format!("OAuth realm=urn:cpsvc:cpid:{}", guid(&mut rng))),
        }
    }

    /// The headers of an answer given at `now`.
    pub(super) fn headers(&self, reply: &Reply, ids: Ids, now: DateTime<Utc>) -> HeaderMap {
        let mut headers = HeaderMap::with_capacity(10);
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
        headers.insert(REQUEST_ID, ids.request_id);
        headers.insert(CORRELATION_ID, ids.correlation_id);
        headers.insert(CORRELATION_VECTOR, correlation_vector());
        headers.insert(SERVER_ID, self.server_id.clone());
        headers.insert(REQUEST_CONTEXT, self.request_context.clone());
        // The virtual clock's, so that a Retry-After date can be read against it.
        headers.insert(DATE, header(&httpdate::fmt_http_date(now.into())));
        if reply.status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, self.challenge.clone());
        }
        if let Some(methods) = reply.allow {
            headers.insert(ALLOW, HeaderValue::from_static(methods));
        }
        if let Some(wait) = &reply.retry_after {
            headers.insert(RETRY_AFTER, wait.clone());
        }
        headers
    }
}

/// A header's value from text that is known to be plain ASCII.
pub(super) fn header(text: &str) -> HeaderValue {
    HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""))
}

fn random_guid() -> HeaderValue {
    let bytes = fastrand::u128(..).to_be_bytes();
    header(&Builder::from_random_bytes(bytes).into_uuid().to_string())
}

/// A fresh MS-CV: sixteen characters of base64 and the number of the hop.
fn correlation_vector() -> HeaderValue {
    let base = STANDARD_NO_PAD.encode(&fastrand::u128(..).to_be_bytes()[..12]);
    header(&format!("{base}.0"))
}
