//! The customers that an emulator starts with: from a count and a mix, a list, or a file.

use std::fs;
use std::path::PathBuf;
use std::time::Duration;

use partnercenter_qual::emulator::{
    Config, CustomerView, Customers, InvalidArgument, Mix, QualificationType, TokenOptions, Vetting,
    VettingRule, VettingStatus, read,
};
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::emulator_support::{Service, education};

const ID: &str = "0b2f1c5a-7a57-4a4c-9d6c-0d1b3f5e7a91";
const MANUAL: Vetting = Vetting::Manual;

async fn started(customers: Customers) -> Service {
    let config = Config { customers, vetting: MANUAL, ..Config::default() };
    config.check().unwrap();
    Service::start(config).await
}

/// A file with such a name and content, in a folder that lasts as long as it is kept.
fn file(name: &str, content: impl AsRef<[u8]>) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(name);
    fs::write(&path, content).unwrap();
    (folder, path)
}

fn from_file(name: &str, content: impl AsRef<[u8]>) -> Result<Customers, InvalidArgument> {
    let (_folder, path) = file(name, content);
    Customers::from_file(path)
}

fn views(service: &Service) -> Vec<CustomerView> {
    service.emulator.customers(0, usize::MAX, "").customers
}

fn refused(settings: &Value) -> InvalidArgument {
    match read::<Config>(settings) {
        Err(error) => error,
        Ok(config) => config.check().unwrap_err(),
    }
}

#[tokio::test]
async fn a_list_is_served_as_it_was_given() {
    let list = json!([
        {
            "customer_id": format!("{{{}}}", ID.to_uppercase()), "company_name": "Holm School", "domain": "holm.example",
            "qualifications": [
                {"qualification": "education", "vetting_status": "Denied", "vetting_reason": "Not an Academic Domain",
                 "vetting_created_date": "2026-02-11T09:15:00.1234567+00:00"},
                "state_owned_entity",
            ],
        },
        {"company_name": "Bare Ltd."},
        {"qualification": "GovernmentCommunityCloud"},
    ]);
    let service = started(read(&list).unwrap()).await;
    let listed = service.get("/v1/customers").await.json();
    assert_eq!(listed["items"][0]["companyProfile"]["domain"], "holm.example");
    assert_eq!(listed["items"][1]["companyProfile"]["companyName"], "Bare Ltd.");
    let held = service.read(ID.parse().unwrap()).await;
    let education = json!({"qualification": "Education", "vettingStatus": "Denied",
        "vettingReason": "Not an Academic Domain", "vettingCreateDate": "2026-02-11T09:15:00.1234567+00:00"});
    assert_eq!(held, json!([education, {"qualification": "StateOwnedEntity"}]));
    assert_eq!(service.read(service.customer(1)).await, json!([]));
    assert_eq!(service.read(service.customer(2)).await[0]["vettingStatus"], "Approved");
    let requests: Vec<_> = views(&service).iter().map(|customer| customer.education_requests).collect();
    assert_eq!(requests, [1, 0, 0]);
}

#[tokio::test]
async fn what_is_asked_for_before_counts_and_a_reset_leads_back() {
    let list = json!([{"qualification": "Education", "vetting_status": "Denied"}]);
    let service = started(read(&list).unwrap()).await;
    let customer = service.customer(0);
    let start = views(&service);
    assert!(start[0].qualifications[0].vetting_reason.is_some(), "drawn from the seed");
    for expected in [201, 201, 403] {
        assert_eq!(service.post(customer, &education()).await.status, expected);
        let denied = VettingStatus::Denied;
        service.emulator.decide(customer, QualificationType::Education, denied, None).unwrap();
    }
    service.emulator.reset();
    assert_eq!(views(&service), start);
}

#[tokio::test]
async fn vetting_goes_on_from_the_start() {
    let day = Duration::from_secs(86_400);
    let rule = VettingRule { after: Some(day), no_longer_after: Some(day), ..VettingRule::default() };
    let list = json!([
        {"qualification": "Education", "vetting_status": "InReview", "vetting_created_date": "2020-01-01"},
        {"qualification": "Education"},
    ]);
    let config =
        Config { customers: read(&list).unwrap(), vetting: Vetting::Rule(rule), ..Config::default() };
    let mut service = Service::start(config).await;
    let (waiting, approved) = (service.customer(0), service.customer(1));
    assert_eq!(service.read(waiting).await[0]["vettingStatus"], "InReview");
    assert_eq!(service.read(approved).await[0]["vettingStatus"], "Approved");
    service.emulator.advance(day).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
    assert_ne!(service.read(waiting).await[0]["vettingStatus"], "InReview");
    assert_eq!(service.read(approved).await[0]["vettingReason"], "No longer an Education Customer");
}

