//! Every answer that says no, in the body shapes the service uses: the front door's (a numeric
//! code and its source), the customers service's (with `isRetryable`), the gateway's, and the odd
//! ones: a bare JSON string, and HTML.

use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::wire::{HTML, Reply};

/// The code of a request for a qualification that the customer already has or waits for. Which code
/// the real service gives is not documented; this one is ours, as is [`CANNOT_COMBINE`].
const ALREADY_REQUESTED: u32 = 600_901;
/// The code of a request for Education beside Government Community Cloud, or the other way round.
const CANNOT_COMBINE: u32 = 600_902;
/// The code of a validation code that is unknown or used up; ours again.
const CODE_NOT_USABLE: u32 = 600_903;
/// The code where a customer redeemed no validation code; ours again.
const NO_VALIDATION: u32 = 600_904;
/// The code of a method that a resource does not take; ours again, after the status.
const METHOD_NOT_ALLOWED: u32 = 405;

#[derive(Serialize)]
struct FrontDoor<'a> {
    code: u32,
    description: &'a str,
    data: &'a [&'a str],
    source: &'a str,
}

fn front_door(status: StatusCode, code: u32, description: &str, data: &[&str]) -> Reply {
    let body = FrontDoor { code, description, data, source: "PartnerFD" };
    Reply::json(status, &body)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct CustomersService<'a> {
    code: u32,
    message: &'a str,
    description: &'a str,
    error_name: &'a str,
    is_retryable: bool,
    parameters: serde_json::Map<String, serde_json::Value>,
    error_message_extended: String,
}

fn customers_service(status: StatusCode, code: u32, error_name: &str, message: &str) -> Reply {
    let body = CustomersService {
        code,
        message,
        description: message,
        error_name,
        is_retryable: false,
        parameters: serde_json::Map::new(),
        error_message_extended: format!("InternalErrorCode={code}"),
    };
    Reply::json(status, &body)
}

pub(super) fn token_missing() -> Reply {
    let text = "Partner Token missing in request context";
    front_door(StatusCode::UNAUTHORIZED, 800_001, text, &[])
}

/// For a token that has expired, or was not issued here.
pub(super) fn access_denied() -> Reply {
    front_door(StatusCode::UNAUTHORIZED, 400, "Access denied", &[])
}

pub(super) fn wrong_audience() -> Reply {
    let text = "The audience in the token is invalid and is no longer supported in Partner Center API.";
    front_door(StatusCode::UNAUTHORIZED, 900_420, text, &[])
}

pub(super) fn mfa_required() -> Reply {
    let text = "The token was obtained without multifactor authentication.";
    front_door(StatusCode::UNAUTHORIZED, 900_421, text, &[])
}

pub(super) fn app_only_not_supported() -> Reply {
    let text = "App-only access is not supported for this operation.";
    front_door(StatusCode::FORBIDDEN, 900_329, text, &[])
}

pub(super) fn no_relationship() -> Reply {
    let text = "The partner has no commerce relationship with the customer.";
    front_door(StatusCode::FORBIDDEN, 20_002, text, &[])
}

pub(super) fn no_such_resource() -> Reply {
    front_door(StatusCode::NOT_FOUND, 1000, "Not found", &[])
}

pub(super) fn method_not_allowed(methods: &'static str) -> Reply {
    let data = format!("use one of {methods}");
    let refusal =
        front_door(StatusCode::METHOD_NOT_ALLOWED, METHOD_NOT_ALLOWED, "Method not allowed", &[&data]);
    Reply { allow: Some(methods), ..refusal }
}

pub(super) fn invalid_customer_id() -> Reply {
    front_door(StatusCode::BAD_REQUEST, 900_118, "Invalid Customer Id", &[])
}

/// `data` names the property and what is wrong with it, as in `educationSegment: required`.
pub(super) fn invalid_property(data: &str) -> Reply {
    front_door(StatusCode::BAD_REQUEST, 3000, "Invalid property", &[data])
}

pub(super) fn invalid_input() -> Reply {
    front_door(StatusCode::BAD_REQUEST, 800_002, "Invalid request input", &[])
}

pub(super) fn not_in_enum(data: &str) -> Reply {
    front_door(StatusCode::BAD_REQUEST, 900_126, "Unable to parse enum", &[data])
}

pub(super) fn search_operator() -> Reply {
    let text = "Customer search only allows starts with and equals operation.";
    front_door(StatusCode::BAD_REQUEST, 2000, text, &[])
}

