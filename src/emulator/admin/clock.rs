//! The virtual clock.

use std::time::Duration;

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};

use super::super::Emulator;
use super::super::json::seconds;
use super::extract::Body;
use super::refusal::Refusal;

#[derive(Serialize)]
struct Clock {
    now: DateTime<Utc>,
    frozen: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    #[serde(with = "seconds")]
    seconds: Duration,
}

pub(super) fn routes() -> Router<Emulator> {
    Router::new()
        .route("/_emulator/clock", get(clock))
        .route("/_emulator/clock/advance", post(advance))
        .route("/_emulator/clock/freeze", post(freeze))
        .route("/_emulator/clock/unfreeze", post(unfreeze))
}

async fn clock(State(emulator): State<Emulator>) -> Json<Clock> {
    Json(Clock { now: emulator.now(), frozen: emulator.is_frozen() })
}

/// Refused as a conflict: whether the calendar has room depends on what time it is there.
async fn advance(
    State(emulator): State<Emulator>,
    Body(Advance { seconds }): Body<Advance>,
) -> Result<Json<Clock>, Refusal> {
    emulator.advance(seconds).map_err(Refusal::conflict)?;
    Ok(clock(State(emulator)).await)
}

async fn freeze(State(emulator): State<Emulator>) -> Json<Clock> {
    emulator.freeze();
    clock(State(emulator)).await
}

async fn unfreeze(State(emulator): State<Emulator>) -> Json<Clock> {
    emulator.unfreeze();
    clock(State(emulator)).await
}
