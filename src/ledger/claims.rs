//! Who sends which request, and what came of it.

use std::time::Duration;

use chrono::{DateTime, Utc};

use super::dialect::Kind::{Integer, Text};
use super::session::{Given, Session, Texts};
use super::submissions::{State, numbers};
use super::{Dialect, LONGEST_LEASE, fault, moment};
use crate::error::Error;
use crate::model::Qualification;
use crate::retry::ON_ITS_WAY;

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
    let (now, until, list) = (dialect.now(), dialect.later(lease + ON_ITS_WAY), dialect.numbers(1));
    let latest = dialect.later(LONGEST_LEASE + ON_ITS_WAY); // a later one is of a clock that was wrong
    let update = format!(
        "UPDATE submissions SET state = 'sending', worker = $2, lease_until = {until}, claimed_at = {now}, \
         sent_at = COALESCE(sent_at, {now}), \
         needs_look = CASE WHEN state = 'intended' THEN 0 ELSE 1 END"
    );
    let free = format!(
        "id {list} AND (state = 'intended' \
         OR (state IN ('unknown', 'sending') AND COALESCE(lease_until, '') NOT BETWEEN {now} AND {latest}))"
    );
    match dialect {
        Dialect::Sqlite => {
            // With one writer at a time, what is free stays so until it is taken.
            let sent_at = format!("COALESCE(sent_at, {now})");
            let columns =
                ["CAST(id AS TEXT)", "CASE WHEN state = 'intended' THEN '0' ELSE '1' END", &sent_at];
            let rows =
                session.select(&columns, &format!("submissions WHERE {free}"), &[&numbers(ids)]).await?;
            let claims = read(rows, session.shown())?;
            let taken: Vec<_> = claims.iter().map(|claim| claim.id).collect();
            session.execute(format!("{update} WHERE id {list}"), &[&numbers(&taken), worker]).await?;
            Ok(claims)
        }
        Dialect::Postgres => {
            let free = format!("SELECT id FROM submissions WHERE {free} FOR UPDATE SKIP LOCKED");
            let columns = "CAST(id AS TEXT), CAST(needs_look AS TEXT), sent_at";
            let sql = format!("{update} WHERE id IN ({free}) RETURNING {columns}");
            read(session.rows(sql, &[&numbers(ids), worker]).await?, session.shown())
        }
    }
}

fn read(rows: Vec<Texts>, shown: &str) -> Result<Vec<Claim>, Error> {
    let claims = rows.into_iter().map(|row| {
        let mut row = row.into_iter().flatten();
        let (id, needs_look, sent_at) = (row.next()?, row.next()?, row.next()?);
        Some(Claim { id: id.parse().ok()?, needs_look: needs_look == "1", sent_at: moment::read(&sent_at)? })
    });
    claims.collect::<Option<_>>().ok_or_else(|| fault::unreadable(shown, "row in submissions"))
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
    let (now, until) = (session.dialect().now(), session.dialect().later(ON_ITS_WAY));
    let update = |rows: &str| {
        format!(
            "UPDATE submissions SET state = given.state, attempts = submissions.attempts + given.attempts, \
             answer = given.answer, answer_status = given.answer_status, error_status = given.error_status, \
             error_code = given.error_code, error_message = given.error_message, \
             worker = NULL, lease_until = CASE WHEN given.state = 'unknown' THEN {until} END, \
             sent_at = CASE WHEN given.state = 'intended' THEN NULL ELSE submissions.sent_at END, \
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::observations::{Record, Source};
    use crate::ledger::submissions::Intent;
    use crate::ledger::{Ledger, Location};
    use crate::model::{CustomerId, QualificationRequest};

    const CUSTOMER_ID: &str = "11111111-2222-3333-4444-555555555555";

    async fn with_one_request(folder: &tempfile::TempDir) -> (Ledger, i64) {
        let path = folder.path().join("quals.db");
        let location = Location::parse(path.to_str().unwrap()).unwrap();
        let ledger = Ledger::open(&location, None, Duration::from_secs(60)).await.unwrap();
        let customer_id = CustomerId::parse(CUSTOMER_ID).unwrap();
        let (request_id, correlation_id) = (uuid::Uuid::new_v4(), uuid::Uuid::new_v4());
        let request = QualificationRequest::new("StateOwnedEntity", None, None, None).unwrap();
        let intent = Intent { request_id, correlation_id, customer_id, request, number: 1, replaces: None };
        ledger.intend(&[intent]).await.unwrap();
        let id = ledger.submissions_of(&[customer_id]).await.unwrap()[0].id;
        (ledger, id)
    }

    async fn claimed(ledger: &Ledger, wanted: &[i64], worker: &str) -> Vec<bool> {
        let record = Record { wanted, ..Record::default() };
        let claims = ledger.record(&record, Source::Apply, worker).await.unwrap();
        claims.into_iter().map(|claim| claim.needs_look).collect()
    }

    #[tokio::test]
    async fn what_is_taken_is_given_to_nobody_again_not_even_to_whoever_has_it() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, id) = with_one_request(&folder).await;
        assert_eq!(claimed(&ledger, &[id, id], "one").await, [false]);
        assert!(claimed(&ledger, &[id], "one").await.is_empty());
        assert!(claimed(&ledger, &[id], "another").await.is_empty());
    }

    #[tokio::test]
    async fn what_was_let_go_of_may_be_on_its_way_for_a_while() {
        let folder = tempfile::tempdir().unwrap();
        let (ledger, id) = with_one_request(&folder).await;
        assert_eq!(claimed(&ledger, &[id], "one").await, [false]);
        ledger.abandon().await.unwrap();
        assert!(claimed(&ledger, &[id], "another").await.is_empty());
        let mut writing = ledger.write().await.unwrap();
        let past = writing.dialect().earlier(Duration::from_secs(1));
        writing.execute(format!("UPDATE submissions SET lease_until = {past}"), &[]).await.unwrap();
        writing.commit().await.unwrap();
        assert_eq!(claimed(&ledger, &[id], "another").await, [true]);
    }
}
