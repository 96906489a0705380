//! What a request to the token endpoint says.

use std::collections::HashMap;
use std::fmt;

use axum::http::HeaderMap;
use axum::http::header::{AUTHORIZATION, CONTENT_TYPE};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use form_urlencoded::parse;

use super::super::request::HttpRequest;
use super::super::wire::header_text;
use super::refusals::{self, Refusal};

pub(super) const DEVICE_CODE_GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";

const FORM: &str = "application/x-www-form-urlencoded";

/// The parameters of a request. They hold secrets.
pub(super) struct Form(HashMap<String, String>);

impl Form {
    /// The parameters in a request's body. A body of another kind has none, as far as Entra sees.
    pub(super) fn of(request: &HttpRequest) -> Self {
        let content_type = request.headers.get(CONTENT_TYPE).map(header_text).unwrap_or_default();
        let mut parameters = HashMap::new();
        if content_type.to_ascii_lowercase().starts_with(FORM) {
            parameters.extend(parse(&request.body).into_owned());
        }
        parameters.extend(basic(&request.headers).unwrap_or_default());
        Self(parameters)
    }

    /// A parameter; an empty one counts as absent.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str).filter(|value| !value.is_empty())
    }

    pub(super) fn required(&self, name: &'static str) -> Result<&str, Refusal> {
        self.get(name).ok_or_else(|| refusals::parameter_missing(name))
    }
}

impl fmt::Debug for Form {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.0.keys()).finish()
    }
}

/// The application's id and secret, where they come as HTTP Basic: each form-encoded first.
fn basic(headers: &HeaderMap) -> Option<[(String, String); 2]> {
    let value = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let (_, encoded) = value.split_once(' ').filter(|(scheme, _)| scheme.eq_ignore_ascii_case("Basic"))?;
    let text = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (id, secret) = text.split_once(':')?;
    let decoded = |text: &str| parse(text.as_bytes()).next().map(|(text, _)| text.into_owned());
    let value = |name: &str, text| Some((name.to_owned(), decoded(text)?));
    Some([value("client_id", id)?, value("client_secret", secret)?])
}
