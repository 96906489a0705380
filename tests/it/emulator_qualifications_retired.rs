//! The pair that was retired in 2021, and the validation code that a customer redeemed.

use partnercenter_qual::emulator::{
    Config,
    QualificationType::Education,
    TokenOptions, Vetting,
    VettingStatus::{Approved, Denied},
    Wire,
};
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator_support::{Answer, Service, education};

async fn served() -> Service {
    let wire = Wire { retired_pair: true, ..Wire::default() };
    Service::start(Config { customers: 5.into(), vetting: Vetting::Manual, wire, ..Config::default() }).await
}

fn path(customer: Uuid) -> String {
    format!("/v1/customers/{customer}/qualification")
}

async fn get(service: &Service, customer: Uuid) -> Value {
    let answer = service.get(&path(customer)).await;
    assert_eq!(answer.status, 200);
    answer.json()
}

async fn put(service: &Service, customer: Uuid, query: &str, body: &Value) -> (u16, Value) {
    let request = service.request(Method::PUT, &(path(customer) + query)).body(body.to_string());
    let answer = Answer::to(request).await.unwrap();
    (answer.status.as_u16(), answer.json())
}

/// The code of which 25 are left.
async fn code(service: &Service) -> String {
    let codes = service.get("/v1/customers/all/validations").await.json();
    codes[0]["validationId"].as_str().unwrap().to_owned()
}

fn denied() -> (u16, Value) {
    (403, json!("Customer tagging denied."))
}

#[tokio::test]
async fn the_pair_is_gone_unless_it_is_switched_on() {
    let service = Service::manual().await;
    for method in [Method::GET, Method::PUT, Method::POST] {
        let answer = Answer::to(service.request(method, &path(service.customer(0)))).await.unwrap();
        assert_eq!(answer.refusal(), (404, 1000));
    }
}

#[tokio::test]
async fn a_bare_string_says_what_the_customer_has() {
    let service = served().await;
    let customer = service.customer(0);
    assert_eq!(get(&service, customer).await, json!("none"));
    assert_eq!(put(&service, customer, "", &json!("education")).await, (200, json!("education")));
    assert_eq!(get(&service, customer).await, json!("education"));
    assert_eq!(service.read(customer).await[0]["vettingStatus"], "InReview");
    service.emulator.decide(customer, Education, Denied, None).unwrap();
    assert_eq!(get(&service, customer).await, json!("none"));
    service.emulator.decide(customer, Education, Approved, None).unwrap();
    assert_eq!(get(&service, customer).await, json!("education"));
}

#[tokio::test]
async fn integers_and_every_spelling_are_taken_and_the_code_is_in_the_query() {
    let service = served().await;
    let query = format!("?code={}", code(&service).await);
    let squashed = json!("governmentcommunitycloud");
    for (nth, body) in
        [json!(3), json!("government_community_cloud"), json!("GovernmentCommunityCloud")].iter().enumerate()
    {
        let customer = service.customer(nth);
        assert_eq!(put(&service, customer, &query, body).await, (200, squashed.clone()), "{body}");
        assert_eq!(get(&service, customer).await, squashed);
    }
    assert_eq!(service.emulator.effects().len(), 3);
    let records = service.get("/v1/auditrecords").await.json();
    assert_eq!(records["items"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn whatever_breaks_a_rule_is_denied_in_the_same_words() {
    let service = served().await;
    let (school, town) = (service.customer(0), service.customer(1));
    let query = format!("?code={}", code(&service).await);
    put(&service, school, "", &json!(1)).await;
    assert_eq!(put(&service, school, "", &json!(1)).await, denied(), "in review");
    assert_eq!(put(&service, school, &query, &json!(3)).await, denied(), "beside Education");
    assert_eq!(put(&service, town, "?code=99999", &json!(3)).await, denied(), "an unknown code");
    for _ in 0..2 {
        service.emulator.decide(school, Education, Denied, None).unwrap();
        assert_eq!(put(&service, school, "", &json!(1)).await.0, 200);
    }
    service.emulator.decide(school, Education, Denied, None).unwrap();
    assert_eq!(put(&service, school, "", &json!(1)).await, denied(), "the fourth time");
    assert_eq!(service.emulator.effects().len(), 3);
}

#[tokio::test]
async fn what_cannot_be_read_is_refused_as_elsewhere() {
    let service = served().await;
    let customer = service.customer(0);
    for (body, code) in [
        (json!(0), 900_126),
        (json!("nonprofit"), 900_126),
        (json!("charity"), 900_126),
        (json!(3), 3000),
        (json!([1]), 800_002),
        (education(), 800_002),
    ] {
        let (status, refusal) = put(&service, customer, "", &body).await;
        assert_eq!((status, &refusal["code"]), (400, &json!(code)), "{body}");
    }
    let (status, refusal) = put(&service, Uuid::from_u128(7), "", &json!(1)).await;
    assert_eq!((status, &refusal["code"]), (404, &json!(60_003)));
    assert!(service.emulator.effects().is_empty());
}

#[tokio::test]
async fn the_pair_has_the_rules_of_callers_and_of_repetition() {
    let mut service = served().await;
    let customer = service.customer(0);
    let putting = || service.request(Method::PUT, &path(customer)).body("1").header("MS-RequestId", "once");
    let first = Answer::to(putting()).await.unwrap();
    assert_eq!((first.status.as_u16(), first.json()), (200, json!("education")));
    assert_eq!(Answer::to(putting()).await.unwrap().body, first.body);
    let posting = service.posting(customer, &education()).header("MS-RequestId", "once");
    assert_eq!(Answer::to(posting).await.unwrap().status, 409, "another resource is another request");
    assert_eq!((service.emulator.effects().len(), service.emulator.duplicates()), (1, 1));
    service.token =
        service.emulator.access_token(&TokenOptions { app_only: true, ..TokenOptions::default() });
    let (status, refusal) = put(&service, service.customer(1), "", &json!(1)).await;
    assert_eq!((status, &refusal["code"]), (403, &json!(900_329)));
    assert_eq!(get(&service, customer).await, json!("education"));
}

#[tokio::test]
async fn the_code_that_a_customer_redeemed_is_remembered() {
    let service = served().await;
    let (town, other) = (service.customer(0), service.customer(1));
    let of = |customer| format!("/v1/customers/{customer}/validations");
    let code = code(&service).await;
    let body = json!({"qualification": "GovernmentCommunityCloud", "validationCode": code});
    assert_eq!(service.get(&of(town)).await.refusal(), (404, 600_904));
    service.post(town, &body).await;
    let known = service.get("/v1/customers/all/validations").await.json()[0].clone();
    let found = service.get(&of(town)).await.json();
    for member in ["partnerId", "validationId", "organizationName", "eTag"] {
        assert_eq!(found[member], known[member], "{member}");
    }
    assert_eq!((&found["customerId"], found.as_object().unwrap().len()), (&json!(town), 5));
    service.post(other, &body).await;
    assert_eq!(service.get(&of(town)).await.json(), found, "whoever redeems it next");
    let none = service.get(&of(service.customer(2))).await;
    assert_eq!((none.status.as_u16(), &none.json()["isRetryable"]), (404, &json!(false)));
}
