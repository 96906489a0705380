//! Tokens, and the way to a resource: the front door's refusals.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Emulator, TokenOptions};
use reqwest::Method;
use uuid::Uuid;

use crate::emulator_support::{Answer, Service, education, qualifications};

async fn with_token(service: &Service, token: &str) -> Answer {
    let url = format!("http://{}/v1/customers", service.address);
    let request = service.http.get(url).header("Authorization", format!("Bearer {token}"));
    Answer::to(request).await.unwrap()
}

#[tokio::test]
async fn a_request_without_a_token_is_challenged() {
    let service = Service::manual().await;
    let url = format!("http://{}/v1/customers", service.address);
    let answer = Answer::to(service.http.get(url)).await.unwrap();
    assert_eq!(answer.refusal(), (401, 800_001));
    assert!(answer.header("WWW-Authenticate").starts_with("OAuth realm=urn:cpsvc:cpid:"));
    assert_eq!(answer.json()["source"], "PartnerFD");
}

#[tokio::test]
async fn foreign_nonsensical_and_expired_tokens_are_denied() {
    let service = Service::manual().await;
    let elsewhere = Emulator::new(Config { seed: 99, ..Config::default() });
    let foreign = elsewhere.access_token(&TokenOptions::default());
    for token in [foreign.as_str(), "a.b.c", "nonsense"] {
        assert_eq!(with_token(&service, token).await.refusal(), (401, 400), "{token}");
    }
    assert_eq!(with_token(&service, &service.token).await.status, 200);
    service.emulator.advance(Duration::from_secs(3601)).unwrap();
    assert_eq!(with_token(&service, &service.token).await.refusal(), (401, 400));
    let renewed = service.emulator.access_token(&TokenOptions::default());
    assert_eq!(with_token(&service, &renewed).await.status, 200);
}

#[tokio::test]
async fn a_lifetime_is_counted_on_the_virtual_clock() {
    let service = Service::manual().await;
    let short = TokenOptions { lifetime: Duration::from_secs(1000), ..TokenOptions::default() };
    let token = service.emulator.access_token(&short);
    service.emulator.advance(Duration::from_secs(500)).unwrap();
    assert_eq!(with_token(&service, &token).await.status, 200);
    service.emulator.advance(Duration::from_secs(500)).unwrap();
    assert_eq!(with_token(&service, &token).await.status, 401);
}

#[tokio::test]
async fn the_audience_and_multifactor_authentication_count() {
    let service = Service::manual().await;
    let graph = TokenOptions { audience: "https://graph.windows.net".to_owned(), ..TokenOptions::default() };
    let token = service.emulator.access_token(&graph);
    assert_eq!(with_token(&service, &token).await.refusal(), (401, 900_420));
    let without_mfa = TokenOptions { mfa: false, ..TokenOptions::default() };
    let token = service.emulator.access_token(&without_mfa);
    assert_eq!(with_token(&service, &token).await.refusal(), (401, 900_421));
    let app_only = TokenOptions { app_only: true, mfa: false, ..TokenOptions::default() };
    let token = service.emulator.access_token(&app_only);
    assert_eq!(with_token(&service, &token).await.status, 200);
}

#[tokio::test]
async fn app_only_reads_but_does_not_request() {
    let mut service = Service::manual().await;
    let app_only = TokenOptions { app_only: true, ..TokenOptions::default() };
    service.token = service.emulator.access_token(&app_only);
    let customer = service.customer(0);
    assert_eq!(service.post(customer, &education()).await.refusal(), (403, 900_329));
    assert_eq!(service.read(customer).await, serde_json::json!([]));
    assert!(service.emulator.effects().is_empty());
}

#[tokio::test]
async fn a_malformed_id_and_an_unknown_one_are_told_apart() {
    let service = Service::manual().await;
    for path in ["/v1/customers/not-a-guid/qualifications", "/v1/customers/not-a-guid"] {
        assert_eq!(service.get(path).await.refusal(), (400, 900_118), "{path}");
    }
    let stranger = Uuid::from_u128(1);
    let answer = service.get(&qualifications(stranger)).await;
    assert_eq!(answer.refusal(), (404, 60_003));
    assert_eq!(answer.json()["isRetryable"], false);
    assert_eq!(service.post(stranger, &education()).await.refusal(), (404, 60_003));
    assert_eq!(service.get(&format!("/v1/customers/{stranger}")).await.refusal(), (404, 60_003));
}

#[tokio::test]
async fn paths_are_found_in_any_case_and_nothing_else_is_served() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let shouted = qualifications(customer).to_uppercase();
    assert_eq!(service.get(&shouted).await.status, 200);
    assert_eq!(service.get("/v1/Customers/All/Validations").await.status, 200);
    let retired = format!("/v1/customers/{customer}/qualification");
    for path in [retired.as_str(), "/v1/validationcodes", "/v1//v1/customers", "/customers", "/"] {
        assert_eq!(service.get(path).await.refusal(), (404, 1000), "{path}");
    }
    let put = Answer::to(service.request(Method::PUT, &retired)).await.unwrap();
    assert_eq!(put.refusal(), (404, 1000));
    let delete = Answer::to(service.request(Method::DELETE, &qualifications(customer))).await.unwrap();
    assert_eq!(delete.refusal(), (405, 405));
}
