//! Where clients find what: the addresses of one tenant, and the documents that list them.

use serde_json::{Value, json};
use uuid::Uuid;

use super::super::request::HttpRequest;
use super::super::token::Version;
use super::form::DEVICE_CODE_GRANT;
use super::refusals::{self, Refusal};

/// A tenant's address as the caller wrote it, and the tenant that is meant.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    /// With the tenant's name in the path: its id, or `common`.
    url: String,
    origin: String,
    tenant_id: Uuid,
}

impl Authority {
    /// The authority of a request, if the tenant in its path is the partner's.
    pub(super) fn of(request: &HttpRequest, tenant_id: Uuid) -> Result<Self, Refusal> {
        let name = request.uri.path().split('/').nth(1).unwrap_or_default();
        let known = ["common", "organizations", &tenant_id.to_string()];
        if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(refusals::unknown_tenant());
        }
        let origin = request.origin();
        Ok(Self { url: format!("{origin}/{name}"), origin, tenant_id })
    }

    pub(super) fn token_endpoint(&self, version: Version) -> String {
        self.endpoint(version, "token")
    }

    /// Who an id token is from.
    pub(super) fn issuer(&self, version: Version) -> String {
        let Self { origin, tenant_id, .. } = self;
        match version {
            Version::V1 => format!("{origin}/{tenant_id}/"),
            Version::V2 => format!("{origin}/{tenant_id}/v2.0"),
        }
    }

    /// Where a user enters the code that a device shows.
    pub(super) fn device_login(&self) -> String {
        format!("{}/devicelogin", self.origin)
    }

    fn endpoint(&self, version: Version, name: &str) -> String {
        let url = &self.url;
        match version {
            Version::V1 => format!("{url}/oauth2/{name}"),
            Version::V2 => format!("{url}/oauth2/v2.0/{name}"),
        }
    }

    /// The metadata of `OpenID` Connect. Clients insist on an authorization endpoint, so one is named;
    /// nothing answers there.
    pub(super) fn configuration(&self, version: Version) -> Value {
        json!({
            "issuer": self.issuer(version),
            "authorization_endpoint": self.endpoint(version, "authorize"),
            "token_endpoint": self.token_endpoint(version),
            "device_authorization_endpoint": self.endpoint(version, "devicecode"),
            "jwks_uri": format!("{}/discovery/keys", self.url),
            "grant_types_supported": ["client_credentials", "refresh_token", DEVICE_CODE_GRANT],
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256"],
            "scopes_supported": ["openid", "profile", "offline_access"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
        })
    }
}

/// No keys: the emulator's tokens carry a mark by which it alone tells them from foreign ones.
pub(super) fn keys() -> Value {
    json!({"keys": []})
}
