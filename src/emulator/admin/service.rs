//! What this emulator is, and how to be its application.

use std::mem;

use axum::Json;
use axum::extract::State;
use chrono::{DateTime, Utc};
use secrecy::ExposeSecret;
use serde::Serialize;
use serde_json::{Value, json};
use uuid::Uuid;

use super::super::{Config, Customers, Emulator};
use super::extract::BaseUrl;

#[derive(Serialize)]
pub(super) struct Service {
    url: String,
    authority: String,
    tenant_id: Uuid,
    client_id: Uuid,
    now: DateTime<Utc>,
    frozen: bool,
    customers: usize,
    requests: u64,
    effects: usize,
    duplicates: u64,
    most_token_requests_at_once: usize,
    settings: Config,
}

pub(super) async fn service(State(emulator): State<Emulator>, BaseUrl(url): BaseUrl) -> Json<Service> {
    let settings = settings(&emulator);
    let effects = emulator.state().effects.len();
    Json(Service {
        authority: url.clone(),
        url,
        tenant_id: emulator.tenant_id(),
        client_id: emulator.client_id(),
        now: emulator.now(),
        frozen: emulator.is_frozen(),
        customers: settings.customers.len(),
        requests: emulator.requests(),
        effects,
        duplicates: emulator.duplicates(),
        most_token_requests_at_once: emulator.most_token_requests_at_once(),
        settings,
    })
}

/// The settings; a list of customers, which can be long, is counted.
fn settings(emulator: &Emulator) -> Config {
    let config = &mut emulator.state().config;
    let count = Customers::Count(config.customers.len());
    // Asked for every second by the page: the list is put aside, not copied.
    let list = mem::replace(&mut config.customers, count);
    let settings = config.clone();
    config.customers = list;
    settings
}

pub(super) async fn credentials(State(emulator): State<Emulator>) -> Json<Value> {
    Json(json!({
        "tenant_id": emulator.tenant_id(),
        "client_id": emulator.client_id(),
        "client_secret": emulator.client_secret().expose_secret(),
    }))
}
