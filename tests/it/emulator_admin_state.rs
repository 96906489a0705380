//! The admin API's faults, states and settings.

use partnercenter_qual::emulator::Config;
use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator_admin::{get, json_of, post, refusal, request};
use crate::emulator_support::{Answer, Service, education};

async fn service() -> Service {
    Service::start(Config { customers: 5.into(), seed: 3, ..Config::default() }).await
}

async fn send(service: &Service, method: Method, path: &str, body: Option<&Value>) -> Answer {
    let mut request = request(service, method, path);
    if let Some(body) = body {
        request = request.header("Content-Type", "application/json").body(body.to_string());
    }
    Answer::to(request).await.unwrap()
}

#[tokio::test]
async fn a_fault_is_injected_switched_off_and_removed() {
    let service = service().await;
    let rule = post(&service, "/faults", &json!({"status": 503, "times": null})).await;
    assert_eq!(rule.status, 201);
    let rule = json_of(&rule);
    let path = format!("/faults/{}", rule["id"]);
    assert_eq!(service.statuses(1).await, [503]);
    let off = send(&service, Method::PATCH, &path, Some(&json!({"enabled": false}))).await;
    assert_eq!((&json_of(&off)["enabled"], &json_of(&off)["fired"]), (&json!(false), &json!(1)));
    assert_eq!(service.statuses(1).await, [200]);
    assert_eq!(json_of(&get(&service, &path).await), json_of(&off));
    assert_eq!(json_of(&get(&service, "/faults").await), json!({"faults": [json_of(&off)]}));
    assert_eq!(send(&service, Method::DELETE, &path, None).await.status, 204);
    for method in [Method::GET, Method::DELETE] {
        assert_eq!(refusal(&send(&service, method, &path, None).await), (404, json!("id")));
    }
}

#[tokio::test]
async fn all_faults_are_removed_at_once_and_bad_ones_refused() {
    let service = service().await;
    for _ in 0..2 {
        post(&service, "/faults", &json!({"reset": true})).await;
    }
    assert_eq!(send(&service, Method::DELETE, "/faults", None).await.status, 204);
    assert_eq!(json_of(&get(&service, "/faults").await), json!({"faults": []}));
    for (fault, status, field) in [
        (json!({"colour": "red"}), 422, "colour"),
        (json!({"status": "503"}), 422, "status"),
        (json!({"status": 99}), 409, "status"),
        (json!({}), 409, "status"),
    ] {
        assert_eq!(refusal(&post(&service, "/faults", &fault).await), (status, json!(field)), "{fault}");
    }
    assert_eq!(get(&service, "/faults/x").await.status, 404);
    assert_eq!(json_of(&get(&service, "/assertions").await)["faults_fired"]["passed"], true);
}

#[tokio::test]
async fn a_state_is_kept_and_brought_back() {
    let service = service().await;
    let customer = service.customer(1);
    service.post(customer, &education()).await;
    let kept = json_of(&get(&service, "/state").await);
    assert_eq!(post(&service, "/reset", &json!({"seed": 4})).await.status, 204);
    assert!(!service.emulator.customer_ids().contains(&customer));
    assert_eq!(send(&service, Method::PUT, "/state", Some(&kept)).await.status, 204);
    assert_eq!(service.read(customer).await[0]["qualification"], "Education");
    for (state, field) in [(json!({}), "format"), (json!({"format": kept["format"]}), "body")] {
        assert_eq!(refusal(&send(&service, Method::PUT, "/state", Some(&state)).await), (409, json!(field)));
    }
}

#[tokio::test]
async fn a_reset_leads_back_to_the_start_or_to_another() {
    let service = service().await;
    service.post(service.customer(0), &education()).await;
    assert_eq!(send(&service, Method::POST, "/reset", None).await.status, 204);
    assert_eq!(service.emulator.effects(), []);
    let settings = json!({"customers": [{"company_name": "Dunmere Academy"}], "wire": {"bom": false}});
    assert_eq!(post(&service, "/reset", &settings).await.status, 204);
    let told = json_of(&get(&service, "/service").await);
    assert_eq!((&told["customers"], &told["settings"]["wire"]["bom"]), (&json!(1), &json!(false)));
    for (settings, status, field) in [
        (json!({"customers": "many"}), 422, "customers"),
        (json!({"wire": {"bom": "no"}}), 422, "wire.bom"),
        (json!({"journal_size": 0}), 409, "journal_size"),
    ] {
        assert_eq!(refusal(&post(&service, "/reset", &settings).await), (status, json!(field)));
    }
    assert_eq!(service.emulator.customer_ids().len(), 1);
}

#[tokio::test]
async fn more_than_a_megabyte_of_customers_can_be_reset_to() {
    let service = service().await;
    let customers: Vec<_> = (0..20_000)
        .map(|nth| json!({"company_name": format!("School {nth}"), "qualifications": []}))
        .collect();
    let settings = json!({"customers": customers, "seed": 5.0});
    assert!(settings.to_string().len() > 1_000_000);
    assert_eq!(post(&service, "/reset", &settings).await.status, 204);
    assert_eq!(service.emulator.customer_ids().len(), 20_000);
    let state = get(&service, "/state").await;
    assert_eq!(state.header("Content-Type"), "application/json");
    assert_eq!(send(&service, Method::PUT, "/state", Some(&json_of(&state))).await.status, 204);
}

#[tokio::test]
async fn the_document_names_this_emulator() {
    let service = service().await;
    let document = json_of(&get(&service, "/openapi.json").await);
    assert_eq!(document["servers"], json!([{"url": format!("http://{}", service.address)}]));
    let client_id = &document["components"]["schemas"]["ClientId"]["const"];
    assert_eq!(*client_id, json!(service.emulator.client_id()));
}
