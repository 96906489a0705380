//! Qualifications over the wire: their form, the rules of having one, and vetting.

use std::time::Duration;

use partnercenter_qual::emulator::{
    Config,
    QualificationType::Education,
    QualificationType::Nonprofit,
    Vetting, VettingRule,
    VettingStatus::{Approved, Denied, InReview},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator_support::{Answer, BYTE_ORDER_MARK, Service, education, qualifications};

/// Longer than any seeded vetting takes.
const FOUR_DAYS: Duration = Duration::from_secs(4 * 86_400);

fn gcc(code: &Value) -> Value {
    json!({"qualification": "GovernmentCommunityCloud", "validationCode": code})
}

async fn codes(service: &Service) -> Value {
    service.get("/v1/customers/all/validations").await.json()
}

#[tokio::test]
async fn an_answer_has_the_form_and_the_headers_of_the_service() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let request = service
        .request(reqwest::Method::GET, &qualifications(customer))
        .header("MS-RequestId", "2f1b7b0e-0000-4000-8000-000000000001")
        .header("MS-CorrelationId", "2f1b7b0e-0000-4000-8000-000000000002");
    let answer = Answer::to(request).await.unwrap();
    assert_eq!(answer.body, [BYTE_ORDER_MARK, b"[]"].concat());
    assert_eq!(answer.header("Content-Type"), "application/json; charset=utf-8");
    assert_eq!(answer.header("MS-RequestId"), "2f1b7b0e-0000-4000-8000-000000000001");
    assert_eq!(answer.header("MS-CorrelationId"), "2f1b7b0e-0000-4000-8000-000000000002");
    assert!(answer.header("MS-CV").ends_with(".0"));
    assert!(!answer.header("MS-ServerId").is_empty());
    assert!(answer.header("Request-Context").starts_with("appId=cid-v1:"));
    let bare = service.get(&qualifications(customer)).await;
    let made_up: Uuid = bare.header("MS-RequestId").parse().unwrap();
    assert_ne!(made_up, bare.header("MS-CorrelationId").parse::<Uuid>().unwrap());
}

#[tokio::test]
async fn education_is_answered_with_one_object_in_review() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let answer = service.post(customer, &education()).await;
    assert_eq!(answer.status, 201);
    let item = answer.json();
    assert_eq!(item["qualification"], "Education");
    assert_eq!(item["vettingStatus"], "InReview");
    assert_eq!(item.as_object().unwrap().len(), 3, "absent members are left out: {item}");
    let date = item["vettingCreateDate"].as_str().unwrap();
    let fraction = date.split_once('.').unwrap().1;
    assert!(fraction.len() == "1234567+00:00".len() && fraction.ends_with("+00:00"), "{date}");
    assert_eq!(service.read(customer).await, json!([item]));
}

#[tokio::test]
async fn names_are_read_in_every_case_and_spelling() {
    let service = Service::manual().await;
    let bodies = [
        json!({"Qualification": "education", "EducationSegment": "higher_education"}),
        json!({"QUALIFICATION": "EDUCATION", "educationsegment": "k12"}),
        json!({"qualification": 1, "educationSegment": "HigherEducation", "website": null}),
        json!({"qualification": "state_owned_entity"}),
        json!({"qualification": "stateownedentity"}),
    ];
    for (nth, body) in bodies.iter().enumerate() {
        assert_eq!(service.post(service.customer(nth), body).await.status, 201, "{body}");
    }
}

