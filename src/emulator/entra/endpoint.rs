//! Entra's paths.

use axum::http::Method;

use super::super::api::route::operation;
use super::super::token::Version;
use super::refusals::{self, Refusal};

/// What of Entra a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Endpoint {
    Token(Version),
    DeviceCode(Version),
    Configuration(Version),
    Keys,
    Instance,
    DeviceLogin,
}

impl Endpoint {
    /// The endpoint of a path in lower case. Slashes too many, which clients make of an authority that
    /// ends with one, make no difference.
    pub(in crate::emulator) fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = segments(path).collect();
        match segments.as_slice() {
            [_, "oauth2", "token"] => Some(Self::Token(Version::V1)),
            [_, "oauth2", "v2.0", "token"] => Some(Self::Token(Version::V2)),
            [_, "oauth2", "devicecode"] => Some(Self::DeviceCode(Version::V1)),
            [_, "oauth2", "v2.0", "devicecode"] => Some(Self::DeviceCode(Version::V2)),
            [_, ".well-known", "openid-configuration"] => Some(Self::Configuration(Version::V1)),
            [_, "v2.0", ".well-known", "openid-configuration"] => Some(Self::Configuration(Version::V2)),
            [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"] => Some(Self::Keys),
            [_, "discovery", "instance"] => Some(Self::Instance),
            ["devicelogin"] => Some(Self::DeviceLogin),
            _ => None,
        }
    }

    pub(super) fn check_method(self, method: &Method) -> Result<(), Refusal> {
        let methods = self.methods();
        if methods.split(", ").any(|served| served == operation(method)) {
            Ok(())
        } else {
            Err(refusals::method_not_allowed(method, methods))
        }
    }

    /// The methods it takes, for `Allow`.
    fn methods(self) -> &'static str {
        match self {
            Self::Token(_) | Self::DeviceCode(_) => "POST",
            Self::Configuration(_) | Self::Keys | Self::Instance => "GET, HEAD",
            Self::DeviceLogin => "GET, HEAD, POST",
        }
    }
}

/// The tenant of a path, and what is between the slashes after it.
pub(super) fn segments(path: &str) -> impl Iterator<Item = &str> {
    let all = path.split('/').skip(1).enumerate();
    all.filter(|(place, segment)| *place == 0 || !segment.is_empty()).map(|(_, segment)| segment)
}
