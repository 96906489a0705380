//! Every way in which Entra says no, under its AADSTS numbers; the texts are ours.

use axum::http::{Method, StatusCode};
use chrono::{DateTime, Utc};
use serde_json::json;

use super::super::wire::{Ids, Reply, header_text};
use super::answer;

/// A refusal before the ids and dates that every one carries.
#[derive(Debug)]
pub(super) struct Refusal {
    status: StatusCode,
    error: &'static str,
    number: u32,
    text: String,
    /// The methods that the endpoint takes, where that is the matter.
    allow: Option<&'static str>,
}

impl Refusal {
    fn new(status: StatusCode, error: &'static str, number: u32, text: impl Into<String>) -> Self {
        Self { status, error, number, text: text.into(), allow: None }
    }

    pub(super) fn reply(&self, ids: &Ids, now: DateTime<Utc>) -> Reply {
        let Self { status, error, number, text, allow } = self;
        let (trace, correlation) = (header_text(&ids.request_id), header_text(&ids.correlation_id));
        let timestamp = now.format("%Y-%m-%d %H:%M:%SZ").to_string();
        let description = format!(
            "AADSTS{number}: {text} Trace ID: {trace} Correlation ID: {correlation} Timestamp: {timestamp}"
        );
        let body = json!({
            "error": error,
            "error_description": description,
            "error_codes": [number],
            "timestamp": timestamp,
            "trace_id": trace,
            "correlation_id": correlation,
            "error_uri": format!("https://login.microsoftonline.com/error?code={number}"),
        });
        Reply { status: *status, allow: *allow, ..answer::json(&body) }
    }
}

fn bad_request(error: &'static str, number: u32, text: impl Into<String>) -> Refusal {
    Refusal::new(StatusCode::BAD_REQUEST, error, number, text)
}

fn invalid_client(number: u32, text: &str) -> Refusal {
    Refusal::new(StatusCode::UNAUTHORIZED, "invalid_client", number, text)
}

pub(super) fn method_not_allowed(method: &Method, methods: &'static str) -> Refusal {
    let text = format!("This endpoint does not serve {method}.");
    let refusal = Refusal::new(StatusCode::METHOD_NOT_ALLOWED, "invalid_request", 900_561, text);
    Refusal { allow: Some(methods), ..refusal }
}

pub(super) fn unknown_tenant() -> Refusal {
    bad_request("invalid_request", 90_002, "There is no such tenant here.")
}

pub(super) fn malformed_authority() -> Refusal {
    bad_request("invalid_request", 90_013, "The authorization_endpoint is no URL.")
}

pub(super) fn parameter_missing(name: &str) -> Refusal {
    bad_request("invalid_request", 900_144, format!("The request lacks the parameter '{name}'."))
}

pub(super) fn unsupported_grant_type() -> Refusal {
    bad_request("unsupported_grant_type", 70_003, "This grant type is not supported.")
}

pub(super) fn unknown_application() -> Refusal {
    bad_request("unauthorized_client", 700_016, "The tenant has no application with this client_id.")
}

pub(super) fn invalid_scope(text: &str) -> Refusal {
    bad_request("invalid_scope", 70_011, text)
}

pub(super) fn wrong_secret() -> Refusal {
    invalid_client(7_000_215, "The client secret is wrong. Its value is asked for, not its id.")
}

pub(super) fn no_client_credential() -> Refusal {
    invalid_client(7_000_218, "The request body lacks a client_assertion or a client_secret.")
}

pub(super) fn malformed_assertion() -> Refusal {
    bad_request("invalid_request", 50_027, "The client assertion is no JWT that can be read.")
}

pub(super) fn unknown_key() -> Refusal {
    invalid_client(700_027, "No certificate with this thumbprint is registered for the application.")
}

pub(super) fn invalid_signature() -> Refusal {
    invalid_client(700_027, "The client assertion's signature is not the registered certificate's.")
}

pub(super) fn assertion_audience() -> Refusal {
    invalid_client(700_023, "The client assertion's audience is neither the token endpoint nor the issuer.")
}

/// `50012` is Entra's number for an assertion whose claims do not fit.
pub(super) fn assertion_issuer() -> Refusal {
    invalid_client(50_012, "Issuer and subject of the client assertion must be the client_id.")
}

pub(super) fn assertion_out_of_time() -> Refusal {
    invalid_client(700_024, "The client assertion is not valid yet, or no longer.")
}

pub(super) fn unknown_refresh_token() -> Refusal {
    bad_request("invalid_grant", 9_002_313, "The refresh token was not issued here.")
}

/// `50173` is Entra's number for a grant that was revoked, as by a changed password.
pub(super) fn revoked_refresh_token() -> Refusal {
    let text = "The refresh token was revoked: it had been replaced, and was used again.";
    bad_request("invalid_grant", 50_173, text)
}

pub(super) fn expired_refresh_token() -> Refusal {
    bad_request("invalid_grant", 700_082, "The refresh token was not used for 90 days, and expired.")
}

pub(super) fn authorization_pending() -> Refusal {
    bad_request("authorization_pending", 70_016, "The user has not entered the code yet.")
}

pub(super) fn authorization_declined() -> Refusal {
    bad_request("authorization_declined", 70_000, "The user declined.")
}

pub(super) fn expired_device_code() -> Refusal {
    bad_request("expired_token", 70_020, "The device code has expired.")
}

pub(super) fn unknown_device_code() -> Refusal {
    bad_request("bad_verification_code", 70_018, "The device code was not issued here.")
}

pub(super) fn redeemed_device_code() -> Refusal {
    bad_request("invalid_grant", 54_005, "The device code was redeemed already.")
}

/// Never seen: the machine had no random numbers for a key.
pub(super) fn no_signing_key() -> Refusal {
    let text = "The key of the id tokens could not be made.";
    Refusal::new(StatusCode::SERVICE_UNAVAILABLE, "temporarily_unavailable", 90_033, text)
}

/// What Entra answers to a status that a fault names without a body.
pub(in crate::emulator) fn documented(
    status: StatusCode,
    seconds: u64,
    ids: &Ids,
    now: DateTime<Utc>,
) -> Reply {
    let (error, number, text) = match status.as_u16() {
        401 => ("invalid_client", 7_000_215, "The client secret is wrong."),
        429 => ("temporarily_unavailable", 90_055, "There are too many requests."),
        500.. => ("temporarily_unavailable", 90_033, "A transient error has occurred."),
        _ => ("invalid_grant", 70_000, "The grant is not valid."),
    };
    let mut reply = Refusal::new(status, error, number, text).reply(ids, now);
    if status == StatusCode::TOO_MANY_REQUESTS {
        reply.retry_after = Some(seconds.into());
    }
    reply
}
