//! The admin API under `/_emulator/`: the levers and witnesses of [`Emulator`] for programs in any
//! language, a page for people, and the description of it all. Each handler is a few lines over the
//! handle; none of these requests is in the journal, throttled, or hit by a fault.

mod clock;
mod customers;
mod extract;
mod faults;
mod guard;
mod journal;
mod numbers;
mod openapi;
mod page;
mod refusal;
mod service;
mod state;
mod tokens;

use axum::Router;
use axum::http::{Method, Uri};
use axum::middleware::{from_fn, map_response};
use axum::routing::{any, get};

use self::refusal::Refusal;
use super::Emulator;

pub(super) fn router() -> Router<Emulator> {
    Router::new()
        .route("/_emulator", get(page::redirect))
        .route("/_emulator/", get(page::index))
        .merge(page::files())
        .route("/_emulator/openapi.json", get(openapi::document))
        .route("/_emulator/service", get(service::service))
        .route("/_emulator/credentials", get(service::credentials))
        .merge(tokens::routes())
        .merge(clock::routes())
        .merge(customers::routes())
        .merge(faults::routes())
        .merge(journal::routes())
        .merge(state::routes())
        .route("/_emulator/{*path}", any(unknown_path))
        .method_not_allowed_fallback(unknown_method)
        .layer(from_fn(guard::only_this_machine))
        .layer(map_response(guard::headers))
}

async fn unknown_path(uri: Uri) -> Refusal {
    Refusal::not_found("path", uri.path(), "look into /_emulator/openapi.json")
}

/// The router adds which methods there are.
async fn unknown_method(method: Method) -> Refusal {
    Refusal::method_not_allowed(&method)
}
