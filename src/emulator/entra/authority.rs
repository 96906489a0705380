//! Where clients find what: the addresses of one tenant, and the documents that list them.

use axum::http::Uri;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::request::HttpRequest;
use super::super::token::{DOMAIN, Version};
use super::endpoint::segments;
use super::form::DEVICE_CODE_GRANT;
use super::refusals::{self, Refusal};

/// A tenant's address as the caller wrote it, and the tenant that is meant.
#[derive(Debug, Clone)]
pub(super) struct Authority {
    /// With the tenant's name in the path: its id, its domain, or `common`.
    url: String,
    origin: String,
    tenant_id: Uuid,
}

impl Authority {
    /// The authority of a request, if the tenant in its path is the partner's.
    pub(super) fn of(request: &HttpRequest, tenant_id: Uuid) -> Result<Self, Refusal> {
        let name = segments(request.uri.path()).next().unwrap_or_default();
        let known = ["common", "organizations", DOMAIN, &tenant_id.to_string()];
        if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            return Err(refusals::unknown_tenant());
        }
        let origin = request.origin();
        Ok(Self { url: format!("{origin}/{name}"), origin, tenant_id })
    }

    /// For whom an assertion may be meant: a token endpoint, as written by the caller, or an issuer.
    pub(super) fn audiences(&self) -> [String; 4] {
        let [v1, v2] = [Version::V1, Version::V2];
        [self.token_endpoint(v1), self.token_endpoint(v2), self.issuer(v1), self.issuer(v2)]
    }

    fn token_endpoint(&self, version: Version) -> String {
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

    fn keys(&self, version: Version) -> String {
        let url = &self.url;
        match version {
            Version::V1 => format!("{url}/discovery/keys"),
            Version::V2 => format!("{url}/discovery/v2.0/keys"),
        }
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
            "jwks_uri": self.keys(version),
            "grant_types_supported": ["client_credentials", "refresh_token", DEVICE_CODE_GRANT],
            "token_endpoint_auth_methods_supported":
                ["client_secret_post", "private_key_jwt", "client_secret_basic"],
            "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "scopes_supported": ["openid", "profile", "email", "offline_access"],
            "response_types_supported": ["code"],
            "subject_types_supported": ["pairwise"],
        })
    }

    /// The answer to a client that asks whether an authority is genuine, and where its metadata is: it
    /// is, under the name by which the caller found this one.
    pub(super) fn instance(&self, request: &HttpRequest) -> Result<Value, Refusal> {
        const ASKED: &str = "authorization_endpoint";
        let asked = request.query(ASKED).ok_or_else(|| refusals::parameter_missing(ASKED))?;
        let asked: Uri = asked.parse().map_err(|_| refusals::malformed_authority())?;
        let tenant = segments(asked.path()).find(|segment| !segment.is_empty()).unwrap_or("common");
        let origin = &self.origin;
        let host = origin.split_once("://").map_or(origin.as_str(), |(_, host)| host);
        Ok(json!({
            "tenant_discovery_endpoint": format!("{origin}/{tenant}/v2.0/.well-known/openid-configuration"),
            "api-version": "1.1",
            "metadata": [{"preferred_network": host, "preferred_cache": host, "aliases": [host]}],
        }))
    }
}