#[tokio::test]
async fn a_request_that_breaks_a_rule_changes_nothing() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let code = codes(&service).await;
    let refused = [
        (json!({"qualification": "Education"}), 3000, "educationSegment"),
        (
            json!({"qualification": "Education", "educationSegment": "Kindergarten"}),
            900_126,
            "educationSegment",
        ),
        (json!({"qualification": "Education", "educationSegment": ["K12"]}), 3000, "educationSegment"),
        (json!({"qualification": "GovernmentCommunityCloud"}), 3000, "validationCode"),
        (json!({"qualification": "None"}), 900_126, "None"),
        (json!({"qualification": "Nonprofit"}), 900_126, "Nonprofit"),
        (json!({"qualification": "Charity"}), 900_126, "Charity"),
        (json!({"educationSegment": "K12"}), 3000, "qualification"),
    ];
    for (body, code, named) in refused {
        let answer = service.post(customer, &body).await;
        assert_eq!(answer.refusal(), (400, code), "{body}");
        assert!(answer.json()["data"].to_string().contains(named), "{body}");
    }
    for body in [json!([]), json!("Education")] {
        assert_eq!(service.post(customer, &body).await.refusal(), (400, 800_002), "{body}");
    }
    let unknown = service.post(customer, &gcc(&json!("99999"))).await;
    assert_eq!((unknown.status.as_u16(), &unknown.json()["isRetryable"]), (409, &json!(false)));
    assert_eq!(service.read(customer).await, json!([]));
    assert_eq!(codes(&service).await, code);
    assert!(service.emulator.effects().is_empty());
}

#[tokio::test]
async fn a_validation_code_is_used_up() {
    let service = Service::manual().await;
    let last = codes(&service).await[2].clone();
    assert_eq!(last["remainingCreates"], 1);
    let customer = service.customer(0);
    let answer = service.post(customer, &gcc(&last["validationId"])).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["vettingStatus"]), (201, &json!("Approved")));
    let used = codes(&service).await[2].clone();
    assert_eq!((&used["remainingCreates"], &used["maxCreates"]), (&json!(0), &json!(1)));
    assert_ne!(used["eTag"], last["eTag"]);
    let again = service.post(service.customer(1), &gcc(&last["validationId"])).await;
    assert_eq!(again.status, 409);
    assert_eq!(service.read(service.customer(1)).await, json!([]));
}

#[tokio::test]
async fn a_validation_code_may_stand_in_the_query_or_be_a_number() {
    let service = Service::manual().await;
    let code = codes(&service).await[0]["validationId"].as_str().unwrap().to_owned();
    let path = format!("{}?Code={code}", qualifications(service.customer(0)));
    let request = service.request(reqwest::Method::POST, &path);
    let body = json!({"qualification": "GovernmentCommunityCloud"}).to_string();
    assert_eq!(Answer::to(request.body(body)).await.unwrap().status, 201);
    let number: u32 = code.parse().unwrap();
    assert_eq!(service.post(service.customer(1), &gcc(&json!(number))).await.status, 201);
}

#[tokio::test]
async fn education_and_gcc_exclude_each_other_and_state_owned_goes_with_either() {
    let service = Service::manual().await;
    let code = codes(&service).await[0]["validationId"].clone();
    let state_owned = json!({"qualification": "StateOwnedEntity"});
    let (school, town) = (service.customer(0), service.customer(1));
    assert_eq!(service.post(school, &education()).await.status, 201);
    let clash = service.post(school, &gcc(&code)).await;
    assert_eq!((clash.status.as_u16(), &clash.json()["isRetryable"]), (409, &json!(false)));
    assert_eq!(service.post(town, &gcc(&code)).await.status, 201);
    assert_eq!(service.post(town, &education()).await.status, 409);
    for customer in [school, town] {
        let answer = service.post(customer, &state_owned).await;
        assert_eq!(answer.json(), state_owned);
        assert_eq!(service.read(customer).await[1], state_owned);
        assert_eq!(service.post(customer, &state_owned).await.status, 409);
    }
    assert_eq!(codes(&service).await[0]["remainingCreates"], 24);
}

#[tokio::test]
async fn what_is_in_review_or_approved_is_not_asked_for_again() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    service.post(customer, &education()).await;
    for status in [InReview, Approved] {
        service.emulator.decide(customer, Education, status, None).unwrap();
        let answer = service.post(customer, &education()).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["isRetryable"]), (409, &json!(false)));
    }
    assert_eq!(service.emulator.effects().len(), 1);
}

