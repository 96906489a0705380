//! How the admin API says no: always the same JSON object.

use std::fmt::Display;

use axum::Json;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use super::super::error::InvalidArgument;

/// What was wrong, and what to do instead.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    #[serde(skip)]
    status: StatusCode,
    message: String,
    /// The member, parameter or header at fault, if it is one.
    field: Option<String>,
    value: Option<String>,
    cure: String,
}

impl Refusal {
    /// A refusal of a request as a whole.
    pub(super) fn new(status: StatusCode, message: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { status, message: message.into(), field: None, value: None, cure: cure.into() }
    }

    pub(super) fn of(status: StatusCode, error: InvalidArgument) -> Self {
        let message = error.to_string();
        let InvalidArgument { field, value, cure } = error;
        Self { status, message, field: Some(field), value: Some(value), cure }
    }

    pub(super) fn not_found(field: &str, value: &str, cure: &str) -> Self {
        Self::of(StatusCode::NOT_FOUND, InvalidArgument::new(field, value, cure))
    }

    pub(super) fn forbidden(field: &str, value: &str, cure: &str) -> Self {
        Self::of(StatusCode::FORBIDDEN, InvalidArgument::new(field, value, cure))
    }

    /// For a request that is well-formed, but not usable as things stand.
    pub(super) fn conflict(error: InvalidArgument) -> Self {
        Self::of(StatusCode::CONFLICT, error)
    }

    /// For what ought not to happen.
    pub(super) fn failure(error: impl Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, error.to_string(), "report this with what led to it")
    }

    pub(super) fn method_not_allowed(method: &Method) -> Self {
        let message = format!("{method} is not served here.");
        Self::new(StatusCode::METHOD_NOT_ALLOWED, message, "use a method that Allow names")
    }
}

/// A value that cannot be used.
impl From<InvalidArgument> for Refusal {
    fn from(error: InvalidArgument) -> Self {
        Self::of(StatusCode::UNPROCESSABLE_ENTITY, error)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        (self.status, Json(self)).into_response()
    }
}
