//! One attempt: sends a request, reads the whole answer within its limits, and says how it ended.

use std::time::Duration;

use reqwest::{RequestBuilder, Response, StatusCode};
use serde_json::Value;

use super::failure::{Failure, No};
use crate::auth::Token;
use crate::model::Undecodable;
use crate::model::json::{self, Unreadable};

/// The largest body that is read, unpacked.
const MAX_BODY: usize = 8 * 1024 * 1024;

/// A 2xx with its whole body.
#[derive(Debug)]
pub(super) struct Answer {
    status: StatusCode,
    body: Vec<u8>,
}

impl Answer {
    /// Decodes the body; a 204 has none.
    pub(super) fn decode<T>(
        self,
        decode: impl Fn(Option<Value>) -> Result<T, Undecodable>,
    ) -> Result<T, Failure> {
        let parsed = match self.status {
            StatusCode::NO_CONTENT => Ok(None),
            _ => json::parse(&self.body).map(Some),
        };
        parsed
            .and_then(|value| {
                decode(value).map_err(|Undecodable(message)| Unreadable { message, cut: false })
            })
            .map_err(|unreadable| Failure::Unreadable { unreadable, body: self.body })
    }
}

/// Sends a request and reads its answer, all within `timeout`. The token is taken out of whatever
/// the service echoes.
pub(super) async fn send(
    request: RequestBuilder,
    timeout: Duration,
    token: &Token,
) -> Result<Answer, Failure> {
    let exchange = async {
        let response = request.send().await.map_err(|error| Failure::of(&error))?;
        read(response, token).await
    };
    let timed_out = || Failure::Lost { message: format!("no answer within {timeout:?}"), timed_out: true };
    tokio::time::timeout(timeout, exchange).await.unwrap_or_else(|_| Err(timed_out()))
}

async fn read(mut response: Response, token: &Token) -> Result<Answer, Failure> {
    let status = response.status();
    let read = read_body(&mut response, token).await;
    if !status.is_success() {
        // The status says enough, even if the body is broken or too long.
        let body = read.unwrap_or_default();
        return Err(Failure::Status(Box::new(No::new(status, response.headers(), body, token))));
    }
    Ok(Answer { status, body: read? })
}

async fn read_body(response: &mut Response, token: &Token) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => {
                let message = format!("the body is longer than {} MiB", MAX_BODY >> 20);
                return Err(Failure::Unreadable {
                    unreadable: Unreadable { message, cut: false },
                    body: Vec::new(),
                });
            }
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return Ok(token.redact_bytes(body)),
            Err(error) => return Err(Failure::of_body(&error, token.redact_bytes(body))),
        }
    }
}
