//! Injected faults.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Fault, RetryAfter};
use reqwest::Method;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

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
async fn a_fault_that_cannot_be_is_refused_by_its_field() {
    let service = Service::manual().await;
    let refused = [
        (Fault { status: Some(199), ..Fault::default() }, "status"),
        (Fault { status: Some(600), ..Fault::default() }, "status"),
        (Fault { nth: Some(0), ..Fault::default() }, "nth"),
        (Fault { times: Some(0), ..Fault::default() }, "times"),
        (Fault { probability: 1.1, ..Fault::default() }, "probability"),
        (Fault { probability: f64::NAN, ..Fault::default() }, "probability"),
        (Fault { retry_after: Some(RetryAfter::Seconds(-1.0)), ..Fault::default() }, "retry_after"),
        (
            Fault { retry_after: Some(RetryAfter::Header("a\nb".to_owned())), ..Fault::default() },
            "retry_after",
        ),
    ];
    for (fault, field) in refused {
        assert_eq!(service.emulator.inject(fault).unwrap_err().field, field);
    }
    assert_eq!(service.statuses(1).await, [200]);
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
        let request = format!(
            "POST {} HTTP/1.1\r\nHost: h\r\nAuthorization: Bearer {}\r\nContent-Length: {}\r\n\r\n{}",
            qualifications(customer),
            service.token,
            education().to_string().len(),
            education()
        );
        let mut socket = TcpStream::connect(service.address).await.unwrap();
        socket.write_all(request.as_bytes()).await.unwrap();
        let error = socket.read(&mut [0; 16]).await.unwrap_err();
        assert_eq!(error.kind(), std::io::ErrorKind::ConnectionReset);
        assert_eq!(service.emulator.effects().len(), usize::from(after_effect));
        assert_eq!(service.emulator.journal()[0].status, None);
        assert_eq!(service.statuses(1).await, [200]);
    }
}

#[tokio::test]
async fn a_cut_body_breaks_off_under_its_full_length() {
    let service = Service::start(Config { customers: 500.into(), ..Config::default() }).await;
    let whole = service.get("/v1/customers").await;
    for cut in [0, 1, 5, 100_000, whole.body.len() - 1] {
        service.inject(Fault { cut: Some(cut), ..Fault::default() });
        let mut response = service.request(Method::GET, "/v1/customers").send().await.unwrap();
        assert_eq!(
            (response.status().as_u16(), response.content_length()),
            (200, Some(whole.body.len() as u64))
        );
        let mut received = Vec::new();
        let end = loop {
            match response.chunk().await {
                Ok(Some(chunk)) => received.extend_from_slice(&chunk),
                end => break end,
            }
        };
        assert!(end.is_err(), "cut at {cut}");
        assert_eq!(received, whole.body[..cut]);
    }
    service.inject(Fault { cut: Some(whole.body.len()), ..Fault::default() });
    assert_eq!(service.get("/v1/customers").await.body, whole.body);
}

#[tokio::test]
async fn a_body_is_sent_as_it_is_and_keeps_the_status() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    service.inject(Fault { body: Some(b"{\"oops\":".to_vec()), ..Fault::default() });
    let answer = service.post(customer, &education()).await;
    assert_eq!((answer.status.as_u16(), answer.body.as_slice()), (201, b"{\"oops\":".as_slice()));
    assert_eq!(service.emulator.effects().len(), 1);
    let page = b"<p>busy</p>".to_vec();
    service.inject(Fault { status: Some(429), body: Some(page.clone()), ..Fault::default() });
    let answer = service.get("/v1/customers").await;
    assert_eq!(
        (answer.status.as_u16(), &answer.body, answer.header("Content-Type")),
        (429, &page, "text/html")
    );
    assert!(!answer.headers.contains_key("Retry-After"));
}

#[tokio::test]
async fn a_delayed_answer_is_of_a_request_already_carried_out() {
    let service = Service::manual().await;
    service.inject(Fault { delay: Some(Duration::from_secs(60)), ..Fault::default() });
    let late = tokio::spawn(service.posting(service.customer(0), &education()).send());
    while service.emulator.effects().is_empty() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert!(!late.is_finished());
    late.abort();
    service.inject(Fault { delay: Some(Duration::from_millis(20)), ..Fault::default() });
    assert_eq!(service.statuses(1).await, [200]);
}
