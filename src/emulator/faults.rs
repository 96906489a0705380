//! Faults on demand: rules that pick requests, and what befalls those.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::{HeaderValue, StatusCode};
use uuid::Uuid;

use super::error::InvalidArgument;
use super::request::HttpRequest;
use super::wire::{HTML, JSON, Reply};

/// A rule: which requests it is for, how often it fires, and what happens then. Rules are tried in
/// the order of their injection; the first that fires is the only one.
#[derive(Debug, Clone, PartialEq)]
pub struct Fault {
    /// The status to answer (200 to 599). Without a `body`, it comes with the body, and for 429 the
    /// Retry-After, that the documents give it. The request itself is not carried out, unless
    /// `after_effect` says so.
    pub status: Option<u16>,
    /// Only requests with this method, in any case.
    pub method: Option<String>,
    /// Only requests whose path, query included, contains this text, in any case. Requests to Entra
    /// are picked by a path alone: a rule without one is for the API.
    pub path: Option<String>,
    /// Only requests whose path names this customer.
    pub customer_id: Option<Uuid>,
    /// Fire on this matching request alone, the first being 1.
    pub nth: Option<u32>,
    /// Fire this often; `None` means for ever.
    pub times: Option<u32>,
    /// Fire on this share of the matching requests, from 0 to 1, drawn from the seed.
    pub probability: f64,
    /// Carry the request out first; then the fault replaces its answer.
    pub after_effect: bool,
    /// The Retry-After of the answer.
    pub retry_after: Option<RetryAfter>,
    /// Hold the answer back for this long (real time). The request takes effect before that.
    pub delay: Option<Duration>,
    /// Reset the connection (TCP RST) in place of an answer; the request is not carried out, unless
    /// `after_effect` says so.
    pub reset: bool,
    /// Send only this many bytes of the body, under its full Content-Length, and close.
    pub cut: Option<usize>,
    /// The body to answer, sent as it is. Without a `status`, the request is carried out and its
    /// own status stays.
    pub body: Option<Vec<u8>>,
}

impl Default for Fault {
    /// Any request, once, and nothing happens to it yet.
    fn default() -> Self {
        Self {
            status: None,
            method: None,
            path: None,
            customer_id: None,
            nth: None,
            times: Some(1),
            probability: 1.0,
            after_effect: false,
            retry_after: None,
            delay: None,
            reset: false,
            cut: None,
            body: None,
        }
    }
}

/// A Retry-After to answer.
#[derive(Debug, Clone, PartialEq)]
pub enum RetryAfter {
    /// Seconds; a fraction is rounded up, since the header counts whole ones.
    Seconds(f64),
    /// The header's value as it is, such as an HTTP date.
    Header(String),
}

impl RetryAfter {
    fn header(&self) -> Result<HeaderValue, InvalidArgument> {
        match self {
            Self::Seconds(seconds) => Duration::try_from_secs_f64(*seconds)
                .map(|wait| HeaderValue::from(wait.as_secs() + u64::from(wait.subsec_nanos() > 0)))
                .map_err(|_| InvalidArgument::new("retry_after", seconds, "pass seconds, not negative")),
            Self::Header(text) => HeaderValue::from_str(text).map_err(|_| {
                InvalidArgument::new("retry_after", text, "pass seconds, or a valid header value")
            }),
        }
    }
}

/// What befalls one request.
#[derive(Debug, Clone)]
pub(super) struct Injected {
    status: Option<StatusCode>,
    after_effect: bool,
    retry_after: Option<HeaderValue>,
    body: Option<Bytes>,
    pub(super) delay: Option<Duration>,
    pub(super) reset: bool,
    pub(super) cut: Option<usize>,
}

impl Injected {
    /// Whether the request is kept from being carried out.
    pub(super) fn prevents(&self) -> bool {
        !self.after_effect && (self.status.is_some() || self.reset)
    }

