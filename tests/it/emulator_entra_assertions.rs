//! Signed assertions before the emulator's token endpoints.

use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::{URL_SAFE, URL_SAFE_NO_PAD};
use jsonwebtoken::{Algorithm, EncodingKey, Header, encode};
use partnercenter_qual::emulator::AUDIENCE;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256, RsaKeySize};
use serde_json::{Value, json};

use crate::emulator_entra_support::{Entra, Reply, claims, default_scope};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// A certificate and its key.
struct Identity {
    der: Vec<u8>,
    pem: String,
    key: EncodingKey,
}

impl Identity {
    fn new() -> Self {
        let key = KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).unwrap();
        let certificate = CertificateParams::default().self_signed(&key).unwrap();
        Self {
            der: certificate.der().to_vec(),
            pem: certificate.pem(),
            key: EncodingKey::from_rsa_pem(key.serialize_pem().as_bytes()).unwrap(),
        }
    }

    /// A header that names this certificate by its SHA-256.
    fn header(&self, algorithm: Algorithm) -> Header {
        let x5t_s256 = Some(URL_SAFE_NO_PAD.encode(digest(&SHA256, &self.der)));
        Header { x5t_s256, ..Header::new(algorithm) }
    }

    fn sign(&self, claims: &Value) -> String {
        encode(&self.header(Algorithm::RS256), claims, &self.key).unwrap()
    }
}

/// Claims as the endpoint of version 2 wants them, for the next ten minutes.
fn good(entra: &Entra) -> Value {
    let now = entra.service.emulator.now().timestamp();
    json!({
        "aud": entra.url("oauth2/v2.0/token"), "iss": entra.client_id, "sub": entra.client_id,
        "jti": "1", "nbf": now, "exp": now + 600,
    })
}

async fn ask(entra: &Entra, assertion: &str) -> Reply {
    let scope = default_scope();
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
        ("scope", &scope),
    ];
    entra.token(&form).await
}

async fn registered() -> (Entra, Identity) {
    let (entra, identity) = (Entra::start().await, Identity::new());
    entra.service.emulator.register_certificate(&identity.der).unwrap();
    (entra, identity)
}

#[tokio::test]
async fn a_registered_key_opens_as_a_secret_does() {
    let (entra, identity) = registered().await;
    let answer = ask(&entra, &identity.sign(&good(&entra))).await;
    assert_eq!(claims(&answer.text("access_token"))["idtyp"], "app");
    assert_eq!(entra.call(&answer.text("access_token")).await.status, 200);
}

#[tokio::test]
async fn either_thumbprint_and_either_padding_will_do() {
    let (entra, identity) = registered().await;
    let sha1 = digest(&SHA1_FOR_LEGACY_USE_ONLY, &identity.der);
    let sha256 = digest(&SHA256, &identity.der);
    for header in [
        Header { x5t: Some(URL_SAFE.encode(sha1)), ..Header::new(Algorithm::RS256) },
        Header { x5t: Some(URL_SAFE_NO_PAD.encode(sha1)), ..Header::new(Algorithm::PS256) },
        Header { x5t_s256: Some(URL_SAFE.encode(sha256)), ..Header::new(Algorithm::PS256) },
    ] {
        let assertion = encode(&header, &good(&entra), &identity.key).unwrap();
        assert_eq!(ask(&entra, &assertion).await.0.status, 200, "{header:?}");
    }
}

#[tokio::test]
async fn version_1_takes_either_endpoint_as_audience() {
    let (entra, identity) = registered().await;
    for endpoint in ["oauth2/token", "oauth2/v2.0/token"] {
        let mut claims = good(&entra);
        claims["aud"] = entra.url(endpoint).into();
        let assertion = identity.sign(&claims);
        let form = [
            ("grant_type", "client_credentials"),
            ("client_assertion_type", JWT_BEARER),
            ("client_assertion", &assertion),
            ("resource", AUDIENCE),
        ];
        assert_eq!(entra.post("oauth2/token", &form).await.text("resource"), AUDIENCE);
    }
}

#[tokio::test]
async fn the_issuer_is_an_audience_too_and_one_of_several_is_enough() {
    let (entra, identity) = registered().await;
    let (v1, v2) = (entra.url(""), entra.url("v2.0"));
    for audience in [json!(v1), json!(v2), json!(["https://elsewhere.example", v2])] {
        let mut claims = good(&entra);
        claims["aud"] = audience.clone();
        assert_eq!(ask(&entra, &identity.sign(&claims)).await.0.status, 200, "{audience}");
    }
    for audience in [json!([]), json!(["https://elsewhere.example"])] {
        let mut claims = good(&entra);
        claims["aud"] = audience;
        ask(&entra, &identity.sign(&claims)).await.assert_refused(401, "invalid_client", 700_023);
    }
}

