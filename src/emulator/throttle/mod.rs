//! The service's patience: the limits on requests, and what callers were told to wait.

mod announced;
mod bucket;
mod limit;
mod per_customer;
mod window;

use axum::http::HeaderValue;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Config;
use limit::{Counted, Limit, Usage};
use per_customer::PerCustomer;

pub(super) use announced::Announced;

/// How the limits on requests are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    /// So many requests in a window; the next one starts with the first request after its end.
    #[default]
    Window,
    /// A bucket of so many tokens, one a request, that fills up evenly over the length of a window.
    Bucket,
}

/// The limit of the partner and that of each of its customers, with what was used up of them.
///
/// A request counts at both whatever comes of it, because "all requests accrue against your usage
/// limits": what one customer's limit refuses still uses up the partner's, so that hammering on is
/// no cheaper than asking in turn. A limit that is used up has nothing more to lose.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Limits {
    partner: Option<(Limit, Usage)>,
    customer: Option<Limit>,
    customers: PerCustomer<Usage>,
}

/// A request that does not pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Refused {
    /// After how many seconds one would, if no others come.
    pub(super) seconds: u64,
    /// The customer whose limit it was; `None` for the partner's.
    pub(super) customer: Option<Uuid>,
}

impl Refused {
    /// Whom the Retry-After binds that was answered: it may be a fault's instead, which binds all.
    pub(super) fn whom(self, answered: Option<&HeaderValue>) -> Option<Uuid> {
        self.customer.filter(|_| answered == Some(&HeaderValue::from(self.seconds)))
    }
}

impl Limits {
    pub(super) fn new(config: &Config) -> Self {
        let limit =
            |requests: Option<u32>| requests.map(|count| Limit::new(config.throttle, count, config.window));
        Self {
            partner: limit(config.requests_per_window).map(|limit| (limit, limit.unused())),
            customer: limit(config.customer_requests_per_window),
            customers: PerCustomer::default(),
        }
    }

    /// Counts a request about a customer, or about none.
    pub(super) fn admit(&mut self, customer: Option<Uuid>, now: DateTime<Utc>) -> Result<(), Refused> {
        let partners = self.count_for_partner(now);
        let customers = self.count_for_customer(customer, now);
        if partners.passes && customers.passes {
            return Ok(());
        }
        // Also the wait of a limit that let this one pass: it may have been the last.
        let seconds = seconds_up(partners.wait.max(customers.wait));
        let by_customers = !customers.passes && (partners.passes || customers.wait > partners.wait);
        Err(Refused { seconds, customer: customer.filter(|_| by_customers) })
    }

    fn count_for_partner(&mut self, now: DateTime<Utc>) -> Counted {
        self.partner.as_mut().map_or(Counted::UNLIMITED, |(limit, usage)| limit.count(usage, now))
    }

    fn count_for_customer(&mut self, customer: Option<Uuid>, now: DateTime<Utc>) -> Counted {
        let (Some(limit), Some(id)) = (self.customer, customer) else {
            return Counted::UNLIMITED;
        };
        let unused = |usage: &Usage| limit.is_unused(usage, now);
        limit.count(self.customers.get_or_insert(id, || limit.unused(), unused), now)
    }
}

/// Whole seconds, rounded up, so that who waits them is never back too soon.
fn seconds_up(wait: TimeDelta) -> u64 {
    let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
    u64::try_from(seconds).unwrap_or(0)
}

#[cfg(test)]
mod tests;
