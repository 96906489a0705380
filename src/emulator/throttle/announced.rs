//! What callers were told to wait, to tell who is back before the end.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use axum::http::HeaderValue;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::clock::after;
use super::super::id::Id;
use super::per_customer::PerCustomer;

/// How long after an answer with Retry-After another request may still arrive without being early:
/// it was under way already when that answer was given, or left while it was being read. Both clocks
/// must agree: a frozen one does not make it last, and who moved it on knew of the answer.
const GRACE: Duration = Duration::from_millis(50);

/// The waits that were announced.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub(in super::super) struct Announced {
    /// The longest of those whose [`GRACE`] is over that bind every request.
    partner: Option<Wait>,
    /// The longest of those that bind requests about one customer.
    customers: PerCustomer<Wait>,
    /// The younger ones, oldest first. They are kept apart because whoever hammers on is told to
    /// wait anew each time, and the latest announcement must not excuse it from the first.
    recent: VecDeque<Recent>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Wait {
    from: DateTime<Utc>,
    until: DateTime<Utc>,
}

impl Wait {
    /// One from the future was announced before the machine's clock was set back: it says nothing.
    fn holds(self, now: DateTime<Utc>) -> bool {
        self.from <= now && now < self.until
    }

    fn or_longer(self, standing: Option<Self>, now: DateTime<Utc>) -> Self {
        standing.filter(|wait| wait.holds(now) && wait.until > self.until).unwrap_or(self)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
struct Recent {
    /// Real time, which means nothing elsewhere: what is read again has its grace anew.
    #[serde(skip, default = "Instant::now")]
    at: Instant,
    wait: Wait,
    /// The customer whose requests it binds; `None` for all requests.
    customer: Option<Uuid>,
    /// The `MS-RequestId` that was answered: who sends it again must have read the answer.
    request_id: Id,
}

impl Recent {
    fn has_grace(&self, now: DateTime<Utc>, at: Instant) -> bool {
        at.duration_since(self.at) <= GRACE && now <= after(self.wait.from, GRACE)
    }

    fn binds(&self, customer: Option<Uuid>) -> bool {
        self.customer.is_none() || self.customer == customer
    }
}

impl Announced {
    /// Notes the Retry-After that a request was answered with; a customer's limit binds requests
    /// about that customer alone.
    pub(in super::super) fn announce(
        &mut self,
        header: &HeaderValue,
        (now, at): (DateTime<Utc>, Instant),
        request_id: Id,
        customer: Option<Uuid>,
    ) {
        if let Some(until) = wait_end(header, now) {
            self.recent.push_back(Recent { at, wait: Wait { from: now, until }, customer, request_id });
        }
    }

    /// Whether a request comes before the end of a wait that binds it.
    pub(in super::super) fn is_early(
        &mut self,
        (now, at): (DateTime<Utc>, Instant),
        request_id: &Id,
        customer: Option<Uuid>,
    ) -> bool {
        self.end_grace(now, at);
        let read = self.recent.iter().filter(|recent| recent.request_id == *request_id);
        let of_customer = customer.and_then(|id| self.customers.get(id).copied());
        read.filter(|recent| recent.binds(customer))
            .map(|recent| recent.wait)
            .chain(self.partner)
            .chain(of_customer)
            .any(|wait| wait.holds(now))
    }

    fn end_grace(&mut self, now: DateTime<Utc>, at: Instant) {
        while let Some(&Recent { wait, customer, .. }) =
            self.recent.front().filter(|recent| !recent.has_grace(now, at))
        {
            match customer {
                None => self.partner = Some(wait.or_longer(self.partner, now)),
                Some(id) => {
                    let standing = self.customers.get_or_insert(id, || wait, |wait| !wait.holds(now));
                    *standing = wait.or_longer(Some(*standing), now);
                }
            }
            self.recent.pop_front();
        }
    }
}

/// Until when a Retry-After asks to wait; `None` where it is neither seconds nor a date.
fn wait_end(header: &HeaderValue, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = header.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let wait = Duration::try_from_secs_f64(seconds).ok()?;
        return Some(after(now, wait));
    }
    let date: SystemTime = httpdate::parse_http_date(text).ok()?;
    Some(date.into())
}

#[cfg(test)]
mod tests;
