//! The admin API's customers and their qualifications, and what it tells of the emulator.

use partnercenter_qual::emulator::{Config, Vetting};
use serde_json::{Value, json};

use crate::emulator_admin::{get, json_of, post, refusal};
use crate::emulator_support::{Answer, Service, education};

async fn service() -> Service {
    let config = Config { customers: 30.into(), seed: 3, vetting: Vetting::Manual, ..Config::default() };
    Service::start(config).await
}

#[tokio::test]
async fn customers_are_found_by_name_and_place() {
    let service = service().await;
    let all = json_of(&get(&service, "/customers").await);
    assert_eq!((all["total"].as_u64(), all["customers"].as_array().map(Vec::len)), (Some(30), Some(30)));
    let some = json_of(&get(&service, "/customers?offset=28&limit=5").await);
    assert_eq!(some["customers"].as_array().unwrap(), &all["customers"].as_array().unwrap()[28..]);
    let name = all["customers"][7]["company_name"].as_str().unwrap();
    let query = name.to_lowercase().replace(' ', "%20").replace('&', "%26");
    let named = json_of(&get(&service, &format!("/customers?name={query}")).await);
    assert!(named["customers"].as_array().unwrap().contains(&all["customers"][7]), "{named}");
    let path = format!("/customers/{}", service.customer(7));
    assert_eq!(json_of(&get(&service, &path).await), all["customers"][7]);
    for (query, field) in [("limit=-1", "limit"), ("offset=many", "offset"), ("size=5", "size")] {
        assert_eq!(refusal(&get(&service, &format!("/customers?{query}")).await), (422, json!(field)));
    }
}

#[tokio::test]
async fn a_decision_shows_at_once_and_what_cannot_be_is_refused() {
    let service = service().await;
    let customer = service.customer(1);
    service.post(customer, &education()).await;
    let path = format!("/customers/{customer}/decide");
    let denied =
        json!({"qualification": "Education", "status": "Denied", "reason": "Not an Academic Domain"});
    let view = json_of(&post(&service, &path, &denied).await);
    assert_eq!(view["education_requests"], 1);
    assert_eq!(view["qualifications"][0]["vetting_reason"], "Not an Academic Domain");
    assert_eq!(service.read(customer).await[0]["vettingStatus"], "Denied");
    for (body, status, field) in [
        (json!({"qualification": "Gold", "status": "Denied"}), 422, "qualification"),
        (json!({"qualification": "Education", "status": "Expired"}), 422, "status"),
        (json!({"qualification": "Education", "status": "Approved", "reason": "No"}), 409, "reason"),
        (json!({"qualification": "StateOwnedEntity", "status": "Denied"}), 409, "status"),
    ] {
        assert_eq!(refusal(&post(&service, &path, &body).await), (status, json!(field)), "{body}");
    }
    for unknown in ["00000000-0000-0000-0000-000000000001", "x"] {
        let path = format!("/customers/{unknown}");
        assert_eq!(get(&service, &path).await.status, 404);
        assert_eq!(post(&service, &format!("{path}/decide"), &denied).await.status, 404);
    }
}

#[tokio::test]
async fn the_vetting_systems_own_report_decides() {
    let service = service().await;
    let customer = service.customer(2);
    service.post(customer, &education()).await;
    let report = |duplicate: bool| {
        json!({"requestStatus": {
            "status": "Approved",
            "metadata": [{"customerId": customer}],
            "stackServices": [{"serviceId": "OneVet", "isDuplicate": duplicate}],
        }})
    };
    let refused = post(&service, "/v1/customers/onevet", &report(true)).await;
    assert_eq!(refusal(&refused), (409, json!("requestStatus.stackServices[0].isDuplicate")));
    let view = json_of(&post(&service, "/v1/customers/onevet", &report(false)).await);
    assert_eq!(view["qualifications"][0]["vetting_status"], "Approved");
}

#[tokio::test]
async fn the_service_describes_itself() {
    let service = service().await;
    service.statuses(3).await;
    let told = json_of(&get(&service, "/service").await);
    assert_eq!(told["url"], format!("http://{}", service.address));
    assert_eq!(told["tenant_id"], json!(service.emulator.tenant_id()));
    assert_eq!((&told["customers"], &told["requests"]), (&json!(30), &json!(3)));
    assert_eq!((&told["effects"], &told["duplicates"]), (&json!(0), &json!(0)));
    assert_eq!((&told["settings"]["seed"], &told["settings"]["vetting"]), (&json!(3), &json!("manual")));
}

#[tokio::test]
async fn http_2_is_as_good() {
    let service = service().await;
    let http = reqwest::Client::builder().http2_prior_knowledge().no_proxy().build().unwrap();
    let url = format!("http://{}", service.address);
    let told = Answer::to(http.get(format!("{url}/_emulator/service"))).await.unwrap();
    assert_eq!(json_of(&told)["url"], json!(url));
}

#[tokio::test]
async fn the_journal_is_followed_by_number_and_searched() {
    let service = service().await;
    let customer = service.customer(4);
    service.read(customer).await;
    service.statuses(2).await;
    let entries = |query: &'static str| {
        let service = &service;
        async move { json_of(&get(service, &format!("/journal?{query}")).await)["entries"].clone() }
    };
    let numbers = |entries: Value| -> Vec<u64> {
        entries.as_array().unwrap().iter().filter_map(|entry| entry["number"].as_u64()).collect()
    };
    assert_eq!(numbers(entries("").await), [1, 2, 3]);
    assert_eq!(numbers(entries("after=1&limit=1").await), [2]);
    assert_eq!(numbers(entries("method=get&path=QUALIFICATIONS&status=200&early=false").await), [1]);
    assert_eq!(entries("limit=1").await[0]["customer_id"], json!(customer));
    assert_eq!(json_of(&get(&service, "/journal?limit=0").await), json!({"total": 3, "entries": []}));
    for (query, field) in [("status=many", "status"), ("early=maybe", "early"), ("colour=red", "colour")] {
        assert_eq!(refusal(&get(&service, &format!("/journal?{query}")).await), (422, json!(field)));
    }
}
