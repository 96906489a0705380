//! Waiting for a decision.

use std::time::Duration;

use partnercenter_qual::emulator::{Config, Fault, QualificationType as Kind, VettingStatus as Decided};
use partnercenter_qual::model::{QualificationRequest, QualificationType, VettingStatus};
use partnercenter_qual::vetting::{Look, Patience, Vetting};
use partnercenter_qual::{Error, VettingTimeoutError};

use crate::client_support::{client, education, id};
use crate::emulator_support::Service;

/// A wait for the first customer's Education, with a look every 10 ms.
fn wait(service: &Service, timeout: Option<f64>) -> Vetting {
    let patience = Patience::new(timeout, Some(0.01)).unwrap();
    Vetting::new(client(service), id(service.customer(0)), QualificationType::Education, patience).unwrap()
}

async fn ask(service: &Service) {
    client(service).update_qualification(id(service.customer(0)), &education(), None).await.unwrap();
}

fn status(look: &Look) -> Option<VettingStatus> {
    look.seen.as_ref().and_then(|seen| seen.vetting_status.clone())
}

async fn timed_out(mut vetting: Vetting) -> VettingTimeoutError {
    loop {
        match vetting.look().await {
            Ok(look) => assert!(!look.done),
            Err(Error::VettingTimeout(error)) => return *error,
            Err(other) => panic!("{other}"),
        }
    }
}

#[tokio::test]
async fn days_of_vetting_pass_with_the_emulators_clock() {
    let service = Service::start(Config { customers: 1.into(), ..Config::default() }).await;
    ask(&service).await;
    let mut vetting = wait(&service, Some(600.0));
    for _ in 0..3 {
        let look = vetting.look().await.unwrap();
        assert_eq!((status(&look), look.done), (Some(VettingStatus::InReview), false));
    }
    service.emulator.advance(Duration::from_secs(4 * 24 * 3600)).unwrap(); // the token expires too
    let look = vetting.look().await.unwrap();
    assert!(look.done && !look.seen.as_ref().unwrap().is_in_review());
    let held = client(&service).get_qualifications(id(service.customer(0))).await.unwrap();
    assert_eq!(Some(&held[0]), look.seen.as_ref());
}

#[tokio::test]
async fn a_denial_comes_with_its_reason() {
    let service = Service::manual().await;
    ask(&service).await;
    let mut vetting = wait(&service, None);
    assert!(!vetting.look().await.unwrap().done);
    let reason = Some("Not an Academic Domain");
    service.emulator.decide(service.customer(0), Kind::Education, Decided::Denied, reason).unwrap();
    let look = vetting.look().await.unwrap();
    assert_eq!((status(&look), look.done), (Some(VettingStatus::Denied), true));
    assert_eq!(look.seen.unwrap().vetting_reason.as_deref(), reason);
}

#[tokio::test]
async fn what_is_not_vetted_is_done_at_once() {
    let service = Service::manual().await;
    let (client, customer) = (client(&service), id(service.customer(0)));
    let wanted = QualificationRequest::new("StateOwnedEntity", None, None, None).unwrap();
    client.update_qualification(customer, &wanted, None).await.unwrap();
    let patience = Patience::new(None, None).unwrap();
    let kind = QualificationType::StateOwnedEntity;
    assert!(Vetting::new(client, customer, kind, patience).unwrap().look().await.unwrap().done);
}

#[tokio::test]
async fn at_the_end_of_its_time_it_tells_what_was_last_seen() {
    let service = Service::manual().await;
    let nothing = timed_out(wait(&service, Some(0.05))).await;
    assert_eq!((nothing.last, nothing.customer_id), (None, id(service.customer(0))));
    ask(&service).await;
    let error = timed_out(wait(&service, Some(0.05))).await;
    assert_eq!(error.last.unwrap().vetting_status, Some(VettingStatus::InReview));
    assert!(error.waited >= Duration::from_millis(50));
    let last = service.emulator.journal().pop().unwrap();
    assert_eq!(error.context.unwrap().request_id.to_string(), last.request_id);
}

#[tokio::test]
async fn without_time_it_looks_exactly_once() {
    let service = Service::manual().await;
    ask(&service).await;
    timed_out(wait(&service, Some(0.0))).await;
    let looks = service.emulator.journal().iter().filter(|entry| entry.method == "GET").count();
    assert_eq!(looks, 1);
}

#[tokio::test]
async fn an_answer_that_does_not_come_does_not_stretch_the_wait() {
    let service = Service::manual().await;
    ask(&service).await;
    service.inject(Fault { delay: Some(Duration::from_secs(30)), times: None, ..Fault::default() });
    let end = tokio::time::timeout(Duration::from_secs(15), timed_out(wait(&service, Some(0.1)))).await;
    assert_eq!(end.expect("an end").last, None);
}

#[tokio::test]
async fn a_refusal_ends_the_wait_and_the_next_look_goes_on() {
    let service = Service::manual().await;
    ask(&service).await;
    let mut vetting = wait(&service, None);
    service.inject(Fault { status: Some(403), ..Fault::default() });
    assert!(matches!(vetting.look().await, Err(Error::Api(error)) if error.status_code == 403));
    assert!(!vetting.look().await.unwrap().done);
}
