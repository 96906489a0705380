//! The fault rules.

use axum::extract::State;
use axum::http::StatusCode;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};

use super::super::{Emulator, Fault, FaultRule, InvalidArgument};
use super::extract::{Body, Id};
use super::refusal::Refusal;

pub(super) fn routes() -> Router<Emulator> {
    Router::new()
        .route("/_emulator/faults", get(list).post(inject).delete(clear))
        .route("/_emulator/faults/{id}", get(rule).patch(switch).delete(remove))
}

#[derive(Serialize)]
struct Rules {
    faults: Vec<FaultRule>,
}

async fn list(State(emulator): State<Emulator>) -> Json<Rules> {
    Json(Rules { faults: emulator.faults() })
}

/// What can be read, but is out of range or at odds, is a conflict: no schema says it all.
async fn inject(
    State(emulator): State<Emulator>,
    Body(fault): Body<Fault>,
) -> Result<(StatusCode, Json<FaultRule>), Refusal> {
    let id = emulator.inject(fault).map_err(Refusal::conflict)?;
    Ok((StatusCode::CREATED, found(&emulator, id)?))
}

async fn clear(State(emulator): State<Emulator>) -> StatusCode {
    emulator.clear_faults();
    StatusCode::NO_CONTENT
}

async fn rule(State(emulator): State<Emulator>, Id(id): Id<u64>) -> Result<Json<FaultRule>, Refusal> {
    found(&emulator, id)
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Switch {
    enabled: bool,
}

async fn switch(
    State(emulator): State<Emulator>,
    Id(id): Id<u64>,
    Body(Switch { enabled }): Body<Switch>,
) -> Result<Json<FaultRule>, Refusal> {
    emulator.switch_fault(id, enabled).map_err(unknown)?;
    found(&emulator, id)
}

async fn remove(State(emulator): State<Emulator>, Id(id): Id<u64>) -> Result<StatusCode, Refusal> {
    emulator.remove_fault(id).map_err(unknown)?;
    Ok(StatusCode::NO_CONTENT)
}

fn found(emulator: &Emulator, id: u64) -> Result<Json<FaultRule>, Refusal> {
    let mut rules = emulator.faults().into_iter();
    rules
        .find(|rule| rule.id == id)
        .map(Json)
        .ok_or_else(|| unknown(InvalidArgument::new("id", &id, "pass the id of a rule that is listed")))
}

fn unknown(error: InvalidArgument) -> Refusal {
    Refusal::of(StatusCode::NOT_FOUND, error)
}
