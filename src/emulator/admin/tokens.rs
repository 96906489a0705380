//! Tokens without a token request, and what a user or an administrator would do in Entra.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::post;
use axum::{Json, Router};
use secrecy::ExposeSecret;
use serde::Deserialize;
use serde_json::{Value, json};

use super::super::{Emulator, TokenOptions};
use super::extract::{Body, Id};
use super::refusal::Refusal;

pub(super) fn routes() -> Router<Emulator> {
    Router::new()
        .route("/_emulator/access_tokens", post(access_token))
        .route("/_emulator/refresh_tokens", post(refresh_token))
        .route("/_emulator/device_codes/{user_code}", post(device_code))
        .route("/_emulator/certificates", post(certificate))
}

async fn access_token(
    State(emulator): State<Emulator>,
    Body(options): Body<TokenOptions>,
) -> (StatusCode, Json<Value>) {
    let token = emulator.access_token(&options);
    (StatusCode::CREATED, Json(json!({"access_token": token})))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct SignIn {
    mfa: bool,
}

impl Default for SignIn {
    fn default() -> Self {
        Self { mfa: true }
    }
}

async fn refresh_token(
    State(emulator): State<Emulator>,
    Body(SignIn { mfa }): Body<SignIn>,
) -> (StatusCode, Json<Value>) {
    let token = emulator.issue_refresh_token(mfa);
    (StatusCode::CREATED, Json(json!({"refresh_token": token.expose_secret()})))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
struct Approval {
    approve: bool,
    mfa: bool,
}

impl Default for Approval {
    fn default() -> Self {
        Self { approve: true, mfa: true }
    }
}

async fn device_code(
    State(emulator): State<Emulator>,
    Id(user_code): Id<String>,
    Body(Approval { approve, mfa }): Body<Approval>,
) -> Result<StatusCode, Refusal> {
    let done = if approve {
        emulator.approve_device_code(&user_code, mfa)
    } else {
        emulator.decline_device_code(&user_code)
    };
    done.map_err(|error| Refusal::not_found(&error.field, &error.value, &error.cure))?;
    Ok(StatusCode::NO_CONTENT)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Certificate {
    certificate: String,
}

async fn certificate(
    State(emulator): State<Emulator>,
    Body(Certificate { certificate }): Body<Certificate>,
) -> Result<StatusCode, Refusal> {
    emulator.register_certificate(certificate.as_bytes()).map_err(Refusal::conflict)?;
    Ok(StatusCode::NO_CONTENT)
}
