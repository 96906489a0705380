//! Requests: what was meant to be sent, what may have been, and what came of it.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use serde_json::Value;
use uuid::Uuid;

use super::dialect::Field;
use super::dialect::Kind::{Integer, Text};
use super::session::{Given, Texts};
use super::{Dialect, Ledger, fault, moment};
use crate::error::Error;
use crate::model::{CustomerId, Qualification, QualificationRequest};
use crate::retry::ON_ITS_WAY;

/// Rows that are passed to one statement.
const CHUNK: usize = 1_000;

/// How far a request has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// It is to be sent, and was not.
    Intended,
    /// Somebody is sending it, or died over it.
    Sending,
    /// The service took it.
    Answered,
    /// The service refused it.
    Refused,
    /// It was sent, and nobody knows whether it took effect.
    Unknown,
}

impl State {
    const ALL: [Self; 5] = [Self::Intended, Self::Sending, Self::Answered, Self::Refused, Self::Unknown];

    /// That of a request which is let go of. What may have been sent before still may have been.
    pub(crate) fn unsent(may_be_sent: bool) -> Self {
        if may_be_sent { Self::Unknown } else { Self::Intended }
    }

    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Self::Intended => "intended",
            Self::Sending => "sending",
            Self::Answered => "answered",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
        }
    }

    pub(crate) fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// A request as the ledger has it.
#[derive(Debug, Clone)]
pub(crate) struct Submission {
    /// Its number in the ledger.
    pub(crate) id: i64,
    pub(crate) request_id: Uuid,
    pub(crate) customer_id: CustomerId,
    pub(crate) request: QualificationRequest,
    /// 1 for the first of its kind, 2 after a denial.
    pub(crate) number: u32,
    pub(crate) state: State,
    pub(crate) answer: Option<Qualification>,
    pub(crate) correlation_id: Uuid,
    /// When somebody first began to send it.
    pub(crate) sent_at: Option<DateTime<Utc>>,
    /// HTTP status, code and message of the last refusal or failure.
    pub(crate) error: (Option<u16>, Option<String>, Option<String>),
}

const COLUMNS: &str = "CAST(id AS TEXT), request_id, customer_id, body, CAST(number AS TEXT), state, answer, \
    correlation_id, sent_at, CAST(error_status AS TEXT), error_code, error_message";

impl Submission {
    fn read(row: Texts, shown: &str) -> Result<Self, Error> {
        Self::parse(row).ok_or_else(|| fault::unreadable(shown, "row in submissions"))
    }

    fn parse(row: Texts) -> Option<Self> {
        let mut row = row.into_iter();
        let mut next = || row.next().flatten();
        let (id, request_id, customer_id, body) = (next()?, next()?, next()?, next()?);
        Some(Self {
            id: id.parse().ok()?,
            request_id: request_id.parse().ok()?,
            customer_id: CustomerId::parse(&customer_id).ok()?,
            request: QualificationRequest::from_body(&serde_json::from_str(&body).ok()?)?,
            number: next()?.parse().ok()?,
            state: State::parse(&next()?)?,
            answer: next().and_then(|text| Qualification::from_value(serde_json::from_str(&text).ok()?).ok()),
            correlation_id: next()?.parse().ok()?,
            sent_at: next().and_then(|text| moment::read(&text)),
            error: (next().and_then(|text| text.parse().ok()), next(), next()),
        })
    }
}

/// A request that is to be sent.
#[derive(Debug, Clone)]
pub(crate) struct Intent {
    pub(crate) request_id: Uuid,
    pub(crate) correlation_id: Uuid,
    pub(crate) customer_id: CustomerId,
    pub(crate) request: QualificationRequest,
    pub(crate) number: u32,
    /// The id of the refused request whose place it takes, with another body.
    pub(crate) replaces: Option<Uuid>,
}

/// The columns of what is to be sent.
const INTENT: [Field; 6] = [
    ("request_id", Text),
    ("correlation_id", Text),
    ("customer_id", Text),
    ("qualification", Text),
    ("number", Integer),
    ("body", Text),
];

/// The same of what takes another's place.
const REPLACING: [Field; 7] =
    [INTENT[0], INTENT[1], INTENT[2], INTENT[3], INTENT[4], INTENT[5], ("replaces", Text)];

impl Ledger {
    /// All requests of these customers, each of them once, by number.
    pub(crate) async fn submissions_of(&self, customers: &[CustomerId]) -> Result<Vec<Submission>, Error> {
        let mut session = self.read().await?;
        let mut found = Vec::new();
        // Of a customer that is named in two parts, both would have all requests.
        let customers: Vec<_> = customers.iter().copied().collect::<BTreeSet<_>>().into_iter().collect();
        for chunk in customers.chunks(CHUNK) {
            let list = self.dialect().list(1);
            let sql = format!(
                "SELECT {COLUMNS} FROM submissions WHERE customer_id {list} ORDER BY submissions.number"
            );
            for row in session.rows(sql, &[&texts(chunk)]).await? {
                found.push(Submission::read(row, session.shown())?);
            }
        }
        Ok(found)
    }

