//! The throttle, the journal, and the life of the server.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Fault, RetryAfter, Vetting};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::emulator_support::{Answer, BYTE_ORDER_MARK, Service, education, qualifications};

async fn throttled(limit: u32, window: Duration) -> Service {
    let config = Config { customers: 3, requests_per_window: Some(limit), window, ..Config::default() };
    Service::start(config).await
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
async fn the_journal_has_every_request_and_no_token() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let request = service.posting(customer, &education());
    Answer::to(request.header("MS-RequestId", "r1").header("MS-CorrelationId", "c1")).await.unwrap();
    let answer = service.get("/v1/customers?size=1").await;
    let journal = service.emulator.journal();
    let (first, second) = (&journal[0], &journal[1]);
    assert_eq!((first.method.as_str(), first.path.as_str()), ("POST", qualifications(customer).as_str()));
    assert_eq!((first.customer_id, first.status), (Some(customer), Some(201)));
    assert_eq!((first.request_id.as_str(), first.correlation_id.as_str()), ("r1", "c1"));
    assert_eq!((second.path.as_str(), second.customer_id), ("/v1/customers?size=1", None));
    assert_eq!(second.request_id, answer.header("MS-RequestId"));
    assert!(!format!("{journal:?}").contains(&service.token));
    let effect = &service.emulator.effects()[0];
    assert_eq!((effect.customer_id, effect.request_id.as_str()), (customer, "r1"));
    assert_eq!(effect.at, first.at);
}

#[tokio::test]
async fn reset_leads_back_to_the_start() {
    let config =
        Config { customers: 3, requests_per_window: Some(5), vetting: Vetting::Manual, ..Config::default() };
    let service = Service::start(config).await;
    let customers = service.get("/v1/customers").await.body;
    let codes = service.get("/v1/customers/all/validations").await;
    let gcc = json!({"qualification": 3, "validationCode": codes.json()[0]["validationId"]});
    service.post(service.customer(0), &gcc).await;
    service.inject(Fault { status: Some(500), times: None, ..Fault::default() });
    service.emulator.advance(Duration::from_secs(30)).unwrap();
    service.statuses(4).await;
    service.emulator.reset();
    assert!(service.emulator.journal().is_empty() && service.emulator.effects().is_empty());
    assert!((service.emulator.now() - chrono::Utc::now()).num_seconds() < 5);
    assert_eq!(service.get("/v1/customers").await.body, customers);
    assert_eq!(service.get("/v1/customers/all/validations").await.body, codes.body);
    assert_eq!(service.read(service.customer(0)).await, json!([]));
    assert_eq!(service.get("/v1/auditrecords").await.json()["totalCount"], 0);
}

#[tokio::test]
async fn shutdown_waits_for_no_connection() {
    let service = Service::manual().await;
    let address = service.address;
    let mut silent = TcpStream::connect(address).await.unwrap();
    let mut halfway = TcpStream::connect(address).await.unwrap();
    halfway.write_all(b"GET /v1/customers HTTP/1.1\r\nHost: h\r\n").await.unwrap();
    service.statuses(1).await; // leaves an idle connection in the client's pool
    service.inject(Fault { delay: Some(Duration::from_secs(600)), ..Fault::default() });
    let delayed = tokio::spawn(service.request(Method::GET, "/v1/customers").send());
    while service.emulator.journal().len() < 2 {
        tokio::task::yield_now().await;
    }
    let stopped = tokio::time::timeout(Duration::from_secs(30), service.stop());
    stopped.await.expect("a shutdown that waits for nobody");
    assert!(delayed.await.unwrap().is_err());
    assert!(!matches!(silent.read(&mut [0; 1]).await, Ok(1)));
    assert!(!matches!(halfway.read(&mut [0; 1]).await, Ok(1)));
    assert!(TcpStream::connect(address).await.is_err());
}

#[tokio::test]
async fn an_oversized_body_is_refused() {
    let service = Service::manual().await;
    let body = json!({"qualification": "StateOwnedEntity", "website": "x".repeat(70_000)});
    let answer = service.post(service.customer(0), &body).await;
    assert_eq!(answer.refusal(), (400, 800_002));
    assert!(answer.body.starts_with(BYTE_ORDER_MARK));
}
