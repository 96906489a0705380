//! Entra's paths.

use axum::http::Method;

use super::super::token::Version;
use super::refusals::{self, Refusal};

/// What of Entra a request is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::emulator) enum Endpoint {
    Token(Version),
    DeviceCode(Version),
    Configuration(Version),
    Keys,
    DeviceLogin,
}

impl Endpoint {
    /// The endpoint of a path in lower case.
    pub(in crate::emulator) fn of(path: &str) -> Option<Self> {
        let segments: Vec<&str> = path.split('/').skip(1).collect();
        match segments.as_slice() {
            [_, "oauth2", "token"] => Some(Self::Token(Version::V1)),
            [_, "oauth2", "v2.0", "token"] => Some(Self::Token(Version::V2)),
            [_, "oauth2", "devicecode"] => Some(Self::DeviceCode(Version::V1)),
            [_, "oauth2", "v2.0", "devicecode"] => Some(Self::DeviceCode(Version::V2)),
            [_, ".well-known", "openid-configuration"] => Some(Self::Configuration(Version::V1)),
            [_, "v2.0", ".well-known", "openid-configuration"] => Some(Self::Configuration(Version::V2)),
            [_, "discovery", "keys"] | [_, "discovery", "v2.0", "keys"] => Some(Self::Keys),
            ["devicelogin"] => Some(Self::DeviceLogin),
            _ => None,
        }
    }

    pub(super) fn check_method(self, method: &Method) -> Result<(), Refusal> {
        let served = match self {
            Self::Token(_) | Self::DeviceCode(_) => *method == Method::POST,
            Self::Configuration(_) | Self::Keys => *method == Method::GET,
            Self::DeviceLogin => *method == Method::GET || *method == Method::POST,
        };
        if served { Ok(()) } else { Err(refusals::method_not_allowed(method)) }
    }
}
