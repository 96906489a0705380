//! What injected faults answer.

use std::collections::BTreeMap;

use partnercenter_qual::emulator::{Config, Fault, RetryAfter, read};
use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator_faults_support::{Raw, asked_by, request};
use crate::emulator_support::{Answer, Service, education};

/// The answer to a list of customers that meets this fault.
async fn faulty(service: &Service, fault: Value) -> Answer {
    service.inject(read(&fault).unwrap());
    service.get("/v1/customers").await
}

#[tokio::test]
async fn a_code_brings_its_status_and_body() {
    let service = Service::manual().await;
    for (code, status) in [(900_421, 401), (900_329, 403), (2055, 400), (0, 501), (900_192, 500)] {
        assert_eq!(faulty(&service, json!({"code": code})).await.refusal(), (status, code));
    }
    let answer = faulty(&service, json!({"code": 600_061})).await;
    assert_eq!((answer.refusal(), &answer.json()["isRetryable"]), ((409, 600_061), &json!(false)));
    let answer = faulty(&service, json!({"code": 900_421, "status": 403})).await;
    assert_eq!((answer.refusal(), &answer.json()["source"]), ((403, 900_421), &json!("PartnerFD")));
    assert_eq!(service.statuses(1).await, [200]);
}

#[tokio::test]
async fn a_code_keeps_the_effect_away_and_follows_the_wire_switches() {
    let wire = read(&json!({"error_code": "string", "bom": false})).unwrap();
    let service = Service::start(Config { customers: 3.into(), wire, ..Config::default() }).await;
    service.inject(Fault { code: Some(800_003), ..Fault::default() });
    let answer = service.post(service.customer(0), &education()).await;
    assert_eq!(answer.status, 500);
    let body: Value = serde_json::from_slice(&answer.body).unwrap();
    assert_eq!(body["code"], "800003");
    assert!(service.emulator.effects().is_empty());
}

#[tokio::test]
async fn a_body_is_sent_as_it_is_and_keeps_the_status() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    service.inject(Fault { body: Some("{\"oops\":".into()), ..Fault::default() });
    let answer = service.post(customer, &education()).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (201, b"{\"oops\":".as_slice()));
    assert_eq!(service.emulator.effects().len(), 1);
    let answer = faulty(&service, json!({"status": 429, "body": "<p>busy</p>"})).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (429, b"<p>busy</p>".as_slice()));
    assert_eq!(answer.header("Content-Type"), "text/html");
    assert!(!answer.headers.contains_key("Retry-After"));
}

#[tokio::test]
async fn a_body_may_be_json_bytes_or_nothing() {
    let service = Service::manual().await;
    for (fault, body) in [
        (json!({"body": {"code": 1e-7, "many": 123_456_789_012_345_678_901_234_567_890_u128}}), None),
        (json!({"body": {}}), None),
        (json!({"body": false}), None),
        (json!({"body": []}), None),
        (json!({"body": ""}), Some(b"".as_slice())),
        (json!({"body_base64": "AP/+"}), Some(b"\x00\xff\xfe".as_slice())),
    ] {
        let expected = body.map_or_else(|| fault["body"].to_string().into_bytes(), <[u8]>::to_vec);
        let answer = faulty(&service, fault).await;
        assert_eq!((answer.status.as_u16(), answer.body), (200, expected));
    }
}

#[tokio::test]
async fn headers_are_added_or_replaced_and_a_redirect_leads_elsewhere() {
    let service = Service::manual().await;
    let headers =
        json!({"Location": "http://elsewhere.invalid/v1", "content-type": "text/odd", "MS-CV": "x"});
    service.inject(read(&json!({"status": 307, "headers": headers})).unwrap());
    let raw = Raw::of(asked_by(&service, &request(&service, "GET", "/v1/customers", "")).await).await;
    assert!(raw.head.starts_with("http/1.1 307 "), "{}", raw.head);
    for line in ["location: http://elsewhere.invalid/v1\r\n", "content-type: text/odd\r\n", "ms-cv: x\r\n"] {
        assert_eq!(raw.head.matches(line).count(), 1, "{}", raw.head);
    }
    assert_eq!(raw.head.matches("content-type").count(), 1);
}

#[tokio::test]
async fn a_retry_after_among_the_headers_is_a_wait_too() {
    let service = Service::manual().await;
    let headers = BTreeMap::from([("Retry-After".to_owned(), "60".to_owned())]);
    service.inject(Fault { headers, ..Fault::default() });
    let again = || service.request(Method::GET, "/v1/customers").header("MS-RequestId", "again");
    assert_eq!(Answer::to(again()).await.unwrap().header("Retry-After"), "60");
    Answer::to(again()).await.unwrap();
    assert!(service.emulator.journal()[1].early);
}

#[tokio::test]
async fn a_retry_after_may_be_added_to_any_answer() {
    let service = Service::manual().await;
    let fault = Fault { retry_after: Some(RetryAfter::Seconds(3.0)), ..Fault::default() };
    service.inject(fault);
    let answer = service.get("/v1/customers").await;
    assert_eq!((answer.status.as_u16(), answer.header("Retry-After")), (200, "3"));
}

#[tokio::test]
async fn blanks_fill_a_body_up_and_leave_its_json_alone() {
    let service = Service::manual().await;
    let whole = service.get("/v1/customers").await.json();
    for size in [50_000, 3_000_000] {
        let answer = faulty(&service, json!({"size": size})).await;
        assert_eq!((answer.body.len(), answer.json()), (size, whole.clone()));
        assert_eq!(answer.header("Content-Length"), size.to_string());
    }
    let answer = faulty(&service, json!({"size": 10})).await;
    assert_eq!(answer.json(), whole, "what is longer stays as it is");
    let answer = faulty(&service, json!({"code": 3000, "size": 70_000})).await;
    assert_eq!((answer.refusal(), answer.body.len()), ((400, 3000), 70_000));
}

#[tokio::test]
async fn where_there_is_no_body_there_is_none() {
    let service = Service::manual().await;
    for status in [204, 304] {
        let answer = faulty(&service, json!({"status": status})).await;
        assert_eq!((answer.status.as_u16(), answer.body.len()), (status, 0));
    }
    for fault in [json!({"size": 4096}), json!({"gzip_size": 4096}), json!({"cut": 1}), json!({"code": 3000})]
    {
        service.inject(read(&fault).unwrap());
        let head = request(&service, "HEAD", "/v1/customers", "");
        let last = head.replace("Host: h", "Host: h\r\nConnection: close");
        let raw = Raw::of(asked_by(&service, &last).await).await;
        assert!(raw.content_length() > 0 && raw.body.is_empty(), "{fault}: {:?}", raw.body);
    }
}

#[tokio::test]
async fn faults_befall_entra_by_its_path() {
    let service = Service::manual().await;
    let fault = json!({"path": "/oauth2/", "code": 900_192, "headers": {"X-Odd": "1"}, "size": 999});
    service.inject(read(&fault).unwrap());
    let path = format!("/{}/oauth2/token", service.emulator.tenant_id());
    let answer = service.get(&path).await;
    assert_eq!((answer.status.as_u16(), answer.body.len(), answer.header("X-Odd")), (500, 999, "1"));
}
