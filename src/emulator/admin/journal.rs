//! What the emulator saw.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::Deserialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{Effect, Emulator};
use super::extract::{Parameters, parsed};

pub(super) fn routes() -> Router<Emulator> {
    Router::new().route("/_emulator/effects", get(effects))
}

#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
#[derive(Default)]
struct EffectsOf {
    #[serde(deserialize_with = "parsed")]
    customer_id: Option<Uuid>,
}

async fn effects(
    State(emulator): State<Emulator>,
    Parameters(EffectsOf { customer_id }): Parameters<EffectsOf>,
) -> Json<Value> {
    let effects = emulator.effects().into_iter();
    let wanted = effects.filter(|effect| customer_id.is_none_or(|id| effect.customer_id == id));
    Json(json!({"effects": wanted.map(effect).collect::<Vec<_>>()}))
}

fn effect(effect: Effect) -> Value {
    let Effect { customer_id, qualification, request_id, at } = effect;
    json!({"customer_id": customer_id, "qualification": qualification, "request_id": request_id, "at": at})
}
