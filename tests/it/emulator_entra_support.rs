//! Entra as an application meets it: forms go in, JSON comes out.

use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use form_urlencoded::Serializer;
use partnercenter_qual::emulator::{AUDIENCE, Config};
use reqwest::{Method, RequestBuilder};
use secrecy::ExposeSecret;
use serde_json::Value;

use crate::emulator_support::{Answer, Service};

pub(crate) const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";

/// Version 2's scope of the API.
pub(crate) fn default_scope() -> String {
    format!("{AUDIENCE}/.default")
}

/// An emulator seen from its token endpoints.
pub(crate) struct Entra {
    pub(crate) service: Service,
    pub(crate) tenant_id: String,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
}

impl Entra {
    pub(crate) async fn start() -> Self {
        Self::with(Config { customers: 2.into(), ..Config::default() }).await
    }

    pub(crate) async fn with(config: Config) -> Self {
        let service = Service::start(config).await;
        Self {
            tenant_id: service.emulator.tenant_id().to_string(),
            client_id: service.emulator.client_id().to_string(),
            client_secret: service.emulator.client_secret().expose_secret().to_owned(),
            service,
        }
    }

    pub(crate) fn url(&self, endpoint: &str) -> String {
        format!("http://{}/{}/{endpoint}", self.service.address, self.tenant_id)
    }

    pub(crate) fn posting(&self, endpoint: &str, form: &[(&str, &str)]) -> RequestBuilder {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.service.http.request(Method::POST, self.url(endpoint)).body(body);
        request.header("Content-Type", "application/x-www-form-urlencoded")
    }

    /// Posts a form, with the `client_id` added.
    pub(crate) async fn post(&self, endpoint: &str, form: &[(&str, &str)]) -> Reply {
        let form = [&[("client_id", self.client_id.as_str())], form].concat();
        Reply(Answer::to(self.posting(endpoint, &form)).await.unwrap())
    }

    /// Asks the token endpoint of version 2.
    pub(crate) async fn token(&self, form: &[(&str, &str)]) -> Reply {
        self.post("oauth2/v2.0/token", form).await
    }

    /// Uses a refresh token at the token endpoint of version 2.
    pub(crate) async fn refresh(&self, token: &str) -> Reply {
        let scope = default_scope();
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token), ("scope", &scope)]).await
    }

    pub(crate) fn refresh_token(&self) -> String {
        self.service.emulator.issue_refresh_token(true).expose_secret().to_owned()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.service.emulator.advance(Duration::from_secs(seconds)).unwrap();
    }

    /// The status of a call of the API with this token.
    pub(crate) async fn call(&self, token: &str) -> Answer {
        let url = format!("http://{}/v1/customers", self.service.address);
        Answer::to(self.service.http.get(url).bearer_auth(token)).await.unwrap()
    }
}

/// An answer of Entra's.
pub(crate) struct Reply(pub(crate) Answer);

impl Reply {
    /// The body, which must have no byte order mark.
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.0.body).expect("JSON without a byte order mark")
    }

    /// A member that is a string.
    pub(crate) fn text(&self, name: &str) -> String {
        self.json()[name].as_str().unwrap_or_else(|| panic!("no {name} in {}", self.json())).to_owned()
    }

    /// The status, the `error` and its AADSTS number.
    pub(crate) fn refusal(&self) -> (u16, String, u64) {
        let body = self.json();
        let number = body["error_codes"][0].as_u64().expect("a number");
        let description = body["error_description"].as_str().expect("a description");
        assert!(description.starts_with(&format!("AADSTS{number}: ")), "{description}");
        (self.0.status.as_u16(), self.text("error"), number)
    }

    pub(crate) fn assert_refused(&self, status: u16, error: &str, number: u64) {
        assert_eq!(self.refusal(), (status, error.to_owned(), number));
    }
}

/// The claims of a token.
pub(crate) fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(claims).expect("base64url")).expect("JSON")
}
