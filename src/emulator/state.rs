//! Everything an emulator knows, and the way of one request through it.

use std::time::Instant;

use axum::http::{HeaderValue, StatusCode};
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::Config;
use super::answered::Answered;
use super::api::audit::AuditRecord;
use super::api::customers::Directory;
use super::api::refusals;
use super::api::route::Route;
use super::clock::Clock;
use super::entra::{self, Entra};
use super::faults::{Delivery, Faults, Injected};
use super::id::Id;
use super::journal::{Effect, Journal, Recorded};
use super::posts::Posts;
use super::request::HttpRequest;
use super::seed::{self, Partner, digest, guid};
use super::seeding;
use super::throttle::{Announced, Limits};
use super::token::Issuer;
use super::wire::{Answer, JSON, Reply};
use super::wire_switches::Wire;

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct State {
    pub(super) config: Config,
    pub(super) clock: Clock,
    pub(super) partner: Partner,
    pub(super) issuer: Issuer,
    pub(super) entra: Entra,
    pub(super) customers: Directory,
    pub(super) answered: Answered,
    pub(super) audit: Vec<AuditRecord>,
    pub(super) effects: Vec<Effect>,
    pub(super) posts: Posts,
    pub(super) journal: Journal,
    pub(super) faults: Faults,
    limits: Limits,
    announced: Announced,
}

/// What is to be done about a request.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) reply: Reply,
    /// When the request was carried out.
    pub(super) at: DateTime<Utc>,
    pub(super) delivery: Delivery,
    /// The customer whose requests alone its Retry-After binds; `None` for all of the partner's.
    pub(super) binds: Option<Uuid>,
}

impl State {
    pub(super) fn new(config: Config) -> Self {
        // Not from the seed: it tells emulators of one seed apart.
        Self::salted(config, guid(&mut fastrand::Rng::new()))
    }

    pub(super) fn salted(config: Config, salt: Uuid) -> Self {
        let seed = config.seed;
        let partner = seed::partner(seed);
        let clock = Clock::default();
        Self {
            issuer: Issuer::new(seed, salt, &partner),
            entra: Entra::default(),
            partner,
            customers: seeding::directory(&config, clock.now()),
            clock,
            answered: Answered::default(),
            audit: Vec::new(),
            effects: Vec::new(),
            posts: Posts::default(),
            journal: Journal::new(config.journal_size),
            faults: Faults::new(digest(seed, &[b"faults"])),
            limits: Limits::new(&config),
            announced: Announced::default(),
            config,
        }
    }

    /// Takes a request in: the fault that may befall it, the window, the service, the journal.
    pub(super) fn exchange(&mut self, request: &HttpRequest) -> Outcome {
        let at = self.clock.now();
        let request_id = Id::of(&request.ids.request_id);
        let customer = request.route.customer();
        // Entra is another service: neither do its requests count here, nor do the API's waits hold there.
        let (early, admitted) = match request.route {
            Route::Entra(_) => (false, Ok(())),
            _ => (
                self.announced.is_early((at, Instant::now()), &request_id, customer),
                self.limits.admit(customer, at),
            ),
        };
        let injected = self.faults.fire(request);
        let normal = match (&injected, admitted) {
            (Some(injected), _) if injected.prevents() => Reply::text(StatusCode::OK, JSON, Vec::new()),
            (_, Err(refused)) => refusals::too_many_requests(refused.seconds).in_form(self.config.wire),
            (_, Ok(())) => self.serve(request, at),
        };
        let mut outcome = Outcome::new(normal, injected, request, at, self.config.wire);
        outcome.binds = admitted.err().and_then(|refused| refused.whom(outcome.reply.retry_after.as_ref()));
        self.journal.push(Recorded {
            method: request.method.clone(),
            path: request.recorded_target().into(),
            customer_id: customer,
            status: (!outcome.delivery.reset).then(|| outcome.reply.status.as_u16()),
            request_id,
            correlation_id: Id::of(&request.ids.correlation_id),
            at,
            early,
        });
        outcome
    }

    /// Notes that a caller is being told to wait, with all requests or with those about one customer.
    pub(super) fn announce(&mut self, wait: &HeaderValue, binds: Option<Uuid>, request_id: &HeaderValue) {
        let now = (self.clock.now(), Instant::now());
        self.announced.announce(wait, now, Id::of(request_id), binds);
    }

    fn serve(&mut self, request: &HttpRequest, now: DateTime<Utc>) -> Reply {
        if let Route::Entra(endpoint) = request.route {
            let (Ok(reply) | Err(reply)) = self.serve_entra(request, endpoint, now);
            return reply;
        }
        let (Ok(reply) | Err(reply)) = self.serve_api(request, now);
        reply.in_form(self.config.wire)
    }

    fn serve_api(&mut self, request: &HttpRequest, now: DateTime<Utc>) -> Answer {
        let caller = self.issuer.authenticate(&request.headers, now)?;
        match request.route {
            Route::Api(resource) => self.operate(request, resource, &caller, now),
            Route::Entra(_) | Route::Other(_) => Err(refusals::no_such_resource()),
        }
    }
}

impl Outcome {
    fn new(
        normal: Reply,
        injected: Option<Injected>,
        request: &HttpRequest,
        at: DateTime<Utc>,
        wire: Wire,
    ) -> Self {
        let documented = |status, wait| match request.route {
            Route::Entra(_) => entra::documented(status, wait, &request.ids, at),
            _ => refusals::documented(status, wait).in_form(wire),
        };
        match injected {
            None => Self { reply: normal, at, delivery: Delivery::default(), binds: None },
            Some(injected) => {
                let reply = injected.answer(normal, wire, documented);
                Self { reply, at, delivery: injected.delivery, binds: None }
            }
        }
    }
}
