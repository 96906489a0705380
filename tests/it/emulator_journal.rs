//! What the emulator remembers of the requests it had.

use partnercenter_qual::emulator::QualificationType::Education;
use partnercenter_qual::emulator::VettingStatus::Denied;
use partnercenter_qual::emulator::{Config, Fault, Query, Vetting};
use reqwest::Method;
use serde_json::json;

use crate::emulator_support::{Answer, Service, education, qualifications};

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

/// The numbers of what a query finds.
fn found(service: &Service, query: &Query) -> Vec<u64> {
    service.emulator.find(query).iter().map(|entry| entry.number).collect()
}

#[tokio::test]
async fn requests_are_numbered_and_found() {
    let config = Config { customers: 2.into(), journal_size: 3, ..Config::default() };
    let service = Service::start(config).await;
    let customer = service.customer(1);
    service.statuses(2).await;
    service.read(customer).await;
    service.post(customer, &education()).await;
    service.get("/v1/nothing").await;
    assert_eq!(found(&service, &Query::default()), [3, 4, 5]);
    assert_eq!(found(&service, &Query { customer_id: Some(customer), ..Query::default() }), [3, 4]);
    assert_eq!(found(&service, &Query { status: Some(404), ..Query::default() }), [5]);
    let posts = Query { method: Some("post".to_owned()), after: Some(3), ..Query::default() };
    assert_eq!(found(&service, &posts), [4]);
    assert_eq!(service.emulator.requests(), 5);
    service.emulator.reset();
    service.statuses(1).await;
    assert_eq!((found(&service, &Query::default()), service.emulator.requests()), (vec![1], 1));
}

#[tokio::test]
async fn repeats_of_an_answered_request_are_counted_deduped_or_not() {
    for dedupe in [true, false] {
        let config = Config { dedupe, vetting: Vetting::Manual, ..Config::default() };
        let service = Service::start(config).await;
        let posting = |nth| service.posting(service.customer(nth), &education()).header("MS-RequestId", nth);
        service.inject(Fault { status: Some(503), ..Fault::default() });
        let mut statuses = Vec::new();
        for nth in [0, 0, 1, 0, 0] {
            statuses.push(Answer::to(posting(nth)).await.unwrap().status.as_u16());
        }
        let repeated = if dedupe { 201 } else { 409 };
        assert_eq!(statuses, [503, 201, 201, repeated, repeated]);
        assert_eq!(service.emulator.duplicates(), 2, "the 503 kept the first from its effect");
        let check = service.emulator.checks().no_duplicates;
        assert_eq!((check.passed, check.offenders.len()), (false, 2));
        let path = qualifications(service.customer(0));
        assert!(check.offenders[0].starts_with(&format!("POST {path} at 20")), "{check:?}");
        assert!(check.offenders[0].ends_with("MS-RequestId 0"), "{check:?}");
        service.emulator.reset();
        assert_eq!(service.emulator.duplicates(), 0);
        assert!(service.emulator.checks().no_duplicates.passed);
    }
}

#[tokio::test]
async fn asking_again_is_told_unless_it_follows_a_denial() {
    let service = Service::manual().await;
    let (one, other) = (service.customer(0), service.customer(1));
    for customer in [one, other] {
        service.post(customer, &education()).await;
        service.post(customer, &json!({"qualification": "StateOwnedEntity"})).await;
    }
    service.emulator.decide(one, Education, Denied, None).unwrap();
    assert_eq!(service.post(one, &education()).await.status, 201);
    let check = service.emulator.checks().each_posted_once;
    assert!(check.passed && check.offenders.is_empty(), "{check:?}");
    let posting = service.posting(one, &education()).header("MS-RequestId", "again");
    assert_eq!(Answer::to(posting).await.unwrap().status, 409);
    let check = service.emulator.checks().each_posted_once;
    let latest = &service.emulator.effects()[4].request_id;
    let expected = format!("Education of customer {one}: 2 times, MS-RequestId {latest}, again");
    assert_eq!((check.passed, check.offenders), (false, vec![expected]));
}

#[tokio::test]
async fn who_is_back_too_soon_is_told() {
    let service = Service::start(Config { requests_per_window: Some(1), ..Config::default() }).await;
    assert!(service.emulator.checks().retry_after_respected.passed);
    let path = qualifications(service.customer(0));
    for _ in 0..3 {
        let request = service.request(Method::GET, &path).header("MS-RequestId", "hasty");
        Answer::to(request).await.unwrap();
    }
    let check = service.emulator.checks().retry_after_respected;
    assert_eq!((check.passed, check.offenders.len()), (false, 1));
    let offender = &check.offenders[0];
    assert!(offender.starts_with(&format!("GET {path} at 20")), "{offender}");
    assert!(offender.ends_with("+00:00, MS-RequestId hasty"), "{offender}");
}

#[tokio::test]
async fn of_a_long_target_the_beginning_is_kept() {
    let service = Service::start(Config::default()).await;
    let path = format!("/v1/customers?filter={}", "x".repeat(10_000));
    service.get(&path).await;
    assert_eq!(service.emulator.journal()[0].path, path[..2048]);
}
