//! Every answer that says no, in the body shapes the service uses: the front door's (a numeric
//! code and its source), the customers service's (with `isRetryable`), the gateway's, and the odd
//! ones: a bare JSON string, and HTML.

use axum::http::{HeaderValue, StatusCode};
use serde::Serialize;
use serde_json::json;
use uuid::Uuid;

use super::super::wire::{HTML, Reply};
use super::codes::{self, Code, Family};

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

/// The answer of a documented code.
pub(in crate::emulator) fn of_code(code: &Code) -> Reply {
    detailed(code, &[])
}

/// The same with particulars, where its body has a place for them.
fn detailed(code: &Code, data: &[&str]) -> Reply {
    match code.family {
        Family::FrontDoor => front_door(code.status, code.number, code.text, data),
        Family::CustomersService { error_name } => {
            customers_service(code.status, code.number, error_name, code.text)
        }
    }
}

pub(in crate::emulator) fn token_missing() -> Reply {
    of_code(&codes::TOKEN_MISSING)
}

pub(in crate::emulator) fn access_denied() -> Reply {
    of_code(&codes::ACCESS_DENIED)
}

pub(in crate::emulator) fn wrong_audience() -> Reply {
    of_code(&codes::WRONG_AUDIENCE)
}

pub(in crate::emulator) fn mfa_required() -> Reply {
    of_code(&codes::MFA_REQUIRED)
}

pub(in crate::emulator) fn app_only_not_supported() -> Reply {
    of_code(&codes::APP_ONLY)
}

pub(in crate::emulator) fn no_relationship() -> Reply {
    of_code(&codes::NO_RELATIONSHIP)
}

pub(in crate::emulator) fn no_such_resource() -> Reply {
    of_code(&codes::NO_SUCH_RESOURCE)
}

pub(in crate::emulator) fn method_not_allowed(methods: &'static str) -> Reply {
    let data = format!("use one of {methods}");
    let refusal =
        front_door(StatusCode::METHOD_NOT_ALLOWED, METHOD_NOT_ALLOWED, "Method not allowed", &[&data]);
    Reply { allow: Some(methods), ..refusal }
}

pub(in crate::emulator) fn invalid_customer_id() -> Reply {
    of_code(&codes::INVALID_CUSTOMER_ID)
}

/// `data` names the property and what is wrong with it, as in `educationSegment: required`.
pub(in crate::emulator) fn invalid_property(data: &str) -> Reply {
    detailed(&codes::INVALID_PROPERTY, &[data])
}

pub(in crate::emulator) fn invalid_input() -> Reply {
    of_code(&codes::INVALID_INPUT)
}

pub(in crate::emulator) fn not_in_enum(data: &str) -> Reply {
    detailed(&codes::NOT_IN_ENUM, &[beginning(data)])
}

/// What was sent may be long, and answers are remembered by the thousand.
fn beginning(text: &str) -> &str {
    const LONGEST: usize = 100;
    text.char_indices().nth(LONGEST).map_or(text, |(end, _)| &text[..end])
}

pub(in crate::emulator) fn search_operator() -> Reply {
    of_code(&codes::SEARCH_OPERATOR)
}

pub(in crate::emulator) fn tenant_not_found(customer: Option<Uuid>) -> Reply {
    let Some(id) = customer else {
        return of_code(&codes::TENANT_NOT_FOUND);
    };
    let message = format!("Tenant {id} not found");
    customers_service(StatusCode::NOT_FOUND, codes::TENANT_NOT_FOUND.number, "TenantNotFound", &message)
}

pub(in crate::emulator) fn already_requested(qualification: &str) -> Reply {
    let message = format!("The customer already has {qualification}, or it is in review.");
    let name = "QualificationAlreadyRequested";
    customers_service(StatusCode::CONFLICT, ALREADY_REQUESTED, name, &message)
}

pub(in crate::emulator) fn cannot_combine() -> Reply {
    let message = "Education and GovernmentCommunityCloud cannot be combined.";
    let name = "QualificationsCannotBeCombined";
    customers_service(StatusCode::CONFLICT, CANNOT_COMBINE, name, message)
}

pub(in crate::emulator) fn code_not_usable(code: &str) -> Reply {
    let message = format!("The validation code {} is unknown or has no creates left.", beginning(code));
    let name = "ValidationCodeNotUsable";
    customers_service(StatusCode::CONFLICT, CODE_NOT_USABLE, name, &message)
}

pub(in crate::emulator) fn no_validation(customer: Uuid) -> Reply {
    let message = format!("Customer {customer} has redeemed no validation code.");
    customers_service(StatusCode::NOT_FOUND, NO_VALIDATION, "ValidationNotFound", &message)
}

/// The bare JSON string that a refused tagging was seen to answer.
pub(in crate::emulator) fn tagging_denied() -> Reply {
    Reply::json(StatusCode::FORBIDDEN, &"Customer tagging denied.")
}

pub(in crate::emulator) fn too_many_requests(seconds: u64) -> Reply {
    let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
    let body = json!({"statusCode": 429, "message": message});
    Reply {
        retry_after: Some(HeaderValue::from(seconds)),
        ..Reply::json(StatusCode::TOO_MANY_REQUESTS, &body)
    }
}

/// The documented answer of a status that a fault names without a body. `seconds` is the wait of
/// a 429.
pub(in crate::emulator) fn documented(status: StatusCode, seconds: u64) -> Reply {
    match status.as_u16() {
        400 => invalid_property("injected: fault"),
        401 => access_denied(),
        403 => no_relationship(),
        404 => tenant_not_found(None),
        409 => already_requested("this qualification"),
        429 => too_many_requests(seconds),
        500 => of_code(&codes::UNEXPECTED),
        501 => of_code(&codes::NOT_DEFINED),
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