#[tokio::test]
async fn after_a_denial_education_may_be_asked_for_until_the_third_time() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    for _ in 0..3 {
        assert_eq!(service.post(customer, &education()).await.status, 201);
        service.emulator.decide(customer, Education, Denied, Some("Not an Academic Domain")).unwrap();
    }
    let answer = service.post(customer, &education()).await;
    assert_eq!(answer.status, 403);
    assert_eq!(answer.json(), json!("Customer tagging denied."));
    let held = service.read(customer).await;
    assert_eq!(held[0]["vettingReason"], "Not an Academic Domain");
    assert_eq!((held.as_array().unwrap().len(), service.emulator.effects().len()), (1, 3));
}

#[tokio::test]
async fn decide_creates_overrules_and_revokes() {
    let service = Service::start(Config { customers: 3.into(), ..Config::default() }).await;
    let customer = service.customer(0);
    service.emulator.decide(customer, Nonprofit, Approved, None).unwrap();
    assert_eq!(service.read(customer).await[0]["qualification"], "Nonprofit");
    let asked = service.post(customer, &education()).await.json();
    service.emulator.decide(customer, Education, Approved, None).unwrap();
    service.emulator.advance(FOUR_DAYS).unwrap();
    let mut service = service;
    service.token = service.emulator.access_token(&partnercenter_qual::emulator::TokenOptions::default());
    assert_eq!(service.read(customer).await[1]["vettingStatus"], "Approved");
    let reason = "No longer an Education Customer";
    service.emulator.decide(customer, Education, Denied, Some(reason)).unwrap();
    let revoked = service.read(customer).await[1].clone();
    assert_eq!((&revoked["vettingStatus"], &revoked["vettingReason"]), (&json!("Denied"), &json!(reason)));
    assert_eq!(revoked["vettingCreateDate"], asked["vettingCreateDate"]);
    let unknown = service.emulator.decide(Uuid::from_u128(1), Education, Denied, None);
    assert_eq!(unknown.unwrap_err().field, "customer_id");
    assert_eq!("Expired".parse::<partnercenter_qual::emulator::VettingStatus>().unwrap_err().field, "status");
}

/// Statuses and reasons of the first `count` customers after requests in the given order.
async fn vetted(order: impl Iterator<Item = usize>, config: Config) -> Vec<(Value, Value)> {
    let mut service = Service::start(config).await;
    for nth in order {
        let customer = service.customer(nth);
        assert_eq!(service.post(customer, &education()).await.status, 201);
        assert_eq!(service.read(customer).await[0]["vettingStatus"], "InReview");
    }
    service.emulator.advance(FOUR_DAYS).unwrap();
    service.token = service.emulator.access_token(&partnercenter_qual::emulator::TokenOptions::default());
    let mut outcomes = Vec::new();
    for customer in service.emulator.customer_ids() {
        let held = service.read(customer).await[0].clone();
        outcomes.push((held["vettingStatus"].clone(), held["vettingReason"].clone()));
    }
    outcomes
}

#[tokio::test]
async fn seeded_vetting_does_not_depend_on_the_order_of_requests() {
    let config = Config { customers: 20.into(), seed: 3, ..Config::default() };
    let there = vetted(0..20, config.clone()).await;
    let back = vetted((0..20).rev(), config.clone()).await;
    assert_eq!(there, back);
    assert_ne!(there, vetted(0..20, Config { seed: 4, ..config }).await);
    assert!(there.iter().any(|(status, reason)| status == "Approved" && reason.is_null()));
    assert!(there.iter().any(|(status, reason)| status == "Denied" && reason.is_string()));
}

#[tokio::test]
async fn immediate_vetting_shows_at_the_next_read() {
    let config = Config { customers: 1.into(), vetting: Vetting::Immediate, ..Config::default() };
    let service = Service::start(config).await;
    let customer = service.customer(0);
    let asked = service.post(customer, &education()).await.json();
    assert_eq!(asked["vettingStatus"], "InReview");
    assert_eq!(service.read(customer).await[0]["vettingStatus"], "Approved");
}

