//! Who sends which request, and what came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::dialect::Kind::{Integer, Text};
use super::session::{Given, Session, Texts};
use super::submissions::{State, numbers};
use super::{Dialect, fault, moment};
use crate::error::Error;
use crate::model::Qualification;

/// How long after it was begun with a request may still be on its way, though whoever sent it is gone:
/// only from then on does a look that does not find it mean that it did not land.
const ON_ITS_WAY: Duration = Duration::from_secs(5);

/// A request that was claimed.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Claim {
    pub(crate) id: i64,
    /// Whether it may have been sent before, so that the customer is to be read first.
    pub(crate) needs_look: bool,
    /// When somebody first began to send it.
    pub(crate) sent_at: DateTime<Utc>,
}

/// What came of a request.
#[derive(Debug)]
pub(crate) struct Settled {
    pub(crate) id: i64,
    pub(crate) state: State,
    pub(crate) answer: Option<Qualification>,
    pub(crate) error: (Option<u16>, Option<String>, Option<String>),
    /// How often it was sent.
    pub(crate) attempts: u32,
}

/// Takes those of the requests that nobody is sending, before anything is sent. Those that may have been
/// sent before are among them once they cannot be on their way any more.
pub(super) async fn claim(
    session: &mut Session,
    ids: &[i64],
    worker: &str,
    lease: Duration,
) -> Result<Vec<Claim>, Error> {
    let dialect = session.dialect();
    let (now, until) = (dialect.now(), dialect.later(lease));
    let (list, arrived) = (dialect.numbers(1), dialect.earlier(ON_ITS_WAY));
    let update = format!(
        "UPDATE submissions SET state = 'sending', worker = $2, lease_until = {until}, claimed_at = {now}, \
         sent_at = COALESCE(sent_at, {now}), \
         needs_look = CASE WHEN state = 'intended' THEN 0 ELSE 1 END"
    );
    let free = format!(
        "id {list} AND (state = 'intended' OR (state = 'unknown' AND claimed_at <= {arrived}) \
         OR (state = 'sending' AND lease_until < {now}))"
    );
    let columns = ["CAST(id AS TEXT)", "CAST(needs_look AS TEXT)", "sent_at"];
    let (ids, rows) = (numbers(ids), columns.join(", "));
    let rows = match dialect {
        Dialect::Sqlite => {
            session.execute(format!("{update} WHERE {free}"), &[&ids, worker]).await?;
            // With one writer at a time, they are those that this one has now.
            let taken = format!("submissions WHERE id {list} AND state = 'sending' AND worker = $2");
            session.select(&columns, &taken, &[&ids, worker]).await?
        }
        Dialect::Postgres => {
            let free = format!("SELECT id FROM submissions WHERE {free} FOR UPDATE SKIP LOCKED");
            session.rows(format!("{update} WHERE id IN ({free}) RETURNING {rows}"), &[&ids, worker]).await?
        }
    };
    let claims = rows.into_iter().map(|row| {
        let mut row = row.into_iter().flatten();
        let (id, needs_look, sent_at) = (row.next()?, row.next()?, row.next()?);
        Some(Claim { id: id.parse().ok()?, needs_look: needs_look == "1", sent_at: moment::read(&sent_at)? })
    });
    claims.collect::<Option<_>>().ok_or_else(|| fault::unreadable(session.shown(), "row in submissions"))
}

/// Writes down what came of requests. What a worker lost to another is the other's, but for an answer, which
/// is the last word whoever got it.
pub(super) async fn settle(session: &mut Session, settled: &[&Settled], worker: &str) -> Result<(), Error> {
    let (plain, others): (Vec<_>, Vec<_>) = settled.iter().partition(|one| one.is_plain());
    answer(session, plain).await?;
    settle_others(session, others, worker).await
}

/// Writes down what was answered at the first attempt: nearly all, for which little has to be passed.
async fn answer(session: &mut Session, settled: Vec<&Settled>) -> Result<(), Error> {
    let fields = [("id", Integer), ("answer", Text), ("answer_status", Text)];
    let now = session.dialect().now();
    let update = |rows: &str| {
        format!(
            "UPDATE submissions SET state = 'answered', attempts = submissions.attempts + 1, \
             answer = given.answer, answer_status = given.answer_status, error_status = NULL, \
             error_code = NULL, error_message = NULL, worker = NULL, lease_until = NULL, answered_at = {now} \
             FROM {rows} AS given WHERE submissions.id = given.id AND submissions.state <> 'answered'"
        )
    };
    let texts = |one: &Settled| {
        let [answer, answer_status] = one.answer_texts();
        vec![Some(one.id.to_string()), answer, answer_status]
    };
    let given = Given { fields: &fields, rows: settled.into_iter().map(texts).collect() };
    session.execute_for(given, update).await.map(drop)
}

async fn settle_others(session: &mut Session, settled: Vec<&Settled>, worker: &str) -> Result<(), Error> {
    let fields = [
        ("id", Integer),
        ("state", Text),
        ("attempts", Integer),
        ("answer", Text),
        ("answer_status", Text),
        ("error_status", Integer),
        ("error_code", Text),
        ("error_message", Text),
        ("worker", Text),
    ];
    let now = session.dialect().now();
    let update = |rows: &str| {
        format!(
            "UPDATE submissions SET state = given.state, attempts = submissions.attempts + given.attempts, \
             answer = given.answer, answer_status = given.answer_status, error_status = given.error_status, \
             error_code = given.error_code, error_message = given.error_message, \
             worker = NULL, lease_until = NULL, \
             answered_at = CASE WHEN given.state IN ('answered', 'refused') THEN {now} END \
             FROM {rows} AS given WHERE submissions.id = given.id \
             AND submissions.state <> 'answered' AND (submissions.worker = given.worker OR given.state = 'answered')"
        )
    };
    let given = Given { fields: &fields, rows: settled.into_iter().map(|one| one.texts(worker)).collect() };
    session.execute_for(given, update).await.map(drop)
}

impl Settled {
    /// Whether it was answered at the first attempt.
    fn is_plain(&self) -> bool {
        self.state == State::Answered && self.attempts == 1 && self.error == (None, None, None)
    }

    fn answer_texts(&self) -> [Option<String>; 2] {
        let answer = self.answer.as_ref();
        let status = answer.and_then(|answer| answer.vetting_status.as_ref());
        [answer.map(|answer| answer.to_value().to_string()), status.map(|status| status.as_str().to_owned())]
    }

    fn texts(&self, worker: &str) -> Texts {
        let (status, code, message) = &self.error;
        let [answer, answer_status] = self.answer_texts();
        vec![
            Some(self.id.to_string()),
            Some(self.state.as_str().to_owned()),
            Some(self.attempts.to_string()),
            answer,
            answer_status,
            status.map(|status| status.to_string()),
            code.clone(),
            message.clone(),
            Some(worker.to_owned()),
        ]
    }
}
