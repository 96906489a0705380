//! Back to a start: the emulator's own, or another.

use axum::extract::State;
use axum::http::StatusCode;

use super::super::{Config, Emulator};
use super::extract::{Body, LARGE};
use super::refusal::Refusal;

pub(super) async fn reset(
    State(emulator): State<Emulator>,
    settings: Option<Body<Config, LARGE>>,
) -> Result<StatusCode, Refusal> {
    let _ = settings;
    emulator.reset();
    Ok(StatusCode::NO_CONTENT)
}