    /// Those of these requests that have come to their end.
    pub(crate) async fn ended(&self, ids: &[i64]) -> Result<Vec<Submission>, Error> {
        let mut session = self.read().await?;
        let mut found = Vec::new();
        for chunk in ids.chunks(CHUNK) {
            let list = self.dialect().numbers(1);
            let sql = format!(
                "SELECT {COLUMNS} FROM submissions WHERE id {list} AND state IN ('answered', 'refused')"
            );
            for row in session.rows(sql, &[&numbers(chunk)]).await? {
                found.push(Submission::read(row, session.shown())?);
            }
        }
        Ok(found)
    }

    /// Writes down what is to be sent, all of it or nothing. What somebody else has written down meanwhile,
    /// for the same customer, stays as it is; what was refused is to be sent once more, with another body as
    /// a request of its own.
    pub(crate) async fn intend(&self, intents: &[Intent]) -> Result<(), Error> {
        let now = self.dialect().now();
        let given = || Given { fields: &INTENT, rows: intents.iter().map(Intent::texts).collect() };
        let mut writing = self.write().await?;
        let insert = |rows: &str| {
            format!(
                "INSERT INTO submissions \
                 (request_id, correlation_id, customer_id, qualification, number, body, state, created_at) \
                 SELECT request_id, correlation_id, customer_id, qualification, number, body, 'intended', {now} \
                 FROM {rows} AS given WHERE true ON CONFLICT DO NOTHING"
            )
        };
        let again = |rows: &str| {
            format!(
                "UPDATE submissions SET state = 'intended', body = given.body FROM {rows} AS given \
                 WHERE submissions.request_id = given.request_id AND submissions.state IN ('refused', 'intended')"
            )
        };
        let anew = |rows: &str| {
            format!(
                "UPDATE submissions SET state = 'intended', request_id = given.request_id, \
                 correlation_id = given.correlation_id, body = given.body, created_at = {now}, attempts = 0, \
                 claimed_at = NULL, sent_at = NULL, answered_at = NULL FROM {rows} AS given \
                 WHERE submissions.request_id = given.replaces AND submissions.state = 'refused'"
            )
        };
        let mended = intents.iter().filter_map(Intent::replacing).collect();
        writing.execute_for(Given { fields: &REPLACING, rows: mended }, anew).await?;
        writing.execute_for(given(), insert).await?;
        writing.execute_for(given(), again).await?;
        writing.commit().await
    }

    /// Has all that was being sent count as unknown: whoever sent it is known to be gone.
    pub(crate) async fn abandon(&self) -> Result<(), Error> {
        let mut writing = self.write().await?;
        let sql = format!("{} WHERE state = 'sending'", self.unknown());
        writing.execute(sql, &[]).await?;
        writing.commit().await
    }

    /// Keeps what a worker has claimed from being taken over.
    pub(crate) async fn renew(&self, worker: &str) -> Result<(), Error> {
        let until = self.dialect().later(self.lease() + ON_ITS_WAY);
        // A row that somebody is writing just now is being settled: waiting for it might be mutual.
        let skip = match self.dialect() {
            Dialect::Sqlite => "",
            Dialect::Postgres => " FOR UPDATE SKIP LOCKED",
        };
        let own = format!("SELECT id FROM submissions WHERE worker = $1 AND state = 'sending'{skip}");
        let sql = format!("UPDATE submissions SET lease_until = {until} WHERE id IN ({own})");
        let mut writing = self.write().await?;
        writing.execute(sql, &[worker]).await?;
        writing.commit().await
    }

    /// Lets go of all that a worker has claimed.
    pub(crate) async fn release(&self, worker: &str) -> Result<(), Error> {
        let sql = format!("{} WHERE worker = $1 AND state = 'sending'", self.unknown());
        let mut writing = self.write().await?;
        writing.execute(sql, &[worker]).await?;
        writing.commit().await
    }

    /// Has requests count as unknown. What was sent up to now may still be on its way.
    fn unknown(&self) -> String {
        let until = self.dialect().later(ON_ITS_WAY);
        format!("UPDATE submissions SET state = 'unknown', worker = NULL, lease_until = {until}")
    }
}

impl Intent {
    fn texts(&self) -> Texts {
        vec![
            Some(self.request_id.to_string()),
            Some(self.correlation_id.to_string()),
            Some(self.customer_id.to_string()),
            Some(self.request.qualification().as_str().to_owned()),
            Some(self.number.to_string()),
            Some(self.request.to_value().to_string()),
        ]
    }

    /// The same of one that takes another's place, with the other's id.
    fn replacing(&self) -> Option<Texts> {
        let replaces = self.replaces?.to_string();
        Some([self.texts(), vec![Some(replaces)]].concat())
    }
}

/// A JSON array of whole numbers.
pub(super) fn numbers(ids: &[i64]) -> String {
    Value::from(ids).to_string()
}

/// A JSON array of texts.
pub(super) fn texts<T: ToString>(items: &[T]) -> String {
    Value::from(items.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string()
}
