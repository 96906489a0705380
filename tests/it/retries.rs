//! What is sent again, when, and what never twice.

use std::sync::atomic::Ordering;
use std::time::Duration;

use futures_util::future::join_all;
use partnercenter_qual::emulator::{
    Config, Fault, JournalEntry, QualificationType, RetryAfter, Vetting, VettingStatus,
};
use partnercenter_qual::model::VettingStatus as Status;
use partnercenter_qual::{Error, Options};

use crate::client_support::{api_error, client, client_with, education, id};
use crate::emulator_support::Service;

/// An emulator that takes every POST for a new one, so that only the client prevents a second effect.
async fn forgetful() -> Service {
    let config =
        Config { customers: 10.into(), vetting: Vetting::Manual, dedupe: false, ..Config::default() };
    Service::start(config).await
}

/// The ways to lose the answer to a request.
fn losses() -> [Fault; 6] {
    let of = |status| Fault { status: Some(status), ..Fault::default() };
    let cut = |bytes| Fault { cut: Some(bytes), ..Fault::default() };
    [Fault { reset: true, ..Fault::default() }, of(500), of(504), of(408), cut(0), cut(20)]
}

fn on_post(fault: Fault) -> Fault {
    Fault { method: Some("POST".to_owned()), after_effect: true, ..fault }
}

fn methods(journal: &[JournalEntry]) -> Vec<&str> {
    journal.iter().map(|entry| entry.method.as_str()).collect()
}

#[tokio::test]
async fn a_passing_fault_costs_a_read_nothing_but_time() {
    let tried = losses().map(|fault| async move {
        let service = Service::manual().await;
        service.inject(fault.clone());
        let read = client(&service).get_customer(id(service.customer(0))).await;
        read.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        let journal = service.emulator.journal();
        assert_eq!(methods(&journal), ["GET", "GET"], "{fault:?}");
        assert_eq!(journal[0].request_id, journal[1].request_id);
        assert_eq!(journal[0].correlation_id, journal[1].correlation_id);
    });
    join_all(tried).await;
}

#[tokio::test]
async fn a_lost_answer_is_looked_for_and_not_asked_for_again() {
    let nonsense = Fault { body: Some("<html>".into()), ..Fault::default() };
    let tried = losses().into_iter().chain([nonsense]).map(|fault| async move {
        let service = forgetful().await;
        service.inject(on_post(fault.clone()));
        let asked = client(&service).update_qualification(id(service.customer(0)), &education(), None).await;
        let asked = asked.unwrap_or_else(|error| panic!("{fault:?}: {error}"));
        assert_eq!(asked.vetting_status, Some(Status::InReview));
        let journal = service.emulator.journal();
        assert_eq!(methods(&journal), ["POST", "GET"], "{fault:?}");
        assert_eq!(journal[0].correlation_id, journal[1].correlation_id);
        assert_ne!(journal[0].request_id, journal[1].request_id);
        assert_eq!(service.emulator.effects().len(), 1);
    });
    join_all(tried).await;
}

#[tokio::test]
async fn a_request_that_never_arrived_is_sent_again_under_the_same_id() {
    let lost = [Fault { reset: true, ..Fault::default() }, Fault { status: Some(503), ..Fault::default() }];
    let tried = lost.map(|fault| async move {
        let service = forgetful().await;
        service.inject(Fault { after_effect: false, ..on_post(fault.clone()) });
        let (client, school) = (client(&service), id(service.customer(0)));
        client.update_qualification(school, &education(), None).await.unwrap();
        let journal = service.emulator.journal();
        assert_eq!(methods(&journal), ["POST", "GET", "POST"], "{fault:?}");
        assert_eq!(journal[0].request_id, journal[2].request_id);
        assert_eq!(service.emulator.effects().len(), 1);
    });
    join_all(tried).await;
}

#[tokio::test]
async fn a_slow_answer_counts_as_lost() {
    let service = forgetful().await;
    service.inject(on_post(Fault { delay: Some(Duration::from_secs(20)), ..Fault::default() }));
    let options = Options { timeout: Duration::from_millis(500), max_retries: 0, ..Options::default() };
    let (client, _) = client_with(&service, options, 0);
    client.update_qualification(id(service.customer(0)), &education(), None).await.unwrap();
    assert_eq!(methods(&service.emulator.journal()), ["POST", "GET"]);
    service.inject(Fault { delay: Some(Duration::from_secs(20)), ..Fault::default() });
    let error = client.get_qualifications(id(service.customer(0))).await.unwrap_err();
    assert!(matches!(&error, Error::Transport(error) if error.timed_out), "{error}");
}

#[tokio::test]
async fn without_a_look_nothing_is_sent_again() {
    let service = forgetful().await;
    service.inject(on_post(Fault { status: Some(500), ..Fault::default() }));
    service.inject(Fault { status: Some(403), method: Some("GET".to_owned()), ..Fault::default() });
    let asked = client(&service).update_qualification(id(service.customer(0)), &education(), None).await;
    let error = api_error(asked);
    assert_eq!((error.status_code, error.fate_unknown, error.context.attempts), (500, true, 1));
    assert!(error.to_string().contains("unknown"), "{error}");
    assert_eq!(methods(&service.emulator.journal()), ["POST", "GET"]);
}

