//! Customers, audit records and validation codes: content, pages, filters.

use std::collections::HashSet;
use std::time::Duration;

use chrono::{NaiveTime, TimeDelta};
use partnercenter_qual::emulator::{Config, TokenOptions, Vetting};
use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator_support::{Answer, Service, education};

async fn tenant(customers: usize, seed: u64) -> Service {
    Service::start(Config {
        customers: customers.into(),
        seed,
        vetting: Vetting::Manual,
        ..Config::default()
    })
    .await
}

/// All items of a collection, by following its links, and the sizes of its pages.
async fn all_pages(service: &Service, path: &str) -> (Vec<Value>, Vec<usize>) {
    let (mut items, mut sizes) = (Vec::new(), Vec::new());
    let mut request = service.request(Method::GET, path);
    loop {
        let answer = Answer::to(request).await.unwrap();
        assert_eq!(answer.status, 200, "{}", answer.json());
        let page = answer.json();
        let found = page["items"].as_array().unwrap();
        assert_eq!(page["totalCount"], found.len());
        sizes.push(found.len());
        items.extend_from_slice(found);
        let next = &page["links"]["next"];
        if next.is_null() {
            assert!(page.get("continuationToken").is_none());
            return (items, sizes);
        }
        let header = &next["headers"][0];
        assert_eq!(header["key"], "MS-ContinuationToken");
        assert_eq!(header["value"], page["continuationToken"]);
        let uri = next["uri"].as_str().unwrap();
        assert!(uri.starts_with('/') && uri.contains("seekOperation=Next"), "{uri}");
        let token = header["value"].as_str().unwrap();
        request = service.request(Method::GET, uri).header("MS-ContinuationToken", token);
    }
}

pub(crate) fn filtered(field: &str, value: &str, operator: &str) -> String {
    let filter = json!({"Field": field, "Value": value, "Operator": operator}).to_string();
    filter.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
}

#[tokio::test]
async fn the_same_seed_gives_the_same_tenant_byte_for_byte() {
    let (one, same, other) = (tenant(20, 7).await, tenant(20, 7).await, tenant(20, 8).await);
    for path in ["/v1/customers", "/v1/customers/all/validations"] {
        let body = one.get(path).await.body;
        assert_eq!(body, same.get(path).await.body, "{path}");
        assert_ne!(body, other.get(path).await.body, "{path}");
    }
}

#[tokio::test]
async fn customers_come_in_pages_of_the_size_asked_for() {
    let service = tenant(501, 0).await;
    let ids: Vec<_> = service.emulator.customer_ids().iter().map(ToString::to_string).collect();
    for (path, expected) in [
        ("/v1/customers", vec![500, 1]),
        ("/v1/customers?size=0", vec![500, 1]),
        ("/v1/Customers?Size=200", vec![200, 200, 101]),
        ("/v1/customers?size=167", vec![167, 167, 167]),
    ] {
        let (items, sizes) = all_pages(&service, path).await;
        assert_eq!(sizes, expected, "{path}");
        let found: Vec<_> = items.iter().map(|item| item["id"].as_str().unwrap()).collect();
        assert_eq!(found, ids, "{path}");
    }
    for size in ["501", "-1", "many"] {
        let answer = service.get(&format!("/v1/customers?size={size}")).await;
        assert_eq!(answer.refusal(), (400, 3000), "{size}");
    }
}

#[tokio::test]
async fn a_continuation_token_is_no_other_collections() {
    let service = tenant(3, 0).await;
    let page = service.get("/v1/customers?size=1").await.json();
    let token = page["continuationToken"].as_str().unwrap();
    for (path, token) in [("/v1/auditrecords", token), ("/v1/customers", "nonsense")] {
        let request = service.request(Method::GET, path).header("MS-ContinuationToken", token);
        assert_eq!(Answer::to(request).await.unwrap().refusal(), (400, 3000), "{path}");
    }
}

#[tokio::test]
async fn customers_are_found_by_the_beginning_of_their_name_in_any_case() {
    let service = tenant(300, 1).await;
    let (everyone, _) = all_pages(&service, "/v1/customers").await;
    let name = |item: &Value| item["companyProfile"]["companyName"].as_str().unwrap().to_owned();
    let expected: Vec<_> = everyone.iter().filter(|item| name(item).starts_with("Río Claro")).collect();
    assert!(expected.len() > 2);
    let filter = filtered("companyname", "rÍO cLARO", "STARTS_WITH");
    let (found, sizes) = all_pages(&service, &format!("/v1/customers?size=2&filter={filter}")).await;
    assert_eq!(found.iter().collect::<Vec<_>>(), expected);
    assert!(sizes.len() > 1);
    let operator = filtered("CompanyName", "a", "substring");
    assert_eq!(service.get(&format!("/v1/customers?filter={operator}")).await.refusal(), (400, 2000));
    let field = filtered("IndirectReseller", "a", "starts_with");
    assert_eq!(service.get(&format!("/v1/customers?filter={field}")).await.refusal(), (400, 3000));
    assert_eq!(service.get("/v1/customers?filter=oops").await.refusal(), (400, 3000));
}

