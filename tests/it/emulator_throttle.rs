//! The limits on requests, and the waits that go with them.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Fault, RetryAfter, Throttle};
use reqwest::Method;
use serde_json::json;

use crate::emulator_support::{Answer, Service, education, qualifications};

async fn throttled(limit: u32, window: Duration) -> Service {
    let config =
        Config { customers: 3.into(), requests_per_window: Some(limit), window, ..Config::default() };
    Service::start(config).await
}

/// Limits of the partner and of each customer over a minute.
async fn both(throttle: Throttle, partner: Option<u32>, customer: u32) -> Service {
    let config = Config {
        customers: 3.into(),
        throttle,
        requests_per_window: partner,
        customer_requests_per_window: Some(customer),
        ..Config::default()
    };
    let service = Service::start(config).await;
    service.emulator.freeze();
    service
}

impl Service {
    /// The status and the Retry-After of reading a customer's qualifications.
    async fn visit(&self, customer: usize) -> (u16, String) {
        let answer = self.get(&qualifications(self.customer(customer))).await;
        (answer.status.as_u16(), answer.header("Retry-After").to_owned())
    }

    fn early(&self) -> Vec<bool> {
        self.emulator.journal().iter().map(|entry| entry.early).collect()
    }
}

fn passed() -> (u16, String) {
    (200, String::new())
}

fn refused(seconds: u64) -> (u16, String) {
    (429, seconds.to_string())
}

#[tokio::test]
async fn over_the_limit_the_gateway_says_when_to_come_back() {
    let service = throttled(2, Duration::from_secs(60)).await;
    assert_eq!(service.statuses(3).await, [200, 200, 429]);
    let answer = service.get("/v1/customers").await;
    let seconds: u64 = answer.header("Retry-After").parse().unwrap();
    assert!((1..=60).contains(&seconds), "{seconds}");
    let message = format!("Rate limit is exceeded. Try again in {seconds} seconds.");
    assert_eq!(answer.json(), json!({"statusCode": 429, "message": message}));
    service.emulator.advance(Duration::from_secs(seconds)).unwrap();
    assert_eq!(service.statuses(3).await, [200, 200, 429]);
}

#[tokio::test]
async fn who_is_back_too_soon_is_marked_early() {
    let service = throttled(1, Duration::from_secs(60)).await;
    assert_eq!(service.statuses(2).await, [200, 429]);
    tokio::time::sleep(Duration::from_millis(60)).await;
    service.statuses(1).await;
    service.emulator.advance(Duration::from_secs(61)).unwrap();
    service.statuses(1).await;
    let journal = service.emulator.journal();
    let early: Vec<_> = journal.iter().map(|entry| entry.early).collect();
    assert_eq!(early, [false, false, true, false]);
    assert!(journal.is_sorted_by_key(|entry| entry.at));
}

#[tokio::test]
async fn who_moves_the_clock_is_back_too_soon_without_grace() {
    let service = throttled(1, Duration::from_secs(30)).await;
    service.emulator.freeze();
    assert_eq!(service.statuses(2).await, [200, 429]);
    service.emulator.advance(Duration::from_secs(1)).unwrap();
    service.statuses(1).await;
    service.emulator.advance(Duration::from_secs(29)).unwrap();
    service.statuses(1).await;
    assert_eq!(service.early(), [false, false, true, false]);
}

#[tokio::test]
async fn an_injected_wait_counts_for_everyone() {
    let service = Service::manual().await;
    let wait = Fault { status: Some(503), retry_after: Some(RetryAfter::Seconds(1.2)), ..Fault::default() };
    service.inject(wait);
    assert_eq!(service.get("/v1/customers").await.header("Retry-After"), "2");
    tokio::time::sleep(Duration::from_millis(60)).await;
    service.read(service.customer(0)).await;
    service.emulator.advance(Duration::from_secs(2)).unwrap();
    service.read(service.customer(0)).await;
    let early: Vec<_> = service.emulator.journal().iter().map(|entry| entry.early).collect();
    assert_eq!(early, [false, true, false]);
}

