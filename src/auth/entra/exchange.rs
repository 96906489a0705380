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
use serde_json::{Value, json};

use super::endpoint::Endpoint;
use super::wire::uniform;
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
                self.state().failure = Some(*failure);
                // In a device flow the library would go on asking where there is no answer.
                if passes { Err(Unanswered) } else { Ok(final_no()) }
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
                return Failure::new(Outcome::Nonsense, AuthenticationError::refused(name, message));
            }
            other => other.to_string(),
        };
        self.unreadable(Outcome::Nonsense, &why)
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
        self.endpoint.clock.set(&headers);
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
                Ok(answer(StatusCode::BAD_REQUEST, &body))
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

/// Tells the OAuth library not to go on.
fn final_no() -> HttpResponse {
    answer(StatusCode::BAD_REQUEST, &json!({"error": "invalid_request"}))
}

fn answer(status: StatusCode, body: &Value) -> HttpResponse {
    let mut response = HttpResponse::new(body.to_string().into_bytes());
    *response.status_mut() = status;
    response
}