    /// What is answered in place of `normal`; `documented` makes the answer of a status and a wait.
    pub(super) fn answer(&self, normal: Reply, documented: impl FnOnce(StatusCode, u64) -> Reply) -> Reply {
        let mut reply = match (self.status, &self.body) {
            (None, None) => normal,
            (Some(status), None) => documented(status, self.wait()),
            (status, Some(body)) => {
                let status = status.unwrap_or(normal.status);
                Reply::text(status, content_type(body), body.clone())
            }
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

fn content_type(body: &[u8]) -> &'static str {
    if body.trim_ascii_start().starts_with(b"<") { HTML } else { JSON }
}

/// A rule with its counters.
#[derive(Debug, Clone)]
struct Rule {
    fault: Fault,
    injected: Injected,
    seen: u32,
    left: Option<u32>,
}

impl Rule {
    fn new(mut fault: Fault) -> Result<Self, InvalidArgument> {
        if !(0.0..=1.0).contains(&fault.probability) {
            return Err(InvalidArgument::new("probability", &fault.probability, "pass a share from 0 to 1"));
        }
        for (field, count) in [("nth", fault.nth), ("times", fault.times)] {
            if count == Some(0) {
                return Err(InvalidArgument::new(field, &0, "pass 1 or more, or nothing"));
            }
        }
        let status = fault.status.map(final_status).transpose()?;
        let retry_after = fault.retry_after.as_ref().map(RetryAfter::header).transpose()?;
        let injected = Injected {
            status,
            after_effect: fault.after_effect,
            retry_after,
            body: fault.body.take().map(Bytes::from),
            delay: fault.delay,
            reset: fault.reset,
            cut: fault.cut,
        };
        Ok(Self { left: fault.times, fault, injected, seen: 0 })
    }

    fn matches(&self, request: &HttpRequest) -> bool {
        let Fault { method, path, customer_id, .. } = &self.fault;
        let same_method = |method: &String| method.eq_ignore_ascii_case(request.method.as_str());
        let in_path = |part: &String| {
            let target = request.target().to_ascii_lowercase();
            target.contains(&part.to_ascii_lowercase())
        };
        method.as_ref().is_none_or(same_method)
            && customer_id.is_none_or(|id| request.route.customer() == Some(id))
            && path.as_ref().map_or(!request.route.is_entra(), in_path)
    }

    /// Whether it will never fire again.
    fn is_spent(&self) -> bool {
        self.left == Some(0) || self.fault.nth.is_some_and(|nth| self.seen >= nth)
    }

    /// Counts a matching request and says whether the rule fires on it.
    fn fires(&mut self, rng: &mut fastrand::Rng) -> bool {
        self.seen = self.seen.saturating_add(1);
        self.fault.nth.is_none_or(|nth| nth == self.seen) && rng.f64() < self.fault.probability
    }
}

/// Statuses below 200 announce an answer and are none.
fn final_status(status: u16) -> Result<StatusCode, InvalidArgument> {
    StatusCode::from_u16(status)
        .ok()
        .filter(|_| (200..600).contains(&status))
        .ok_or_else(|| InvalidArgument::new("status", &status, "pass 200 to 599"))
}

#[derive(Debug, Clone, Default)]
pub(super) struct Faults {
    rules: Vec<Rule>,
    rng: fastrand::Rng,
}

impl Faults {
    pub(super) fn new(seed: u64) -> Self {
        Self { rules: Vec::new(), rng: fastrand::Rng::with_seed(seed) }
    }

    pub(super) fn inject(&mut self, fault: Fault) -> Result<(), InvalidArgument> {
        self.rules.push(Rule::new(fault)?);
        Ok(())
    }

    /// What befalls this request, if anything. Every rule that matches counts it, also when another
    /// fires, so that `nth` means the same whatever else was injected.
    pub(super) fn fire(&mut self, request: &HttpRequest) -> Option<Injected> {
        let mut fired = None;
        for rule in self.rules.iter_mut().filter(|rule| rule.matches(request)) {
            if rule.fires(&mut self.rng) && fired.is_none() {
                rule.left = rule.left.map(|left| left - 1);
                fired = Some(rule.injected.clone());
            }
        }
        self.rules.retain(|rule| !rule.is_spent());
        fired
    }
}
