//! What a request is about.

use axum::http::Method;
use percent_encoding::percent_decode_str;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::entra::Endpoint;

/// The id in a customer's path; `None` where it is no GUID.
pub(in crate::emulator) type CustomerId = Option<Uuid>;

/// What a path leads to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Route {
    Api(Resource),
    /// Another service on the same port.
    Entra(Endpoint),
    /// Nothing that is served; the id is kept for the journal.
    Other(CustomerId),
}

/// A resource of the API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(in crate::emulator) enum Resource {
    Customers,
    Customer(CustomerId),
    Qualifications(CustomerId),
    /// The retired one, for a single qualification.
    Qualification(CustomerId),
    /// The code that a customer redeemed.
    Validation(CustomerId),
    ValidationCodes,
    AuditRecords,
}

impl Route {
    /// Paths are matched in any case, as the real service does; a slash at the end makes no difference,
    /// nor does a character that is percent-encoded without need.
    pub(in crate::emulator) fn of(path: &str) -> Self {
        let path = percent_decode_str(path).decode_utf8_lossy().to_ascii_lowercase();
        if let Some(endpoint) = Endpoint::of(&path) {
            return Self::Entra(endpoint);
        }
        let path = path.strip_suffix('/').unwrap_or(&path);
        let Some(path) = path.strip_prefix("/v1/") else {
            return Self::Other(None);
        };
        let segments: Vec<&str> = path.split('/').collect();
        match (Resource::of(&segments), segments.as_slice()) {
            (Some(resource), _) => Self::Api(resource),
            (None, ["customers", id, ..]) => Self::Other(guid(id)),
            (None, _) => Self::Other(None),
        }
    }

    pub(in crate::emulator) fn customer(self) -> CustomerId {
        match self {
            Self::Api(resource) => resource.customer(),
            Self::Other(id) => id,
            Self::Entra(_) => None,
        }
    }

    pub(in crate::emulator) fn is_entra(self) -> bool {
        matches!(self, Self::Entra(_))
    }
}

impl Resource {
    fn of(segments: &[&str]) -> Option<Self> {
        match segments {
            ["customers"] => Some(Self::Customers),
            ["customers", "all", "validations"] => Some(Self::ValidationCodes),
            ["customers", id] if !id.is_empty() => Some(Self::Customer(guid(id))),
            ["customers", id, "qualifications"] => Some(Self::Qualifications(guid(id))),
            ["customers", id, "qualification"] => Some(Self::Qualification(guid(id))),
            ["customers", id, "validations"] => Some(Self::Validation(guid(id))),
            ["auditrecords"] => Some(Self::AuditRecords),
            _ => None,
        }
    }

    fn customer(self) -> CustomerId {
        match self {
            Self::Customer(id)
            | Self::Qualifications(id)
            | Self::Qualification(id)
            | Self::Validation(id) => id,
            Self::Customers | Self::ValidationCodes | Self::AuditRecords => None,
        }
    }

    /// The methods it takes, for `Allow`.
    pub(in crate::emulator) fn methods(self) -> &'static str {
        match self {
            Self::Qualifications(_) => "GET, HEAD, POST",
            Self::Qualification(_) => "GET, HEAD, PUT",
            _ => "GET, HEAD",
        }
    }
}

/// What is to be done: `HEAD` is answered like `GET`, and the server leaves the body out.
pub(in crate::emulator) fn operation(method: &Method) -> &str {
    if method == Method::HEAD { "GET" } else { method.as_str() }
}

/// The hyphenated form alone: braces and bare digits are no ids in a path.
fn guid(text: &str) -> CustomerId {
    const HYPHENATED: usize = 36;
    (text.len() == HYPHENATED).then(|| Uuid::try_parse(text).ok()).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_matched_in_any_case_and_with_a_slash_at_the_end() {
        let id = Uuid::from_u128(5);
        let path = format!("/V1/Customers/{}/QUALIFICATIONS", id.to_string().to_uppercase());
        assert_eq!(Route::of(&path), Route::Api(Resource::Qualifications(Some(id))));
        for (path, resource) in [
            ("/v1/customers/all/validations", Resource::ValidationCodes),
            ("/v1/customers", Resource::Customers),
            ("/v1/customers/", Resource::Customers),
            ("/v1/%63ustomers", Resource::Customers),
            ("/v1/customers/x/Validations/", Resource::Validation(None)),
            ("/v1/auditRecords", Resource::AuditRecords),
        ] {
            assert_eq!(Route::of(path), Route::Api(resource), "{path}");
        }
    }

    #[test]
    fn what_is_not_served_keeps_its_customer() {
        for other in
            ["/customers", "/v1//customers", "/v1/customers//", "/v1/validationcodes", "/v1", "/", ""]
        {
            assert_eq!(Route::of(other), Route::Other(None), "{other}");
        }
        let id = Uuid::from_u128(5);
        let route = Route::of(&format!("/v1/customers/{id}/orders/7"));
        assert_eq!((route, route.customer()), (Route::Other(Some(id)), Some(id)));
    }

    #[test]
    fn only_a_hyphenated_guid_is_a_customer() {
        let id = Uuid::from_u128(9);
        assert_eq!(guid(&id.to_string()), Some(id));
        for text in [id.simple().to_string(), id.braced().to_string(), "x".repeat(36)] {
            assert_eq!(guid(&text), None, "{text}");
        }
    }
}
