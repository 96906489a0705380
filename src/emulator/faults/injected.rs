//! What a fault makes of one request.

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode};
use serde_json::Value;

use super::super::api::codes::{self, Code};
use super::super::api::refusals;
use super::super::error::InvalidArgument;
use super::super::wire::{HTML, JSON, Reply};
use super::super::wire_switches::Wire;
use super::check::check;
use super::delivery::Delivery;
use super::fault::Fault;
use super::retry_after::RetryAfter;
use super::{has_body, headers};

/// What befalls one request: a fault, read and found good.
#[derive(Debug, Clone)]
pub(in crate::emulator) struct Injected {
    status: Option<StatusCode>,
    code: Option<&'static Code>,
    body: Option<Bytes>,
    after_effect: bool,
    retry_after: Option<HeaderValue>,
    pub(in crate::emulator) delivery: Delivery,
}

impl Injected {
    pub(super) fn new(fault: &Fault) -> Result<Self, InvalidArgument> {
        check(fault)?;
        let code = fault.code.map(documented_code).transpose()?;
        let status = match fault.status {
            None => code.map(|code| code.status),
            Some(status) => StatusCode::from_u16(status).ok(),
        };
        Ok(Self {
            status,
            code,
            body: body(fault),
            after_effect: fault.after_effect,
            retry_after: fault.retry_after.as_ref().map(RetryAfter::header).transpose()?,
            delivery: Delivery {
                delay: fault.delay,
                reset: fault.reset,
                headers: headers::read(&fault.headers)?,
                cut: fault.cut,
                size: fault.size,
                gzip_size: fault.gzip_size,
                slow_headers: fault.slow_headers,
                slow_body: fault.slow_body,
            },
        })
    }

    /// Whether the request is kept from being carried out.
    pub(in crate::emulator) fn prevents(&self) -> bool {
        !self.after_effect && (self.status.is_some() || self.delivery.reset)
    }

    /// What is answered in place of `normal`; `documented` makes the answer of a status and a wait.
    pub(in crate::emulator) fn answer(
        &self,
        normal: Reply,
        wire: Wire,
        documented: impl FnOnce(StatusCode, u64) -> Reply,
    ) -> Reply {
        let mut reply = match (self.status, &self.body, self.code) {
            (None, None, _) => normal,
            (status, Some(body), _) => {
                let status = status.unwrap_or(normal.status);
                Reply::text(status, content_type(body), body.clone())
            }
            (Some(status), None, Some(code)) => Reply { status, ..refusals::of_code(code).in_form(wire) },
            (Some(status), None, None) if has_body(status.as_u16()) => documented(status, self.wait()),
            (Some(status), None, None) => Reply::text(status, JSON, Bytes::new()),
        };
        if self.retry_after.is_some() {
            reply.retry_after.clone_from(&self.retry_after);
        }
        reply
    }

    /// The seconds that a 429's own text speaks of.
    fn wait(&self) -> u64 {
        let text = self.retry_after.as_ref().and_then(|wait| wait.to_str().ok());
        text.and_then(|seconds| seconds.parse().ok()).unwrap_or(1)
    }
}

fn documented_code(code: u32) -> Result<&'static Code, InvalidArgument> {
    codes::find(code).ok_or_else(|| {
        let known: Vec<String> = codes::ALL.iter().map(|known| known.number.to_string()).collect();
        InvalidArgument::new("code", &code, format!("pass a documented one: {}", known.join(", ")))
    })
}

fn body(fault: &Fault) -> Option<Bytes> {
    let body = fault.body.as_ref().map(|body| match body {
        Value::String(text) => Bytes::from(text.clone()),
        json => Bytes::from(json.to_string()),
    });
    body.or_else(|| fault.body_base64.clone().map(Bytes::from))
}

fn content_type(body: &[u8]) -> &'static str {
    if body.trim_ascii_start().starts_with(b"<") { HTML } else { JSON }
}