#[tokio::test]
async fn a_wait_in_an_answer_held_back_counts_from_when_it_is_told() {
    let service = Service::manual().await;
    service.inject(Fault {
        status: Some(429),
        delay: Some(Duration::from_millis(300)),
        retry_after: Some(RetryAfter::Seconds(60.0)),
        ..Fault::default()
    });
    let told = tokio::spawn(service.request(Method::GET, "/v1/customers").send());
    while service.emulator.journal().is_empty() {
        tokio::task::yield_now().await;
    }
    tokio::time::sleep(Duration::from_millis(60)).await;
    service.statuses(1).await;
    assert_eq!(told.await.unwrap().unwrap().status(), 429);
    tokio::time::sleep(Duration::from_millis(60)).await;
    service.statuses(1).await;
    let early: Vec<_> = service.emulator.journal().iter().map(|entry| entry.early).collect();
    assert_eq!(early, [false, false, true]);
}

#[tokio::test]
async fn a_bucket_gives_a_token_at_a_time() {
    let config = Config { requests_per_window: Some(3), throttle: Throttle::Bucket, ..Config::default() };
    let service = Service::start(config).await;
    service.emulator.freeze();
    assert_eq!(service.statuses(4).await, [200, 200, 200, 429]);
    assert_eq!(service.visit(0).await, refused(20));
    service.emulator.advance(Duration::from_secs(20)).unwrap();
    assert_eq!(service.statuses(2).await, [200, 429]);
    service.emulator.advance(Duration::from_secs(60)).unwrap();
    assert_eq!(service.statuses(4).await, [200, 200, 200, 429]);
}

#[tokio::test]
async fn each_customer_has_a_limit_of_its_own() {
    for throttle in [Throttle::Window, Throttle::Bucket] {
        let service = both(throttle, None, 1).await;
        assert_eq!(service.visit(0).await, passed());
        assert_eq!(service.visit(1).await, passed());
        assert_eq!(service.visit(0).await, refused(60));
        assert_eq!(service.post(service.customer(1), &education()).await.status, 429);
        assert_eq!(service.statuses(3).await, [200, 200, 200], "the list is about no customer");
        service.emulator.advance(Duration::from_secs(60)).unwrap();
        assert_eq!(service.visit(0).await, passed());
    }
}

#[tokio::test]
async fn what_a_customers_limit_refuses_uses_up_the_partners() {
    let service = both(Throttle::Window, Some(3), 1).await;
    assert_eq!(service.visit(0).await, passed());
    assert_eq!(service.visit(0).await, refused(60));
    assert_eq!(service.visit(1).await, passed());
    assert_eq!(service.visit(2).await, refused(60));
}

#[tokio::test]
async fn a_customers_wait_binds_requests_about_that_customer() {
    let service = both(Throttle::Window, None, 1).await;
    assert_eq!((service.visit(0).await, service.visit(0).await), (passed(), refused(60)));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!((service.visit(1).await, service.visit(0).await), (passed(), refused(60)));
    assert_eq!(service.statuses(1).await, [200]);
    service.emulator.advance(Duration::from_secs(60)).unwrap();
    assert_eq!(service.visit(0).await, passed());
    assert_eq!(service.early(), [false, false, false, true, false, false]);
}

#[tokio::test]
async fn the_partners_wait_binds_every_request() {
    let service = both(Throttle::Window, Some(1), 5).await;
    assert_eq!((service.visit(0).await, service.visit(0).await), (passed(), refused(60)));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!((service.visit(1).await, service.statuses(1).await), (refused(60), vec![429]));
    assert_eq!(service.early(), [false, false, true, true]);
}

#[tokio::test]
async fn a_customers_refusal_that_is_only_delayed_still_binds_that_customer_alone() {
    let service = both(Throttle::Window, None, 1).await;
    assert_eq!(service.visit(0).await, passed());
    service.inject(Fault { delay: Some(Duration::from_millis(1)), ..Fault::default() });
    assert_eq!(service.visit(0).await, refused(60));
    let wait = Some(RetryAfter::Seconds(7.0));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(service.visit(1).await, passed());
    service.inject(Fault { status: Some(503), retry_after: wait, ..Fault::default() });
    assert_eq!(service.visit(0).await, (503, "7".to_owned()));
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(service.visit(2).await, passed());
    assert_eq!(service.early(), [false, false, false, true, true], "an injected wait binds everyone");
}

#[tokio::test]
async fn tokens_are_asked_for_without_a_limit() {
    let service = both(Throttle::Window, Some(1), 1).await;
    assert_eq!(service.statuses(2).await, [200, 429]);
    let url = format!("http://{}/{}/oauth2/v2.0/token", service.address, service.emulator.tenant_id());
    for _ in 0..3 {
        let answer = Answer::to(service.http.post(&url).body("grant_type=none")).await.unwrap();
        assert_eq!(answer.status, 400);
    }
}
