//! One attempt: sends a request, reads the whole answer within its limits, and says how it ended.

use bytes::Bytes;
use chrono::{DateTime, TimeDelta, Utc};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::HeaderMap;
use hyper::{Request as HttpRequest, StatusCode};

use super::failure::{Failure, No};
use crate::auth::Bearer;
use crate::http::{Pool, read_body, service_time};
use crate::model::json::Unreadable;
use crate::options::Options;

/// A 2xx with its whole body.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Bytes,
}

/// What an answer says before its body, be it a yes or a no.
#[derive(Debug, Default)]
pub(crate) struct Head {
    pub(super) status: Option<u16>,
    pub(crate) headers: HeaderMap,
    received: DateTime<Utc>,
}

impl Head {
    /// By how much the service's clock is ahead of ours, if it says what time it is.
    pub(crate) fn clock_offset(&self) -> Option<TimeDelta> {
        service_time(&self.headers).map(|time| time - self.received)
    }
}

impl Answer {
    /// Decodes the body; a 204 has none.
    pub(super) fn decode<T>(
        self,
        decode: impl Fn(Option<&[u8]>) -> Result<T, Unreadable>,
    ) -> Result<T, Failure> {
        let body = (self.status != StatusCode::NO_CONTENT).then_some(&self.body[..]);
        decode(body).map_err(|unreadable| Failure::Unreadable { unreadable, body: self.body })
    }
}

/// Sends a request and reads its answer, all within the timeout. The token is taken out of whatever
/// the service echoes, but not out of what is left in `head`.
pub(super) async fn send(
    http: &Pool,
    request: HttpRequest<Full<Bytes>>,
    options: &Options,
    bearer: &Bearer,
    head: &mut Head,
) -> Result<Answer, Failure> {
    let sending = http.send(request);
    let exchange = async {
        let response = sending.await.map_err(|error| Failure::of(&error, http))?;
        let (parts, body) = response.into_parts();
        let status = Some(parts.status.as_u16());
        *head = Head { status, headers: parts.headers, received: Utc::now() };
        read(parts.status, &head.headers, body, http, bearer).await
    };
    let timed_out = || Failure::Lost {
        message: format!("no answer from {} within {:?}", options.api(), options.timeout),
        timed_out: true,
    };
    tokio::time::timeout(options.timeout, exchange).await.unwrap_or_else(|_| Err(timed_out()))
}

async fn read(
    status: StatusCode,
    headers: &HeaderMap,
    body: Incoming,
    http: &Pool,
    bearer: &Bearer,
) -> Result<Answer, Failure> {
    let (body, broken) = read_body(headers, body).await;
    let body = bearer.redact_bytes(body);
    if !status.is_success() {
        // The status says enough, even if the body is broken or too long.
        return Err(Failure::Status(Box::new(No::new(status, headers, body, bearer))));
    }
    match broken {
        None => Ok(Answer { status, body }),
        Some(broken) => Err(Failure::of_body(&broken, http, body)),
    }
}
