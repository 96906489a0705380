//! Vetting by each kind of rule, as it shows over the wire.

use std::time::Duration;

use partnercenter_qual::emulator::{
    Config, Outcomes,
    QualificationType::{Education, GovernmentCommunityCloud, StateOwnedEntity},
    TokenOptions, Vetting, VettingRule,
    VettingStatus::{Approved, Denied, InReview},
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator_support::{Service, education};

const HOUR: Duration = Duration::from_secs(3600);
const NO_LONGER: &str = "No longer an Education Customer";

async fn ruled(customers: usize, rule: VettingRule) -> Service {
    let vetting = Vetting::Rule(rule);
    Service::start(Config { customers: customers.into(), vetting, ..Config::default() }).await
}

/// A rule that approves, or denies, everybody.
fn all(approved: bool) -> VettingRule {
    let (approved, denied) = if approved { (1.0, 0.0) } else { (0.0, 1.0) };
    let outcomes = Some(Outcomes { approved, denied, in_review: 0.0 });
    VettingRule { outcomes, ..VettingRule::default() }
}

/// Moves the clock, with a token that is valid then.
fn advance(service: &mut Service, by: Duration) {
    service.emulator.advance(by).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
}

async fn ask(service: &Service, customer: Uuid) {
    let answer = service.post(customer, &education()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["vettingStatus"]), (201, &json!("InReview")));
}

/// The status of the customer's first qualification.
async fn status(service: &Service, customer: Uuid) -> Value {
    service.read(customer).await[0]["vettingStatus"].clone()
}

#[tokio::test]
async fn so_many_reads_show_it_in_review_and_the_next_one_decided() {
    let service = ruled(2, VettingRule { reads: Some(2), ..all(true) }).await;
    let (one, other) = (service.customer(0), service.customer(1));
    ask(&service, one).await;
    ask(&service, other).await;
    for expected in ["InReview", "InReview", "Approved", "Approved"] {
        assert_eq!(status(&service, one).await, expected);
    }
    // Neither another customer's reads count, nor other requests about this one.
    service.get(&format!("/v1/customers/{other}")).await;
    assert_eq!(service.emulator.customer(other).unwrap().qualifications[0].vetting_status, Some(InReview));
    assert_eq!(status(&service, other).await, "InReview");
}

#[tokio::test]
async fn of_time_and_reads_the_later_one_counts() {
    let rule = VettingRule { after: Some(HOUR), reads: Some(1), ..all(true) };
    let mut service = ruled(2, rule).await;
    let (one, other) = (service.customer(0), service.customer(1));
    ask(&service, one).await;
    ask(&service, other).await;
    for _ in 0..3 {
        assert_eq!(status(&service, one).await, "InReview");
    }
    advance(&mut service, HOUR);
    assert_eq!(status(&service, one).await, "Approved");
    assert_eq!(status(&service, other).await, "InReview");
    assert_eq!(status(&service, other).await, "Approved");
}

#[tokio::test]
async fn what_is_never_decided_waits_for_a_decision_by_hand() {
    let outcomes = Some(Outcomes { in_review: 1.0, ..Outcomes::default() });
    let mut service = ruled(1, VettingRule { outcomes, ..VettingRule::default() }).await;
    let customer = service.customer(0);
    ask(&service, customer).await;
    advance(&mut service, 1000 * HOUR);
    assert_eq!(status(&service, customer).await, "InReview");
    service.emulator.decide(customer, Education, Approved, None).unwrap();
    assert_eq!(status(&service, customer).await, "Approved");
}

#[tokio::test]
async fn the_denied_may_ask_three_times_in_all() {
    let rule = VettingRule { reads: Some(0), reason: Some("Not an Academic Domain".into()), ..all(false) };
    let service = ruled(1, rule).await;
    let customer = service.customer(0);
    for requests in 1..=3 {
        ask(&service, customer).await;
        let held = service.read(customer).await;
        assert_eq!(held[0]["vettingReason"], "Not an Academic Domain");
        assert_eq!(service.emulator.customer(customer).unwrap().education_requests, requests);
    }
    let refused = service.post(customer, &education()).await;
    assert_eq!((refused.status.as_u16(), refused.json()), (403, json!("Customer tagging denied.")));
}

#[tokio::test]
async fn the_approved_may_be_so_no_longer_and_ask_again() {
    let rule = VettingRule { after: Some(HOUR), no_longer_after: Some(2 * HOUR), ..all(true) };
    let mut service = ruled(1, rule).await;
    let customer = service.customer(0);
    ask(&service, customer).await;
    advance(&mut service, HOUR + HOUR / 2);
    assert_eq!(status(&service, customer).await, "Approved");
    assert_eq!(service.post(customer, &education()).await.status, 409);
    // Three hours after the request, not two after somebody saw the approval.
    advance(&mut service, HOUR + HOUR / 2);
    let held = service.read(customer).await;
    assert_eq!((&held[0]["vettingStatus"], &held[0]["vettingReason"]), (&json!("Denied"), &json!(NO_LONGER)));
    ask(&service, customer).await;
    advance(&mut service, 3 * HOUR);
    assert_eq!(service.read(customer).await[0]["vettingReason"], NO_LONGER);
    assert_eq!(service.emulator.customer(customer).unwrap().education_requests, 2);
}

#[tokio::test]
async fn a_decision_by_hand_ends_what_the_rule_had_in_store() {
    let rule = VettingRule { reads: Some(1), no_longer_after: Some(HOUR), ..all(true) };
    let mut service = ruled(1, rule).await;
    let customer = service.customer(0);
    ask(&service, customer).await;
    service.emulator.decide(customer, Education, InReview, None).unwrap();
    advance(&mut service, 10 * HOUR);
    for _ in 0..3 {
        assert_eq!(status(&service, customer).await, "InReview");
    }
    service.emulator.decide(customer, Education, Approved, None).unwrap();
    advance(&mut service, 10 * HOUR);
    assert_eq!(status(&service, customer).await, "Approved");
}

#[tokio::test]
async fn nonsense_is_not_decided_and_changes_nothing() {
    let service = Service::manual().await;
    let customer = service.customer(0);
    let decide = |kind, status, reason| {
        service.emulator.decide(customer, kind, status, reason).map_err(|error| error.field)
    };
    let refused = |field: &str| Err(field.to_owned());
    assert_eq!(decide(Education, Approved, Some("No")), refused("reason"));
    assert_eq!(decide(Education, InReview, Some("No")), refused("reason"));
    assert_eq!(decide(StateOwnedEntity, Denied, None), refused("status"));
    assert_eq!(decide(StateOwnedEntity, InReview, None), refused("status"));
    assert_eq!(service.read(customer).await, json!([]));
    assert_eq!(decide(StateOwnedEntity, Approved, None), Ok(()));
    assert_eq!(service.read(customer).await, json!([{"qualification": "StateOwnedEntity"}]));
    assert_eq!(decide(GovernmentCommunityCloud, Approved, None), Ok(()));
    assert_eq!(decide(Education, Approved, None), refused("qualification"));
    assert_eq!(decide(Education, Denied, Some("No")), Ok(()));
    assert_eq!(decide(GovernmentCommunityCloud, Denied, None), Ok(()));
    assert_eq!(decide(Education, Approved, None), Ok(()));
    let held = service.read(customer).await;
    assert_eq!(held[2]["vettingStatus"], "Approved");
    assert_eq!(held[2].get("vettingReason"), None);
}
