//! One request to an authority, as the OAuth library sees it: an HTTP client. It reads answers of both
//! versions of the endpoints as one, and remembers why there was none.

use std::error::Error as StdError;
use std::fmt;
use std::pin::Pin;
use std::sync::{Mutex, PoisonError};
use std::time::SystemTime;

use bytes::Bytes;
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::header::{ACCEPT_ENCODING, HeaderMap, HeaderValue, LOCATION, USER_AGENT};
use hyper::{Request, Response, StatusCode};
use hyper_util::client::legacy::Error as ClientError;
use oauth2::{AsyncHttpClient, ErrorResponse, HttpRequest, HttpResponse, RequestTokenError};
use secrecy::SecretString;
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::refusal;
use super::rotation::is_refresh_token;
use super::wire::uniform;
use crate::auth::secret::{redact, redact_text};
use crate::error::{AuthenticationError, Error, Fault};
use crate::http::{Broken, chain, read_body, retry_after, service_time, text};
use crate::model::json;
use crate::retry::Outcome;

/// Why a request gave nothing, for the retry policy and the caller.
pub(super) struct Failure {
    pub(super) outcome: Outcome,
    error: Box<AuthenticationError>,
}

impl Failure {
    fn new(outcome: Outcome, mut error: AuthenticationError) -> Self {
        error.is_transient = outcome.is_transient();
        Self { outcome, error: Box::new(error) }
    }

    pub(super) fn error(self) -> Error {
        Error::Authentication(self.error)
    }

    /// Whether a user may still sign in.
    fn is_pending(&self) -> bool {
        matches!(self.error.error.as_deref(), Some("authorization_pending" | "slow_down"))
    }

    /// Whether the authority found an assertion outside its time.
    pub(super) fn is_about_time(&self) -> bool {
        self.error.aadsts_code == Some(700_024)
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
    refresh_token: Option<SecretString>,
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
                state.failure = None;
            }
            self.send(request).await.or_else(|failure| {
                let passes = failure.outcome.is_transient();
                self.state().failure = Some(failure);
                // In a device flow the library would go on asking where there is no answer.
                if passes { Err(Unanswered) } else { Ok(final_no()) }
            })
        })
    }
}

impl<'a> Exchange<'a> {
    pub(super) fn new(endpoint: &'a Endpoint) -> Self {
        let state =
            State { sent: SystemTime::now(), secrets: Vec::new(), failure: None, refresh_token: None };
        Self { endpoint, state: Mutex::new(state) }
    }

    /// When the last request was sent.
    pub(super) fn sent(&self) -> SystemTime {
        self.state().sent
    }

    /// The new refresh token in the last answer, whatever else that was.
    pub(super) fn refresh_token(&self) -> Option<SecretString> {
        self.state().refresh_token.clone()
    }

    /// Why the library has no answer for us.
    pub(super) fn failure<T: ErrorResponse>(&self, error: RequestTokenError<Unanswered, T>) -> Failure {
        // "Not yet" is no reason: then it is the library that ran out of time.
        let own = self.state().failure.take().filter(|failure| !failure.is_pending());
        if let Some(failure) = own {
            return failure;
        }
        let why = match error {
            RequestTokenError::Parse(error, _) => {
                let (place, what) = (error.path().to_string(), error.inner().to_string());
                // Only the place of what else is wrong: what stands there may be a token.
                if what.starts_with("missing field") { what } else { format!("{place} is no such thing") }
            }
            RequestTokenError::ServerResponse(response) => {
                let message = response.to_string();
                let name = message.split(':').next().map(str::to_owned);
                return Failure::new(Outcome::Nonsense, AuthenticationError::refused(name, message, &[]));
            }
            other => other.to_string(),
        };
        self.unreadable(Outcome::Nonsense, &why)
    }

    async fn send(&self, request: HttpRequest) -> Result<HttpResponse, Failure> {
        let exchange = async {
            let sent = self.endpoint.http.send(self.request(request)).await;
            self.read(sent.map_err(|error| self.unsent(&error))?).await
        };
        let late = || {
            let Endpoint { timeout, .. } = self.endpoint;
            let message = format!("no answer from {} within {timeout:?}", self.endpoint.address());
            Failure::new(Outcome::Lost, AuthenticationError::new(message, None))
        };
        tokio::time::timeout(self.endpoint.timeout, exchange).await.unwrap_or_else(|_| Err(late()))
    }

