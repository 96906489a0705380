//! How clients find the emulator's Entra, and whether they believe it.

use jsonwebtoken::jwk::JwkSet;
use jsonwebtoken::{Algorithm, DecodingKey, TokenData, Validation, decode, decode_header};
use reqwest::{Client, Method, Proxy};
use serde_json::{Value, json};

use crate::emulator_entra_support::{Entra, Reply};
use crate::emulator_support::Answer;

async fn get(entra: &Entra, target: &str) -> Reply {
    let url = format!("http://{}{target}", entra.service.address);
    Reply(Answer::to(entra.service.http.get(url)).await.unwrap())
}

#[tokio::test]
async fn an_authority_is_genuine_where_the_caller_found_it() {
    let entra = Entra::start().await;
    let (address, tenant) = (entra.service.address, &entra.tenant_id);
    let asked = format!("https%3A%2F%2Flogin.example%2F{tenant}%2Foauth2%2Fv2.0%2Fauthorize");
    let target = format!("/common/discovery/instance?api-version=1.1&authorization_endpoint={asked}");
    let answer = get(&entra, &target).await.json();
    assert_eq!(
        answer["metadata"],
        json!([{
            "preferred_network": address.to_string(),
            "preferred_cache": address.to_string(),
            "aliases": [address.to_string()],
        }])
    );
    let found = answer["tenant_discovery_endpoint"].as_str().unwrap();
    let metadata = Reply(Answer::to(entra.service.http.get(found)).await.unwrap());
    assert_eq!(metadata.text("token_endpoint"), entra.url("oauth2/v2.0/token"));
}

#[tokio::test]
async fn instance_discovery_needs_an_authority() {
    let entra = Entra::start().await;
    let unnamed = get(&entra, "/common/discovery/instance?api-version=1.1").await;
    unnamed.assert_refused(400, "invalid_request", 900_144);
    let nonsense = get(&entra, "/common/discovery/instance?authorization_endpoint=%20").await;
    nonsense.assert_refused(400, "invalid_request", 90_013);
}

#[tokio::test]
async fn slashes_too_many_make_no_difference() {
    let entra = Entra::start().await;
    let metadata = "v2.0/.well-known/openid-configuration";
    let plain = get(&entra, &format!("/{}/{metadata}", entra.tenant_id)).await;
    for target in ["/TENANT//METADATA", "/TENANT/METADATA/"] {
        let target = target.replace("TENANT", &entra.tenant_id).replace("METADATA", metadata);
        assert_eq!(get(&entra, &target).await.json(), plain.json(), "{target}");
    }
}

#[tokio::test]
async fn documents_answer_head() {
    let entra = Entra::start().await;
    for document in ["v2.0/.well-known/openid-configuration", "discovery/v2.0/keys"] {
        let request = entra.service.http.request(Method::HEAD, entra.url(document));
        let answer = Answer::to(request).await.unwrap();
        assert_eq!((answer.status.as_u16(), answer.body.len()), (200, 0), "{document}");
    }
}

#[tokio::test]
async fn an_id_token_is_signed_with_a_published_key() {
    let entra = Entra::start().await;
    for version in ["", "v2.0/"] {
        let metadata = get(&entra, &format!("/common/{version}.well-known/openid-configuration")).await;
        let keys = entra.service.http.get(metadata.text("jwks_uri"));
        let keys: JwkSet = serde_json::from_value(Reply(Answer::to(keys).await.unwrap()).json()).unwrap();
        let token = entra.refresh_token();
        let form = [("grant_type", "refresh_token"), ("refresh_token", &token), ("scope", "openid")];
        let id_token = entra.post(&format!("oauth2/{version}token"), &form).await.text("id_token");
        let key = keys.find(&decode_header(&id_token).unwrap().kid.unwrap()).unwrap();
        let mut wanted = Validation::new(Algorithm::RS256);
        wanted.set_audience(&[&entra.client_id]);
        wanted.set_issuer(&[metadata.text("issuer")]);
        let claims: TokenData<Value> =
            decode(&id_token, &DecodingKey::from_jwk(key).unwrap(), &wanted).unwrap();
        assert_eq!(claims.claims["tid"], entra.tenant_id);
        let (signed, _) = id_token.rsplit_once('.').unwrap();
        let forged = format!("{signed}.{}", "A".repeat(342));
        assert!(decode::<Value>(&forged, &DecodingKey::from_jwk(key).unwrap(), &wanted).is_err());
    }
}

#[tokio::test]
async fn the_endpoints_are_where_http_2_and_a_proxy_found_them() {
    let entra = Entra::start().await;
    let document = "common/v2.0/.well-known/openid-configuration";
    let http2 = Client::builder().no_proxy().http2_prior_knowledge().build().unwrap();
    let here = format!("http://{}", entra.service.address);
    let by_proxy = Client::builder().proxy(Proxy::http(&here).unwrap()).build().unwrap();
    for (client, origin) in [(http2, here.as_str()), (by_proxy, "http://login.partner.example")] {
        let answer = Answer::to(client.get(format!("{origin}/{document}"))).await.unwrap();
        assert_eq!(Reply(answer).text("token_endpoint"), format!("{origin}/common/oauth2/v2.0/token"));
    }
}
