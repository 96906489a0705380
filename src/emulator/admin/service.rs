//! What this emulator is, and how to be its application.

use axum::Json;
use axum::extract::State;
use secrecy::ExposeSecret;
use serde_json::{Value, json};

use super::super::Emulator;

pub(super) async fn credentials(State(emulator): State<Emulator>) -> Json<Value> {
    Json(json!({
        "tenant_id": emulator.tenant_id(),
        "client_id": emulator.client_id(),
        "client_secret": emulator.client_secret().expose_secret(),
    }))
}
