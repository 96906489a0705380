//! Between HTTP and the state: reads a request whole, takes its outcome, and delivers that.

use std::io;

use axum::body::{Body, Bytes, to_bytes};
use axum::extract::{ConnectInfo, Request, State};
use axum::http::header::CONTENT_LENGTH;
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use futures_util::{StreamExt, stream};

use super::request::HttpRequest;
use super::server::Connection;
use super::wire::Reply;
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
    let outcome = emulator.exchange(&request);
    if let Some(delay) = outcome.delay {
        tokio::time::sleep(delay).await;
    }
    if outcome.reset {
        // What is returned never gets past the socket.
        connection.reset();
        return Response::default();
    }
    let reply = outcome.reply;
    if let Some(wait) = &reply.retry_after
        && !request.route.is_entra()
    {
        // Only now, because an answer held back has told nobody yet.
        emulator.announce(wait, outcome.binds, &request.ids.request_id);
    }
    let headers = if request.route.is_entra() {
        entra::headers(&reply, &request.ids, outcome.at)
    } else {
        emulator.server_names().headers(&reply, request.ids, outcome.at)
    };
    response(reply, headers, outcome.cut, connection)
}

/// An answer, of which perhaps only the beginning is sent.
fn response(reply: Reply, headers: HeaderMap, cut: Option<usize>, connection: Connection) -> Response {
    let whole = reply.body.len();
    let cut = cut.filter(|cut| *cut < whole);
    let body = match cut {
        None => Body::from(reply.body),
        Some(cut) => cut_body(reply.body.slice(..cut), connection),
    };
    let mut response = Response::new(body);
    *response.status_mut() = reply.status;
    *response.headers_mut() = headers;
    if cut.is_some() {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(whole));
    }
    response
}

/// A body that breaks off, and the connection with it, once its beginning has left.
fn cut_body(beginning: Bytes, connection: Connection) -> Body {
    let end = stream::once(async move {
        connection.flushed().await;
        Err(io::ErrorKind::ConnectionAborted.into())
    });
    Body::from_stream(stream::iter([Ok::<_, io::Error>(beginning)]).chain(end))
}
