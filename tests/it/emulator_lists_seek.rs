//! Seeking through collections: operations, tokens, links, filters.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, NextLink, TokenOptions, Wire};
use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator_lists::filtered;
use crate::emulator_support::{Answer, Service};

async fn tenant(config: Config) -> Service {
    Service::start(Config { customers: 7.into(), ..config }).await
}

async fn with_token(service: &Service, path: &str, token: &str) -> Answer {
    let request = service.request(Method::GET, path).header("MS-ContinuationToken", token);
    Answer::to(request).await.unwrap()
}

/// The token behind the first three customers.
async fn token(service: &Service) -> String {
    let page = service.get("/v1/customers?size=3").await.json();
    page["continuationToken"].as_str().unwrap().to_owned()
}

fn first_id(page: &Value) -> &str {
    page["items"][0]["id"].as_str().unwrap()
}

#[tokio::test]
async fn next_follows_the_token_and_first_ignores_it() {
    let service = tenant(Config::default()).await;
    let (first, fourth) = (service.customer(0).to_string(), service.customer(3).to_string());
    let token = token(&service).await;
    for (seek, expected) in [
        ("", &fourth),
        ("seekOperation=Next", &fourth),
        ("SeekOperation=next", &fourth),
        ("seekOperation=0", &fourth),
        ("seekOperation=First", &first),
        ("seekOperation=2", &first),
    ] {
        let answer = with_token(&service, &format!("/v1/customers?{seek}"), &token).await;
        assert_eq!(first_id(&answer.json()), expected, "{seek}");
    }
    let forged = with_token(&service, "/v1/customers?seekOperation=FIRST", "forged").await;
    assert_eq!(first_id(&forged.json()), first);
    let without = service.get("/v1/customers?seekOperation=Next").await;
    assert_eq!(first_id(&without.json()), first);
}

#[tokio::test]
async fn pages_go_forward_only() {
    let service = tenant(Config::default()).await;
    for (seek, code, named) in [
        ("Previous", 3000, "Previous"),
        ("last", 3000, "Last"),
        ("pageindex", 3000, "PageIndex"),
        ("4", 3000, "PageIndex"),
        ("5", 900_126, "5"),
        ("sideways", 900_126, "sideways"),
    ] {
        for path in ["/v1/customers", "/v1/auditrecords"] {
            let answer = service.get(&format!("{path}?seekOperation={seek}")).await;
            assert_eq!(answer.refusal(), (400, code), "{seek}");
            let data = answer.json()["data"][0].as_str().unwrap().to_owned();
            assert!(data.starts_with("seekOperation: ") && data.contains(named), "{data}");
        }
    }
}

#[tokio::test]
async fn a_token_expires_on_the_virtual_clock() {
    let lifetime = Duration::from_secs(600);
    let config = Config { continuation_token_lifetime: Some(lifetime), ..Config::default() };
    let service = tenant(config).await;
    let token = token(&service).await;
    service.emulator.advance(Duration::from_secs(590)).unwrap();
    assert_eq!(with_token(&service, "/v1/customers", &token).await.status, 200);
    service.emulator.advance(Duration::from_secs(10)).unwrap();
    let expired = with_token(&service, "/v1/customers", &token).await;
    assert_eq!(expired.refusal(), (400, 3000));
    assert_eq!(expired.json()["data"], json!(["MS-ContinuationToken: expired"]));
}

#[tokio::test]
async fn without_a_lifetime_a_token_is_good_for_ever() {
    let mut service = tenant(Config { continuation_token_lifetime: None, ..Config::default() }).await;
    let token = token(&service).await;
    service.emulator.advance(Duration::from_secs(400 * 86_400)).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
    assert_eq!(with_token(&service, "/v1/customers", &token).await.status, 200);
}

#[tokio::test]
async fn a_token_is_good_for_its_own_collection_of_its_own_tenant() {
    let (service, other) =
        (tenant(Config::default()).await, tenant(Config { seed: 1, ..Config::default() }).await);
    let token = token(&service).await;
    for (service, path, token) in [
        (&service, "/v1/auditrecords", token.as_str()),
        (&other, "/v1/customers", token.as_str()),
        (&service, "/v1/customers", &token[1..]),
        (&service, "/v1/customers", ""),
        (&service, "/v1/customers", "Y3VzdG9tZXJzOjM"),
    ] {
        let answer = with_token(service, path, token).await;
        assert_eq!(answer.refusal(), (400, 3000), "{path} {token}");
        let data = answer.json()["data"].to_string();
        assert!(data.contains("MS-ContinuationToken: not one of this collection"), "{data}");
    }
}

#[tokio::test]
async fn links_name_the_version_or_do_not() {
    for (next_link, prefix) in [(NextLink::Version, "/v1"), (NextLink::Plain, "")] {
        let wire = Wire { next_link, ..Wire::default() };
        let service = tenant(Config { wire, ..Config::default() }).await;
        let kept = format!("filter={}", filtered("Domain", "", "starts_with"));
        let page = service.get(&format!("/v1/customers?size=3&{kept}")).await.json();
        let this = format!("{prefix}/customers?size=3&{kept}");
        assert_eq!(page["links"]["self"]["uri"], this);
        assert_eq!(page["links"]["next"]["uri"], format!("{this}&seekOperation=Next"));
        assert_eq!(page["links"]["next"]["headers"][0]["value"], page["continuationToken"]);
    }
}

#[tokio::test]
async fn names_and_domains_are_found_by_their_beginning_or_whole() {
    let service = Service::start(Config { customers: 200.into(), ..Config::default() }).await;
    let everyone = service.get("/v1/customers").await.json()["items"].as_array().unwrap().clone();
    for (field, member) in [("CompanyName", "companyName"), ("domain", "domain")] {
        let text = |item: &Value| item["companyProfile"][member].as_str().unwrap().to_lowercase();
        let whole = text(&everyone[0]);
        let beginning: String = whole.chars().take(4).collect();
        for (operator, value) in [("starts_with", &beginning), ("EQUALS", &whole), ("equals", &beginning)] {
            let filter = filtered(field, &value.to_uppercase(), operator);
            let found = service.get(&format!("/v1/customers?filter={filter}")).await.json();
            let fits = |item: &&Value| match operator {
                "starts_with" => text(item).starts_with(value.as_str()),
                _ => text(item) == *value,
            };
            let expected: Vec<_> = everyone.iter().filter(fits).collect();
            assert_eq!(found["items"].as_array().unwrap().iter().collect::<Vec<_>>(), expected, "{filter}");
            assert_eq!(expected.is_empty(), value == &beginning && operator == "equals");
        }
    }
}
