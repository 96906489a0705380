//! How an answer is put on the wire.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use tokio::time::Instant;

use super::super::server::Connection;
use super::super::wire::Reply;
use super::payload::Payload;
use super::sending::Sending;
use super::{gzip, has_body};

/// What is done to an answer on its way; by default, nothing.
#[derive(Debug, Clone, Default)]
pub(in crate::emulator) struct Delivery {
    pub(in crate::emulator) delay: Option<Duration>,
    pub(in crate::emulator) reset: bool,
    pub(in crate::emulator) headers: HeaderMap,
    pub(super) cut: Option<u64>,
    pub(super) size: Option<u64>,
    pub(super) gzip_size: Option<u64>,
    pub(super) slow_headers: Option<Duration>,
    pub(super) slow_body: Option<Duration>,
}

impl Delivery {
    /// The answer as it goes out by this connection.
    pub(in crate::emulator) fn response(
        &self,
        reply: Reply,
        mut headers: HeaderMap,
        connection: Connection,
    ) -> Response {
        if let Some(over) = self.slow_headers {
            connection.slow_headers(over);
        }
        let body = if self.is_about_body() && has_body(reply.status.as_u16()) {
            self.body(reply.body, &mut headers, connection)
        } else {
            Body::from(reply.body)
        };
        let mut response = Response::new(body);
        *response.status_mut() = reply.status;
        *response.headers_mut() = headers;
        response
    }

    fn is_about_body(&self) -> bool {
        self.slow_body.is_some() || self.cut.or(self.size).or(self.gzip_size).is_some()
    }

    fn body(&self, body: Bytes, headers: &mut HeaderMap, connection: Connection) -> Body {
        let payload = match self.gzip_size {
            None => Payload::padded(body, self.size.unwrap_or(0)),
            Some(size) => {
                headers.entry(CONTENT_ENCODING).or_insert(HeaderValue::from_static("gzip"));
                gzip::blanks(size)
            }
        };
        headers.insert(CONTENT_LENGTH, HeaderValue::from(payload.length()));
        // After the head: both are waited for at the same time.
        let start = Instant::now() + self.slow_headers.unwrap_or_default();
        let time = (start, self.slow_body.unwrap_or_default());
        Body::from_stream(Sending::new(payload, self.cut, time, connection).stream())
    }
}
