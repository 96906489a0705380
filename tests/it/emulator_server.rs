//! The life of the server.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Fault, Vetting};
use reqwest::Method;
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::emulator_support::{BYTE_ORDER_MARK, Service};

#[tokio::test]
async fn reset_leads_back_to_the_start() {
    let config = Config {
        customers: 3.into(),
        requests_per_window: Some(5),
        vetting: Vetting::Manual,
        ..Config::default()
    };
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
