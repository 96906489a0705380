//! The admin API: who may ask, how it says no, and the levers that need no other part.

use partnercenter_qual::emulator::Config;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde_json::{Value, json};

use crate::emulator_support::{Answer, Service, education};

async fn service() -> Service {
    Service::start(Config { customers: 5.into(), seed: 3, ..Config::default() }).await
}

pub(crate) fn request(service: &Service, method: Method, path: &str) -> RequestBuilder {
    service.http.request(method, format!("http://{}/_emulator{path}", service.address))
}

pub(crate) fn json_of(answer: &Answer) -> Value {
    serde_json::from_slice(&answer.body).unwrap()
}

pub(crate) async fn get(service: &Service, path: &str) -> Answer {
    Answer::to(request(service, Method::GET, path)).await.unwrap()
}

pub(crate) async fn post(service: &Service, path: &str, body: &Value) -> Answer {
    let request = request(service, Method::POST, path).header("Content-Type", "application/json");
    Answer::to(request.body(body.to_string())).await.unwrap()
}

/// The status of a refusal, and the member it names.
pub(crate) fn refusal(answer: &Answer) -> (u16, Value) {
    let body = json_of(answer);
    for member in ["message", "cure"] {
        assert!(body[member].as_str().is_some_and(|text| !text.is_empty()), "{body}");
    }
    (answer.status.as_u16(), body["field"].clone())
}

#[tokio::test]
async fn the_clock_is_read_advanced_and_frozen() {
    let service = service().await;
    assert_eq!(json_of(&post(&service, "/clock/freeze", &json!({})).await)["frozen"], true);
    let before = service.emulator.now();
    let clock = json_of(&post(&service, "/clock/advance", &json!({"seconds": 86400.5})).await);
    assert_eq!(clock["frozen"], true);
    assert_eq!((service.emulator.now() - before).num_milliseconds(), 86_400_500);
    assert_eq!(clock, json_of(&get(&service, "/clock").await));
    assert_eq!(json_of(&post(&service, "/clock/unfreeze", &json!({})).await)["frozen"], false);
}

#[tokio::test]
async fn refusals_name_the_member_the_value_and_the_cure() {
    let service = service().await;
    let refused = post(&service, "/clock/advance", &json!({"seconds": -1})).await;
    assert_eq!(refusal(&refused), (422, json!("seconds")));
    assert_eq!(json_of(&refused)["value"], "-1");
    for (path, body, status, field) in [
        ("/clock/advance", json!({}), 422, json!("body")),
        ("/clock/advance", json!({"seconds": 1, "minutes": 1}), 422, json!("minutes")),
        ("/clock/advance", json!({"seconds": 1e12}), 409, json!("seconds")),
        ("/access_tokens", json!({"lifetime": "long"}), 422, json!("lifetime")),
        ("/device_codes/ABCDEFGHI", json!({}), 404, json!("user_code")),
        ("/certificates", json!({"certificate": "none"}), 409, json!("certificate")),
        ("/nowhere", json!({}), 404, json!("path")),
    ] {
        assert_eq!(refusal(&post(&service, path, &body).await), (status, field), "{path} {body}");
    }
    assert_eq!(refusal(&get(&service, "/effects?customer_id=5").await), (422, json!("customer_id")));
    assert_eq!(refusal(&get(&service, "/effects?customer=5").await), (422, json!("customer")));
}

