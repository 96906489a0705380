//! What our client reads is the same in every form but one: a date whose order of day and month nobody
//! knows.

use partnercenter_qual::emulator::{
    Config, Created, DateMember, Dates, ErrorCode, Members, Names, NextLink, NoneBody, Qualifications,
    Vetting, VettingStatus::Denied, Wire,
};
use partnercenter_qual::model::{Qualification, QualificationRequest};
use partnercenter_qual::query::CustomerQuery;

use crate::client_support::{api_error, client, education, id};
use crate::emulator_support::Service;

/// What a client came to know: what was granted, then what is held, by whom; how many were listed; the
/// code of a refusal.
#[derive(Debug, PartialEq)]
struct Seen {
    granted: Qualification,
    none: Vec<Qualification>,
    held: Vec<Qualification>,
    listed: usize,
    code: Option<String>,
}

/// Only whether there is a date: no two emulators are asked at the same moment.
fn undated(mut qualification: Qualification) -> Qualification {
    assert!(qualification.vetting_created_date.take().is_some(), "{qualification:?}");
    qualification
}

async fn seen(wire: Wire) -> Seen {
    let config = Config { customers: 5.into(), vetting: Vetting::Manual, wire, ..Config::default() };
    let service = Service::start(config).await;
    let (client, school) = (client(&service), id(service.customer(0)));
    let granted = client.update_qualification(school, &education(), None).await.unwrap();
    let refused = api_error(client.update_qualification(school, &education(), None).await);
    let reason = Some("Not an Academic Domain");
    let kind = partnercenter_qual::emulator::QualificationType::Education;
    service.emulator.decide(service.customer(0), kind, Denied, reason).unwrap();
    let mut pages = client.list_customers(&CustomerQuery::new(2, None).unwrap());
    let mut listed = 0;
    while let Some(page) = pages.next().await.unwrap() {
        listed += page.len();
    }
    Seen {
        granted: undated(granted),
        none: client.get_qualifications(id(service.customer(1))).await.unwrap(),
        held: client.get_qualifications(school).await.unwrap().into_iter().map(undated).collect(),
        listed,
        code: refused.fault.code,
    }
}

#[tokio::test]
async fn every_form_is_read_alike() {
    let today = Wire::default();
    let expected = seen(today).await;
    assert_eq!((expected.none.len(), expected.held.len(), expected.listed), (0, 1, 5));
    for wire in [
        Wire { qualifications: Qualifications::Wrapper, ..today },
        Wire { qualifications: Qualifications::Object, ..today },
        Wire { qualifications: Qualifications::Object, none: NoneBody::Item, ..today },
        Wire { qualifications: Qualifications::Wrapper, members: Members::Pascal, ..today },
        Wire { created: Created::Wrapper, ..today },
        Wire { none: NoneBody::Item, names: Names::Snake, ..today },
        Wire { members: Members::Pascal, date_member: DateMember::Created, ..today },
        Wire { date_member: DateMember::Created, ..today },
        Wire { dates: Dates::Milliseconds, ..today },
        Wire { dates: Dates::Seconds, ..today },
        Wire { names: Names::Squashed, ..today },
        Wire { bom: false, ..today },
        Wire { next_link: NextLink::Plain, ..today },
        Wire { error_code: ErrorCode::String, ..today },
    ] {
        assert_eq!(seen(wire).await, expected, "{wire:?}");
    }
}

#[tokio::test]
async fn a_date_that_cannot_be_read_without_guessing_is_kept_as_it_came() {
    let wire = Wire { dates: Dates::ChangeLog, ..Wire::default() };
    let service = Service::start(Config { customers: 1.into(), wire, ..Config::default() }).await;
    let granted = client(&service).update_qualification(id(service.customer(0)), &education(), None).await;
    let granted = granted.unwrap();
    assert_eq!(granted.vetting_created_date, None);
    assert!(granted.extra["vettingCreateDate"].as_str().unwrap().contains(": "), "{granted:?}");
}

#[tokio::test]
async fn both_spellings_of_the_squashed_kinds_are_known() {
    for names in [Names::Snake, Names::Squashed] {
        let wire = Wire { names, ..Wire::default() };
        let service = Service::start(Config { customers: 1.into(), wire, ..Config::default() }).await;
        let (client, town) = (client(&service), id(service.customer(0)));
        let code = client.list_validation_codes().await.unwrap().remove(0).validation_id;
        let wanted = QualificationRequest::new("3", None, None, Some(&code)).unwrap();
        client.update_qualification(town, &wanted, None).await.unwrap();
        let wanted = QualificationRequest::new("StateOwnedEntity", None, None, None).unwrap();
        client.update_qualification(town, &wanted, None).await.unwrap();
        let held = client.get_qualifications(town).await.unwrap();
        let held: Vec<_> = held.iter().map(|held| held.qualification.as_str()).collect();
        assert_eq!(held, ["GovernmentCommunityCloud", "StateOwnedEntity"]);
    }
}
