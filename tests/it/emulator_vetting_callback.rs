//! Decisions as the service's own vetting system reports them.

use std::time::Duration;

use partnercenter_qual::emulator::{
    QualificationType::GovernmentCommunityCloud, TokenOptions, VettingStatus,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::emulator_support::{Service, education};

const DAY: Duration = Duration::from_secs(86_400);

/// The body in the shape of the service, all of its members filled in.
fn body(customer: Uuid, status: &str, more: &Value) -> Value {
    let mut service = json!({
        "serviceId": "f4e2", "statusId": 3, "status": status, "subStatusId": 7, "subStatus": "Not an eligible Museum",
        "createdDateTime": "2026-01-05T08:00:00Z", "isDuplicate": false,
        "originalRequestId": null, "originalCompletedDatetime": null,
    });
    for (name, value) in more.as_object().unwrap() {
        service[name] = value.clone();
    }
    json!({"requestStatus": {
        "status": status, "requestId": "90c1", "statusId": 3,
        "metadata": [{"customerId": customer}], "stackServices": [service],
    }})
}

/// Without a member, named by its JSON pointer.
fn without(mut body: Value, parent: &str, member: &str) -> Value {
    body.pointer_mut(parent).unwrap().as_object_mut().unwrap().remove(member).unwrap();
    body
}

/// A service whose first customer asked for Education, and that customer.
async fn asked() -> (Service, Uuid) {
    let service = Service::manual().await;
    let customer = service.customer(0);
    assert_eq!(service.post(customer, &education()).await.status, 201);
    (service, customer)
}

async fn held(service: &Service, customer: Uuid) -> (Value, Value) {
    let held = service.read(customer).await;
    (held[0]["vettingStatus"].clone(), held[0]["vettingReason"].clone())
}

#[tokio::test]
async fn a_report_decides_with_its_reason_in_any_case() {
    let (service, customer) = asked().await;
    let since = service.read(customer).await[0]["vettingCreateDate"].clone();
    for (status, expected) in [
        ("DENIED", (json!("Denied"), json!("Not an eligible Museum"))),
        ("inreview", (json!("InReview"), json!(null))),
        ("approved", (json!("Approved"), json!(null))),
    ] {
        assert_eq!(service.emulator.vetting_callback(&body(customer, status, &json!({}))), Ok(customer));
        assert_eq!(held(&service, customer).await, expected);
    }
    assert_eq!(service.read(customer).await[0]["vettingCreateDate"], since);
    let other = service.customer(1);
    let in_the_service = without(body(other, "Approved", &json!({})), "/requestStatus", "status");
    assert_eq!(service.emulator.vetting_callback(&in_the_service), Ok(other));
    assert_eq!(held(&service, other).await.0, "Approved");
}

#[tokio::test]
async fn an_approval_ends_when_it_expires() {
    let (mut service, customer) = asked().await;
    let now = service.emulator.now();
    let times = json!({
        "completedDateTime": now - Duration::from_secs(60),
        "expirationDateTime": (now + DAY).to_rfc3339(),
    });
    service.emulator.vetting_callback(&body(customer, "Approved", &times)).unwrap();
    assert_eq!(held(&service, customer).await.0, "Approved");
    service.emulator.advance(DAY).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
    let ended = (json!("Denied"), json!("No longer an Education Customer"));
    assert_eq!(held(&service, customer).await, ended);
}

#[tokio::test]
async fn what_is_completed_later_is_decided_later() {
    let (mut service, customer) = asked().await;
    let times = json!({"completedDateTime": service.emulator.now() + DAY});
    service.emulator.vetting_callback(&body(customer, "Denied", &times)).unwrap();
    assert_eq!(held(&service, customer).await, (json!("InReview"), json!(null)));
    service.emulator.advance(DAY).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
    assert_eq!(held(&service, customer).await, (json!("Denied"), json!("Not an eligible Museum")));
}

#[tokio::test]
async fn what_cannot_be_used_is_named_and_changes_nothing() {
    let (service, customer) = asked().await;
    let good = || body(customer, "Approved", &json!({}));
    let before = service.emulator.customer(customer);
    let early = json!({"expirationDateTime": "2020-01-01T00:00:00Z"});
    for (body, field) in [
        (json!({}), "requestStatus"),
        (json!({"requestStatus": []}), "requestStatus"),
        (without(good(), "/requestStatus", "metadata"), "requestStatus.metadata[0].customerId"),
        (without(good(), "/requestStatus/metadata/0", "customerId"), "requestStatus.metadata[0].customerId"),
        (body(Uuid::from_u128(1), "Denied", &json!({})), "requestStatus.metadata[0].customerId"),
        (
            without(without(good(), "/requestStatus", "status"), "/requestStatus/stackServices/0", "status"),
            "requestStatus.status",
        ),
        (body(customer, "Expired", &json!({})), "requestStatus.stackServices[0].status"),
        (body(customer, "Approved", &early), "requestStatus.stackServices[0].expirationDateTime"),
        (
            body(customer, "Approved", &json!({"completedDateTime": "soon"})),
            "requestStatus.stackServices[0].completedDateTime",
        ),
        (
            body(customer, "Approved", &json!({"isDuplicate": true})),
            "requestStatus.stackServices[0].isDuplicate",
        ),
    ] {
        assert_eq!(service.emulator.vetting_callback(&body).unwrap_err().field, field, "{body}");
    }
    assert_eq!(service.emulator.customer(customer), before);
    let other = service.customer(1);
    service.emulator.decide(other, GovernmentCommunityCloud, VettingStatus::Approved, None).unwrap();
    let clash = service.emulator.vetting_callback(&body(other, "Approved", &json!({}))).unwrap_err();
    assert_eq!(clash.field, "requestStatus.status");
}
