//! One request to an authority, as the OAuth library sees it: an HTTP client. It reads answers of both
//! versions of the endpoints as one, and remembers why there was none.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use oauth2::http::StatusCode;
use oauth2::{AsyncHttpClient, ErrorResponse, HttpRequest, HttpResponse, RequestTokenError};
use reqwest::Response;
use reqwest::header::{HeaderMap, USER_AGENT};
use secrecy::SecretString;
use serde_json::{Map, Value};

use super::endpoint::Endpoint;
use crate::auth::secret::{redact, redact_text};
use crate::error::{AuthenticationError, Error, Fault, for_redirect};
use crate::http::{Broken, chain, host, read_body, retry_after, service_time, text, unconnected};
use crate::model::json;
use crate::retry::Outcome;

/// Why a request gave nothing, for the retry policy and the caller.
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    error: AuthenticationError,
}

impl Failure {
    fn new(outcome: Outcome, mut error: AuthenticationError) -> Self {
        error.is_transient = outcome.is_transient();
        Self { outcome, error }
    }

    pub(super) fn error(self) -> Error {
        Error::Authentication(Box::new(self.error))
    }
}

/// Parameters that no answer may repeat.
const SECRETS: [&str; 4] = ["client_secret", "client_assertion", "refresh_token", "device_code"];

/// An HTTP client for one request, or for those that ask whether a user has signed in yet.
pub(super) struct Exchange<'a> {
    endpoint: &'a Endpoint,
    state: Mutex<State>,
}

struct State {
    sent: SystemTime,
    secrets: Vec<SecretString>,
    failure: Option<Failure>,
}

/// Tells the OAuth library that there is no answer that it could read.
#[derive(Debug)]
pub(super) struct Unanswered;

impl fmt::Display for Unanswered {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("no answer")
    }
}

impl StdError for Unanswered {}

impl<'c> AsyncHttpClient<'c> for Exchange<'_> {
    type Error = Unanswered;
    type Future = Pin<Box<dyn Future<Output = Result<HttpResponse, Unanswered>> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(async move {
            {
                let mut state = self.state();
                state.sent = SystemTime::now();
                state.secrets = secrets(request.body());
            }
            self.send(request).await.map_err(|failure| {
                self.state().failure = Some(*failure);
                Unanswered
            })
        })
    }
}

impl<'a> Exchange<'a> {
    pub(super) fn new(endpoint: &'a Endpoint) -> Self {
        let state = State { sent: SystemTime::now(), secrets: Vec::new(), failure: None };
        Self { endpoint, state: Mutex::new(state) }
    }

    /// When the last request was sent.
    pub(super) fn sent(&self) -> SystemTime {
        self.state().sent
    }

