//! The emulator's Entra: where things are, who may ask, and what tokens are like.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use partnercenter_qual::emulator::{AUDIENCE, AUDIENCE_CHINA, Config, Fault, RetryAfter};
use reqwest::Method;
use serde_json::{Value, json};

use crate::emulator_entra_support::{Entra, Reply, claims, default_scope};
use crate::emulator_support::Answer;

/// A client credentials request for the API.
fn as_application<'a>(secret: &'a str, scope: &'a str) -> [(&'a str, &'a str); 3] {
    [("grant_type", "client_credentials"), ("client_secret", secret), ("scope", scope)]
}

async fn get(entra: &Entra, path: &str) -> Reply {
    Reply(Answer::to(entra.service.http.get(entra.url(path))).await.unwrap())
}

#[tokio::test]
async fn version_2_answers_numbers_and_version_1_strings() {
    let entra = Entra::start().await;
    let secret = entra.client_secret.as_str();
    let v2 = entra.token(&as_application(secret, &default_scope())).await;
    assert_eq!(v2.0.status, 200);
    assert_eq!(v2.0.header("Content-Type"), "application/json; charset=utf-8");
    assert_eq!(v2.0.header("Cache-Control"), "no-store");
    let mut body = v2.json();
    let token = body["access_token"].take();
    assert_eq!(
        body,
        json!({"token_type": "Bearer", "expires_in": 3600, "ext_expires_in": 3600, "access_token": null})
    );
    assert_eq!(entra.call(token.as_str().unwrap()).await.status, 200);

    let form = [("grant_type", "client_credentials"), ("client_secret", secret), ("resource", AUDIENCE)];
    let v1 = entra.post("oauth2/token", &form).await;
    let body = v1.json();
    assert_eq!((&body["expires_in"], &body["ext_expires_in"]), (&json!("3600"), &json!("3600")));
    assert_eq!(body["resource"], AUDIENCE);
    let at = |name: &str| v1.text(name).parse::<i64>().unwrap();
    assert!((3600..=3601).contains(&(at("expires_on") - at("not_before"))));
    assert!(body.get("refresh_token").is_none() && body.get("scope").is_none());
    assert_eq!(entra.call(&v1.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn an_application_alone_has_a_token_without_a_user() {
    let entra = Entra::start().await;
    let secret = entra.client_secret.as_str();
    let v2 = claims(&entra.token(&as_application(secret, &default_scope())).await.text("access_token"));
    assert_eq!((&v2["aud"], &v2["idtyp"], &v2["ver"]), (&json!(AUDIENCE), &json!("app"), &json!("2.0")));
    assert_eq!((&v2["appid"], &v2["azp"]), (&json!(entra.client_id), &json!(entra.client_id)));
    assert_eq!(v2["tid"], entra.tenant_id);
    assert!(["amr", "scp", "upn"].iter().all(|name| v2.get(name).is_none()), "{v2}");
    let form = [("grant_type", "client_credentials"), ("client_secret", secret), ("resource", AUDIENCE)];
    let v1 = claims(&entra.post("oauth2/token", &form).await.text("access_token"));
    assert_eq!((&v1["ver"], v1.get("azp")), (&json!("1.0"), None));
    assert_ne!(v1["iss"], v2["iss"]);
}

#[tokio::test]
async fn a_user_is_in_the_token_and_so_is_multifactor_authentication() {
    let entra = Entra::start().await;
    let token = entra.refresh(&entra.refresh_token()).await.text("access_token");
    let with_mfa = claims(&token);
    assert_eq!((&with_mfa["idtyp"], &with_mfa["scp"]), (&json!("user"), &json!("user_impersonation")));
    assert_eq!(with_mfa["amr"], json!(["pwd", "mfa"]));
    assert_eq!(with_mfa["upn"], with_mfa["unique_name"]);
    assert_eq!(entra.call(&token).await.status, 200);
    let weak = entra.service.emulator.issue_refresh_token(false);
    let weak = secrecy::ExposeSecret::expose_secret(&weak).to_owned();
    let token = entra.refresh(&weak).await.text("access_token");
    assert_eq!(claims(&token)["amr"], json!(["pwd"]));
    assert_eq!(entra.call(&token).await.refusal(), (401, 900_421));
}

#[tokio::test]
async fn the_scope_or_resource_is_the_audience_and_the_api_takes_two() {
    let entra = Entra::start().await;
    let secret = entra.client_secret.as_str();
    for (resource, code) in [(AUDIENCE, 200), (AUDIENCE_CHINA, 200), ("https://graph.windows.net", 401)] {
        let scope = format!("{resource}/.default");
        let token = entra.token(&as_application(secret, &scope)).await.text("access_token");
        assert_eq!(claims(&token)["aud"], resource);
        let answer = entra.call(&token).await;
        assert_eq!(answer.status, code);
        if code == 401 {
            assert_eq!(answer.refusal(), (401, 900_420));
        }
    }
}

#[tokio::test]
async fn no_resource_two_resources_or_a_single_permission_are_no_scope() {
    let entra = Entra::start().await;
    let secret = entra.client_secret.as_str();
    let two = format!("{AUDIENCE}/.default https://graph.microsoft.com/.default");
    let single = format!("{AUDIENCE}/user_impersonation");
    for scope in ["", "openid", "User.Read", &two, &single] {
        entra.token(&as_application(secret, scope)).await.assert_refused(400, "invalid_scope", 70_011);
    }
    let v1 = entra.post("oauth2/token", &as_application(secret, &default_scope())).await;
    v1.assert_refused(400, "invalid_scope", 70_011);
    let single = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &entra.refresh_token()),
        ("scope", &format!("openid {single}")),
    ];
    assert_eq!(entra.token(&single).await.text("scope"), format!("{AUDIENCE}/user_impersonation"));
}

#[tokio::test]
async fn a_secret_must_be_right_and_an_application_needs_one() {
    let entra = Entra::start().await;
    let scope = default_scope();
    let wrong = entra.token(&as_application("not the secret", &scope)).await;
    wrong.assert_refused(401, "invalid_client", 7_000_215);
    entra.token(&as_application("", &scope)).await.assert_refused(401, "invalid_client", 7_000_218);
    let refresh_token = entra.refresh_token();
    let form = [("grant_type", "refresh_token"), ("refresh_token", &refresh_token), ("scope", &scope)];
    let with = |secret| [&form[..], &[("client_secret", secret)]].concat();
    entra.token(&with("not the secret")).await.assert_refused(401, "invalid_client", 7_000_215);
    assert_eq!(entra.token(&with(&entra.client_secret)).await.0.status, 200);
    assert_eq!(entra.token(&form).await.0.status, 200, "a public client has no secret");
}

#[tokio::test]
async fn the_secret_may_come_as_http_basic() {
    let entra = Entra::start().await;
    let scope = default_scope();
    let form = [("grant_type", "client_credentials"), ("scope", scope.as_str())];
    for (secret, status) in [(entra.client_secret.as_str(), 200), ("wrong", 401)] {
        let basic = STANDARD.encode(format!("{}:{secret}", entra.client_id));
        let request = entra.posting("oauth2/v2.0/token", &form);
        let answer = Answer::to(request.header("Authorization", format!("Basic {basic}"))).await.unwrap();
        assert_eq!(answer.status, status);
    }
}

#[tokio::test]
async fn tenant_application_and_grant_must_be_known() {
    let mut entra = Entra::start().await;
    let (secret, scope) = (entra.client_secret.clone(), default_scope());
    let form = as_application(&secret, &scope);
    let nobody = [&[("client_id", "11111111-2222-3333-4444-555555555555")], &form[..]].concat();
    let answer = Reply(Answer::to(entra.posting("oauth2/v2.0/token", &nobody)).await.unwrap());
    answer.assert_refused(400, "unauthorized_client", 700_016);
    let password = entra.token(&[("grant_type", "password"), ("username", "a"), ("password", "b")]).await;
    password.assert_refused(400, "unsupported_grant_type", 70_003);
    for tenant in ["common", "Organizations", "Partner.example", &entra.tenant_id.to_uppercase()] {
        entra.tenant_id = tenant.to_owned();
        assert_eq!(entra.token(&form).await.0.status, 200, "{tenant}");
    }
    for tenant in ["contoso.example", "", "11111111-2222-3333-4444-555555555555"] {
        entra.tenant_id = tenant.to_owned();
        entra.token(&form).await.assert_refused(400, "invalid_request", 90_002);
        get(&entra, "v2.0/.well-known/openid-configuration").await.assert_refused(
            400,
            "invalid_request",
            90_002,
        );
    }
}

#[tokio::test]
async fn only_a_form_is_read_and_what_it_lacks_is_named() {
    let entra = Entra::start().await;
    let lacking = |name: &str, reply: Reply| {
        reply.assert_refused(400, "invalid_request", 900_144);
        assert!(reply.text("error_description").contains(&format!("'{name}'")), "{}", reply.json());
    };
    lacking("grant_type", entra.token(&[]).await);
    lacking("refresh_token", entra.token(&[("grant_type", "refresh_token")]).await);
    let anonymous = entra.posting("oauth2/v2.0/token", &[("grant_type", "client_credentials")]);
    lacking("client_id", Reply(Answer::to(anonymous).await.unwrap()));
    let body = json!({"grant_type": "client_credentials", "client_id": entra.client_id}).to_string();
    let request = entra.service.http.post(entra.url("oauth2/v2.0/token")).body(body);
    let request = request.header("Content-Type", "application/json");
    lacking("grant_type", Reply(Answer::to(request).await.unwrap()));
    get(&entra, "oauth2/v2.0/token").await.assert_refused(405, "invalid_request", 900_561);
}

#[tokio::test]
async fn a_refusal_tells_its_ids_and_time() {
    let entra = Entra::start().await;
    let request = entra.posting("oauth2/v2.0/token", &[]).header("client-request-id", "mine");
    let reply = Reply(Answer::to(request).await.unwrap());
    assert_eq!(reply.text("correlation_id"), "mine");
    assert_eq!(reply.text("trace_id"), reply.0.header("x-ms-request-id"));
    assert!(reply.text("timestamp").ends_with('Z'));
    assert!(reply.text("error_description").contains(&reply.text("trace_id")));
}

#[tokio::test]
async fn metadata_names_the_endpoints_where_the_caller_found_them() {
    let entra = Entra::start().await;
    let v2 = get(&entra, "v2.0/.well-known/openid-configuration").await;
    assert_eq!(v2.text("token_endpoint"), entra.url("oauth2/v2.0/token"));
    assert_eq!(v2.text("device_authorization_endpoint"), entra.url("oauth2/v2.0/devicecode"));
    assert_eq!(v2.text("issuer"), entra.url("v2.0"));
    let v1 = get(&entra, ".well-known/openid-configuration").await;
    assert_eq!(v1.text("token_endpoint"), entra.url("oauth2/token"));
    let by_name = entra.service.http.get(entra.url("v2.0/.well-known/openid-configuration"));
    let by_name = Reply(Answer::to(by_name.header("Host", "emulator.example:81")).await.unwrap());
    assert!(by_name.text("token_endpoint").starts_with("http://emulator.example:81/"));
}

#[tokio::test]
async fn a_life_ends_to_the_fraction_of_a_second_on_the_virtual_clock() {
    for (millis, expires_in) in [(500, 1), (2500, 2), (600_000, 600)] {
        let token_lifetime = Duration::from_millis(millis);
        let entra = Entra::with(Config { customers: 1.into(), token_lifetime, ..Config::default() }).await;
        let answer = entra.refresh(&entra.refresh_token()).await;
        assert_eq!(answer.json()["expires_in"], expires_in);
        let claims = claims(&answer.text("access_token"));
        let seconds = |name: &str| claims[name].as_f64().unwrap();
        assert!((seconds("exp") - seconds("iat") - token_lifetime.as_secs_f64()).abs() < 1e-5);
        entra.service.emulator.advance(token_lifetime).unwrap();
        assert_eq!(entra.call(&answer.text("access_token")).await.refusal(), (401, 400));
    }
}

#[tokio::test]
async fn faults_reach_entra_by_path_alone() {
    let entra = Entra::start().await;
    let (secret, scope) = (entra.client_secret.as_str(), default_scope());
    let form = as_application(secret, &scope);
    entra.service.inject(Fault { status: Some(500), ..Fault::default() });
    assert_eq!(entra.token(&form).await.0.status, 200);
    assert_eq!(entra.service.statuses(2).await, [500, 200]);
    let fault =
        |status| Fault { status: Some(status), path: Some("/OAUTH2/".to_owned()), ..Fault::default() };
    entra.service.inject(fault(503));
    entra.token(&form).await.assert_refused(503, "temporarily_unavailable", 90_033);
    entra.service.inject(Fault { retry_after: Some(RetryAfter::Seconds(7.0)), ..fault(429) });
    let throttled = entra.token(&form).await;
    throttled.assert_refused(429, "temporarily_unavailable", 90_055);
    assert_eq!(throttled.0.header("Retry-After"), "7");
    entra.service.inject(fault(401));
    entra.token(&form).await.assert_refused(401, "invalid_client", 7_000_215);
    entra.service.inject(fault(400));
    entra.token(&form).await.assert_refused(400, "invalid_grant", 70_000);
    let body =
        json!({"error": "invalid_grant", "error_codes": [65001], "error_description": "AADSTS65001: no"});
    entra.service.inject(Fault { body: Some(body.to_string().into()), ..fault(400) });
    entra.token(&form).await.assert_refused(400, "invalid_grant", 65_001);
    assert_eq!(entra.token(&form).await.0.status, 200);
}

#[tokio::test]
async fn entra_is_another_service_than_the_api() {
    let config = Config { customers: 1.into(), requests_per_window: Some(2), ..Config::default() };
    let entra = Entra::with(config).await;
    let (secret, scope) = (entra.client_secret.as_str(), default_scope());
    let form = as_application(secret, &scope);
    for _ in 0..5 {
        assert_eq!(entra.token(&form).await.0.status, 200);
    }
    let wait = Fault { status: Some(429), path: Some("token".to_owned()), ..Fault::default() };
    entra.service.inject(Fault { retry_after: Some(RetryAfter::Seconds(60.0)), ..wait });
    assert_eq!(entra.token(&form).await.0.status, 429);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(entra.service.statuses(3).await, [200, 200, 429]);
    tokio::time::sleep(Duration::from_millis(60)).await;
    assert_eq!(entra.token(&form).await.0.status, 200);
    assert!(entra.service.emulator.journal().iter().all(|entry| !entry.early));
}

#[tokio::test]
async fn the_journal_has_token_requests_and_none_of_their_secrets() {
    let entra = Entra::start().await;
    let (secret, scope) = (entra.client_secret.as_str(), default_scope());
    entra.token(&as_application(secret, &scope)).await;
    let with_query = entra.posting("oauth2/token?client_secret=leaked", &[]);
    Answer::to(with_query.header("client-request-id", "mine")).await.unwrap();
    let journal = entra.service.emulator.journal();
    let path = format!("/{}/oauth2/v2.0/token", entra.tenant_id);
    assert_eq!((journal[0].method.as_str(), journal[0].path.as_str()), ("POST", path.as_str()));
    assert_eq!((journal[0].status, journal[0].customer_id), (Some(200), None));
    assert_eq!((journal[1].status, journal[1].correlation_id.as_str()), (Some(400), "mine"));
    let told = format!("{journal:?} {:?}", entra.service.emulator);
    assert!(!told.contains(secret) && !told.contains("leaked"), "{told}");
    let token = entra.refresh_token();
    assert!(!format!("{:?}", entra.service.emulator).contains(&token));
}

#[tokio::test]
async fn overlapping_token_requests_are_witnessed() {
    let entra = Entra::start().await;
    let (secret, scope) = (entra.client_secret.as_str(), default_scope());
    let form = as_application(secret, &scope);
    let most = || entra.service.emulator.most_token_requests_at_once();
    assert_eq!(most(), 0);
    entra.token(&form).await;
    get(&entra, "v2.0/.well-known/openid-configuration").await;
    entra.token(&form).await;
    assert_eq!(most(), 1);
    let delay = Some(Duration::from_millis(300));
    let slow = Fault { delay, times: None, path: Some("token".to_owned()), ..Fault::default() };
    entra.service.inject(slow);
    tokio::join!(entra.token(&form), entra.token(&form), entra.token(&form));
    assert_eq!(most(), 3);
    entra.service.emulator.reset();
    assert_eq!(most(), 0);
}

#[tokio::test]
async fn what_is_not_entras_is_the_apis() {
    let entra = Entra::start().await;
    let url = format!("http://{}/{}/oauth2/v2.0/authorize", entra.service.address, entra.tenant_id);
    let answer = Answer::to(entra.service.http.request(Method::GET, url)).await.unwrap();
    assert_eq!(answer.refusal(), (401, 800_001));
    let info: Value = get(&entra, "v2.0/.well-known/openid-configuration").await.json();
    assert!(info["authorization_endpoint"].is_string());
}
