//! All that the emulator is: kept, brought back, begun anew. Where that is a hundred thousand
//! customers, reading and writing it takes a while: it is done beside the requests of others, and
//! without holding them up.

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::super::{Config, Emulator, Snapshot, read};
use super::extract::{Body, LARGE, aside};
use super::refusal::Refusal;

pub(super) fn routes() -> Router<Emulator> {
    Router::new().route("/_emulator/state", get(snapshot).put(restore)).route("/_emulator/reset", post(reset))
}

async fn snapshot(State(emulator): State<Emulator>) -> Result<Response, Refusal> {
    let json = aside(move || serde_json::to_vec(&emulator.snapshot())).await?.map_err(Refusal::failure)?;
    Ok(([(CONTENT_TYPE, "application/json")], Bytes::from(json)).into_response())
}

/// What was not saved by an emulator is a conflict: no schema can say what can be brought back.
async fn restore(
    State(emulator): State<Emulator>,
    Body(value): Body<Value, LARGE>,
) -> Result<StatusCode, Refusal> {
    let snapshot = aside(move || Snapshot::from_value(&value)).await?.map_err(Refusal::conflict)?;
    emulator.restore(snapshot);
    Ok(StatusCode::NO_CONTENT)
}

/// Without settings, the start is the emulator's own, also where an object without any was sent by
/// habit. Settings that are out of range or at odds are a conflict.
async fn reset(
    State(emulator): State<Emulator>,
    settings: Option<Body<Value, LARGE>>,
) -> Result<StatusCode, Refusal> {
    let given = settings.filter(|Body(members)| *members != json!({}));
    let Some(Body(members)) = given else {
        aside(move || emulator.reset()).await?;
        return Ok(StatusCode::NO_CONTENT);
    };
    let settings: Config = aside(move || read(&members)).await??;
    aside(move || emulator.reset_to(settings)).await?.map_err(Refusal::conflict)?;
    Ok(StatusCode::NO_CONTENT)
}
