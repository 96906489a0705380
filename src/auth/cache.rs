//! One token for all calls: fetched once however many wait for it, renewed once however many were
//! turned away with it.

use std::sync::{Arc, Mutex, PoisonError};

use super::{Credential, Token};
use crate::error::{AuthenticationError, Error};

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
        String::from_utf8_lossy(&self.redact_bytes(text.into())).into_owned()
    }

    /// `body` without the tokens.
    pub(crate) fn redact_bytes(&self, body: Vec<u8>) -> Vec<u8> {
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
}

#[derive(Default)]
struct State {
    /// How many fetches have ended.
    fetches: u64,
    /// What the last one gave, unless the service has refused it since.
    last: Option<Result<Token, Failure>>,
    /// The token before that.
    previous: Option<Token>,
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
}

/// A failed fetch, in a form that every waiting call can have a copy of.
#[derive(Clone)]
enum Failure {
    Authentication(AuthenticationError),
    InvalidArgument(crate::error::Refusal),
}

impl TokenCache {
    pub(crate) fn new(credential: Arc<dyn Credential>, scope: String) -> Self {
        Self { credential, scope, state: Mutex::default(), turn: tokio::sync::Mutex::default() }
    }

    /// The current token, or a new one when there is none or it is about to expire.
    pub(crate) async fn get(self: &Arc<Self>) -> Result<Bearer, Error> {
        let fetches = {
            let state = self.lock();
            if let Some(Ok(token)) = &state.last
                && !(token.is_stale() && self.credential.is_renewable())
            {
                return Ok(state.bearer(token));
            }
            state.fetches
        };
        self.fetch_after(fetches).await
    }

    /// A newer token than `refused`, which the service did not take; `None` when there can be none.
    pub(crate) async fn renew(self: &Arc<Self>, refused: &Bearer) -> Result<Option<Bearer>, Error> {
        if !self.credential.is_renewable() {
            return Ok(None);
        }
        {
            let mut state = self.lock();
            if state.fetches == refused.fetch {
                state.retire(); // so that calls that start now wait for the new one
            }
        }
        self.fetch_after(refused.fetch).await.map(Some)
    }

    /// The result of the first fetch after number `seen`. It runs in a task of its own: a call that is
    /// given up must not take with it the fetch that others wait for.
    async fn fetch_after(self: &Arc<Self>, seen: u64) -> Result<Bearer, Error> {
        let cache = Arc::clone(self);
        let task = tokio::spawn(async move {
            let _turn = cache.turn.lock().await;
            let needed = {
                let state = cache.lock();
                state.fetches == seen || state.last.is_none()
            };
            if needed {
                let result = cache.credential.fetch(&cache.scope).await.map_err(Failure::from);
                let mut state = cache.lock();
                state.retire();
                state.fetches += 1;
                state.last = Some(result);
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

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
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
            other => Self::Authentication(AuthenticationError::new(other.to_string(), None)),
        }
    }
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Authentication(error) => Self::Authentication(Box::new(error)),
            Failure::InvalidArgument(refusal) => Self::InvalidArgument(Box::new(refusal)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicU64, Ordering};
    use std::time::{Duration, SystemTime};

    use crate::auth::TokenFuture;

    /// Counts its fetches; every token lives for `life`; the fetches below `failing` fail.
    struct Counting {
        fetches: Arc<AtomicU64>,
        life: Option<Duration>,
        failing: u64,
    }

    impl Credential for Counting {
        fn fetch(&self, scope: &str) -> TokenFuture {
            let number = self.fetches.fetch_add(1, Ordering::SeqCst);
            let expires_on = self.life.map(|life| SystemTime::now() + life);
            let failing = number < self.failing;
            let text = format!("{scope}-{number}");
            Box::pin(async move {
                tokio::time::sleep(Duration::from_millis(5)).await;
                if failing {
                    let error = AuthenticationError::new("AADSTS50076: no".to_owned(), None);
                    return Err(Error::Authentication(Box::new(error)));
                }
                Token::new(text, expires_on)
            })
        }
    }

    fn cache(life: Option<Duration>, failing: u64) -> (Arc<TokenCache>, Arc<AtomicU64>) {
        let fetches = Arc::new(AtomicU64::new(0));
        let credential = Counting { fetches: Arc::clone(&fetches), life, failing };
        (Arc::new(TokenCache::new(Arc::new(credential), "s".to_owned())), fetches)
    }

    async fn all<T: Send + 'static>(count: usize, future: impl AsyncFn() -> T) -> Vec<T> {
        futures_util::future::join_all((0..count).map(|_| future())).await
    }

    #[tokio::test]
    async fn a_thousand_calls_share_one_fetch() {
        let (cache, fetches) = cache(None, 0);
        let bearers = all(1000, async || cache.get().await.unwrap()).await;
        assert!(bearers.iter().all(|bearer| bearer.fetch == 1));
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_refused_token_is_renewed_once_for_all() {
        let (cache, fetches) = cache(None, 0);
        let refused = cache.get().await.unwrap();
        let renewed = all(100, async || cache.renew(&refused).await.unwrap().unwrap()).await;
        assert!(renewed.iter().all(|bearer| bearer.fetch == 2));
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_refused_token_is_given_to_nobody_else() {
        let (cache, fetches) = cache(None, 0);
        let refused = cache.get().await.unwrap();
        let (renewed, other) = tokio::join!(cache.renew(&refused), cache.get());
        assert_eq!((renewed.unwrap().unwrap().fetch, other.unwrap().fetch), (2, 2));
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn a_failure_is_shared_too_and_the_next_call_asks_again() {
        let (cache, fetches) = cache(None, 1);
        let failed = all(50, async || cache.get().await.unwrap_err()).await;
        assert!(
            failed
                .iter()
                .all(|error| matches!(error, Error::Authentication(e) if e.aadsts_code == Some(50076)))
        );
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
        assert_eq!(cache.get().await.unwrap().fetch, 2);
    }

    #[tokio::test]
    async fn an_expired_token_is_replaced() {
        let (cache, fetches) = cache(Some(Duration::ZERO), 0);
        cache.get().await.unwrap();
        cache.get().await.unwrap();
        assert_eq!(fetches.load(Ordering::SeqCst), 2);
    }

    #[tokio::test]
    async fn giving_up_a_call_does_not_stop_the_fetch() {
        let (cache, fetches) = cache(None, 0);
        assert!(tokio::time::timeout(Duration::from_millis(1), cache.get()).await.is_err());
        assert_eq!(cache.get().await.unwrap().fetch, 1);
        assert_eq!(fetches.load(Ordering::SeqCst), 1);
    }

    #[tokio::test]
    async fn a_fixed_token_is_not_renewed() {
        let fixed = crate::auth::StaticToken::new("x".to_owned()).unwrap();
        let cache = Arc::new(TokenCache::new(Arc::new(fixed), String::new()));
        let bearer = cache.get().await.unwrap();
        assert!(cache.renew(&bearer).await.unwrap().is_none());
    }
}
