//! The switches: each form of an answer about qualifications, next to the form of today.

use std::time::Duration;

use partnercenter_qual::emulator::{
    Config, Created, DateMember, Dates, Members, Names, NoneBody,
    QualificationType::{Education, GovernmentCommunityCloud, Nonprofit, StateOwnedEntity},
    Qualifications, Vetting,
    VettingStatus::{Approved, Denied},
    Wire,
};
use serde_json::{Value, json};

use crate::emulator_support::{Service, education, qualifications};

async fn served(wire: Wire) -> Service {
    Service::start(Config { customers: 3.into(), vetting: Vetting::Manual, wire, ..Config::default() }).await
}

/// A service whose first customer was denied Education and is a state's own.
async fn school(wire: Wire) -> Service {
    let service = served(wire).await;
    let customer = service.customer(0);
    service.emulator.decide(customer, Education, Denied, Some("Not an Academic Domain")).unwrap();
    service.post(customer, &json!({"qualification": "StateOwnedEntity"})).await;
    service
}

async fn read(wire: Wire) -> Value {
    let service = school(wire).await;
    service.read(service.customer(0)).await
}

fn members(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[tokio::test]
async fn qualifications_come_in_an_array_in_a_wrapper_or_the_first_alone() {
    let array = read(Wire::default()).await;
    assert_eq!((array.as_array().unwrap().len(), &array[0]["qualification"]), (2, &json!("Education")));
    let wrapper = read(Wire { qualifications: Qualifications::Wrapper, ..Wire::default() }).await;
    assert_eq!(members(&wrapper), ["qualifications"]);
    assert_eq!(wrapper["qualifications"][1], json!({"qualification": "StateOwnedEntity"}));
    let object = read(Wire { qualifications: Qualifications::Object, ..Wire::default() }).await;
    assert_eq!(object["vettingReason"], "Not an Academic Domain");
}

#[tokio::test]
async fn no_qualification_is_nothing_or_one_called_none() {
    let none = json!({"qualification": "None"});
    for (qualifications, nothing, item) in [
        (Qualifications::Array, json!([]), json!([none])),
        (Qualifications::Wrapper, json!({"qualifications": []}), json!({"qualifications": [none]})),
        (Qualifications::Object, json!([]), none.clone()),
    ] {
        for (none, expected) in [(NoneBody::Empty, nothing), (NoneBody::Item, item)] {
            let service = served(Wire { qualifications, none, ..Wire::default() }).await;
            assert_eq!(service.read(service.customer(0)).await, expected);
        }
    }
    let wire =
        Wire { none: NoneBody::Item, names: Names::Snake, members: Members::Pascal, ..Wire::default() };
    let service = served(wire).await;
    assert_eq!(service.read(service.customer(0)).await, json!([{"Qualification": "none"}]));
}

#[tokio::test]
async fn the_date_is_called_either_name_in_either_case() {
    for (case, date_member, reason, date) in [
        (Members::Camel, DateMember::Create, "vettingReason", "vettingCreateDate"),
        (Members::Camel, DateMember::Created, "vettingReason", "vettingCreatedDate"),
        (Members::Pascal, DateMember::Create, "VettingReason", "VettingCreateDate"),
        (Members::Pascal, DateMember::Created, "VettingReason", "VettingCreatedDate"),
    ] {
        let found = read(Wire { members: case, date_member, ..Wire::default() }).await;
        assert!(found[0][date].is_string() && found[0][reason].is_string(), "{found}");
        assert_eq!(members(&found[0]).len(), 4, "{found}");
    }
    let wire = Wire { qualifications: Qualifications::Wrapper, members: Members::Pascal, ..Wire::default() };
    assert_eq!(read(wire).await["Qualifications"][1], json!({"Qualification": "StateOwnedEntity"}));
}

#[tokio::test]
async fn dates_have_one_of_four_forms() {
    for (dates, form) in [
        (Dates::Offset, "0000-00-00T00:00:00.0000000+00:00"),
        (Dates::Milliseconds, "0000-00-00T00:00:00.000Z"),
        (Dates::Seconds, "0000-00-00T00:00:00Z"),
        (Dates::ChangeLog, "00/00/0000: 00:00:00"),
    ] {
        let found = read(Wire { dates, ..Wire::default() }).await;
        let date = found[0]["vettingCreateDate"].as_str().unwrap();
        assert_eq!(date.replace(|c: char| c.is_ascii_digit(), "0"), form, "{date}");
    }
}

#[tokio::test]
async fn names_have_one_of_three_spellings() {
    for (names, expected) in [
        (Names::Pascal, ["Nonprofit", "GovernmentCommunityCloud", "StateOwnedEntity"]),
        (Names::Snake, ["nonprofit", "government_community_cloud", "state_owned_entity"]),
        (Names::Squashed, ["nonprofit", "governmentcommunitycloud", "stateownedentity"]),
    ] {
        let service = served(Wire { names, ..Wire::default() }).await;
        let customer = service.customer(0);
        for kind in [Nonprofit, GovernmentCommunityCloud, StateOwnedEntity] {
            service.emulator.decide(customer, kind, Approved, None).unwrap();
        }
        let found = service.read(customer).await;
        let found: Vec<_> = (0..3).map(|nth| found[nth]["qualification"].clone()).collect();
        assert_eq!(found, expected);
    }
}

#[tokio::test]
async fn a_request_is_answered_201_and_an_object_or_200_and_a_wrapper() {
    let service = served(Wire::default()).await;
    let answer = service.post(service.customer(0), &education()).await;
    assert_eq!((answer.status.as_u16(), &answer.json()["vettingStatus"]), (201, &json!("InReview")));
    let wire = Wire { created: Created::Wrapper, dates: Dates::Seconds, ..Wire::default() };
    let service = served(wire).await;
    let customer = service.customer(0);
    service.post(customer, &json!({"qualification": "StateOwnedEntity"})).await;
    let answer = service.post(customer, &education()).await;
    assert_eq!(answer.status, 200);
    // Of what the customer holds, only what was asked for.
    assert_eq!(answer.json(), json!({"qualifications": [service.read(customer).await[1]]}));
}

#[tokio::test]
async fn what_is_on_record_keeps_the_form_of_today() {
    let wire = Wire {
        qualifications: Qualifications::Wrapper,
        created: Created::Wrapper,
        members: Members::Pascal,
        dates: Dates::ChangeLog,
        names: Names::Snake,
        ..Wire::default()
    };
    let service = school(wire).await;
    service.emulator.advance(Duration::from_secs(1)).unwrap();
    service.post(service.customer(0), &education()).await;
    let records = service.get("/v1/auditrecords").await.json();
    let record = &records["items"][1];
    for (member, status, count) in [("resourceOldValue", "Denied", 4), ("resourceNewValue", "InReview", 3)] {
        let value: Value = serde_json::from_str(record[member].as_str().unwrap()).unwrap();
        assert_eq!((&value["qualification"], &value["vettingStatus"]), (&json!("Education"), &json!(status)));
        assert!(value["vettingCreateDate"].as_str().unwrap().ends_with("+00:00"), "{value}");
        assert_eq!(members(&value).len(), count);
    }
    assert!(record["operationDate"].as_str().unwrap().ends_with("+00:00"));
}

#[tokio::test]
async fn a_form_is_not_what_a_request_must_have() {
    let wire = Wire { members: Members::Pascal, names: Names::Squashed, ..Wire::default() };
    let service = served(wire).await;
    for (nth, body) in [education(), json!({"Qualification": "state_owned_entity"})].iter().enumerate() {
        assert_eq!(service.post(service.customer(nth), body).await.status, 201, "{body}");
        assert_eq!(service.get(&qualifications(service.customer(nth))).await.status, 200);
    }
}
