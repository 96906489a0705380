//! What a client and its derivatives share.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use partnercenter_qual::emulator::{Fault, RetryAfter};
use partnercenter_qual::{Client, Options};

use crate::client_support::{api_error, client_with, id};
use crate::emulator_support::Service;

fn with_concurrency(client: &Client, max_concurrency: usize) -> Client {
    client.with_options(Options { max_concurrency, ..client.options().clone() }).unwrap()
}

/// How many of twelve calls are in flight when none is answered.
async fn in_flight(service: &Service, clients: [&Client; 2]) -> usize {
    service.emulator.reset();
    service.inject(Fault { delay: Some(Duration::from_secs(30)), times: None, ..Fault::default() });
    let calls = (0..12).map(|nth| clients[nth % 2].get_qualifications(id(service.customer(nth % 10))));
    let settled = async {
        let mut before = 0;
        loop {
            tokio::time::sleep(Duration::from_millis(100)).await;
            match service.emulator.journal().len() {
                now if now > 0 && now == before => return now,
                now => before = now,
            }
        }
    };
    tokio::select! {
        settled = settled => settled,
        answers = join_all(calls) => panic!("answered: {answers:?}"),
    }
}

#[tokio::test]
async fn a_derived_client_lowers_the_concurrency_but_never_raises_it() {
    let service = Service::manual().await;
    let (whole, _) = client_with(&service, Options { max_concurrency: 6, ..Options::default() }, 0);
    let lower = with_concurrency(&whole, 2);
    let raised = with_concurrency(&lower, 5);
    assert_eq!(in_flight(&service, [&whole, &whole]).await, 6);
    assert_eq!(in_flight(&service, [&lower, &lower]).await, 2);
    assert_eq!(in_flight(&service, [&raised, &raised]).await, 2);
    assert_eq!(in_flight(&service, [&lower, &raised]).await, 2);
    assert_eq!(in_flight(&service, [&with_concurrency(&whole, 50), &whole]).await, 6);
}

#[tokio::test]
async fn token_and_pause_are_shared() {
    let service = Service::manual().await;
    let (client, fetches) = client_with(&service, Options::default(), 0);
    let derived = client.with_options(Options { max_retries: 0, ..client.options().clone() }).unwrap();
    client.get_qualifications(id(service.customer(0))).await.unwrap();
    let wait = Some(RetryAfter::Seconds(100.0));
    service.inject(Fault { status: Some(429), retry_after: wait, ..Fault::default() });
    let error = api_error(derived.get_qualifications(id(service.customer(0))).await);
    assert_eq!((error.status_code, error.context.attempts), (429, 1));
    assert!(client.paused_for().is_some_and(|left| left > Duration::from_secs(90)));
    assert_eq!(fetches.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn the_rate_is_the_clients_whoever_calls() {
    let service = Service::manual().await;
    let (client, _) =
        client_with(&service, Options { requests_per_minute: Some(3), ..Options::default() }, 0);
    let derived = client.with_options(Options { max_retries: 0, ..client.options().clone() }).unwrap();
    let calls = (0..8).map(|nth| [&client, &derived][nth % 2].get_qualifications(id(service.customer(0))));
    let calls = tokio::time::timeout(Duration::from_secs(1), join_all(calls)).await;
    assert!(calls.is_err(), "the fourth call waits for a minute");
    assert_eq!(service.emulator.journal().len(), 3);
}
