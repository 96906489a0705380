//! Who wants to know of requests while they are made: they are noted here, and told where the caller waits.
//! Nobody's code runs in here.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{DateTime, Utc};
use hyper::Method;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use tokio::sync::Notify;
use tokio::time::Instant;
use uuid::Uuid;

use crate::model::CustomerId;

/// How many events wait to be taken; more are only counted.
const MOST_EVENTS: usize = 65_536;

/// What is said of a request whose answer nobody waited for.
const GIVEN_UP: &str = "given up before there was an answer";

/// Of one operation, which may be many calls. Everything is noted in the order in which it happened.
#[derive(Debug)]
pub struct Observer {
    interest: Interest,
    /// What requests carry beside their own headers, so that others can tell where they come from.
    headers: Mutex<HeaderMap>,
    noted: Mutex<Noted>,
    news: Notify,
}

/// What is noted. Retries and pauses are in any case.
#[derive(Debug, Clone, Copy, Default)]
pub struct Interest {
    /// Each answer, and the end of each call.
    pub answers: bool,
    /// Each request when it leaves.
    pub departures: bool,
}

/// Events that were not taken yet, and how many more there were.
#[derive(Debug, Default)]
pub struct Noted {
    /// In the order in which they happened.
    pub events: Vec<Event>,
    /// What there was no room for.
    pub lost: u64,
}

/// Something that happened to a call.
#[derive(Debug, Clone)]
pub struct Event {
    /// What happened.
    pub kind: Kind,
    /// To which call.
    pub call: Arc<Call>,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// When.
    pub at: DateTime<Utc>,
    /// How long: an attempt took until its answer, a call in all, the wait for the next attempt, a pause.
    pub time: Duration,
    /// The answer's, where there was one.
    pub status: Option<u16>,
    /// What went wrong, in the service's words or ours.
    pub error: Option<String>,
}

/// What happened to a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A request left.
    Request,
    /// It was answered, or lost.
    Response,
    /// It will be sent again.
    Retry,
    /// The service asked for a pause, which all calls keep.
    Throttle,
    /// Nothing more is sent for this call. It has failed if there is an error.
    End,
}

/// A call, as events tell of it.
#[derive(Debug)]
pub struct Call {
    /// Of its requests.
    pub method: Method,
    /// Without its query.
    pub path: String,
    /// The `MS-RequestId`.
    pub request_id: Uuid,
    /// The `MS-CorrelationId`.
    pub correlation_id: Uuid,
    /// Whom it is about.
    pub customer_id: Option<CustomerId>,
}

impl Observer {
    /// An observer that has seen nothing yet.
    #[must_use]
    pub fn new(interest: Interest) -> Self {
        Self { interest, headers: Mutex::default(), noted: Mutex::default(), news: Notify::new() }
    }

    /// Has requests carry these headers from now on. What cannot be one is left out.
    pub fn set_headers(&self, headers: &[(String, String)]) {
        let parsed = headers.iter().filter_map(|(name, value)| {
            Some((name.parse::<HeaderName>().ok()?, value.parse::<HeaderValue>().ok()?))
        });
        *lock(&self.headers) = parsed.collect();
    }

    /// What requests carry.
    pub(crate) fn headers(&self) -> HeaderMap {
        lock(&self.headers).clone()
    }

    /// Takes what was noted.
    pub fn take(&self) -> Noted {
        std::mem::take(&mut *lock(&self.noted))
    }

    /// Waits until something was noted.
    pub async fn news(&self) {
        self.news.notified().await;
    }

    fn note(&self, event: Event) {
        let wanted = match event.kind {
            Kind::Request => self.interest.departures,
            Kind::Response | Kind::End => self.interest.answers,
            Kind::Retry | Kind::Throttle => true,
        };
        if !wanted {
            return;
        }
        {
            let mut noted = lock(&self.noted);
            if noted.events.len() < MOST_EVENTS {
                noted.events.push(event);
            } else {
                noted.lost += 1;
            }
        }
        self.news.notify_one();
    }
}

/// Notes what happens to one call, and its end when it is dropped.
#[derive(Debug)]
pub(crate) struct Notes {
    observer: Arc<Observer>,
    call: Arc<Call>,
    began: Instant,
    sent: Instant,
    attempt: u32,
    /// Whether a request is on its way.
    is_waiting: bool,
    /// How the call failed, until it succeeds: nobody says so of one that is given up.
    failure: Option<(Option<u16>, String)>,
}

impl Notes {
    pub(crate) fn new(observer: &Arc<Observer>, call: Call) -> Self {
        let now = Instant::now();
        Self {
            observer: Arc::clone(observer),
            call: Arc::new(call),
            began: now,
            sent: now,
            attempt: 0,
            is_waiting: false,
            failure: Some((None, GIVEN_UP.to_owned())),
        }
    }