#[tokio::test]
async fn vetting_after_some_seconds_waits_for_the_virtual_clock() {
    let vetting =
        Vetting::Rule(VettingRule { after: Some(Duration::from_secs(1800)), ..VettingRule::default() });
    let service = Service::start(Config { customers: 1.into(), vetting, ..Config::default() }).await;
    let customer = service.customer(0);
    service.post(customer, &education()).await;
    service.emulator.advance(Duration::from_secs(1200)).unwrap();
    assert_eq!(service.read(customer).await[0]["vettingStatus"], "InReview");
    service.emulator.advance(Duration::from_secs(600)).unwrap();
    assert_ne!(service.read(customer).await[0]["vettingStatus"], "InReview");
}

#[tokio::test]
async fn a_repeated_request_id_repeats_the_answer_and_not_the_effect() {
    let service = Service::manual().await;
    let (one, other) = (service.customer(0), service.customer(1));
    let posting = |customer| service.posting(customer, &education()).header("MS-RequestId", "once");
    let first = Answer::to(posting(one)).await.unwrap();
    let again = Answer::to(posting(one)).await.unwrap();
    assert_eq!((again.status, &again.body), (first.status, &first.body));
    assert_eq!((service.emulator.effects().len(), service.emulator.duplicates()), (1, 1));
    let refused = json!({"qualification": "Education"});
    let refusing = |body: &Value| service.posting(other, body).header("MS-RequestId", "twice");
    assert_eq!(Answer::to(refusing(&refused)).await.unwrap().status, 400);
    assert_eq!(Answer::to(refusing(&education())).await.unwrap().status, 400);
}

#[tokio::test]
async fn a_request_id_for_another_customer_is_another_request() {
    let service = Service::manual().await;
    let (one, other) = (service.customer(0), service.customer(1));
    let posting = |customer, body: &Value| service.posting(customer, body).header("MS-RequestId", "once");
    assert_eq!(Answer::to(posting(one, &json!({"qualification": "Gold"}))).await.unwrap().status, 400);
    assert_eq!(Answer::to(posting(other, &education())).await.unwrap().status, 201);
    assert_eq!(Answer::to(posting(one, &education())).await.unwrap().status, 400, "the first answer again");
    let effects = service.emulator.effects();
    assert_eq!(effects.iter().map(|effect| effect.customer_id).collect::<Vec<_>>(), [other]);
    assert_eq!(service.emulator.duplicates(), 1);
}

#[tokio::test]
async fn an_id_that_is_too_long_is_none() {
    let service = Service::manual().await;
    for (length, kept) in [(100, true), (101, false), (4000, false)] {
        let id = "x".repeat(length);
        let posting = service.posting(service.customer(0), &json!({"qualification": "Gold"}));
        let request = posting.header("MS-RequestId", &id).header("MS-CorrelationId", &id);
        let answer = Answer::to(request).await.unwrap();
        for answered in ["MS-RequestId", "MS-CorrelationId"].map(|name| answer.header(name)) {
            assert_eq!((answered == id, answered.parse::<Uuid>().is_ok()), (kept, !kept), "{answered}");
        }
        let entry = service.emulator.journal().pop().unwrap();
        assert_eq!([entry.request_id == id, entry.correlation_id == id], [kept; 2]);
    }
    let state = serde_json::to_value(service.emulator.snapshot()).unwrap();
    assert_eq!(state["state"]["answered"]["answers"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_refusal_repeats_the_beginning_of_what_was_sent() {
    let service = Service::manual().await;
    let long = "ü".repeat(30_000);
    for body in [
        json!({"qualification": long}),
        json!({"qualification": "Education", "educationSegment": long}),
        json!({"qualification": "GovernmentCommunityCloud", "validationCode": long}),
    ] {
        let answer = service.post(service.customer(0), &body).await;
        let text = String::from_utf8(answer.body).unwrap();
        assert!(text.contains("üü") && text.len() < 1000, "{text}");
    }
}

#[tokio::test]
async fn without_dedupe_a_repeated_request_is_a_new_one() {
    let config = Config { customers: 1.into(), vetting: Vetting::Manual, dedupe: false, ..Config::default() };
    let service = Service::start(config).await;
    let posting = || service.posting(service.customer(0), &education()).header("MS-RequestId", "once");
    assert_eq!(Answer::to(posting()).await.unwrap().status, 201);
    assert_eq!(Answer::to(posting()).await.unwrap().status, 409);
}