    /// Why the library has no answer for us.
    pub(super) fn failure<T: ErrorResponse>(&self, error: RequestTokenError<Unanswered, T>) -> Failure {
        if let Some(failure) = self.state().failure.take() {
            return failure;
        }
        let message = match error {
            // Only the place: what stands there may be a token.
            RequestTokenError::Parse(error, _) => format!("{} is missing or unreadable", error.path()),
            other => other.to_string(),
        };
        self.unreadable(Outcome::Nonsense, &message)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Box<Failure>> {
        let exchange = async {
            let response = self.request(request)?.send().await.map_err(|error| self.unsent(&error))?;
            self.read(response).await
        };
        let late = || {
            let Endpoint { timeout, .. } = self.endpoint;
            let message = format!("no answer from {} within {timeout:?}", self.endpoint.address());
            Box::new(Failure::new(Outcome::Lost, AuthenticationError::new(message, None)))
        };
        tokio::time::timeout(self.endpoint.timeout, exchange).await.unwrap_or_else(|_| Err(late()))
    }

    fn request(&self, request: HttpRequest) -> Result<reqwest::RequestBuilder, Box<Failure>> {
        let request = reqwest::Request::try_from(request).map_err(|error| self.unsent(&error))?;
        let builder = reqwest::RequestBuilder::from_parts(self.endpoint.http.clone(), request);
        Ok(builder.header(USER_AGENT, self.endpoint.user_agent.clone()))
    }

    fn unsent(&self, error: &reqwest::Error) -> Box<Failure> {
        let (outcome, message) = if error.is_connect() {
            (Outcome::NotSent, unconnected(error, "authority"))
        } else {
            let host = error.url().map_or_else(String::new, host);
            (Outcome::Lost, format!("no answer from {host}: {}", chain(error)))
        };
        let message = redact_text(&self.state().secrets, &message);
        Box::new(Failure::new(outcome, AuthenticationError::new(message, None)))
    }

    async fn read(&self, mut response: Response) -> Result<HttpResponse, Box<Failure>> {
        let (status, headers) = (response.status(), std::mem::take(response.headers_mut()));
        let (body, broken) = read_body(&mut response).await;
        if !status.is_success() {
            return self.refused(status, &headers, body);
        }
        match broken {
            None => {}
            Some(Broken::TooLong) => return Err(self.unreadable(Outcome::Nonsense, "it is too long").into()),
            Some(Broken::Off(error)) => return Err(self.unreadable(Outcome::Cut, &chain(&error)).into()),
        }
        let parsed = json::parse(&body);
        let object = match &parsed {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(self.unreadable(Outcome::Nonsense, "it is no JSON object").into()),
            // Only that it is none: what stands there may be a token.
            Err(error) => return Err(self.unreadable(error.into(), "it is no JSON").into()),
        };
        let at = service_time(&headers).map_or_else(SystemTime::now, SystemTime::from);
        Ok(answer(StatusCode::OK, &Value::Object(uniform(object.clone(), at))))
    }

    /// A no with an `error` goes to the library too: in a device flow it may mean "not yet".
    fn refused(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        body: Vec<u8>,
    ) -> Result<HttpResponse, Box<Failure>> {
        let body = self.state().secrets.iter().fold(body, |body, secret| redact(secret, body));
        let parsed = json::parse(&body).ok().filter(|value| value["error"].is_string());
        let fault = Fault::read(status.as_u16(), &body);
        let outcome =
            Outcome::Status { code: status.as_u16(), retry_after: retry_after(headers), retryable: None };
        let failure = Failure::new(outcome, self.explained(status, headers, &fault, parsed.as_ref()));
        match parsed {
            Some(body) if !outcome.is_transient() => {
                self.state().failure = Some(failure);
                Ok(answer(status, &body))
            }
            _ => Err(failure.into()),
        }
    }

    fn explained(
        &self,
        status: StatusCode,
        headers: &HeaderMap,
        fault: &Fault,
        parsed: Option<&Value>,
    ) -> AuthenticationError {
        let words: Vec<_> = fault.message.split_whitespace().collect();
        let said = words.join(" "); // Entra breaks its lines
        let Some(parsed) = parsed else {
            let address = self.endpoint.address();
            let message = format!("{address} answered HTTP {}: {said}", status.as_u16());
            let mut error = AuthenticationError::new(message, None);
            if status.is_redirection() {
                let location = text(headers, reqwest::header::LOCATION);
                let location = location.map(|location| redact_text(&self.state().secrets, location));
                error.hint = Some(for_redirect("authority", location.as_deref()));
            }
            return error;
        };
        let name = parsed["error"].as_str().unwrap_or_default();
        let number = parsed["error_codes"]
            .as_array()
            .and_then(|codes| codes.last())
            .filter(|_| !said.contains("AADSTS"));
        let number = number.map(|number| format!("AADSTS{number}: ")).unwrap_or_default();
        AuthenticationError::refused(Some(name.to_owned()), format!("{name}: {number}{said}"))
    }

    fn unreadable(&self, outcome: Outcome, why: &str) -> Failure {
        let message = format!("the answer of {} cannot be read: {why}", self.endpoint.address());
        Failure::new(outcome, AuthenticationError::new(message, None))
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn secrets(form: &[u8]) -> Vec<SecretString> {
    let parameters = form_urlencoded::parse(form);
    let secret = parameters.filter(|(name, _)| SECRETS.contains(&name.as_ref()));
    secret.map(|(_, value)| SecretString::from(value.into_owned())).collect()
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    let mut response = HttpResponse::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response
}

/// An answer as version 2 gives it: version 1 writes its numbers as strings, and some leave out the
/// lifetime where they name the expiry, or the only type of token there is.
fn uniform(mut answer: Map<String, Value>, now: SystemTime) -> Map<String, Value> {
    for name in ["expires_in", "expires_on", "interval"] {
        if let Some(value) = answer.remove(name)
            && let Some(seconds) = seconds(&value)
        {
            answer.insert(name.to_owned(), seconds.into());
        }
    }
    if !answer.contains_key("expires_in")
        && let Some(expires_on) = answer.get("expires_on").and_then(Value::as_u64)
    {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        answer.insert("expires_in".to_owned(), expires_on.saturating_sub(now).into());
    }
    answer.entry("token_type").or_insert_with(|| "Bearer".into());
    answer
}

/// A whole number of seconds, from a number or its digits.
fn seconds(value: &Value) -> Option<u64> {
    let number: f64 = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..1e15).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn uniform(value: Value) -> Value {
        let Value::Object(object) = value else { panic!("no object") };
        Value::Object(super::uniform(object, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000)))
    }

    #[test]
    fn both_versions_come_to_the_same() {
        let second = json!({"expires_in": 3599, "token_type": "Bearer"});
        assert_eq!(uniform(second.clone()), second);
        assert_eq!(uniform(json!({"expires_in": "3599", "token_type": "Bearer"})), second);
        assert_eq!(uniform(json!({"expires_in": 3599.5})), second);
        assert_eq!(uniform(json!({"expires_on": "4599"}))["expires_in"], 3599);
        assert_eq!(uniform(json!({"expires_on": 900}))["expires_in"], 0);
    }

    #[test]
    fn a_life_that_makes_no_sense_is_unknown() {
        for nonsense in [json!("soon"), json!(-1), json!(null), json!([]), json!(1e300), json!("NaN")] {
            let answer = uniform(json!({"expires_in": nonsense}));
            assert_eq!(answer.get("expires_in"), None, "{answer}");
        }
    }
}
