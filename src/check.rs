//! Looks at the credentials of a client: at the token, without trusting what it says, and at what the
//! service makes of it.

mod failure;
mod findings;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::Value;

use crate::auth::Token;
pub use crate::auth::claims::{Claims, Kind};
use crate::client::Client;
use crate::error::Error;
use crate::model::json::Members;
use findings::Situation;

/// What is wrong, and what to do about it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// What is wrong.
    pub problem: String,
    /// What to do.
    pub cure: String,
}

impl Problem {
    fn new(problem: impl Into<String>, cure: impl Into<String>) -> Self {
        Self { problem: problem.into(), cure: cure.into() }
    }
}

/// What there is to know about the credentials of a client.
#[derive(Debug, Default)]
pub struct Report {
    /// What the token says of itself; `None` when there is no token, or it is opaque.
    pub claims: Option<Claims>,
    /// When the token expires: as it says itself, else as its credential said.
    pub expires_on: Option<DateTime<Utc>>,
    /// By how much the service's clock is ahead of ours, to the second.
    pub clock_skew: Option<TimeDelta>,
    /// Whether the service takes the token; `None` when it was not asked, or its answer does not tell.
    pub accepted: Option<bool>,
    /// Whether the service counts the sign-in as multi-factor, if it says.
    pub is_mfa_compliant: Option<bool>,
    /// Why there is no token, or no good answer.
    pub error: Option<Error>,
    /// All that is wrong; nothing when the credentials are fine.
    pub problems: Vec<Problem>,
}

impl Report {
    /// Looks at the token that calls go out with, and with `probe` asks the service for one customer.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`] when what the credential gave is no token. All else that goes wrong is
    /// what the report is about.
    pub async fn of(client: &Client, probe: bool) -> Result<Self, Error> {
        let mut report = Self::default();
        let mut token = client.token().await;
        if probe && token.is_ok() {
            report.ask(client).await?;
            if !matches!(report.error, Some(Error::Authentication(_) | Error::Configuration(_))) {
                token = client.token().await; // the service may have refused the one before
            }
        }
        let life_end = token.as_ref().ok().and_then(Token::expires_on).map(DateTime::from);
        match token {
            Ok(token) => report.read(&token),
            Err(error) => report.error = Some(diagnosable(error)?),
        }
        report.conclude(&situation(client, report.clock_skew, life_end));
        Ok(report)
    }

    async fn ask(&mut self, client: &Client) -> Result<(), Error> {
        let (answer, head) = client.probe().await;
        self.clock_skew = head.clock_offset();
        let header = head.headers.get(COMPLIANT).and_then(|value| value.to_str().ok());
        self.is_mfa_compliant = header.and_then(|text| truth(&text.into()));
        match answer {
            Ok(body) => {
                self.accepted = Some(true);
                self.is_mfa_compliant = self.is_mfa_compliant.or_else(|| compliance(body));
            }
            Err(error) => {
                let refused = matches!(&error, Error::Api(error) if matches!(error.status_code, 401 | 403));
                self.accepted = refused.then_some(false);
                self.error = Some(diagnosable(error)?);
            }
        }
        Ok(())
    }

    fn read(&mut self, token: &Token) {
        self.claims = Claims::read(token.expose());
        let claimed = self.claims.as_ref().and_then(|claims| claims.expires_on);
        self.expires_on = claimed.or_else(|| token.expires_on().map(DateTime::from));
    }

    fn conclude(&mut self, situation: &Situation) {
        let claims = self.claims.clone().unwrap_or_default();
        self.problems = findings::flaws(&claims, self.expires_on, situation);
        // A 401 that the token itself explains is not another problem.
        let is_explained = !self.problems.is_empty();
        self.problems.extend(findings::warnings(&claims, self.expires_on, situation));
        let is_401 = |error: &Error| matches!(error, Error::Api(error) if error.status_code == 401);
        let error = self.error.as_ref().filter(|error| !(is_explained && is_401(error)));
        self.problems.extend(error.map(failure::problem));
        let is_known = claims.kind == Some(Kind::AppOnly) || claims.mfa == Some(false);
        if self.is_mfa_compliant == Some(false) && !is_known {
            self.problems.push(findings::not_compliant());
        }
    }
}

fn situation(client: &Client, clock_skew: Option<TimeDelta>, life_end: Option<DateTime<Utc>>) -> Situation {
    let scope = client.options().cloud.scope();
    let audience = scope.trim_end_matches("/.default").to_owned();
    let (now, can_renew) = (Utc::now(), client.can_renew());
    Situation { audience, now, clock_skew, life_end, can_renew }
}

/// Where the service says whether the sign-in was multi-factor: a header or a member of the body,
/// which of them is documented nowhere.
const COMPLIANT: &str = "isMfaCompliant";

fn compliance(body: Option<Value>) -> Option<bool> {
    match body? {
        Value::Object(object) => Members::new(object).take(COMPLIANT, truth),
        _ => None,
    }
}

fn truth(value: &Value) -> Option<bool> {
    match value {
        Value::Bool(truth) => Some(*truth),
        Value::String(text) => text.trim().to_ascii_lowercase().parse().ok(),
        _ => None,
    }
}

/// Passes on what the report can tell of.
fn diagnosable(error: Error) -> Result<Error, Error> {
    match error {
        Error::InvalidArgument(_) => Err(error),
        other => Ok(other),
    }
}
