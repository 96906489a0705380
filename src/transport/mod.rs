//! Sends one request as often as it takes: headers, ids, token, throttle, retries, decoding.
//! Knows nothing of what the requests are about; nothing else in the crate sends anything.

mod attempt;
mod connection;
mod failure;
mod fence;
mod ids;
mod progress;
mod request;

use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::Method;
use hyper::header::HeaderMap;
use serde_json::Value;
use tokio::sync::Semaphore;
use tokio::time::{Instant, timeout_at};
use uuid::Uuid;

use crate::auth::{Bearer, TokenCache};
use crate::error::{Context, Error};
use crate::http::Pool;
use crate::model::json::Unreadable;
use crate::observer::{Notes, Observer};
use crate::options::Options;
use crate::retry::{self, Outcome};
use crate::throttle::{Rate, Throttle};
use attempt::Answer;
use connection::Template;
use failure::Failure;
use ids::Ids;
use progress::Progress;

pub(crate) use attempt::Head;
pub(crate) use fence::Fence;
pub(crate) use request::Request;

/// What came back, and from which call.
#[derive(Debug)]
pub(crate) struct Reply<T> {
    pub(crate) value: T,
    pub(crate) context: Context,
}

/// The connections, token and throttle that a client and its derivatives share, and its own options.
pub(crate) struct Transport {
    pub(crate) options: Options,
    http: Pool,
    template: Template,
    tokens: Arc<TokenCache>,
    throttle: Arc<Throttle>,
    rate: Option<Arc<Rate>>,
    ids: Arc<Ids>,
    /// Who is told of requests.
    observer: Option<Arc<Observer>>,
    /// What a derived client, or a derivative of it, lowers the concurrency to.
    lowered: Vec<Arc<Semaphore>>,
}

impl Transport {
    pub(crate) fn new(tokens: Arc<TokenCache>, options: Options) -> Result<Self, Error> {
        let throttle = Arc::new(Throttle::new(options.max_concurrency));
        Ok(Self {
            http: open(&options)?,
            template: Template::new(&options)?,
            tokens,
            rate: options.requests_per_minute.map(|per_minute| Arc::new(throttle.rate(per_minute))),
            throttle,
            lowered: Vec::new(),
            ids: Arc::default(),
            observer: None,
            options,
        })
    }

    /// The same transport, of whose requests `observer` takes note.
    pub(crate) fn observed(&self, observer: Arc<Observer>) -> Self {
        Self {
            options: self.options.clone(),
            http: self.http.clone(),
            template: self.template.clone(),
            tokens: Arc::clone(&self.tokens),
            throttle: Arc::clone(&self.throttle),
            rate: self.rate.clone(),
            ids: Arc::clone(&self.ids),
            observer: Some(observer),
            lowered: self.lowered.clone(),
        }
    }

    /// A transport with other options over the same token and throttle, and the same connections
    /// unless the change is about them.
    pub(crate) fn derive(&self, options: Options) -> Result<Self, Error> {
        let http =
            if connection::differ(&self.options, &options) { open(&options)? } else { self.http.clone() };
        let mut lowered = self.lowered.clone();
        if options.max_concurrency < self.options.max_concurrency {
            lowered.push(Arc::new(Semaphore::new(options.max_concurrency)));
        }
        let rate = if options.requests_per_minute == self.options.requests_per_minute {
            self.rate.clone()
        } else {
            options.requests_per_minute.map(|per_minute| Arc::new(self.throttle.rate(per_minute)))
        };
        Ok(Self {
            http,
            rate,
            lowered,
            ids: Arc::clone(&self.ids),
            observer: self.observer.clone(),
            template: Template::new(&options)?,
            tokens: Arc::clone(&self.tokens),
            throttle: Arc::clone(&self.throttle),
            options,
        })
    }

    /// A read of `path`.
    pub(crate) fn get(&self, path: String) -> Request {
        Request {
            method: Method::GET,
            path,
            headers: HeaderMap::new(),
            body: None,
            customer_id: None,
            request_id: self.ids.draw(),
            correlation_id: self.ids.draw(),
            fence: None,
        }
    }

