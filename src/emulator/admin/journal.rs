//! What the emulator saw, and what is to be said of it.

use axum::extract::State;
use axum::routing::get;
use axum::{Json, Router};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::{Checks, Effect, Emulator, JournalEntry, Query};
use super::extract::{Parameters, parsed};

pub(super) fn routes() -> Router<Emulator> {
    Router::new()
        .route("/_emulator/journal", get(journal))
        .route("/_emulator/effects", get(effects))
        .route("/_emulator/assertions", get(assertions))
}

#[derive(Serialize)]
struct Found {
    /// How many requests there were in all: the number of the last one.
    total: u64,
    entries: Vec<JournalEntry>,
}

async fn journal(State(emulator): State<Emulator>, Parameters(query): Parameters<Query>) -> Json<Found> {
    Json(Found { entries: emulator.find(&query), total: emulator.requests() })
}

#[derive(Deserialize, Default)]
#[serde(default, deny_unknown_fields)]
struct EffectsOf {
    #[serde(deserialize_with = "parsed")]
    customer_id: Option<Uuid>,
}

#[derive(Serialize)]
struct Effects {
    effects: Vec<Effect>,
}

async fn effects(
    State(emulator): State<Emulator>,
    Parameters(EffectsOf { customer_id }): Parameters<EffectsOf>,
) -> Json<Effects> {
    let mut effects = emulator.effects();
    effects.retain(|effect| customer_id.is_none_or(|id| effect.customer_id == id));
    Json(Effects { effects })
}

async fn assertions(State(emulator): State<Emulator>) -> Json<Checks> {
    Json(emulator.checks())
}
