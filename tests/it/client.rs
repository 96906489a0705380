//! Every operation of the client against the emulator.

use partnercenter_qual::emulator::{Config, Vetting};
use partnercenter_qual::model::{QualificationRequest, QualificationType, VettingStatus};
use partnercenter_qual::query::{AuditQuery, CustomerQuery};
use partnercenter_qual::{Client, Error, Pages};
use uuid::Uuid;

use crate::client_support::{api_error, client, education, id};
use crate::emulator_support::Service;

async fn all<T>(mut pages: Pages<T>) -> Vec<Vec<T>> {
    let mut read = Vec::new();
    while let Some(page) = pages.next().await.expect("a page") {
        read.push(page);
    }
    read
}

/// The first validation code, and how many customers it is still good for.
async fn code(client: &Client) -> (String, i64) {
    let codes = client.list_validation_codes().await.expect("codes");
    let code = codes.into_iter().next().expect("a code");
    (code.validation_id, code.remaining_creates.expect("a number"))
}

#[tokio::test]
async fn education_is_asked_for_and_read_back() {
    let service = Service::manual().await;
    let (client, school) = (client(&service), id(service.customer(0)));
    assert_eq!(client.get_qualifications(school).await.unwrap(), []);
    let asked = client.update_qualification(school, &education(), None).await.unwrap();
    assert_eq!(asked.qualification, QualificationType::Education);
    assert_eq!(asked.vetting_status, Some(VettingStatus::InReview));
    assert!((service.emulator.now() - asked.vetting_created_date.unwrap()).num_seconds() < 60);
    assert_eq!(client.get_qualifications(school).await.unwrap(), [asked]);
}

#[tokio::test]
async fn a_chosen_request_id_is_the_one_sent() {
    let service = Service::manual().await;
    let (client, school, chosen) = (client(&service), id(service.customer(0)), Uuid::new_v4());
    client.update_qualification(school, &education(), Some(chosen)).await.unwrap();
    assert_eq!(service.emulator.effects()[0].request_id, chosen.to_string());
    // The service knows the request again, and so gives its answer again.
    client.update_qualification(school, &education(), Some(chosen)).await.unwrap();
    assert_eq!(service.emulator.effects().len(), 1);
}

#[tokio::test]
async fn a_validation_code_is_used_up_by_the_government_cloud() {
    let service = Service::manual().await;
    let client = client(&service);
    let (code_id, left) = code(&client).await;
    let wanted = QualificationRequest::new("government_community_cloud", None, None, Some(&code_id)).unwrap();
    let granted = client.update_qualification(id(service.customer(1)), &wanted, None).await.unwrap();
    assert_eq!(granted.qualification, QualificationType::GovernmentCommunityCloud);
    assert_eq!(granted.vetting_status, Some(VettingStatus::Approved));
    assert_eq!(code(&client).await, (code_id, left - 1));
}