    /// An id for a request.
    pub(crate) fn draw_id(&self) -> Uuid {
        self.ids.draw()
    }

    /// A request that sends `body` to `path`.
    pub(crate) fn post(&self, path: String, body: Value) -> Request {
        Request { method: Method::POST, body: Some(body), ..self.get(path) }
    }

    /// The token that requests go out with.
    pub(crate) async fn bearer(&self) -> Result<Bearer, Error> {
        self.tokens.get().await
    }

    /// Whether a token that expires, or is refused, can be replaced.
    pub(crate) fn can_renew(&self) -> bool {
        self.tokens.is_renewable()
    }

    /// How long the service still wants to be left alone.
    pub(crate) fn paused_for(&self) -> Option<Duration> {
        self.throttle.paused_for()
    }

    /// Sends a request that may be repeated at will, and decodes its answer; `None` is a 204.
    pub(crate) async fn send<T>(
        &self,
        request: Request,
        decode: impl Fn(Option<&[u8]>) -> Result<T, Unreadable>,
    ) -> Result<Reply<T>, Error> {
        self.send_or_look(request, decode, |_| std::future::ready(Ok(None))).await
    }

    /// The same, with the head of the last answer, which a refusal has too.
    pub(crate) async fn send_for_head<T>(
        &self,
        request: Request,
        decode: impl Fn(Option<&[u8]>) -> Result<T, Unreadable>,
    ) -> (Result<T, Error>, Head) {
        let mut progress = Progress::default();
        let look = |_| std::future::ready(Ok(None));
        let result = self.attempts(&request, &mut progress, &decode, &look).await;
        (result, progress.head)
    }

    /// The same as `send`, but gives up at `end`, and then says which call that was, and how its last attempt
    /// failed, if one did.
    pub(crate) async fn send_until<T>(
        &self,
        request: Request,
        decode: impl Fn(Option<&[u8]>) -> Result<T, Unreadable>,
        end: Instant,
    ) -> Result<Result<Reply<T>, Error>, (Context, Option<Error>)> {
        let mut progress = Progress::default();
        let value = {
            let look = |_| std::future::ready(Ok(None));
            let attempts = self.attempts(&request, &mut progress, &decode, &look);
            timeout_at(end, attempts).await
        };
        let context = request.context(progress.attempts);
        if let Ok(value) = value {
            return Ok(value.map(|value| Reply { value, context }));
        }
        let failure = progress.failure.take();
        Err((context.clone(), failure.map(|failure| failure.into_error(context, false))))
    }

    /// Sends a request that must not take effect twice. When nobody knows whether an attempt did,
    /// `look` is asked, with the time of the first attempt, before anything is sent again.
    pub(crate) async fn send_or_look<T, F: Future<Output = Result<Option<T>, Error>>>(
        &self,
        request: Request,
        decode: impl Fn(Option<&[u8]>) -> Result<T, Unreadable>,
        look: impl Fn(DateTime<Utc>) -> F,
    ) -> Result<Reply<T>, Error> {
        let mut progress = Progress::default();
        let value = self.attempts(&request, &mut progress, &decode, &look).await?;
        let context = request.context(progress.attempts);
        Ok(Reply { value, context })
    }

