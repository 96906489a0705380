//! Between HTTP and the state: reads a request whole, takes its outcome, and delivers that.

use std::mem;

use axum::body::to_bytes;
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::RETRY_AFTER;
use axum::response::Response;

use super::request::HttpRequest;
use super::server::Connection;
use super::state::Outcome;
use super::{Emulator, entra};

/// Far above any request of this API.
const LARGEST_BODY: usize = 64 * 1024;

pub(super) async fn handle(
    State(emulator): State<Emulator>,
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
) -> Response {
    let (head, body) = request.into_parts();
    // Counted until the answer is handed over.
    let _present = emulator.load().arrive(head.uri.path());
    // A body that is too long, or broken off, counts as empty: no operation accepts that one.
    let body = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let request = HttpRequest::new(connection.scheme(), head, body);
    let Outcome { reply, at, mut delivery, binds } = emulator.exchange(&request);
    if let Some(delay) = delivery.delay {
        connection.while_open(tokio::time::sleep(delay)).await;
    }
    if delivery.reset {
        // What is returned never gets past the socket.
        connection.reset();
        return Response::default();
    }
    let (ids, is_entra) = (request.ids, request.route.is_entra());
    let request_id = ids.request_id.clone();
    let mut headers = if is_entra {
        entra::headers(&reply, &ids, at)
    } else {
        emulator.server_names().headers(&reply, ids, at)
    };
    headers.extend(mem::take(&mut delivery.headers));
    if let Some(wait) = headers.get(RETRY_AFTER)
        && !is_entra
    {
        // Only now, because an answer held back has told nobody yet.
        emulator.announce(wait, binds, &request_id);
    }
    delivery.response(reply, headers, connection)
}