#[tokio::test]
async fn a_state_owned_entity_has_no_vetting() {
    let service = Service::manual().await;
    let (client, customer) = (client(&service), id(service.customer(2)));
    let wanted = QualificationRequest::new("StateOwnedEntity", None, None, None).unwrap();
    let granted = client.update_qualification(customer, &wanted, None).await.unwrap();
    assert_eq!((granted.vetting_status, granted.vetting_created_date), (None, None));
    let both = client.update_qualification(customer, &education(), None).await.unwrap();
    assert_eq!(both.qualification, QualificationType::Education);
    assert_eq!(client.get_qualifications(customer).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_refusal_says_what_the_service_said() {
    let service = Service::manual().await;
    let (client, school) = (client(&service), id(service.customer(0)));
    client.update_qualification(school, &education(), None).await.unwrap();
    let error = api_error(client.update_qualification(school, &education(), None).await);
    assert_eq!((error.status_code, error.is_retryable, error.fate_unknown), (409, false, false));
    assert_eq!((error.context.attempts, error.context.customer_id), (1, Some(school)));
    let mut posts = service.emulator.journal().into_iter().filter(|entry| entry.method == "POST");
    assert_eq!(posts.next_back().unwrap().request_id, error.context.request_id.to_string());
    assert!(error.to_string().contains(&school.to_string()), "{error}");
}

#[tokio::test]
async fn a_customer_by_id_and_one_that_does_not_exist() {
    let service = Service::manual().await;
    let (client, one) = (client(&service), id(service.customer(3)));
    let customer = client.get_customer(one).await.unwrap();
    assert_eq!(customer.customer_id, one.to_string());
    assert!(customer.company_name.is_some() && customer.domain.is_some());
    let error = api_error(client.get_customer(id(Uuid::from_u128(7))).await);
    assert_eq!((error.status_code, error.fault.code.as_deref()), (404, Some("60003")));
    assert!(error.hint.unwrap().contains("tenant id"));
}

#[tokio::test]
async fn customers_come_page_by_page_each_once() {
    let service = Service::start(Config { customers: 11.into(), ..Config::default() }).await;
    let client = client(&service);
    let pages = all(client.list_customers(&CustomerQuery::new(4, None).unwrap())).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [4, 4, 3]);
    let listed: Vec<_> = pages.iter().flatten().map(|customer| customer.customer_id.clone()).collect();
    let held = service.emulator.customer_ids();
    assert_eq!(listed, held.iter().map(Uuid::to_string).collect::<Vec<_>>());
    let whole = pages[0][0].company_name.clone().unwrap();
    let query = CustomerQuery::new(500, Some(&whole.to_uppercase())).unwrap();
    let named = all(client.list_customers(&query)).await;
    assert!(named.iter().flatten().any(|customer| customer.customer_id == listed[0]));
    assert!(named.iter().flatten().count() < 11);
}

#[tokio::test]
async fn a_page_that_failed_is_read_again() {
    let service = Service::start(Config { customers: 5.into(), ..Config::default() }).await;
    let mut pages = client(&service).list_customers(&CustomerQuery::new(3, None).unwrap());
    let first = pages.next().await.unwrap().unwrap();
    let refusal = partnercenter_qual::emulator::Fault { status: Some(403), ..Default::default() };
    service.inject(refusal);
    assert_eq!(api_error(pages.next().await).status_code, 403);
    let second = pages.next().await.unwrap().unwrap();
    assert_eq!((first.len(), second.len()), (3, 2));
    assert!(pages.next().await.unwrap().is_none());
}

#[tokio::test]
async fn every_request_leaves_an_audit_record() {
    let service =
        Service::start(Config { customers: 3.into(), vetting: Vetting::Manual, ..Config::default() }).await;
    let client = client(&service);
    for nth in 0..3 {
        client.update_qualification(id(service.customer(nth)), &education(), None).await.unwrap();
    }
    let today = service.emulator.now().date_naive().to_string();
    let one = service.customer(1).to_string();
    let every = all(client.list_audit_records(&AuditQuery::new(&today, None, None).unwrap())).await.concat();
    let about = all(client.list_audit_records(&AuditQuery::new(&today, None, Some(&one)).unwrap())).await;
    assert_eq!((every.len(), about.concat().len()), (3, 1));
    let record = &about[0][0];
    assert_eq!(record.customer_id.as_deref(), Some(one.as_str()));
    assert_eq!(record.operation_type.as_deref(), Some("update_customer_qualification"));
    let sent = service.emulator.journal();
    let sent = sent.iter().find(|entry| entry.customer_id == Some(service.customer(1))).unwrap();
    assert_eq!(record.original_correlation_id.as_deref(), Some(sent.correlation_id.as_str()));
    let long_ago = AuditQuery::new("2020-01-01", None, None).unwrap();
    let error = client.list_audit_records(&long_ago).next().await.unwrap_err();
    assert!(matches!(error, Error::Api(error) if error.status_code == 400));
}

#[tokio::test]
async fn what_an_app_only_token_may_not_do_is_explained() {
    use crate::client_support::at;
    use partnercenter_qual::auth::StaticToken;
    use partnercenter_qual::emulator::TokenOptions;

    let service = Service::manual().await;
    let token = service.emulator.access_token(&TokenOptions { app_only: true, ..TokenOptions::default() });
    let options = at(&format!("http://{}", service.address), partnercenter_qual::Options::default());
    let client = Client::new(std::sync::Arc::new(StaticToken::new(token).unwrap()), options).unwrap();
    let school = id(service.customer(0));
    assert_eq!(client.get_qualifications(school).await.unwrap(), []);
    let error = api_error(client.update_qualification(school, &education(), None).await);
    assert_eq!((error.status_code, error.fault.code.as_deref()), (403, Some("900329")));
    assert!(error.hint.unwrap().contains("App+User"));
}