#[tokio::test]
async fn a_single_customer_has_what_the_list_has_and_more() {
    let service = tenant(2, 0).await;
    let listed = service.get("/v1/customers").await.json()["items"][1].clone();
    let single = service.get(&format!("/v1/customers/{}", service.customer(1))).await.json();
    for (name, value) in listed.as_object().unwrap() {
        assert_eq!(&single[name], value, "{name}");
    }
    assert_eq!(single["relationshipToPartner"], "reseller");
    assert!(single["billingProfile"]["attributes"]["etag"].is_string());
    assert_eq!(single["customDomains"][0], listed["companyProfile"]["domain"]);
}

#[tokio::test]
async fn validation_codes_are_a_bare_array() {
    let service = tenant(1, 0).await;
    let codes = service.get("/v1/customers/all/validations").await.json();
    let codes = codes.as_array().unwrap();
    assert!(codes.len() > 1);
    for code in codes {
        let members: HashSet<_> = code.as_object().unwrap().keys().map(String::as_str).collect();
        let known =
            ["partnerId", "organizationName", "validationId", "maxCreates", "remainingCreates", "eTag"];
        assert_eq!(members, HashSet::from(known));
        assert!(code["validationId"].is_string() && code["remainingCreates"] == code["maxCreates"]);
    }
}

#[tokio::test]
async fn every_request_that_took_effect_has_an_audit_record() {
    let service = tenant(4, 0).await;
    for nth in 0..3 {
        let request = service.posting(service.customer(nth), &education());
        let correlation = format!("correlation-{nth}");
        Answer::to(request.header("MS-CorrelationId", correlation)).await.unwrap();
    }
    service.post(service.customer(0), &education()).await;
    let (records, sizes) = all_pages(&service, "/v1/auditrecords?size=2").await;
    assert_eq!(sizes, [2, 1]);
    let customers: Vec<_> = records.iter().map(|record| record["customerId"].clone()).collect();
    let expected: Vec<_> = service.emulator.customer_ids()[..3].iter().map(|id| json!(id)).collect();
    assert_eq!(customers, expected);
    let record = &records[0];
    assert_eq!(record["operationType"], "update_customer_qualification");
    assert_eq!(
        (&record["resourceType"], &record["operationStatus"]),
        (&json!("customer"), &json!("succeeded"))
    );
    assert_eq!(record["originalCorrelationId"], "correlation-0");
    let value: Value = serde_json::from_str(record["resourceNewValue"].as_str().unwrap()).unwrap();
    assert_eq!(value, service.read(service.customer(0)).await[0]);
    let one = filtered("CustomerId", &service.customer(1).to_string().to_uppercase(), "equals");
    let (found, _) = all_pages(&service, &format!("/v1/auditrecords?filter={one}")).await;
    assert_eq!(found, [records[1].clone()]);
}

#[tokio::test]
async fn audit_records_are_kept_ninety_days_and_shown_for_thirty() {
    let mut service = tenant(1, 0).await;
    // On to noon, so that no midnight passes during the test.
    let noon = (service.emulator.now() + TimeDelta::days(1)).date_naive().and_time(NaiveTime::MIN).and_utc()
        + TimeDelta::hours(12);
    service.emulator.advance((noon - service.emulator.now()).to_std().unwrap()).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
    service.post(service.customer(0), &education()).await;
    let day = |days: i64| (service.emulator.now() + TimeDelta::days(days)).format("%Y-%m-%d").to_string();
    let (today, yesterday, oldest, too_old) = (day(0), day(-1), day(-90), day(-91));
    let counts = [
        (format!("startDate={oldest}&endDate={today}"), 1),
        (format!("startDate={today}"), 1),
        (format!("startDate={oldest}&endDate={yesterday}"), 0),
        (format!("startDate={today}T00:00:00Z"), 1),
    ];
    for (query, expected) in counts {
        let (found, _) = all_pages(&service, &format!("/v1/auditrecords?{query}")).await;
        assert_eq!(found.len(), expected, "{query}");
    }
    let backwards = format!("startDate={today}&endDate={yesterday}");
    for query in [format!("startDate={too_old}"), "startDate=soon".to_owned(), backwards] {
        assert_eq!(service.get(&format!("/v1/auditrecords?{query}")).await.refusal(), (400, 3000), "{query}");
    }
    service.emulator.advance(Duration::from_secs(40 * 86_400)).unwrap();
    service.token = service.emulator.access_token(&TokenOptions::default());
    assert!(all_pages(&service, "/v1/auditrecords").await.0.is_empty());
    let (found, _) = all_pages(&service, &format!("/v1/auditrecords?startDate={today}")).await;
    assert_eq!(found.len(), 1);
}
