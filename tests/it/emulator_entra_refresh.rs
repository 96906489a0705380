//! The emulator's refresh tokens.

use partnercenter_qual::emulator::AUDIENCE;
use serde_json::json;

use crate::emulator_entra_support::{DEVICE_CODE, Entra, claims, default_scope};

const DAY: u64 = 86_400;

#[tokio::test]
async fn every_use_gives_a_new_token() {
    let entra = Entra::start().await;
    let mut token = entra.refresh_token();
    let mut seen = vec![token.clone()];
    for _ in 0..5 {
        token = entra.refresh(&token).await.text("refresh_token");
        assert!(!seen.contains(&token));
        seen.push(token.clone());
    }
}

#[tokio::test]
async fn a_lost_answer_costs_nothing() {
    let entra = Entra::start().await;
    let first = entra.refresh_token();
    for _ in 0..3 {
        assert_eq!(entra.refresh(&first).await.0.status, 200);
    }
    let second = entra.refresh(&first).await.text("refresh_token");
    assert_eq!(entra.refresh(&second).await.0.status, 200);
}

#[tokio::test]
async fn what_was_replaced_and_comes_back_ends_the_sign_in() {
    let entra = Entra::start().await;
    let (first, bystander) = (entra.refresh_token(), entra.refresh_token());
    let second = entra.refresh(&first).await.text("refresh_token");
    let third = entra.refresh(&second).await.text("refresh_token");
    for token in [&first, &second, &third] {
        entra.refresh(token).await.assert_refused(400, "invalid_grant", 50_173);
    }
    assert_eq!(entra.refresh(&bystander).await.0.status, 200);
}

#[tokio::test]
async fn a_foreign_token_is_refused() {
    let (entra, other) = (Entra::start().await, Entra::start().await);
    for token in [other.refresh_token().as_str(), "nonsense"] {
        entra.refresh(token).await.assert_refused(400, "invalid_grant", 9_002_313);
    }
}

#[tokio::test]
async fn ninety_days_without_use_are_the_end() {
    let entra = Entra::start().await;
    let token = entra.refresh_token();
    entra.advance(89 * DAY);
    let successor = entra.refresh(&token).await.text("refresh_token");
    entra.advance(89 * DAY);
    entra.refresh(&token).await.assert_refused(400, "invalid_grant", 700_082);
    let successor = entra.refresh(&successor).await.text("refresh_token");
    entra.advance(91 * DAY);
    entra.refresh(&successor).await.assert_refused(400, "invalid_grant", 700_082);
}

#[tokio::test]
async fn a_refused_request_uses_nothing_up() {
    let entra = Entra::start().await;
    let first = entra.refresh_token();
    let second = entra.refresh(&first).await.text("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", &second), ("scope", "User.Read")];
    entra.token(&form).await.assert_refused(400, "invalid_scope", 70_011);
    assert_eq!(entra.refresh(&first).await.0.status, 200);
}

#[tokio::test]
async fn version_1_refreshes_too() {
    let entra = Entra::start().await;
    let token = entra.refresh_token();
    let form = [("grant_type", "refresh_token"), ("refresh_token", &token), ("resource", AUDIENCE)];
    let answer = entra.post("oauth2/token", &form).await;
    assert_eq!(answer.json()["scope"], "user_impersonation");
    assert_eq!(answer.text("expires_in"), "3600");
    assert_eq!(entra.call(&answer.text("access_token")).await.status, 200);
    assert_eq!(entra.refresh(&answer.text("refresh_token")).await.0.status, 200);
}

#[tokio::test]
async fn openid_gives_an_id_token_and_client_info_on_request() {
    let entra = Entra::start().await;
    let (token, scope) = (entra.refresh_token(), format!("openid profile {}", default_scope()));
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", token.as_str()),
        ("scope", scope.as_str()),
        ("client_info", "1"),
        ("nonce", "n-1"),
    ];
    let answer = entra.token(&form).await;
    let id = claims(&answer.text("id_token"));
    assert_eq!((&id["aud"], &id["tid"]), (&json!(entra.client_id), &json!(entra.tenant_id)));
    assert_eq!((&id["iss"], &id["nonce"]), (&json!(entra.url("v2.0")), &json!("n-1")));
    assert_eq!(id["preferred_username"], claims(&answer.text("access_token"))["upn"]);
    let info = claims(&format!(".{}.", answer.text("client_info")));
    assert_eq!(info, json!({"uid": id["oid"], "utid": entra.tenant_id}));
    let plain = entra.refresh(&token).await.json();
    assert!(plain.get("id_token").is_none() && plain.get("client_info").is_none());
}

#[tokio::test]
async fn a_reset_forgets_them() {
    let entra = Entra::start().await;
    let token = entra.refresh_token();
    entra.service.emulator.reset();
    entra.refresh(&token).await.assert_refused(400, "invalid_grant", 9_002_313);
    assert_eq!(entra.refresh(&entra.refresh_token()).await.0.status, 200);
}

#[tokio::test]
async fn without_a_resource_it_is_that_of_the_sign_in() {
    let entra = Entra::start().await;
    let token = entra.refresh_token();
    let form = [("grant_type", "refresh_token"), ("refresh_token", token.as_str())];
    let only_openid = [&form[..], &[("scope", "openid")]].concat();
    for (endpoint, form) in
        [("oauth2/token", &form[..]), ("oauth2/v2.0/token", &form), ("oauth2/v2.0/token", &only_openid)]
    {
        let token = entra.post(endpoint, form).await.text("access_token");
        assert_eq!(claims(&token)["aud"], AUDIENCE, "{endpoint} {form:?}");
    }
    let graph = [("scope", "https://graph.microsoft.com/.default offline_access")];
    let code = entra.post("oauth2/v2.0/devicecode", &graph).await;
    entra.service.emulator.approve_device_code(&code.text("user_code"), true).unwrap();
    let form = [("grant_type", DEVICE_CODE), ("device_code", &code.text("device_code"))];
    let signed_in = entra.token(&form).await.text("refresh_token");
    let form = [("grant_type", "refresh_token"), ("refresh_token", signed_in.as_str())];
    let renewed = entra.token(&form).await.text("access_token");
    assert_eq!(claims(&renewed)["aud"], "https://graph.microsoft.com");
}