#[tokio::test]
async fn an_unknown_key_and_a_foreign_signature_are_refused() {
    let (entra, identity) = registered().await;
    let stranger = Identity::new();
    let claims = good(&entra);
    ask(&entra, &stranger.sign(&claims)).await.assert_refused(401, "invalid_client", 700_027);
    let forged = encode(&identity.header(Algorithm::RS256), &claims, &stranger.key).unwrap();
    ask(&entra, &forged).await.assert_refused(401, "invalid_client", 700_027);
    let unnamed = encode(&Header::new(Algorithm::RS256), &claims, &identity.key).unwrap();
    ask(&entra, &unnamed).await.assert_refused(401, "invalid_client", 700_027);
    for (alg, number) in [(Algorithm::RS512, 50_027), (Algorithm::HS256, 50_027)] {
        let key = if alg == Algorithm::HS256 { &EncodingKey::from_secret(b"x") } else { &identity.key };
        let assertion = encode(&identity.header(alg), &claims, key).unwrap();
        ask(&entra, &assertion).await.assert_refused(400, "invalid_request", number);
    }
}

#[tokio::test]
async fn every_claim_must_fit() {
    let (entra, identity) = registered().await;
    let now = entra.service.emulator.now().timestamp();
    for (name, value, number) in [
        ("aud", json!("https://login.microsoftonline.com/x/oauth2/v2.0/token"), 700_023),
        ("iss", json!("11111111-2222-3333-4444-555555555555"), 50_012),
        ("sub", json!("11111111-2222-3333-4444-555555555555"), 50_012),
        ("exp", json!(now - 1), 700_024),
        ("nbf", json!(now + 60), 700_024),
    ] {
        let mut claims = good(&entra);
        claims[name] = value;
        let reply = ask(&entra, &identity.sign(&claims)).await;
        reply.assert_refused(401, "invalid_client", number);
    }
    for (name, value) in [("exp", json!("soon")), ("iss", json!("nobody")), ("aud", Value::Null)] {
        let mut claims = good(&entra);
        claims[name] = value;
        ask(&entra, &identity.sign(&claims)).await.assert_refused(400, "invalid_request", 50_027);
    }
    for malformed in ["nonsense", "a.b.c", "e30.e30.e30"] {
        ask(&entra, malformed).await.assert_refused(400, "invalid_request", 50_027);
    }
}

#[tokio::test]
async fn its_time_is_the_virtual_clocks() {
    let (entra, identity) = registered().await;
    let mut claims = good(&entra);
    claims.as_object_mut().unwrap().remove("nbf");
    let assertion = identity.sign(&claims);
    assert_eq!(ask(&entra, &assertion).await.0.status, 200, "nbf is optional");
    entra.advance(601);
    ask(&entra, &assertion).await.assert_refused(401, "invalid_client", 700_024);
    assert_eq!(ask(&entra, &identity.sign(&good(&entra))).await.0.status, 200);
}

#[tokio::test]
async fn half_an_assertion_is_none() {
    let (entra, identity) = registered().await;
    let (assertion, scope) = (identity.sign(&good(&entra)), default_scope());
    let form = |name, value| [("grant_type", "client_credentials"), ("scope", scope.as_str()), (name, value)];
    let untyped = entra.token(&form("client_assertion", &assertion)).await;
    untyped.assert_refused(400, "invalid_request", 900_144);
    let empty = entra.token(&form("client_assertion_type", JWT_BEARER)).await;
    empty.assert_refused(400, "invalid_request", 900_144);
    let saml = [&form("client_assertion", &assertion)[..], &[("client_assertion_type", "saml")]].concat();
    entra.token(&saml).await.assert_refused(401, "invalid_client", 7_000_218);
}

#[tokio::test]
async fn pem_is_read_too_beside_a_key_and_reset_keeps_it() {
    let (entra, identity) = (Entra::start().await, Identity::new());
    let other = KeyPair::generate().unwrap();
    let file = format!("Bag Attributes\n{}{}", other.serialize_pem(), identity.pem);
    entra.service.emulator.register_certificate(file.as_bytes()).unwrap();
    entra.service.emulator.reset();
    assert_eq!(ask(&entra, &identity.sign(&good(&entra))).await.0.status, 200);
}

#[tokio::test]
async fn what_is_no_certificate_with_an_rsa_key_is_refused() {
    let entra = Entra::start().await;
    let elliptic = KeyPair::generate().unwrap();
    let certificate = CertificateParams::default().self_signed(&elliptic).unwrap();
    let mut long = Identity::new().der;
    long.push(0);
    let key = elliptic.serialize_pem();
    for bytes in [b"".as_slice(), b"nonsense", certificate.der(), &long, key.as_bytes()] {
        let refused = entra.service.emulator.register_certificate(bytes).unwrap_err();
        assert_eq!(
            (refused.field.as_str(), refused.value),
            ("certificate", format!("{} bytes", bytes.len()))
        );
    }
}