#[tokio::test]
async fn an_earlier_denial_is_not_the_answer_to_a_new_request() {
    let service = forgetful().await;
    let (client, school) = (client(&service), id(service.customer(0)));
    client.update_qualification(school, &education(), None).await.unwrap();
    let denied = VettingStatus::Denied;
    service.emulator.decide(service.customer(0), QualificationType::Education, denied, None).unwrap();
    service.emulator.advance(Duration::from_secs(60)).unwrap(); // dates are told to the second
    service.inject(Fault { after_effect: false, ..on_post(Fault { reset: true, ..Fault::default() }) });
    let again = client.update_qualification(school, &education(), None).await.unwrap();
    assert_eq!(again.vetting_status, Some(Status::InReview));
    assert_eq!(service.emulator.effects().len(), 2);
}

#[tokio::test]
async fn a_final_word_is_not_argued_with() {
    let service = Service::manual().await;
    let client = client(&service);
    for status in [400, 403, 404, 409, 501] {
        service.emulator.reset();
        service.inject(Fault { status: Some(status), ..Fault::default() });
        let error = api_error(client.get_qualifications(id(service.customer(0))).await);
        assert_eq!((error.status_code, error.context.attempts), (status, 1));
        assert_eq!(service.emulator.journal().len(), 1);
    }
    let body = r#"{"code":1,"message":"never","isRetryable":false}"#;
    service.inject(Fault { status: Some(500), body: Some(body.into()), ..Fault::default() });
    assert_eq!(api_error(client.get_qualifications(id(service.customer(0))).await).context.attempts, 1);
}

#[tokio::test]
async fn a_fault_that_does_not_pass_ends_the_call() {
    let service = Service::manual().await;
    let (client, _) = client_with(&service, Options { max_retries: 1, ..Options::default() }, 0);
    service.inject(Fault { status: Some(502), times: None, ..Fault::default() });
    let error = api_error(client.get_qualifications(id(service.customer(0))).await);
    assert_eq!((error.status_code, error.is_retryable, error.context.attempts), (502, true, 2));
    assert_eq!(service.emulator.journal().len(), 2);
}

#[tokio::test]
async fn one_refused_token_is_replaced_once_for_all() {
    let service = Service::manual().await;
    let (client, fetches) = client_with(&service, Options::default(), 1);
    let reads = (0..100).map(|nth| client.get_qualifications(id(service.customer(nth % 10))));
    assert!(join_all(reads).await.iter().all(Result::is_ok));
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
    let statuses: Vec<_> = service.emulator.journal().iter().map(|entry| entry.status.unwrap()).collect();
    let refused = statuses.iter().filter(|status| **status == 401).count();
    assert!((1..=16).contains(&refused) && statuses.len() == 100 + refused, "{refused} refused");
}

#[tokio::test]
async fn a_refused_token_costs_a_request_no_look() {
    let service = forgetful().await;
    let (client, fetches) = client_with(&service, Options { max_retries: 0, ..Options::default() }, 1);
    client.update_qualification(id(service.customer(0)), &education(), None).await.unwrap();
    let journal = service.emulator.journal();
    assert_eq!(methods(&journal), ["POST", "POST"]);
    assert_eq!(journal[0].request_id, journal[1].request_id);
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn a_token_refused_again_is_an_error() {
    let service = Service::manual().await;
    let (client, fetches) = client_with(&service, Options::default(), usize::MAX);
    let error = api_error(client.get_qualifications(id(service.customer(0))).await);
    assert_eq!((error.status_code, error.context.attempts), (401, 2));
    assert!(error.hint.is_some());
    assert_eq!(fetches.load(Ordering::SeqCst), 2);
}

#[tokio::test]
async fn nobody_comes_back_before_the_service_wants_them() {
    let service = Service::manual().await;
    let client = client(&service);
    let wait = Some(RetryAfter::Seconds(1.0));
    service.inject(Fault { status: Some(429), retry_after: wait, ..Fault::default() });
    let first = tokio::spawn({
        let (client, school) = (client.clone(), id(service.customer(0)));
        async move { client.get_qualifications(school).await }
    });
    while client.paused_for().is_none() {
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let others = (0..30).map(|nth| client.get_qualifications(id(service.customer(nth % 10))));
    assert!(join_all(others).await.iter().all(Result::is_ok));
    first.await.unwrap().unwrap();
    let journal = service.emulator.journal();
    assert_eq!(journal.len(), 32);
    assert_eq!(journal.iter().filter(|entry| entry.early).count(), 0);
    assert_eq!(client.paused_for(), None);
}

#[tokio::test]
async fn a_throttled_request_is_sent_again_without_a_look() {
    let service = forgetful().await;
    let throttled =
        Fault { status: Some(429), retry_after: Some(RetryAfter::Seconds(0.0)), ..Fault::default() };
    service.inject(throttled);
    client(&service).update_qualification(id(service.customer(0)), &education(), None).await.unwrap();
    assert_eq!(methods(&service.emulator.journal()), ["POST", "POST"]);
}

#[tokio::test]
async fn a_long_pause_is_the_callers_to_wait_for() {
    let service = Service::manual().await;
    let client = client(&service);
    let wait = Some(RetryAfter::Seconds(600.0));
    service.inject(Fault { status: Some(429), retry_after: wait, ..Fault::default() });
    let error = api_error(client.get_qualifications(id(service.customer(0))).await);
    assert_eq!((error.context.attempts, error.retry_after), (1, Some(Duration::from_secs(600))));
    let error = api_error(client.get_qualifications(id(service.customer(1))).await);
    assert_eq!((error.status_code, error.context.attempts), (429, 0));
    assert!(error.retry_after.is_some_and(|left| left > Duration::from_secs(590)));
    assert_eq!(service.emulator.journal().len(), 1);
}
