//! How an attempt failed, for the two who need to know: the retry policy and the caller.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, HeaderName, HeaderValue, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::attempt::{MAX_BODY, service_time};
use crate::auth::Bearer;
use crate::error::{
    ApiError, Context, DecodeError, Error, Fault, TransportError, for_fault, for_redirect, truncate,
};
use crate::model::json::{self, Unreadable};
use crate::retry::Outcome;

/// How much of a body an error keeps.
const MAX_KEPT: usize = 4096;

/// What to do about a proxy that opens TLS, or a service with a private authority.
const FOREIGN_AUTHORITY: &str =
    " -> if you trust the authority that issued the certificate, pass its own as ca_bundle";

/// What to do when nobody is there.
const UNREACHABLE: &str = " -> check the network, the proxy and base_url";

/// How an attempt failed.
#[derive(Debug)]
pub(super) enum Failure {
    /// No connection.
    NotSent { message: String, timed_out: bool },
    /// Sent, but no complete answer.
    Lost { message: String, timed_out: bool },
    /// A 2xx that cannot be read.
    Unreadable { unreadable: Unreadable, body: Vec<u8> },
    /// Another status than 2xx.
    Status(Box<No>),
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(super) enum Broken {
    /// It is longer than allowed.
    TooLong,
    /// The connection, or the compression, ended too early.
    Off(reqwest::Error),
}

/// The service's no.
#[derive(Debug)]
pub(super) struct No {
    status: u16,
    fault: Fault,
    retry_after: Option<Duration>,
    location: Option<String>,
    body: Vec<u8>,
}

impl No {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap, body: Vec<u8>, bearer: &Bearer) -> Self {
        let text = |name: HeaderName| headers.get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let location = status.is_redirection().then(|| text(LOCATION)).flatten();
        let now = service_time(headers).map_or_else(SystemTime::now, SystemTime::from);
        Self {
            status: status.as_u16(),
            fault: Fault::read(status.as_u16(), &body),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(value, now)),
            location: location.map(|place| bearer.redact(place)),
            body,
        }
    }
}

/// Reads `Retry-After`: seconds, or a date, which counts from the service's own clock.
fn retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<f64>() {
        let bounded = if seconds.is_nan() { seconds } else { seconds.min(1e9) };
        return Duration::try_from_secs_f64(bounded).ok();
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Scheme, host and port.
fn host(url: &Url) -> String {
    url.origin().ascii_serialization()
}

impl Failure {
    pub(super) fn of(error: &reqwest::Error) -> Self {
        let (message, timed_out) = (chain(error), error.is_timeout());
        let host = error.url().map_or_else(String::new, host);
        if error.is_connect() {
            let cure = if message.contains("UnknownIssuer") { FOREIGN_AUTHORITY } else { UNREACHABLE };
            Self::NotSent { message: format!("connecting to {host} failed: {message}{cure}"), timed_out }
        } else {
            Self::Lost { message: format!("no answer from {host}: {message}"), timed_out }
        }
    }

    /// A 2xx whose body did not come to its end.
    pub(super) fn of_body(broken: &Broken, url: &Url, body: Vec<u8>) -> Self {
        let error = match broken {
            Broken::TooLong => {
                let message = format!("the body is longer than {} MiB", MAX_BODY >> 20);
                return Self::Unreadable { unreadable: Unreadable { message, cut: false }, body };
            }
            Broken::Off(error) => error,
        };
        let (message, timed_out) = (chain(error), error.is_timeout());
        if timed_out || is_reset(error) {
            return Self::Lost {
                message: format!("the answer of {} broke off: {message}", host(url)),
                timed_out,
            };
        }
        Self::Unreadable { unreadable: Unreadable { message, cut: true }, body }
    }

    /// What `retry` needs to know.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent { .. } => Outcome::NotSent,
            Self::Lost { .. } => Outcome::Lost,
            Self::Unreadable { unreadable, .. } => unreadable.into(),
            Self::Status(no) => Outcome::Status {
                code: no.status,
                retry_after: no.retry_after,
                retryable: no.fault.is_retryable,
            },
        }
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Status(no) if no.status == 401)
    }

    /// The error for the caller, once nothing is sent again.
    pub(super) fn into_error(self, context: Context, fate_unknown: bool) -> Error {
        let is_transient = self.outcome().is_transient();
        match self {
            Self::NotSent { message, timed_out } | Self::Lost { message, timed_out } => {
                Error::Transport(Box::new(TransportError { message, timed_out, fate_unknown, context }))
            }
            Self::Unreadable { unreadable, body } => {
                let (message, body) = (unreadable.message, kept(&body));
                Error::Decode(Box::new(DecodeError { message, body, fate_unknown, context }))
            }
            Self::Status(no) => {
                let hint = match no.status {
                    304 if no.location.is_none() => None, // about the body, and leads nowhere
                    300..400 => Some(for_redirect(no.location.as_deref())),
                    status => for_fault(status, &no.fault).map(str::to_owned),
                };
                Error::Api(Box::new(ApiError {
                    status_code: no.status,
                    is_retryable: no.fault.is_retryable.unwrap_or(is_transient),
                    retry_after: no.retry_after,
                    body: kept(&no.body),
                    hint,
                    fault: no.fault,
                    fate_unknown,
                    context,
                }))
            }
        }
    }
}

/// The error of a call that was not sent, because the service asked for a long pause.
pub(super) fn turned_away(remaining: Duration, context: Context) -> Error {
    let seconds = remaining.as_secs_f64().ceil();
    let message = format!("nothing was sent: the service asked to be left alone for another {seconds} s");
    let fault = Fault { message, ..Fault::default() };
    Error::Api(Box::new(ApiError {
        status_code: StatusCode::TOO_MANY_REQUESTS.as_u16(),
        hint: for_fault(429, &fault).map(str::to_owned),
        fault,
        is_retryable: true,
        retry_after: Some(remaining),
        body: String::new(),
        fate_unknown: false,
        context,
    }))
}

fn kept(body: &[u8]) -> String {
    let mut text = json::text(body).into_owned();
    truncate(&mut text, MAX_KEPT);
    text
}

/// An error and its causes, without the address, which the ids of the call stand for.
pub(super) fn chain(error: &reqwest::Error) -> String {
    let mut messages = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        messages.push(error.to_string());
        cause = error.source();
    }
    messages.dedup();
    if messages.is_empty() { "the request failed".to_owned() } else { messages.join(": ") }
}

fn is_reset(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let io = error.downcast_ref::<std::io::Error>();
        if io.is_some_and(|io| io.kind() == std::io::ErrorKind::ConnectionReset) {
            return true;
        }
        cause = error.source();
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 12:00:00 GMT").unwrap();
        let seconds = |text: &str| retry_after(text, now).map(|length| length.as_secs_f64());
        assert_eq!(seconds("57"), Some(57.0));
        assert_eq!(seconds(" 0 "), Some(0.0));
        assert_eq!(seconds("1.5"), Some(1.5));
        assert_eq!(seconds("Fri, 20 Nov 2026 12:01:30 GMT"), Some(90.0));
        assert_eq!(seconds("Fri, 20 Nov 2026 11:00:00 GMT"), Some(0.0));
        for nonsense in ["", "-1", "soon", "NaN", "Fri, 99 Nov 2026 12:01:30 GMT"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
        assert_eq!(seconds("1e300"), Some(1e9));
    }
}
