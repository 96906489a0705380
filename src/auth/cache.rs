//! One token for all calls: fetched once however many wait for it, renewed once however many were
//! turned away with it, and renewed beside the calls while the old one still serves.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use bytes::Bytes;

use super::{Credential, Token, Waiters};
use crate::background;
use crate::error::{AuthenticationError, Error, Refusal};

/// How long a failed renewal is left alone while the old token still serves, at most; and at least the
/// shorter of that and half the life that is left.
const LONGEST_REST: Duration = Duration::from_secs(30);

/// How long a final refusal stands for all who ask.
const REFUSAL_STANDS: Duration = Duration::from_secs(5);

/// How long a service that refuses a token fresh from its authority is not offered another one.
const DISTRUST: Duration = Duration::from_secs(60);

/// A token and which fetch it came from.
#[derive(Debug, Clone)]
pub(crate) struct Bearer {
    pub(crate) token: Token,
    /// The one before it, which the service may still talk of.
    previous: Option<Token>,
    fetch: u64,
}

impl Bearer {
    /// `text` without the tokens.
    pub(crate) fn redact(&self, text: &str) -> String {
        let clean = self.redact_bytes(Bytes::copy_from_slice(text.as_bytes()));
        String::from_utf8_lossy(&clean).into_owned()
    }

    /// `body` without the tokens.
    pub(crate) fn redact_bytes(&self, body: Bytes) -> Bytes {
        let clean = self.token.redact_bytes(body);
        match &self.previous {
            Some(previous) => previous.redact_bytes(clean),
            None => clean,
        }
    }
}

/// The cache in front of a credential.
pub(crate) struct TokenCache {
    credential: Arc<dyn Credential>,
    scope: String,
    state: Mutex<State>,
    /// Held during a fetch.
    turn: tokio::sync::Mutex<()>,
    /// Calls that can do nothing without a token.
    waiters: Waiters,
}

#[derive(Default)]
struct State {
    /// How many fetches have ended, but for renewals that failed.
    fetches: u64,
    /// What the last one gave, unless the service has refused it since.
    last: Option<Result<Token, Failure>>,
    /// The token before that.
    previous: Option<Token>,
    /// When to renew the token; `None` while that is going on, or when nobody knows.
    renew_at: Option<SystemTime>,
    /// When the last fetch ended.
    fetched: Option<Instant>,
    /// Whether the token in force was asked for because the one before it was refused, and has opened
    /// nothing yet.
    is_unproven: bool,
    /// Whether the next one will be.
    was_refused: bool,
}

impl State {
    /// Gives up the current token.
    fn retire(&mut self) {
        if let Some(Ok(token)) = self.last.take() {
            self.previous = Some(token);
        }
    }

    fn bearer(&self, token: &Token) -> Bearer {
        Bearer { token: token.clone(), previous: self.previous.clone(), fetch: self.fetches }
    }

    /// The token in force, unless it is too late to use it.
    fn usable(&self) -> Option<&Token> {
        self.last.as_ref()?.as_ref().ok().filter(|token| !token.is_stale())
    }

    /// Takes in what a fetch gave.
    fn settle(&mut self, result: Result<Token, Failure>) {
        self.retire();
        self.fetches += 1;
        self.renew_at = result.as_ref().ok().and_then(Token::renew_at);
        self.fetched = Some(Instant::now());
        self.is_unproven = std::mem::take(&mut self.was_refused);
        self.last = Some(result);
    }

    /// Whether the last fetch ended less than `time` ago.
    fn is_within(&self, time: Duration) -> bool {
        self.fetched.is_some_and(|at| at.elapsed() < time)
    }

    /// What the authority said no with, a moment ago: it would say the same again.
    fn standing_refusal(&self) -> Option<Failure> {
        let Some(Err(failure)) = &self.last else { return None };
        let is_final =
            matches!(failure, Failure::Authentication(error) if error.error.is_some() && !error.is_transient);
        (is_final && self.is_within(REFUSAL_STANDS)).then(|| failure.clone())
    }

    /// Takes in what a renewal gave, which may fail while the old token serves.
    fn settle_renewal(&mut self, result: Result<Token, Failure>) {
        let Some(expiry) = self.usable().filter(|_| result.is_err()).and_then(Token::expires_on) else {
            return self.settle(result);
        };
        let now = SystemTime::now();
        let left = expiry.duration_since(now).unwrap_or_default();
        self.renew_at = now.checked_add(LONGEST_REST.min(left / 2));
    }
}

/// Why a token is fetched.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Reason {
    /// There is none that could be used.
    Need,
    /// The one in use will expire.
    Renewal,
}

