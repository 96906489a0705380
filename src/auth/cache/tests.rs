//! The cache in front of a credential that counts.

use super::*;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::auth::TokenFuture;

/// Counts its fetches; every token lives for `life`; the fetches below `failing` fail.
struct Counting {
    fetches: Arc<AtomicU64>,
    life: Option<Duration>,
    failing: u64,
}

impl Credential for Counting {
    fn fetch(&self, scope: &str, _waiters: &Waiters) -> TokenFuture {
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
        failed.iter().all(|error| matches!(error, Error::Authentication(e) if e.aadsts_code == Some(50076)))
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

/// Lets a renewal that was started end.
async fn settled(cache: &Arc<TokenCache>) -> u64 {
    tokio::task::yield_now().await; // so that it takes its turn
    tokio::time::sleep(Duration::from_millis(50)).await;
    drop(cache.turn.lock().await);
    cache.lock().fetches
}

#[tokio::test]
async fn a_token_is_renewed_beside_the_calls_that_use_it() {
    let (cache, fetches) = cache(Some(Duration::from_secs(3600)), 0);
    cache.get().await.unwrap();
    cache.lock().renew_at = Some(SystemTime::now());
    let bearers = all(100, async || cache.get().await.unwrap()).await;
    assert!(bearers.iter().all(|bearer| bearer.fetch == 1), "the old one is used meanwhile");
    assert_eq!(settled(&cache).await, 2);
    assert_eq!(cache.get().await.unwrap().fetch, 2);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_renewal_that_fails_leaves_the_old_token_in_force() {
    let (cache, fetches) = cache(Some(Duration::from_secs(3600)), 0);
    cache.get().await.unwrap();
    let failing: Result<Token, Failure> = Err(interrupted().into());
    cache.lock().settle_renewal(failing.clone());
    assert_eq!(cache.get().await.unwrap().fetch, 1);
    let rest = cache.lock().renew_at.unwrap().duration_since(SystemTime::now()).unwrap();
    assert!(rest > Duration::from_secs(20) && rest <= LONGEST_REST, "{rest:?}");
    assert_eq!(fetches.load(Ordering::SeqCst), 1, "it is left alone for a while");

    cache.lock().retire();
    cache.lock().settle_renewal(failing);
    assert!(matches!(cache.lock().last, Some(Err(_))), "with no token to use, it is the answer");
}

#[tokio::test]
async fn a_refusal_during_a_renewal_waits_for_that_one() {
    let (cache, fetches) = cache(Some(Duration::from_secs(3600)), 0);
    let refused = cache.get().await.unwrap();
    cache.lock().renew_at = Some(SystemTime::now());
    cache.get().await.unwrap();
    tokio::task::yield_now().await;
    assert_eq!(cache.renew(&refused).await.unwrap().unwrap().fetch, 2);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}
