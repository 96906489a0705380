//! The switches of every body: the byte order mark, and the codes of errors; and the methods that
//! resources take.

use partnercenter_qual::emulator::{Config, ErrorCode, Fault, Wire};
use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator_support::{Answer, BYTE_ORDER_MARK, Service, education, qualifications};

async fn served(wire: Wire) -> Service {
    Service::start(Config { customers: 3.into(), wire, ..Config::default() }).await
}

/// Answers of every kind: lists, objects, refusals of the front door and of the customers service, a
/// status that was injected.
async fn answers(service: &Service) -> Vec<Answer> {
    let mut answers = Vec::new();
    for path in ["/v1/customers", "/v1/customers/all/validations", "/v1/auditrecords", "/v1/nowhere"] {
        answers.push(service.get(path).await);
    }
    answers.push(service.get(&qualifications(service.customer(0))).await);
    answers.push(service.get("/v1/customers/11111111-0000-4000-8000-000000000000").await);
    answers.push(service.post(service.customer(1), &education()).await);
    answers.push(service.post(service.customer(1), &education()).await);
    for status in [403, 409, 500] {
        service.inject(Fault { status: Some(status), ..Fault::default() });
        answers.push(service.get("/v1/customers").await);
    }
    answers.push(
        Answer::to(service.http.get(format!("http://{}/v1/customers", service.address))).await.unwrap(),
    );
    answers
}

#[tokio::test]
async fn all_json_starts_with_a_byte_order_mark_or_none_does() {
    let (mut statuses, mut others) = (Vec::new(), Vec::new());
    for answer in answers(&served(Wire::default()).await).await {
        assert!(answer.body.starts_with(BYTE_ORDER_MARK), "{}", answer.status);
        statuses.push(answer.status.as_u16());
    }
    for answer in answers(&served(Wire { bom: false, ..Wire::default() }).await).await {
        assert!(serde_json::from_slice::<Value>(&answer.body).is_ok(), "{}", answer.status);
        others.push(answer.status.as_u16());
    }
    assert_eq!(statuses, [200, 200, 200, 404, 200, 404, 201, 409, 403, 409, 500, 401]);
    assert_eq!(others, statuses);
}

#[tokio::test]
async fn codes_of_errors_are_numbers_or_strings() {
    let numbers = answers(&served(Wire::default()).await).await;
    let strings = answers(&served(Wire { error_code: ErrorCode::String, ..Wire::default() }).await).await;
    let mut codes = Vec::new();
    for (number, string) in numbers.iter().zip(&strings).filter(|(number, _)| !number.status.is_success()) {
        let (mut number, string) = (number.json(), string.json());
        let code = number["code"].as_u64().unwrap();
        number["code"] = json!(code.to_string());
        // Some name the customer, and the two tenants are the same.
        assert_eq!(number, string);
        codes.push(code);
    }
    assert_eq!(codes, [1000, 60_003, 600_901, 20_002, 600_901, 800_003, 800_001]);
}

#[tokio::test]
async fn bodies_without_a_code_stay_as_they_are() {
    let wire = Wire { error_code: ErrorCode::String, ..Wire::default() };
    let config = Config { requests_per_window: Some(1), wire, ..Config::default() };
    let service = Service::start(config).await;
    service.get("/v1/customers").await;
    assert_eq!(service.get("/v1/customers").await.json()["statusCode"], 429);
    let service = served(Wire { retired_pair: true, ..wire }).await;
    let path = format!("/v1/customers/{}/qualification", service.customer(0));
    for body in ["\"education\"", "\"stateownedentity\"", "4"] {
        Answer::to(service.request(Method::PUT, &path).body(body)).await.unwrap();
    }
    let refused = Answer::to(service.request(Method::PUT, &path).body("4")).await.unwrap();
    assert_eq!((refused.status.as_u16(), refused.json()), (403, json!("Customer tagging denied.")));
}

#[tokio::test]
async fn entra_has_no_switches() {
    let token = |service: &Service| {
        let url = format!("http://{}/common/oauth2/v2.0/token", service.address);
        service.http.post(url).body("grant_type=nonsense")
    };
    let mut bodies = Vec::new();
    for wire in [Wire::default(), Wire { bom: false, error_code: ErrorCode::String, ..Wire::default() }] {
        let answer = Answer::to(token(&served(wire).await)).await.unwrap();
        let body: Value = serde_json::from_slice(&answer.body).unwrap();
        assert!(body["error_codes"][0].is_number(), "{body}");
        bodies.push(body["error_codes"].clone());
    }
    assert_eq!(bodies[0], bodies[1]);
}

#[tokio::test]
async fn another_method_is_told_which_to_use() {
    let service = served(Wire { retired_pair: true, ..Wire::default() }).await;
    let customer = service.customer(0);
    let of_customer = |rest| format!("/v1/customers/{customer}{rest}");
    for (method, path, allow) in [
        (Method::POST, "/v1/customers".to_owned(), "GET, HEAD"),
        (Method::DELETE, of_customer(""), "GET, HEAD"),
        (Method::PATCH, of_customer("/qualifications"), "GET, HEAD, POST"),
        (Method::POST, of_customer("/qualification"), "GET, HEAD, PUT"),
        (Method::PUT, of_customer("/validations"), "GET, HEAD"),
        (Method::OPTIONS, "/v1/customers/all/validations".to_owned(), "GET, HEAD"),
        (Method::POST, "/v1/auditrecords".to_owned(), "GET, HEAD"),
    ] {
        let answer = Answer::to(service.request(method, &path)).await.unwrap();
        assert_eq!((answer.refusal(), answer.header("Allow")), ((405, 405), allow), "{path}");
        assert_eq!(answer.json()["source"], "PartnerFD");
    }
    assert_eq!(service.get("/v1/customers").await.header("Allow"), "");
}

#[tokio::test]
async fn head_is_get_without_a_body() {
    let service = served(Wire::default()).await;
    for path in [qualifications(service.customer(0)), "/v1/customers".to_owned(), "/v1/nowhere".to_owned()] {
        let (get, head) = (service.get(&path).await, service.request(Method::HEAD, &path));
        let head = Answer::to(head).await.unwrap();
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("Content-Length"), get.body.len().to_string(), "{path}");
    }
    assert_eq!(service.emulator.journal()[1].method, "HEAD");
}

#[tokio::test]
async fn a_slash_at_the_end_makes_no_difference() {
    let service = served(Wire::default()).await;
    let customer = service.customer(0);
    for path in ["/v1/customers".to_owned(), format!("/v1/customers/{customer}"), qualifications(customer)] {
        let (without, with) = (service.get(&path).await, service.get(&format!("{path}/")).await);
        assert_eq!((with.status.as_u16(), with.body), (200, without.body), "{path}");
    }
    let request = service.request(Method::POST, &format!("{}/", qualifications(customer)));
    assert_eq!(Answer::to(request.body(education().to_string())).await.unwrap().status, 201);
}