    /// A request leaves.
    pub(crate) fn sent(&mut self) {
        self.attempt += 1;
        self.sent = Instant::now();
        self.is_waiting = true;
        self.note(Kind::Request, Duration::ZERO, None, None);
    }

    /// It was answered, or lost.
    pub(crate) fn answered(&mut self, status: Option<u16>, error: Option<String>) {
        self.is_waiting = false;
        self.failure = Some((status, error.clone().unwrap_or_default()));
        self.note(Kind::Response, self.sent.elapsed(), status, error);
    }

    /// It will be sent again after `wait`.
    pub(crate) fn retried(&self, wait: Duration, status: Option<u16>, error: Option<String>) {
        self.note(Kind::Retry, wait, status, error);
    }

    /// The service asked for a pause.
    pub(crate) fn throttled(&self, pause: Duration, status: Option<u16>, error: Option<String>) {
        self.note(Kind::Throttle, pause, status, error);
    }

    /// The call has an answer, be it from this request or from a look for what became of it.
    pub(crate) fn succeeded(&mut self) {
        self.failure = None;
    }

    fn note(&self, kind: Kind, time: Duration, status: Option<u16>, error: Option<String>) {
        let (call, attempt, at) = (Arc::clone(&self.call), self.attempt, Utc::now());
        self.observer.note(Event { kind, call, attempt, at, time, status, error });
    }
}

impl Drop for Notes {
    fn drop(&mut self) {
        if self.is_waiting {
            self.answered(None, Some(GIVEN_UP.to_owned()));
        }
        let (status, error) =
            self.failure.take().map_or((None, None), |(status, error)| (status, Some(error)));
        self.note(Kind::End, self.began.elapsed(), status, error);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call() -> Call {
        Call {
            method: Method::GET,
            path: "/v1/customers".to_owned(),
            request_id: Uuid::from_u128(1),
            correlation_id: Uuid::from_u128(2),
            customer_id: None,
        }
    }

    fn kinds(interest: Interest) -> Vec<Kind> {
        let observer = Arc::new(Observer::new(interest));
        let mut notes = Notes::new(&observer, call());
        notes.sent();
        notes.answered(Some(503), None);
        notes.retried(Duration::from_secs(1), Some(503), None);
        drop(notes);
        observer.take().events.iter().map(|event| event.kind).collect()
    }

    #[test]
    fn only_what_is_wanted_is_noted() {
        assert_eq!(kinds(Interest::default()), [Kind::Retry]);
        assert_eq!(
            kinds(Interest { answers: true, departures: true }),
            [Kind::Request, Kind::Response, Kind::Retry, Kind::End]
        );
    }

    /// What the last events of a call say, when it is dropped.
    fn last(told: impl FnOnce(&mut Notes)) -> Vec<(Kind, Option<u16>, Option<String>)> {
        let observer = Arc::new(Observer::new(Interest { answers: true, departures: false }));
        let mut notes = Notes::new(&observer, call());
        notes.sent();
        told(&mut notes);
        drop(notes);
        observer.take().events.into_iter().map(|event| (event.kind, event.status, event.error)).collect()
    }

    #[test]
    fn what_is_given_up_in_flight_is_told() {
        let given_up = Some(GIVEN_UP.to_owned());
        assert_eq!(last(|_| ()), [(Kind::Response, None, given_up.clone()), (Kind::End, None, given_up)]);
    }

    #[test]
    fn the_end_tells_whether_it_failed() {
        let lost = Some("reset".to_owned());
        let failed = last(|notes| notes.answered(None, lost.clone()));
        assert_eq!(failed, [(Kind::Response, None, lost.clone()), (Kind::End, None, lost.clone())]);
        let found = last(|notes| {
            notes.answered(None, lost.clone());
            notes.succeeded();
        });
        assert_eq!(found, [(Kind::Response, None, lost), (Kind::End, None, None)]);
    }

    #[test]
    fn what_nobody_takes_is_bounded_and_counted() {
        let observer = Arc::new(Observer::new(Interest::default()));
        let notes = Notes::new(&observer, call());
        for _ in 0..MOST_EVENTS + 7 {
            notes.retried(Duration::ZERO, None, None);
        }
        let taken = observer.take();
        assert_eq!((taken.events.len(), taken.lost), (MOST_EVENTS, 7));
        assert!(observer.take().events.is_empty());
    }

    #[tokio::test]
    async fn what_is_noted_is_news_once() {
        let observer = Arc::new(Observer::new(Interest::default()));
        let mut notes = Notes::new(&observer, call());
        notes.sent();
        notes.answered(Some(503), None);
        let soon = Duration::from_millis(20);
        assert!(tokio::time::timeout(soon, observer.news()).await.is_err()); // nobody wants those
        notes.retried(Duration::ZERO, Some(503), None);
        observer.news().await;
        assert!(tokio::time::timeout(soon, observer.news()).await.is_err());
    }
}