    fn request(&self, request: HttpRequest) -> Request<Full<Bytes>> {
        let mut request = request.map(|body| Full::new(body.into()));
        let headers = request.headers_mut();
        headers.insert(USER_AGENT, self.endpoint.user_agent.clone());
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
        request
    }

    fn unsent(&self, error: &ClientError) -> Failure {
        let http = &self.endpoint.http;
        let (outcome, message) = if error.is_connect() {
            (Outcome::NotSent, http.unconnected(error, "authority"))
        } else {
            (Outcome::Lost, format!("no answer from {}: {}", http.origin(), chain(error)))
        };
        let message = redact_text(&self.state().secrets, &message);
        Failure::new(outcome, refusal::with_hint(&message))
    }

    async fn read(&self, response: Response<Incoming>) -> Result<HttpResponse, Failure> {
        let (parts, body) = response.into_parts();
        let (status, headers) = (parts.status, parts.headers);
        self.endpoint.clock.set(&headers);
        let (body, broken) = read_body(&headers, body).await;
        if !status.is_success() {
            return self.refused(status, &headers, body);
        }
        match broken {
            None => {}
            Some(Broken::TooLong) => return Err(self.unreadable(Outcome::Nonsense, "it is too long")),
            Some(Broken::Off(error)) => return Err(self.unreadable(Outcome::Cut, &chain(error.as_ref()))),
        }
        let parsed = json::parse(&body);
        let object = match &parsed {
            Ok(Value::Object(object)) => object,
            Ok(_) => return Err(self.unreadable(Outcome::Nonsense, "it is no JSON object")),
            // Only that it is none: what stands there may be a token.
            Err(error) => return Err(self.unreadable(error.into(), "it is no JSON")),
        };
        if object.contains_key("error") && !object.contains_key("access_token") {
            return self.refused(StatusCode::BAD_REQUEST, &headers, body);
        }
        // Before anything else of the answer is looked at: without it the sign-in may be lost.
        self.state().refresh_token = object.get("refresh_token").and_then(usable);
        let at = service_time(&headers).map_or_else(SystemTime::now, SystemTime::from);
        Ok(answer(StatusCode::OK, &Value::Object(uniform(object.clone(), at))))
    }

    /// A no with an `error` goes to the library too: in a device flow it may mean "not yet".
    fn refused(&self, status: StatusCode, headers: &HeaderMap, body: Bytes) -> Result<HttpResponse, Failure> {
        let body = self.state().secrets.iter().fold(body, |body, secret| redact(secret, body));
        let parsed = json::parse(&body).ok().filter(|value| value["error"].is_string());
        let outcome =
            Outcome::Status { code: status.as_u16(), retry_after: retry_after(headers), retryable: None };
        let fault = Fault::read(status.as_u16(), &body);
        let error = if let Some(body) = &parsed {
            refusal::by_name(&fault.message, body)
        } else {
            let location = text(headers, LOCATION).map(|place| redact_text(&self.state().secrets, place));
            refusal::by_status(self.endpoint.address(), status, &fault.message, location.as_deref())
        };
        let failure = Failure::new(outcome, error);
        match parsed {
            Some(body) if !outcome.is_transient() => {
                self.state().failure = Some(failure);
                Ok(answer(StatusCode::BAD_REQUEST, &body))
            }
            _ => Err(failure),
        }
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

/// A refresh token that can be stored and sent; anything else is none.
fn usable(value: &Value) -> Option<SecretString> {
    value.as_str().filter(|text| is_refresh_token(text)).map(|text| SecretString::from(text.to_owned()))
}

/// Tells the OAuth library not to go on.
fn final_no() -> HttpResponse {
    answer(StatusCode::BAD_REQUEST, &json!({"error": "invalid_request"}))
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    let mut response = HttpResponse::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response
}
