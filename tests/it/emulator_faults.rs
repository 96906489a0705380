//! Injected faults: which requests they befall, and whether those take effect.

use partnercenter_qual::emulator::{Fault, RetryAfter};
use tokio::io::AsyncReadExt;

use crate::emulator_faults_support::{asked_by, request};
use crate::emulator_support::{Answer, Service, education, qualifications};

#[tokio::test]
async fn a_status_comes_with_its_documented_body() {
    let service = Service::manual().await;
    for (status, code) in [(400, 3000), (401, 400), (403, 20_002), (404, 60_003), (500, 800_003)] {
        service.inject(Fault { status: Some(status), ..Fault::default() });
        assert_eq!(service.get("/v1/customers").await.refusal(), (status, code));
    }
    service.inject(Fault { status: Some(409), ..Fault::default() });
    assert_eq!(service.get("/v1/customers").await.json()["isRetryable"], false);
    service.inject(Fault { status: Some(429), ..Fault::default() });
    let answer = service.get("/v1/customers").await;
    assert_eq!((answer.status.as_u16(), answer.header("Retry-After")), (429, "1"));
    for status in [502, 503, 504] {
        service.inject(Fault { status: Some(status), ..Fault::default() });
        let answer = service.get("/v1/customers").await;
        assert_eq!((answer.status.as_u16(), answer.header("Content-Type")), (status, "text/html"));
        assert!(answer.body.starts_with(b"<html>") && !answer.headers.contains_key("Retry-After"));
    }
    assert_eq!(service.statuses(1).await, [200]);
}

#[tokio::test]
async fn retry_after_may_be_any_header_value() {
    let service = Service::manual().await;
    let date = "Wed, 21 Oct 2037 07:28:00 GMT";
    let wait = Some(RetryAfter::Header(date.to_owned()));
    service.inject(Fault { status: Some(429), retry_after: wait, ..Fault::default() });
    assert_eq!(service.get("/v1/customers").await.header("Retry-After"), date);
    let wait = Some(RetryAfter::Seconds(7.0));
    service.inject(Fault { status: Some(429), retry_after: wait, ..Fault::default() });
    let answer = service.get("/v1/customers").await;
    assert_eq!(answer.header("Retry-After"), "7");
    assert!(answer.json()["message"].as_str().unwrap().contains("in 7 seconds"));
}

#[tokio::test]
async fn a_rule_picks_its_requests() {
    let service = Service::manual().await;
    let (one, other) = (service.customer(0), service.customer(1));
    let rule = Fault {
        status: Some(500),
        method: Some("get".to_owned()),
        path: Some("/Qualifications".to_owned()),
        customer_id: Some(one),
        times: None,
        ..Fault::default()
    };
    service.inject(rule);
    assert_eq!(service.get(&qualifications(other)).await.status, 200);
    assert_eq!(service.get(&format!("/v1/customers/{one}")).await.status, 200);
    assert_eq!(service.post(one, &education()).await.status, 201);
    for _ in 0..3 {
        assert_eq!(service.get(&qualifications(one)).await.status, 500);
    }
}

#[tokio::test]
async fn a_rule_fires_as_often_as_it_says() {
    let service = Service::manual().await;
    service.inject(Fault { status: Some(500), times: Some(2), ..Fault::default() });
    assert_eq!(service.statuses(3).await, [500, 500, 200]);
    service.inject(Fault { status: Some(500), nth: Some(1), ..Fault::default() });
    service.inject(Fault { status: Some(502), nth: Some(3), times: None, ..Fault::default() });
    assert_eq!(service.statuses(4).await, [500, 200, 502, 200]);
    service.inject(Fault { status: Some(500), times: None, probability: 0.5, ..Fault::default() });
    let failed = service.statuses(60).await.into_iter().filter(|status| *status == 500).count();
    assert!((10..50).contains(&failed), "{failed} of 60");
    service.emulator.reset();
    service.inject(Fault { status: Some(500), times: None, probability: 0.0, ..Fault::default() });
    assert_eq!(service.statuses(2).await, [200, 200]);
}

#[tokio::test]
async fn a_fault_keeps_the_effect_away_unless_it_comes_after() {
    for after_effect in [false, true] {
        let service = Service::manual().await;
        let customer = service.customer(0);
        service.inject(Fault { status: Some(504), after_effect, ..Fault::default() });
        let posting = || service.posting(customer, &education()).header("MS-RequestId", "lost");
        assert_eq!(Answer::to(posting()).await.unwrap().status, 504);
        assert_eq!(service.emulator.effects().len(), usize::from(after_effect));
        assert_eq!(service.emulator.journal()[0].status, Some(504));
        assert_eq!(Answer::to(posting()).await.unwrap().status, 201);
        assert_eq!(service.emulator.effects().len(), 1);
        assert_eq!(service.emulator.effects()[0].request_id, "lost");
    }
}

#[tokio::test]
async fn a_reset_is_no_answer_at_all() {
    for after_effect in [false, true] {
        let service = Service::manual().await;
        let customer = service.customer(0);
        service.inject(Fault { reset: true, after_effect, ..Fault::default() });
        let request = request(&service, "POST", &qualifications(customer), &education().to_string());
        let mut socket = asked_by(&service, &request).await;
        let error = socket.read(&mut [0; 16]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(service.emulator.effects().len(), usize::from(after_effect));
        assert_eq!(service.emulator.journal()[0].status, None);
        assert_eq!(service.statuses(1).await, [200]);
    }
}
