//! The error codes that the documents list for what this API is about, or that were seen on the wire.

use axum::http::StatusCode;

/// An error code, with the status and the text it comes with.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::emulator) struct Code {
    pub(in crate::emulator) number: u32,
    pub(in crate::emulator) status: StatusCode,
    pub(in crate::emulator) family: Family,
    pub(in crate::emulator) text: &'static str,
}

/// Whose errors they are, which says how their bodies look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Family {
    /// The one that all requests go through.
    FrontDoor,
    /// The one behind it, which names its errors and says whether to retry.
    CustomersService { error_name: &'static str },
}

impl Code {
    const fn new(status: StatusCode, number: u32, text: &'static str) -> Self {
        Self { number, status, family: Family::FrontDoor, text }
    }

    const fn named(status: StatusCode, number: u32, error_name: &'static str, text: &'static str) -> Self {
        Self { number, status, family: Family::CustomersService { error_name }, text }
    }
}

/// The code, if it is known.
pub(in crate::emulator) fn find(number: u32) -> Option<&'static Code> {
    ALL.iter().find(|known| known.number == number)
}

const BAD: StatusCode = StatusCode::BAD_REQUEST;
const UNAUTHORIZED: StatusCode = StatusCode::UNAUTHORIZED;
const FORBIDDEN: StatusCode = StatusCode::FORBIDDEN;
const NOT_FOUND: StatusCode = StatusCode::NOT_FOUND;
const INTERNAL: StatusCode = StatusCode::INTERNAL_SERVER_ERROR;

// Those that the emulator itself answers with.
pub(in crate::emulator) const NOT_DEFINED: Code =
    Code::new(StatusCode::NOT_IMPLEMENTED, 0, "Exception not defined");
/// For a token that has expired, or was not issued here.
pub(in crate::emulator) const ACCESS_DENIED: Code = Code::new(UNAUTHORIZED, 400, "Access denied");
pub(in crate::emulator) const NO_SUCH_RESOURCE: Code = Code::new(NOT_FOUND, 1000, "Not found");
pub(in crate::emulator) const SEARCH_OPERATOR: Code =
    Code::new(BAD, 2000, "Customer search only allows starts with and equals operation.");
pub(in crate::emulator) const INVALID_PROPERTY: Code = Code::new(BAD, 3000, "Invalid property");
pub(in crate::emulator) const NO_RELATIONSHIP: Code =
    Code::new(FORBIDDEN, 20_002, "The partner has no commerce relationship with the customer.");
pub(in crate::emulator) const TENANT_NOT_FOUND: Code =
    Code::named(NOT_FOUND, 60_003, "TenantNotFound", "Tenant not found");
pub(in crate::emulator) const TOKEN_MISSING: Code =
    Code::new(UNAUTHORIZED, 800_001, "Partner Token missing in request context");
pub(in crate::emulator) const INVALID_INPUT: Code = Code::new(BAD, 800_002, "Invalid request input");
pub(in crate::emulator) const UNEXPECTED: Code = Code::new(INTERNAL, 800_003, "Unexpected service error");
pub(in crate::emulator) const INVALID_CUSTOMER_ID: Code = Code::new(BAD, 900_118, "Invalid Customer Id");
pub(in crate::emulator) const NOT_IN_ENUM: Code = Code::new(BAD, 900_126, "Unable to parse enum");
pub(in crate::emulator) const APP_ONLY: Code =
    Code::new(FORBIDDEN, 900_329, "App-only access is not supported for this operation.");
pub(in crate::emulator) const WRONG_AUDIENCE: Code = Code::new(
    UNAUTHORIZED,
    900_420,
    "The audience in the token is invalid and is no longer supported in Partner Center API.",
);
pub(in crate::emulator) const MFA_REQUIRED: Code =
    Code::new(UNAUTHORIZED, 900_421, "The token was obtained without multifactor authentication.");

// What the documents tell apart, but not how.
const REGISTRATION: &str = "The organization's registration is not valid.";
const NOT_APPROVED: &str = "The customer's account is under review, or was not approved.";

/// All of them, by their numbers.
pub(in crate::emulator) const ALL: &[Code] = &[
    NOT_DEFINED,
    ACCESS_DENIED,
    NO_SUCH_RESOURCE,
    Code::new(FORBIDDEN, 1002, "Authorization Failed"),
    SEARCH_OPERATOR,
    Code::new(FORBIDDEN, 2032, "Access denied"),
    Code::new(BAD, 2055, "Etag is no longer valid"),
    INVALID_PROPERTY,
    NO_RELATIONSHIP,
    Code::new(NOT_FOUND, 60_002, "User object Id not found"),
    TENANT_NOT_FOUND,
    Code::new(FORBIDDEN, 90_000, "Entra refused to issue a token."),
    Code::new(BAD, 600_002, REGISTRATION),
    Code::new(FORBIDDEN, 600_006, "The requested action is not allowed"),
    Code::new(BAD, 600_049, REGISTRATION),
    Code::new(BAD, 600_050, REGISTRATION),
    Code::new(BAD, 600_051, REGISTRATION),
    Code::named(StatusCode::CONFLICT, 600_061, "AgreementExists", "The agreement exists already."),
    Code::named(NOT_FOUND, 600_074, "AccountStatusNotFound", "The account has no status."),
    TOKEN_MISSING,
    INVALID_INPUT,
    UNEXPECTED,
    Code::new(BAD, 800_018, "The sandbox has as many customers as it can."),
    Code::new(FORBIDDEN, 800_039, "The partner is not active in the reseller program."),
    Code::new(FORBIDDEN, 800_073, NOT_APPROVED),
    Code::new(FORBIDDEN, 800_074, NOT_APPROVED),
    Code::new(FORBIDDEN, 800_075, NOT_APPROVED),
    Code::new(BAD, 800_086, "Customer tenant does not have required tags for the offer"),
    INVALID_CUSTOMER_ID,
    NOT_IN_ENUM,
    Code::new(BAD, 900_127, "The operation is not supported in this environment."),
    Code::new(FORBIDDEN, 900_149, "The partner's program status is not active."),
    Code::new(FORBIDDEN, 900_150, "The supplied role does not have the rights for the requested operation"),
    Code::new(INTERNAL, 900_192, "Try again later."),
    Code::new(FORBIDDEN, 900_308, "The caller's privileges are insufficient."),
    Code::new(FORBIDDEN, 900_309, "A Conditional Access policy refuses the token."),
    APP_ONLY,
    Code::new(FORBIDDEN, 900_416, "The account is locked."),
    WRONG_AUDIENCE,
    MFA_REQUIRED,
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_code_stands_once_in_order_under_an_error() {
        assert!(ALL.windows(2).all(|pair| pair[0].number < pair[1].number));
        assert!(ALL.iter().all(|code| code.status.is_client_error() || code.status.is_server_error()));
        assert_eq!(find(900_421), Some(&MFA_REQUIRED));
        assert_eq!(find(1), None);
    }
}