    async fn attempts<T, F: Future<Output = Result<Option<T>, Error>>>(
        &self,
        request: &Request,
        progress: &mut Progress,
        decode: &impl Fn(Option<&[u8]>) -> Result<T, Unreadable>,
        look: &impl Fn(DateTime<Utc>) -> F,
    ) -> Result<T, Error> {
        let first_sent = Utc::now();
        progress.notes = self.observer.as_ref().map(|observer| Notes::new(observer, request.call()));
        loop {
            let (bearer, sent) = self.attempt(request, progress).await?;
            let read = sent.and_then(|answer| answer.decode(decode));
            progress.note_answer(read.as_ref().err());
            let failure = match read {
                Ok(value) => {
                    progress.note_success();
                    return Ok(value);
                }
                Err(failure) => failure,
            };
            if failure.is_unauthorized() && !progress.renewed {
                progress.renewed = true;
                let renewed = self.tokens.renew(&bearer).await;
                if renewed.map_err(|error| in_context(error, request, progress))?.is_some() {
                    progress.note_retry(Duration::ZERO, &failure);
                    continue;
                }
            }
            let outcome = failure.outcome();
            // The throttle itself spreads those that it held back.
            let jitter = if outcome.is_paused_for() { 0.0 } else { fastrand::f64() };
            let wait = retry::wait(progress.retries, self.options.max_retries, outcome, jitter);
            let late =
                if request.has_effect() { outcome.on_its_way(self.options.timeout) } else { Duration::ZERO };
            let wait = wait.map(|wait| wait.max(late));
            if let Some(wait) = wait {
                progress.note_retry(wait, &failure);
                progress.failure = Some(failure.clone()); // for who gives up meanwhile
                tokio::time::sleep(wait).await;
            }
            let unknown = request.has_effect() && outcome.fate_unknown();
            let seen = if unknown { look(first_sent).await } else { Ok(None) };
            match (seen, wait) {
                (Ok(Some(value)), _) => {
                    progress.note_success();
                    return Ok(value);
                }
                (Ok(None), Some(_)) => progress.retries += 1,
                // Without a look, sending again might ask twice.
                _ => return Err(failure.into_error(request.context(progress.attempts), unknown)),
            }
        }
    }

    /// Sends once, as soon as the throttle lets it.
    async fn attempt(
        &self,
        request: &Request,
        progress: &mut Progress,
    ) -> Result<(Bearer, Result<Answer, Failure>), Error> {
        let mut own = Vec::with_capacity(self.lowered.len());
        for slots in &self.lowered {
            own.push(slots.acquire().await); // never closed, so never an error
        }
        let (permit, bearer) = loop {
            let permit = self.throttle.enter(self.rate.as_deref()).await.map_err(|refused| {
                failure::turned_away(refused.remaining, request.context(progress.attempts))
            })?;
            let bearer = self.tokens.get().await.map_err(|error| in_context(error, request, progress))?;
            // Fetching a token takes a while, in which the service may have asked for a pause.
            if self.throttle.paused_for().is_none() {
                break (permit, bearer);
            }
        };
        if request.fence.as_ref().is_some_and(|fence| fence.is_over()) {
            return Err(failure::fenced(request.context(progress.attempts)));
        }
        progress.attempts += 1;
        if let Some(notes) = &mut progress.notes {
            notes.sent();
        }
        let sent = match self.template.fill(request, &bearer, self.observer.as_deref()) {
            Ok(filled) => attempt::send(&self.http, filled, &self.options, &bearer, &mut progress.head).await,
            Err(failure) => Err(failure),
        };
        if sent.is_ok() {
            self.tokens.accepted(&bearer);
        }
        let outcome = sent.as_ref().err().map(Failure::outcome);
        let backoff = retry::backoff(progress.retries, 0.0);
        let pause = outcome.and_then(|outcome| outcome.pause(backoff));
        progress.pause = pause.filter(|pause| self.is_news(*pause));
        match pause {
            Some(wait) if outcome.is_some_and(Outcome::is_refusal) => permit.refused(wait),
            Some(wait) => permit.put_off(wait),
            None => permit.passed(),
        }
        Ok((bearer, sent))
    }

    /// Whether a pause is one that the calls do not keep anyway: many in flight are refused for the same.
    fn is_news(&self, pause: Duration) -> bool {
        self.throttle.paused_for().is_none_or(|left| pause > left + Duration::from_secs(1))
    }
}

fn open(options: &Options) -> Result<Pool, Error> {
    Pool::open(options, "base_url", &options.api())
}

/// Names the call that a failure to get a token belongs to.
fn in_context(mut error: Error, request: &Request, progress: &Progress) -> Error {
    if let Error::Authentication(error) = &mut error {
        error.context = Some(request.context(progress.attempts));
    }
    error
}
