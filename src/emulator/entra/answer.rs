//! Entra's answers: JSON without a byte order mark, and the tokens in it.

use axum::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, DATE, RETRY_AFTER};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::super::clock::after;
use super::super::numeric_date::NumericDate;
use super::super::state::State;
use super::super::token::{TokenOptions, USER_PRINCIPAL_NAME, Version};
use super::super::wire::{Ids, JSON, Reply, header};
use super::Asked;
use super::opaque::Opaque;
use super::refusals::Refusal;
use super::scope::Scope;
use super::signing_key::SigningKey;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-ms-request-id");

/// What a token request was granted.
#[derive(Debug)]
pub(super) struct Granted {
    pub(super) scope: Scope,
    /// Absent where the application acts for itself.
    pub(super) user: Option<User>,
}

#[derive(Debug)]
pub(super) struct User {
    pub(super) mfa: bool,
    pub(super) refresh_token: Option<Opaque>,
}

pub(super) fn json(value: &Value) -> Reply {
    Reply::text(StatusCode::OK, JSON, value.to_string())
}

/// An object as its version writes it: in version 1 all numbers are strings.
pub(super) fn versioned(version: Version, mut body: Value) -> Reply {
    if version == Version::V1 {
        for value in body.as_object_mut().into_iter().flat_map(|members| members.values_mut()) {
            if value.is_number() {
                *value = value.to_string().into();
            }
        }
    }
    json(&body)
}

/// The headers of an answer given at `now`.
pub(in crate::emulator) fn headers(reply: &Reply, ids: &Ids, now: DateTime<Utc>) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(6);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(reply.content_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(REQUEST_ID, ids.request_id.clone());
    headers.insert(DATE, header(&httpdate::fmt_http_date(now.into())));
    if let Some(wait) = &reply.retry_after {
        headers.insert(RETRY_AFTER, wait.clone());
    }
    if let Some(methods) = reply.allow {
        headers.insert(ALLOW, HeaderValue::from_static(methods));
    }
    headers
}

impl State {
    pub(super) fn answer_token(&mut self, asked: &Asked, granted: &Granted) -> Result<Reply, Refusal> {
        let lifetime = self.config.token_lifetime;
        let options = TokenOptions {
            app_only: granted.user.is_none(),
            mfa: granted.user.as_ref().is_some_and(|user| user.mfa),
            audience: granted.scope.resource.clone(),
            lifetime,
        };
        let seconds = lifetime.as_secs().max(1);
        let mut body = json!({
            "token_type": "Bearer",
            "expires_in": seconds,
            "ext_expires_in": seconds,
            "access_token": self.issuer.issue(&options, asked.version, asked.now),
        });
        if asked.version == Version::V1 {
            body["expires_on"] = NumericDate(after(asked.now, lifetime)).seconds().into();
            body["not_before"] = NumericDate(asked.now).seconds().into();
            body["resource"] = options.audience.into();
        }
        if let Some(user) = &granted.user {
            self.add_user(&mut body, asked, &granted.scope, user)?;
        }
        Ok(versioned(asked.version, body))
    }

    /// What only the answer to a user's sign-in has.
    fn add_user(&self, body: &mut Value, asked: &Asked, scope: &Scope, user: &User) -> Result<(), Refusal> {
        body["scope"] = match asked.version {
            Version::V1 => "user_impersonation".into(),
            Version::V2 => scope.granted().into(),
        };
        if let Some(token) = &user.refresh_token {
            body["refresh_token"] = token.as_str().into();
        }
        if scope.openid {
            body["id_token"] = self.id_token(asked)?.into();
        }
        if asked.form.get("client_info") == Some("1") {
            let info = json!({"uid": self.partner.user_id, "utid": self.partner.tenant_id});
            body["client_info"] = URL_SAFE_NO_PAD.encode(info.to_string()).into();
        }
        Ok(())
    }

    fn id_token(&self, asked: &Asked) -> Result<String, Refusal> {
        let mut claims = json!({
            "ver": if asked.version == Version::V1 { "1.0" } else { "2.0" },
            "iss": asked.authority.issuer(asked.version),
            "aud": self.partner.application_id,
            "sub": self.partner.user_id,
            "oid": self.partner.user_id,
            "tid": self.partner.tenant_id,
            "preferred_username": USER_PRINCIPAL_NAME,
            "iat": NumericDate(asked.now).seconds(),
            "nbf": NumericDate(asked.now).seconds(),
            "exp": NumericDate(after(asked.now, self.config.token_lifetime)).seconds(),
        });
        if let Some(nonce) = asked.form.get("nonce") {
            claims["nonce"] = nonce.into();
        }
        SigningKey::get()?.sign(&claims)
    }
}
