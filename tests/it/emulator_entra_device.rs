//! The emulator's device authorization.

use partnercenter_qual::emulator::AUDIENCE;
use reqwest::Method;
use serde_json::json;

use crate::emulator_entra_support::{DEVICE_CODE, Entra, Reply, claims, default_scope};
use crate::emulator_support::Answer;

async fn start(entra: &Entra) -> Reply {
    let scope = format!("openid offline_access {}", default_scope());
    entra.post("oauth2/v2.0/devicecode", &[("scope", &scope)]).await
}

async fn poll(entra: &Entra, started: &Reply) -> Reply {
    let device_code = started.text("device_code");
    entra.token(&[("grant_type", DEVICE_CODE), ("device_code", &device_code)]).await
}

/// Posts the form of the page.
async fn enter(entra: &Entra, form: &[(&str, &str)]) -> u16 {
    let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
    let url = format!("http://{}/devicelogin", entra.service.address);
    let request = entra.service.http.post(url).body(body);
    let request = request.header("Content-Type", "application/x-www-form-urlencoded");
    Answer::to(request).await.unwrap().status.as_u16()
}

#[tokio::test]
async fn a_device_is_told_where_and_what_to_enter() {
    let entra = Entra::start().await;
    let v2 = start(&entra).await;
    assert_eq!((&v2.json()["expires_in"], &v2.json()["interval"]), (&json!(900), &json!(1)));
    assert!(v2.text("verification_uri").ends_with("/devicelogin"));
    assert!(v2.text("message").contains(&v2.text("user_code")));
    let v1 = entra.post("oauth2/devicecode", &[("resource", AUDIENCE)]).await;
    assert_eq!((v1.text("expires_in").as_str(), v1.text("interval").as_str()), ("900", "1"));
    assert_eq!(v1.text("verification_url"), v2.text("verification_uri"));
    assert_ne!(v1.text("user_code"), v2.text("user_code"));
    entra.post("oauth2/v2.0/devicecode", &[]).await.assert_refused(400, "invalid_scope", 70_011);
}

#[tokio::test]
async fn an_approved_code_works_once() {
    let entra = Entra::start().await;
    let started = start(&entra).await;
    for _ in 0..2 {
        poll(&entra, &started).await.assert_refused(400, "authorization_pending", 70_016);
    }
    let user_code = started.text("user_code").to_lowercase();
    entra.service.emulator.approve_device_code(&format!(" {user_code} "), true).unwrap();
    let answer = poll(&entra, &started).await;
    assert_eq!(entra.call(&answer.text("access_token")).await.status, 200);
    assert_eq!(entra.refresh(&answer.text("refresh_token")).await.0.status, 200);
    assert_eq!(claims(&answer.text("id_token"))["aud"], entra.client_id);
    poll(&entra, &started).await.assert_refused(400, "invalid_grant", 54_005);
}

#[tokio::test]
async fn only_offline_access_gives_a_refresh_token() {
    let entra = Entra::start().await;
    let started = entra.post("oauth2/v2.0/devicecode", &[("scope", &default_scope())]).await;
    entra.service.emulator.approve_device_code(&started.text("user_code"), true).unwrap();
    let answer = poll(&entra, &started).await.json();
    assert!(answer.get("refresh_token").is_none() && answer.get("id_token").is_none());
}

#[tokio::test]
async fn version_1_calls_things_by_other_names() {
    let entra = Entra::start().await;
    let started = entra.post("oauth2/devicecode", &[("resource", AUDIENCE)]).await;
    entra.service.emulator.approve_device_code(&started.text("user_code"), true).unwrap();
    let code = started.text("device_code");
    let answer = entra.post("oauth2/token", &[("grant_type", "device_code"), ("code", &code)]).await;
    assert_eq!(answer.text("resource"), AUDIENCE);
    assert_eq!(entra.refresh(&answer.text("refresh_token")).await.0.status, 200);
}

#[tokio::test]
async fn who_declines_is_told_on() {
    let entra = Entra::start().await;
    let started = start(&entra).await;
    entra.service.emulator.decline_device_code(&started.text("user_code")).unwrap();
    poll(&entra, &started).await.assert_refused(400, "authorization_declined", 70_000);
}

#[tokio::test]
async fn a_code_lasts_fifteen_minutes_of_virtual_time() {
    let entra = Entra::start().await;
    let started = start(&entra).await;
    entra.advance(899);
    poll(&entra, &started).await.assert_refused(400, "authorization_pending", 70_016);
    entra.advance(1);
    poll(&entra, &started).await.assert_refused(400, "expired_token", 70_020);
    let late = entra.service.emulator.approve_device_code(&started.text("user_code"), true);
    assert_eq!(late.unwrap_err().field, "user_code");
}

#[tokio::test]
async fn nobody_can_approve_what_nobody_waits_for() {
    let entra = Entra::start().await;
    let emulator = &entra.service.emulator;
    let unknown = emulator.approve_device_code("NOBODYHAS", true).unwrap_err();
    assert_eq!((unknown.field.as_str(), unknown.value.as_str()), ("user_code", "NOBODYHAS"));
    assert!(emulator.decline_device_code("").is_err());
    let started = start(&entra).await;
    emulator.approve_device_code(&started.text("user_code"), true).unwrap();
    assert!(emulator.decline_device_code(&started.text("user_code")).is_err());
    let form = [("grant_type", DEVICE_CODE), ("device_code", "nonsense")];
    entra.token(&form).await.assert_refused(400, "bad_verification_code", 70_018);
    let pending = start(&entra).await;
    emulator.reset();
    poll(&entra, &pending).await.assert_refused(400, "bad_verification_code", 70_018);
}

#[tokio::test]
async fn the_page_approves_and_declines_by_http() {
    let entra = Entra::start().await;
    let url = format!("http://{}/devicelogin", entra.service.address);
    let page = Answer::to(entra.service.http.get(&url)).await.unwrap();
    assert_eq!((page.status.as_u16(), page.header("Content-Type")), (200, "text/html"));
    assert!(String::from_utf8(page.body).unwrap().contains("name=\"user_code\""));
    let (strong, weak, declined) = (start(&entra).await, start(&entra).await, start(&entra).await);
    assert_eq!(enter(&entra, &[("user_code", &strong.text("user_code"))]).await, 200);
    assert_eq!(enter(&entra, &[("user_code", &weak.text("user_code")), ("mfa", "false")]).await, 200);
    assert_eq!(enter(&entra, &[("user_code", &declined.text("user_code")), ("decline", "true")]).await, 200);
    assert_eq!(enter(&entra, &[("user_code", "NOBODYHAS")]).await, 400);
    assert_eq!(enter(&entra, &[]).await, 400);
    let amr = |reply: &Reply| claims(&reply.text("access_token"))["amr"].clone();
    assert_eq!(amr(&poll(&entra, &strong).await), json!(["pwd", "mfa"]));
    assert_eq!(amr(&poll(&entra, &weak).await), json!(["pwd"]));
    assert_eq!(poll(&entra, &declined).await.text("error"), "authorization_declined");
    let put = Answer::to(entra.service.http.request(Method::PUT, url)).await.unwrap();
    assert_eq!(put.status, 405);
}