/// A failed fetch, in a form that every waiting call can have a copy of.
#[derive(Clone)]
enum Failure {
    Authentication(AuthenticationError),
    InvalidArgument(Refusal),
    Configuration(Refusal),
}

impl TokenCache {
    pub(crate) fn new(credential: Arc<dyn Credential>, scope: String) -> Self {
        let (state, turn, waiters) = Default::default();
        Self { credential, scope, state, turn, waiters }
    }

    /// The current token, or a new one when there is none or it is about to expire.
    pub(crate) async fn get(self: &Arc<Self>) -> Result<Bearer, Error> {
        if let Some(refusal) = self.lock().standing_refusal() {
            return Err(refusal.into());
        }
        let (bearer, fetches) = self.current();
        match bearer {
            Some(bearer) => Ok(bearer),
            None => self.fetch_after(fetches, Reason::Need).await,
        }
    }

    /// A newer token than `refused`, which the service did not take; `None` when there can be none, or
    /// the service does not even take new ones.
    pub(crate) async fn renew(self: &Arc<Self>, refused: &Bearer) -> Result<Option<Bearer>, Error> {
        if !self.is_renewable() {
            return Ok(None);
        }
        {
            let mut state = self.lock();
            if state.fetches == refused.fetch {
                if state.is_unproven && state.is_within(DISTRUST) {
                    return Ok(None);
                }
                state.was_refused = true;
                state.retire(); // so that calls that start now wait for the new one
            }
        }
        self.fetch_after(refused.fetch, Reason::Need).await.map(Some)
    }

    /// Notes that the service took a token.
    pub(crate) fn accepted(&self, bearer: &Bearer) {
        let mut state = self.lock();
        state.is_unproven &= state.fetches != bearer.fetch;
    }

    /// Whether asking again can give another token.
    pub(crate) fn is_renewable(&self) -> bool {
        self.credential.is_renewable()
    }

    /// The token in force, whose renewal is started here when it is due, and how many fetches there were.
    fn current(self: &Arc<Self>) -> (Option<Bearer>, u64) {
        let mut state = self.lock();
        let fetches = state.fetches;
        let fixed = !self.is_renewable();
        let token = match &state.last {
            Some(Ok(token)) if fixed || !token.is_stale() => token,
            _ => return (None, fetches),
        };
        let bearer = state.bearer(token);
        if !fixed && state.renew_at.take_if(|at| *at <= SystemTime::now()).is_some() {
            let cache = Arc::clone(self);
            // What it comes to is in the state.
            background::spawn(async move { drop(cache.fetch_after(fetches, Reason::Renewal).await) });
        }
        (Some(bearer), fetches)
    }

    /// The result of the first fetch after number `seen`. It runs in a task of its own: a call that is
    /// given up must not take with it the fetch that others wait for.
    async fn fetch_after(self: &Arc<Self>, seen: u64, reason: Reason) -> Result<Bearer, Error> {
        let cache = Arc::clone(self);
        let _waiter = (reason == Reason::Need).then(|| self.waiters.add());
        let task = background::spawn(async move {
            let _turn = cache.turn.lock().await;
            if cache.needs_fetch(seen) {
                let result =
                    cache.credential.fetch(&cache.scope, &cache.waiters).await.map_err(Failure::from);
                let mut state = cache.lock();
                match reason {
                    Reason::Need => state.settle(result),
                    Reason::Renewal => state.settle_renewal(result),
                }
            }
            let state = cache.lock();
            match &state.last {
                Some(Ok(token)) => Ok(state.bearer(token)),
                Some(Err(failure)) => Err(failure.clone().into()),
                None => Err(interrupted()),
            }
        });
        task.await.unwrap_or_else(|_| Err(interrupted()))
    }

    fn needs_fetch(&self, seen: u64) -> bool {
        let state = self.lock();
        state.fetches == seen || state.last.is_none()
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn interrupted() -> Error {
    let error = AuthenticationError::new("fetching the token was interrupted".to_owned(), None);
    Error::Authentication(Box::new(error))
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Authentication(error) => Self::Authentication(*error),
            Error::InvalidArgument(refusal) => Self::InvalidArgument(*refusal),
            Error::Configuration(refusal) => Self::Configuration(*refusal),
            other => Self::Authentication(AuthenticationError::new(other.to_string(), None)),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Authentication(error) => Self::Authentication(Box::new(error)),
            Failure::InvalidArgument(refusal) => Self::InvalidArgument(Box::new(refusal)),
            Failure::Configuration(refusal) => Self::Configuration(Box::new(refusal)),
        }
    }
}

#[cfg(test)]
mod tests;
