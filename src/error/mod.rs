//! Everything that can go wrong, as one enum whose messages say what, for whom, and what to do.

mod fault;
mod hint;
mod ledger;
mod rows;
mod vetting;

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

pub use fault::Fault;
pub(crate) use fault::truncate;
pub(crate) use hint::{for_fault, for_redirect};
pub use ledger::LedgerError;
pub use rows::{InvalidRows, RowProblem};
pub use vetting::VettingTimeoutError;

use crate::model::CustomerId;

/// What stands where a secret would have stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// What a call of this crate can fail with.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Error {
    /// An argument was refused before any I/O.
    #[error("{0}")]
    InvalidArgument(Box<Refusal>),
    /// Rows of a table were refused before anything was sent.
    #[error("{0}")]
    InvalidRows(InvalidRows),
    /// An option, a URL or the choice of credential was refused.
    #[error("{0}")]
    Configuration(Box<Refusal>),
    /// No token could be had.
    #[error("{0}")]
    Authentication(Box<AuthenticationError>),
    /// The connection failed, or no complete answer came in time.
    #[error("{0}")]
    Transport(Box<TransportError>),
    /// The service said yes in a body that cannot be read.
    #[error("{0}")]
    Decode(Box<DecodeError>),
    /// The service said no.
    #[error("{0}")]
    Api(Box<ApiError>),
    /// Vetting took longer than the caller would wait.
    #[error("{0}")]
    VettingTimeout(Box<VettingTimeoutError>),
    /// The ledger cannot be opened, read or written.
    #[error("{0}")]
    Ledger(Box<LedgerError>),
}

impl Error {
    /// The call that failed.
    #[must_use]
    pub fn context(&self) -> Option<&Context> {
        match self {
            Self::Authentication(error) => error.context.as_ref(),
            Self::Transport(error) => Some(&error.context),
            Self::Decode(error) => Some(&error.context),
            Self::Api(error) => Some(&error.context),
            Self::VettingTimeout(error) => error.context.as_ref(),
            Self::InvalidArgument(_) | Self::InvalidRows(_) | Self::Configuration(_) | Self::Ledger(_) => {
                None
            }
        }
    }

    /// What happened and what to do, without whom it was about: the same for all that met the same.
    #[must_use]
    pub fn message(&self) -> String {
        let mut message = self.to_string();
        let ids = self.context().map(ToString::to_string).unwrap_or_default();
        if message.ends_with(&ids) {
            message.truncate(message.len() - ids.len());
        }
        message
    }

    /// The name of its kind, which is that of its Python exception.
    #[must_use]
    pub fn class_name(&self) -> &'static str {
        match self {
            Self::InvalidArgument(_) | Self::InvalidRows(_) => "InvalidArgumentError",
            Self::Configuration(_) => "ConfigurationError",
            Self::Authentication(_) => "AuthenticationError",
            Self::Transport(error) if error.timed_out => "RequestTimeoutError",
            Self::Transport(_) => "TransportError",
            Self::Decode(_) => "DecodeError",
            Self::Api(error) => error.class_name(),
            Self::VettingTimeout(_) => "VettingTimeoutError",
            Self::Ledger(_) => "LedgerError",
        }
    }
}

/// An input that was refused: which, what it was, and the cure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// Name of the argument or option.
    pub field: Cow<'static, str>,
    /// What was passed; `[redacted]` for a secret. Nothing where there is no value at all.
    pub value: Option<String>,
    /// What to do instead.
    pub cure: String,
}

impl Refusal {
    pub(crate) fn argument(field: impl Into<Cow<'static, str>>, value: &str, cure: &str) -> Error {
        Error::InvalidArgument(Box::new(Self::new(field, value, cure)))
    }

    pub(crate) fn option(field: &'static str, value: impl fmt::Display, cure: &str) -> Error {
        Error::Configuration(Box::new(Self::new(field, &value.to_string(), cure)))
    }

    pub(crate) fn missing(field: &'static str, cure: &str) -> Error {
        let (field, cure) = (field.into(), cure.to_owned());
        Error::InvalidArgument(Box::new(Self { field, value: None, cure }))
    }

    fn new(field: impl Into<Cow<'static, str>>, value: &str, cure: &str) -> Self {
        Self { field: field.into(), value: Some(value.to_owned()), cure: cure.to_owned() }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 80; // enough to recognise a value without flooding a log
        let Some(value) = &self.value else {
            return write!(formatter, "{} is missing: {}", self.field, self.cure);
        };
        let shown: String = value.chars().take(SHOWN).collect();
        let more = if shown.len() < value.len() { "..." } else { "" };
        write!(formatter, "{}: {shown:?}{more} was refused: {}", self.field, self.cure)
    }
}

/// Which call an error belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// `MS-RequestId`: one for a logical call, the same on its retries.
    pub request_id: Uuid,
    /// `MS-CorrelationId`.
    pub correlation_id: Uuid,
    /// The customer the call was about.
    pub customer_id: Option<CustomerId>,
    /// How often the request was sent.
    pub attempts: u32,
}

impl fmt::Display for Context {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(customer) = self.customer_id {
            write!(formatter, " [customer {customer}]")?;
        }
        let plural = if self.attempts == 1 { "" } else { "s" };
        write!(
            formatter,
            " [MS-RequestId {}, MS-CorrelationId {}, {} attempt{plural}]",
            self.request_id, self.correlation_id, self.attempts
        )
    }
}

