//! The customers, and what is decided about them.

use axum::extract::State;
use axum::routing::{get, post};
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::Value;
use uuid::Uuid;

use super::super::{CustomerPage, CustomerView, Emulator, QualificationType, VettingStatus};
use super::extract::{Body, Count, Id, Parameters, parsed};
use super::refusal::Refusal;

pub(super) fn routes() -> Router<Emulator> {
    Router::new()
        .route("/_emulator/customers", get(customers))
        .route("/_emulator/customers/{customer_id}", get(customer))
        .route("/_emulator/customers/{customer_id}/decide", post(decide))
        .route("/_emulator/v1/customers/onevet", post(onevet))
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct Wanted {
    #[serde(deserialize_with = "parsed")]
    offset: Option<Count>,
    #[serde(deserialize_with = "parsed")]
    limit: Option<Count>,
    name: String,
}

async fn customers(
    State(emulator): State<Emulator>,
    Parameters(Wanted { offset, limit, name }): Parameters<Wanted>,
) -> Json<CustomerPage> {
    let (Count(offset), Count(limit)) = (offset.unwrap_or(Count(0)), limit.unwrap_or(Count(100)));
    Json(emulator.customers(offset, limit, &name))
}

async fn customer(State(emulator): State<Emulator>, Id(id): Id<Uuid>) -> Result<Json<CustomerView>, Refusal> {
    view(&emulator, id)
}

fn view(emulator: &Emulator, id: Uuid) -> Result<Json<CustomerView>, Refusal> {
    emulator.customer(id).map(Json).ok_or_else(|| unknown(id))
}

fn unknown(id: Uuid) -> Refusal {
    Refusal::not_found("customer_id", &id.to_string(), "pass the id of one of the customers")
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Decision {
    qualification: QualificationType,
    status: VettingStatus,
    #[serde(default)]
    reason: Option<String>,
}

/// What cannot be is a conflict: whether it can depends on what the customer has.
async fn decide(
    State(emulator): State<Emulator>,
    Id(id): Id<Uuid>,
    Body(Decision { qualification, status, reason }): Body<Decision>,
) -> Result<Json<CustomerView>, Refusal> {
    emulator.customer(id).ok_or_else(|| unknown(id))?;
    emulator.decide(id, qualification, status, reason.as_deref()).map_err(Refusal::conflict)?;
    view(&emulator, id)
}

/// The path is that of the service's own vetting system. What it reports is refused as a conflict,
/// because most of what can be wrong with it depends on the customer.
async fn onevet(
    State(emulator): State<Emulator>,
    Body(body): Body<Value>,
) -> Result<Json<CustomerView>, Refusal> {
    let id = emulator.vetting_callback(&body).map_err(Refusal::conflict)?;
    view(&emulator, id)
}