#[tokio::test]
async fn a_body_is_json_says_so_and_is_not_too_long() {
    let service = service().await;
    let advance = |kind: &'static str, body: String| {
        let request = request(&service, Method::POST, "/clock/advance").header("Content-Type", kind);
        Answer::to(request.body(body))
    };
    for (kind, body, status) in [
        ("application/json; charset=utf-8", r#"{"seconds": 1}"#.to_owned(), 200),
        ("application/json", "{'seconds': 1}".to_owned(), 400),
        ("application/json", String::new(), 400),
        ("text/plain", r#"{"seconds": 1}"#.to_owned(), 415),
        ("application/json", format!(r#"{{"seconds": 1{}}}"#, " ".repeat(300_000)), 413),
    ] {
        let answer = advance(kind, body).await.unwrap();
        assert_eq!(answer.status, status, "{kind}");
    }
}

#[tokio::test]
async fn another_method_is_405_and_told_which_there_are() {
    let service = service().await;
    for (method, path, allow) in [
        (Method::POST, "/clock", "GET,HEAD"),
        (Method::GET, "/clock/advance", "POST"),
        (Method::DELETE, "/", "GET,HEAD"),
    ] {
        let answer = Answer::to(request(&service, method, path)).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.header("Allow")), (405, allow), "{path}");
        refusal(&answer);
    }
}

#[tokio::test]
async fn web_pages_of_others_are_kept_out() {
    let service = service().await;
    let own = format!("http://{}", service.address);
    for (header, value, status) in [
        ("Origin", own.as_str(), 200),
        ("Origin", "https://pages.example", 403),
        ("Origin", "null", 403),
        ("Host", "localhost", 200),
        ("Host", "rebound.example", 403),
    ] {
        let request = request(&service, Method::GET, "/clock").header(header, value);
        let answer = Answer::to(request).await.unwrap();
        assert_eq!(answer.status, status, "{header}: {value}");
        assert_eq!(answer.header("Cache-Control"), "no-store");
    }
}

#[tokio::test]
async fn tokens_of_every_kind_are_handed_out() {
    let service = service().await;
    let credentials = json_of(&get(&service, "/credentials").await);
    assert_eq!(credentials["client_id"], json!(service.emulator.client_id()));
    assert_eq!(credentials["tenant_id"], json!(service.emulator.tenant_id()));
    for (options, status) in [
        (json!({}), 200),
        (json!({"app_only": true, "mfa": false}), 200),
        (json!({"mfa": false}), 401),
        (json!({"audience": "https://graph.windows.net"}), 401),
        (json!({"lifetime": 0.0}), 401),
    ] {
        let issued = post(&service, "/access_tokens", &options).await;
        assert_eq!(issued.status, StatusCode::CREATED);
        let token = json_of(&issued)["access_token"].as_str().unwrap().to_owned();
        let url = format!("http://{}/v1/customers", service.address);
        let answer = Answer::to(service.http.get(url).bearer_auth(token)).await.unwrap();
        assert_eq!(answer.status, status, "{options}");
    }
    let refresh_token = post(&service, "/refresh_tokens", &json!({"mfa": false})).await;
    assert_eq!(refresh_token.status, StatusCode::CREATED);
    assert!(json_of(&refresh_token)["refresh_token"].is_string());
}

#[tokio::test]
async fn effects_are_told_and_the_admin_api_leaves_no_trace_of_itself() {
    let service = service().await;
    let customer = service.customer(1);
    service.post(customer, &education()).await;
    let path = format!("/effects?customer_id={customer}");
    let effects = json_of(&get(&service, &path).await);
    assert_eq!(effects["effects"][0]["qualification"], "Education");
    assert_eq!(effects["effects"][0]["customer_id"], json!(customer));
    let other = format!("/effects?customer_id={}", service.customer(2));
    assert_eq!(json_of(&get(&service, &other).await), json!({"effects": []}));
    assert_eq!(service.emulator.journal().len(), 1);
}

#[tokio::test]
async fn the_page_is_served_whole_and_may_fetch_from_here_alone() {
    let service = service().await;
    let url = format!("http://{}/_emulator", service.address);
    let http =
        reqwest::Client::builder().redirect(reqwest::redirect::Policy::none()).no_proxy().build().unwrap();
    let redirect = http.get(&url).send().await.unwrap();
    assert_eq!(
        (redirect.status().as_u16(), redirect.headers()["Location"].as_bytes()),
        (308, &b"/_emulator/"[..])
    );
    let page = get(&service, "/").await;
    assert_eq!(page.header("Content-Type"), "text/html; charset=utf-8");
    let policy = page.header("Content-Security-Policy");
    assert!(policy.contains("default-src 'self'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert_eq!(page.header("X-Content-Type-Options"), "nosniff");
    for (file, media_type) in
        [("page.css", "text/css; charset=utf-8"), ("page.js", "text/javascript; charset=utf-8")]
    {
        assert!(String::from_utf8_lossy(&page.body).contains(file));
        assert_eq!(get(&service, &format!("/{file}")).await.header("Content-Type"), media_type);
    }
}
