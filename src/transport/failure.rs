//! How an attempt failed, for the two who need to know: the retry policy and the caller.

use std::time::Duration;

use bytes::Bytes;
use hyper::StatusCode;
use hyper::header::{HeaderMap, LOCATION};
use hyper_util::client::legacy::Error as ClientError;

use crate::auth::Bearer;
use crate::error::{
    ApiError, Context, DecodeError, Error, Fault, TransportError, for_fault, for_redirect, truncate,
};
use crate::http::{self, Broken, MAX_BODY, Pool, chain, is_reset, is_timeout};
use crate::model::json::{self, Unreadable};
use crate::retry::Outcome;

/// How much of a body an error keeps.
const MAX_KEPT: usize = 4096;

/// How an attempt failed.
#[derive(Debug, Clone)]
pub(super) enum Failure {
    /// No connection.
    NotSent { message: String, timed_out: bool },
    /// Sent, but no complete answer.
    Lost { message: String, timed_out: bool },
    /// A 2xx that cannot be read.
    Unreadable { unreadable: Unreadable, body: Bytes },
    /// Another status than 2xx.
    Status(Box<No>),
}

/// The service's no.
#[derive(Debug, Clone)]
pub(super) struct No {
    status: u16,
    fault: Fault,
    retry_after: Option<Duration>,
    location: Option<String>,
    body: Bytes,
}

impl No {
    pub(super) fn new(status: StatusCode, headers: &HeaderMap, body: Bytes, bearer: &Bearer) -> Self {
        let location = status.is_redirection().then(|| http::text(headers, LOCATION)).flatten();
        Self {
            status: status.as_u16(),
            fault: Fault::read(status.as_u16(), &body),
            retry_after: http::retry_after(headers),
            location: location.map(|place| bearer.redact(place)),
            body,
        }
    }
}

impl Failure {
    pub(super) fn of(error: &ClientError, http: &Pool) -> Self {
        let timed_out = is_timeout(error);
        if error.is_connect() {
            return Self::NotSent { message: http.unconnected(error, "base_url"), timed_out };
        }
        Self::Lost { message: format!("no answer from {}: {}", http.origin(), chain(error)), timed_out }
    }

    /// What cannot even be asked for.
    pub(super) fn no_path(path: &str) -> Self {
        Self::NotSent { message: format!("nothing was sent: {path:?} is no path"), timed_out: false }
    }

    /// A 2xx whose body did not come to its end.
    pub(super) fn of_body(broken: &Broken, http: &Pool, body: Bytes) -> Self {
        let error = match broken {
            Broken::TooLong => {
                let message = format!("the body is longer than {} MiB", MAX_BODY >> 20);
                return Self::Unreadable { unreadable: Unreadable { message, cut: false }, body };
            }
            Broken::Off(error) => error.as_ref(),
        };
        let (message, timed_out) = (chain(error), is_timeout(error));
        if timed_out || is_reset(error) {
            let message = format!("the answer of {} broke off: {message}", http.origin());
            return Self::Lost { message, timed_out };
        }
        Self::Unreadable { unreadable: Unreadable { message, cut: true }, body }
    }

    /// What `retry` needs to know.
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::NotSent { .. } => Outcome::NotSent,
            Self::Lost { timed_out: true, .. } => Outcome::TimedOut,
            Self::Lost { .. } => Outcome::Lost,
            Self::Unreadable { unreadable, .. } => unreadable.into(),
            Self::Status(no) => Outcome::Status {
                code: no.status,
                retry_after: no.retry_after,
                retryable: no.fault.is_retryable,
            },
        }
    }

    /// What went wrong, in the service's words or ours.
    pub(super) fn message(&self) -> Option<&str> {
        let message = match self {
            Self::NotSent { message, .. } | Self::Lost { message, .. } => message,
            Self::Unreadable { unreadable, .. } => &unreadable.message,
            Self::Status(no) => &no.fault.message,
        };
        Some(message.as_str()).filter(|message| !message.is_empty())
    }

    pub(super) fn is_unauthorized(&self) -> bool {
        matches!(self, Self::Status(no) if no.status == 401)
    }

    /// The error for the caller, once nothing is sent again.
    pub(super) fn into_error(self, context: Context, fate_unknown: bool) -> Error {
        let is_transient = self.outcome().is_transient();
        let unconnected = self.outcome() == Outcome::NotSent;
        match self {
            Self::NotSent { message, timed_out } | Self::Lost { message, timed_out } => {
                Error::Transport(Box::new(TransportError {
                    message,
                    timed_out,
                    unconnected,
                    taken_over: false,
                    fate_unknown,
                    context,
                }))
            }
            Self::Unreadable { unreadable, body } => {
                let (message, body) = (unreadable.message, kept(&body));
                Error::Decode(Box::new(DecodeError { message, body, fate_unknown, context }))
            }
            Self::Status(no) => {
                let hint = match no.status {
                    304 if no.location.is_none() => None, // about the body, and leads nowhere
                    300..400 => Some(for_redirect("base_url", no.location.as_deref())),
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

/// The error of a call that was not sent, because it was not the caller's to send any more.
pub(super) fn fenced(context: Context) -> Error {
    let message = "nothing was sent: another worker may have taken this request over, because this one gave no \
                   sign of life for too long";
    Error::Transport(Box::new(TransportError {
        message: message.to_owned(),
        timed_out: false,
        unconnected: false,
        taken_over: true,
        fate_unknown: false,
        context,
    }))
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