pub(super) fn tenant_not_found(customer: Option<Uuid>) -> Reply {
    let message = match customer {
        Some(id) => format!("Tenant {id} not found"),
        None => "Tenant not found".to_owned(),
    };
    customers_service(StatusCode::NOT_FOUND, 60_003, "TenantNotFound", &message)
}

pub(super) fn already_requested(qualification: &str) -> Reply {
    let message = format!("The customer already has {qualification}, or it is in review.");
    let name = "QualificationAlreadyRequested";
    customers_service(StatusCode::CONFLICT, ALREADY_REQUESTED, name, &message)
}

pub(super) fn cannot_combine() -> Reply {
    let message = "Education and GovernmentCommunityCloud cannot be combined.";
    let name = "QualificationsCannotBeCombined";
    customers_service(StatusCode::CONFLICT, CANNOT_COMBINE, name, message)
}

pub(super) fn code_not_usable(code: &str) -> Reply {
    let message = format!("The validation code {code} is unknown or has no creates left.");
    let name = "ValidationCodeNotUsable";
    customers_service(StatusCode::CONFLICT, CODE_NOT_USABLE, name, &message)
}

pub(super) fn no_validation(customer: Uuid) -> Reply {
    let message = format!("Customer {customer} has redeemed no validation code.");
    customers_service(StatusCode::NOT_FOUND, NO_VALIDATION, "ValidationNotFound", &message)
}

/// The bare JSON string that a refused tagging was seen to answer.
pub(super) fn tagging_denied() -> Reply {
    Reply::json(StatusCode::FORBIDDEN, &"Customer tagging denied.")
}

pub(super) fn too_many_requests(seconds: u64) -> Reply {
    let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
    let body = json!({"statusCode": 429, "message": message});
    Reply {
        retry_after: Some(HeaderValue::from(seconds)),
        ..Reply::json(StatusCode::TOO_MANY_REQUESTS, &body)
    }
}

/// The documented answer of a status that a fault names without a body. `seconds` is the wait of
/// a 429.
pub(super) fn documented(status: StatusCode, seconds: u64) -> Reply {
    match status.as_u16() {
        400 => invalid_property("injected: fault"),
        401 => access_denied(),
        403 => no_relationship(),
        404 => tenant_not_found(None),
        409 => already_requested("this qualification"),
        429 => too_many_requests(seconds),
        500 => front_door(status, 800_003, "Unexpected service error", &[]),
        501 => front_door(status, 0, "Exception not defined", &[]),
        502..=504 => Reply::text(status, HTML, gateway_page(status)),
        code => front_door(status, code.into(), reason(status), &[]),
    }
}

fn gateway_page(status: StatusCode) -> String {
    let title = format!("{} {}", status.as_u16(), reason(status));
    format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n\
         <body>\r\n<center><h1>{title}</h1></center>\r\n</body>\r\n</html>\r\n"
    )
}

fn reason(status: StatusCode) -> &'static str {
    status.canonical_reason().unwrap_or("Unknown status")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(reply: &Reply) -> serde_json::Value {
        let body = reply.body.strip_prefix(b"\xEF\xBB\xBF").unwrap();
        serde_json::from_slice(body).unwrap()
    }

    #[test]
    fn every_documented_status_has_its_code() {
        for (status, code) in
            [(400, 3000), (401, 400), (403, 20_002), (404, 60_003), (500, 800_003), (501, 0)]
        {
            let reply = documented(StatusCode::from_u16(status).unwrap(), 1);
            assert_eq!(reply.status.as_u16(), status);
            assert_eq!(parsed(&reply)["code"], code, "{status}");
        }
    }

    #[test]
    fn the_customers_service_says_whether_to_retry_and_the_gateway_speaks_html() {
        let conflict = documented(StatusCode::CONFLICT, 1);
        assert_eq!(parsed(&conflict)["isRetryable"], false);
        let gateway = documented(StatusCode::BAD_GATEWAY, 1);
        assert!(gateway.body.starts_with(b"<html>") && gateway.content_type == "text/html");
    }

    #[test]
    fn a_throttled_answer_says_the_seconds_twice() {
        let reply = too_many_requests(57);
        assert_eq!(parsed(&reply)["statusCode"], 429);
        assert_eq!(parsed(&reply)["message"], "Rate limit is exceeded. Try again in 57 seconds.");
        assert_eq!(reply.retry_after.unwrap(), "57");
    }
}