#[tokio::test]
async fn a_mix_gives_shares_of_the_customers_a_qualification() {
    let mix = Some(Mix::from([("Education", 0.25), ("education:denied", 0.25), ("StateOwnedEntity", 0.5)]));
    let config = |seed| Config { customers: 400.into(), seed, mix: mix.clone(), ..Config::default() };
    let service = Service::start(config(1)).await;
    let held: Vec<_> = views(&service).iter().map(|customer| customer.qualifications[0].clone()).collect();
    let count = |kind, status| {
        held.iter().filter(|held| (held.qualification, held.vetting_status) == (kind, status)).count()
    };
    let education = QualificationType::Education;
    for (count, expected) in [
        (count(education, Some(VettingStatus::Approved)), 100),
        (count(education, Some(VettingStatus::Denied)), 100),
        (count(QualificationType::StateOwnedEntity, None), 200),
    ] {
        assert!(count.abs_diff(expected) < 45, "{count} instead of {expected}");
    }
    let denied = held.iter().filter(|held| held.vetting_status == Some(VettingStatus::Denied));
    assert!(denied.clone().all(|held| held.vetting_reason.is_some()));
    assert_eq!(views(&service), views(&Service::start(config(1)).await));
    assert_ne!(views(&service), views(&Service::start(config(2)).await));
}

#[tokio::test]
async fn customers_are_found_by_name_and_in_parts() {
    let names = ["Holm School", "Bare Ltd.", "North HOLM", "Río Holm"];
    let list: Vec<Value> = names.iter().map(|name| json!({ "company_name": name })).collect();
    let service = started(read(&json!(list)).unwrap()).await;
    let found = |offset, limit, name| {
        let page = service.emulator.customers(offset, limit, name);
        (page.total, page.customers.into_iter().map(|customer| customer.company_name).collect::<Vec<_>>())
    };
    assert_eq!(found(1, 1, "holm"), (3, vec!["North HOLM".to_owned()]));
    assert_eq!(found(0, 0, "rÍO"), (1, vec![]));
    assert_eq!(found(2, usize::MAX, "").1, names[2..]);
    assert_eq!(found(9, 9, ""), (4, vec![]));
}

#[tokio::test]
async fn a_table_and_a_json_file_are_read_with_a_byte_order_mark_or_without() {
    let table = format!(
        "customer_id,company_name,qualification,vetting_status\r\n{ID},\"Holm, \"\"New\"\" School\",Education,InReview\r\n{ID},,StateOwnedEntity,\r\n"
    );
    let from_table = from_file("customers.csv", &table).unwrap();
    assert_eq!(from_file("CUSTOMERS.CSV", format!("\u{FEFF}{table}")).as_ref(), Ok(&from_table));
    let list = json!([{"customer_id": ID, "company_name": "Holm, \"New\" School", "qualifications": [
        {"qualification": "Education", "vetting_status": "InReview"}, "StateOwnedEntity"]}]);
    assert_eq!(from_file("customers.json", list.to_string()).as_ref(), Ok(&from_table));
    assert_eq!(from_file("customers.json", format!("\u{FEFF}{list}")).as_ref(), Ok(&from_table));
    let service = started(from_table).await;
    let held = service.read(ID.parse().unwrap()).await;
    assert_eq!((held[0]["vettingStatus"].as_str(), held.as_array().unwrap().len()), (Some("InReview"), 2));
}

#[test]
fn a_file_that_cannot_be_read_is_named_with_its_row() {
    for (name, content, field, cure) in [
        ("a.txt", "", "customers", ".csv or .json"),
        ("a", "", "customers", ".csv or .json"),
        ("a.json", "[{]", "customers", "line 1"),
        ("a.json", "{}", "customers", "array"),
        ("a.json", "7", "customers", "array"),
        ("a.json", r#"[{}, {"qualification": "Gold"}]"#, "customers[1].qualification", "(row 2) in "),
        ("a.json", r#"[{"domain": " "}]"#, "customers[0].domain", "(row 1) in "),
        ("a.csv", "qualification\n1\nGold\n", "qualification", "(line 3) in "),
    ] {
        let (folder, path) = file(name, content);
        let error = Customers::from_file(&path).unwrap_err();
        assert_eq!(error.field, field, "{error}");
        assert!(error.cure.contains(cure) && error.to_string().contains(name), "{error}");
        drop(folder);
    }
    let error = Customers::from_file("/nowhere/customers.csv").unwrap_err();
    assert_eq!((error.field.as_str(), error.value.as_str()), ("customers", "/nowhere/customers.csv"));
}

#[test]
fn settings_that_cannot_be_are_named() {
    let nil = "00000000-0000-0000-0000-000000000000";
    for (settings, field, cure) in [
        (json!({"customers": 1_000_001}), "customers", "0 to 1,000,000"),
        (json!({"customers": "many"}), "customers", "list of customers"),
        (json!({"customers": [{"customer_id": nil}]}), "customers[0].customer_id", "(row 1)"),
        (
            json!({"customers": [{"customer_id": ID}, {}, {"customer_id": ID.replace('-', "")}]}),
            "customers[2].customer_id",
            "that of row 1 is the same (row 3)",
        ),
        (
            json!({"customers": [{"qualifications": ["Education", 3]}]}),
            "customers[0].qualifications[1].qualification",
            "Education excludes it",
        ),
        (json!({"customers": [], "mix": {"Education": 0.5}}), "mix", "pass a count"),
        (json!({"mix": {"Education": 0.5, "Nonprofit": 0.6}}), "mix", "1 in all"),
        (json!({"mix": {"Education": "half"}}), "mix.Education", "expected a number"),
        (json!({"vetting": {"outcomes": {"Approved": -1}}}), "vetting.outcomes.Approved", "0 or more"),
    ] {
        let error = refused(&settings);
        assert_eq!(error.field, field, "{error}");
        assert!(error.cure.contains(cure), "{error}");
    }
}
