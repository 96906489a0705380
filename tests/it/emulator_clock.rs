//! The virtual clock, and what follows it.

use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use partnercenter_qual::emulator::{Config, Fault, RetryAfter, TokenOptions, Vetting};

use crate::emulator_support::{Service, education};

/// The date that an answer carries.
async fn date(service: &Service) -> DateTime<Utc> {
    let answer = service.get("/v1/customers").await;
    DateTime::parse_from_rfc2822(answer.header("Date")).unwrap().to_utc()
}

#[tokio::test]
async fn time_is_real_until_it_is_moved() {
    let service = Service::manual().await;
    assert!(!service.emulator.is_frozen());
    let before = Utc::now();
    let now = service.emulator.now();
    assert!(before <= now && now <= Utc::now());
    service.emulator.advance(Duration::from_secs(3600)).unwrap();
    assert!(date(&service).await >= before + TimeDelta::minutes(59));
}

#[tokio::test]
async fn a_frozen_clock_moves_by_what_it_is_told_alone() {
    let service = Service::manual().await;
    service.emulator.freeze();
    let frozen = service.emulator.now();
    service.statuses(3).await;
    service.emulator.freeze();
    assert!(service.emulator.is_frozen());
    assert_eq!(service.emulator.now(), frozen);
    service.emulator.advance(Duration::from_millis(1500)).unwrap();
    assert_eq!(service.emulator.now(), frozen + TimeDelta::milliseconds(1500));
    let at: Vec<_> = service.emulator.journal().iter().map(|entry| entry.at).collect();
    assert_eq!(at, [frozen; 3]);
    service.emulator.reset();
    assert!(!service.emulator.is_frozen());
}

#[tokio::test]
async fn a_clock_runs_on_from_where_it_was_frozen() {
    let service = Service::manual().await;
    service.emulator.freeze();
    service.emulator.advance(Duration::from_secs(90 * 86_400)).unwrap();
    let frozen = service.emulator.now();
    service.emulator.unfreeze();
    service.emulator.unfreeze();
    assert!(!service.emulator.is_frozen());
    let later = service.emulator.now() - frozen;
    assert!(TimeDelta::zero() <= later && later < TimeDelta::hours(1), "{later}");
}

#[tokio::test]
async fn everything_waits_for_a_frozen_clock() {
    let config = Config {
        customers: 1.into(),
        vetting: Vetting::Seeded,
        requests_per_window: Some(4),
        window: Duration::from_millis(1),
        ..Config::default()
    };
    let service = Service::start(config).await;
    service.emulator.freeze();
    let customer = service.customer(0);
    assert_eq!(service.post(customer, &education()).await.status, 201);
    tokio::time::sleep(Duration::from_millis(5)).await;
    assert_eq!(service.statuses(4).await, [200, 200, 200, 429], "the window is still open");
    service.emulator.advance(Duration::from_secs(1)).unwrap();
    assert_eq!(service.read(customer).await[0]["vettingStatus"], "InReview");
    service.emulator.advance(Duration::from_secs(4 * 86_400)).unwrap();
    assert_eq!(service.statuses(1).await, [401], "the token has expired");
    let mut service = service;
    service.token = service.emulator.access_token(&TokenOptions::default());
    assert_ne!(service.read(customer).await[0]["vettingStatus"], "InReview");
}

#[tokio::test]
async fn a_wait_ends_on_the_virtual_clock() {
    let service = Service::manual().await;
    service.emulator.freeze();
    let wait = Some(RetryAfter::Seconds(1.0));
    service.inject(Fault { status: Some(429), retry_after: wait, ..Fault::default() });
    service.statuses(1).await;
    tokio::time::sleep(Duration::from_millis(60)).await;
    service.statuses(1).await;
    service.emulator.advance(Duration::from_millis(999)).unwrap();
    service.statuses(1).await;
    service.emulator.advance(Duration::from_millis(1)).unwrap();
    service.statuses(1).await;
    let early: Vec<_> = service.emulator.journal().iter().map(|entry| entry.early).collect();
    assert_eq!(early, [false, true, true, false]);
}