/// Why there is no token. Cheap to clone: one failure answers every call that waited for the token.
#[derive(Debug, Clone)]
pub struct AuthenticationError {
    /// What happened.
    pub message: String,
    /// Entra's `error`, such as `invalid_grant`.
    pub error: Option<String>,
    /// The number of an `AADSTS` message.
    pub aadsts_code: Option<u32>,
    /// What to do.
    pub hint: Option<String>,
    /// Whether asking again later may help.
    pub is_transient: bool,
    /// What a credential of the user's own raised.
    pub cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// The call that needed the token.
    pub context: Option<Context>,
}

impl AuthenticationError {
    /// Explains `message`, which may carry an `AADSTS` number.
    pub(crate) fn new(message: String, cause: Option<Arc<dyn std::error::Error + Send + Sync>>) -> Self {
        Self { cause, ..Self::refused(None, message, &[]) }
    }

    /// Explains what an authority answered: its `error`, and what it said of it. Of the `AADSTS` numbers,
    /// the one in the message and those in `codes`, the first with a remedy counts.
    pub(crate) fn refused(error: Option<String>, message: String, codes: &[u32]) -> Self {
        let said = hint::aadsts_code(&message);
        let mut numbers = said.into_iter().chain(codes.iter().copied());
        let has_remedy = |number: &u32| hint::for_oauth(None, Some(*number)).is_some();
        let aadsts_code = numbers.clone().find(has_remedy).or_else(|| numbers.next());
        let hint = hint::for_oauth(error.as_deref(), aadsts_code).map(str::to_owned);
        Self { message, error, aadsts_code, hint, is_transient: false, cause: None, context: None }
    }
}

impl fmt::Display for AuthenticationError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "no access token: {}", self.message)?;
        write_hint(formatter, self.hint.as_deref())?;
        self.context.as_ref().map_or(Ok(()), |context| context.fmt(formatter))
    }
}

/// A request that got no complete answer.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "none of them follows from the others")]
pub struct TransportError {
    /// What happened.
    pub message: String,
    /// It took longer than allowed.
    pub timed_out: bool,
    /// There was no connection: the service never saw the request.
    pub unconnected: bool,
    /// It was not sent, or not again, because another worker may have taken it over.
    pub taken_over: bool,
    /// A POST went out and nobody knows whether it took effect.
    pub fate_unknown: bool,
    /// The call.
    pub context: Context,
}

impl fmt::Display for TransportError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.message)?;
        write_fate(formatter, self.fate_unknown)?;
        self.context.fmt(formatter)
    }
}

/// A 2xx whose body cannot be read.
#[derive(Debug, Clone)]
pub struct DecodeError {
    /// What the reader stumbled on.
    pub message: String,
    /// The body, at most 4 KiB of it.
    pub body: String,
    /// A POST went out and nobody knows whether it took effect.
    pub fate_unknown: bool,
    /// The call.
    pub context: Context,
}

impl DecodeError {
    /// What to do.
    pub(crate) fn hint(&self) -> &'static str {
        hint::for_body(&self.body)
    }
}

impl fmt::Display for DecodeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "the answer cannot be read: {}", self.message)?;
        if !self.body.is_empty() {
            let beginning: String = self.body.chars().take(60).collect();
            write!(formatter, "; it begins {beginning:?}")?;
        }
        write_hint(formatter, Some(self.hint()))?;
        write_fate(formatter, self.fate_unknown)?;
        self.context.fmt(formatter)
    }
}

/// The service answered with another status than 2xx.
#[derive(Debug, Clone)]
pub struct ApiError {
    /// The HTTP status.
    pub status_code: u16,
    /// What the body said.
    pub fault: Fault,
    /// Whether asking again later may help: what the body says, else what the status means.
    pub is_retryable: bool,
    /// How long the service wants to be left alone.
    pub retry_after: Option<Duration>,
    /// The body, at most 4 KiB of it.
    pub body: String,
    /// What to do.
    pub hint: Option<String>,
    /// A POST went out and nobody knows whether it took effect.
    pub fate_unknown: bool,
    /// The call.
    pub context: Context,
}

impl ApiError {
    fn class_name(&self) -> &'static str {
        match self.status_code {
            400 => "BadRequestError",
            401 => "UnauthorizedError",
            403 => "PermissionDeniedError",
            404 => "NotFoundError",
            409 => "ConflictError",
            429 => "RateLimitError",
            500..600 => "ServerError",
            _ => "ApiError",
        }
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "HTTP {}", self.status_code)?;
        if let Some(code) = &self.fault.code {
            write!(formatter, ", code {code}")?;
        }
        write!(formatter, ": {}", self.fault.message)?;
        for detail in &self.fault.data {
            write!(formatter, "; {detail}")?;
        }
        write_hint(formatter, self.hint.as_deref())?;
        write_fate(formatter, self.fate_unknown)?;
        self.context.fmt(formatter)
    }
}

fn write_hint(formatter: &mut fmt::Formatter<'_>, hint: Option<&str>) -> fmt::Result {
    hint.map_or(Ok(()), |hint| write!(formatter, " -> {hint}"))
}

fn write_fate(formatter: &mut fmt::Formatter<'_>, unknown: bool) -> fmt::Result {
    if unknown {
        formatter.write_str(
            " -> whether the request took effect is unknown: read the customer's qualifications before asking again",
        )?;
    }
    Ok(())
}
