//! What came of each row, and the table of that.

use crate::error::{Context, Error};
use crate::ledger::submissions::{State, Submission};
use crate::model::{CustomerId, Qualification, QualificationType, VettingStatus};
use crate::table::{Cell, Kind, Rows, Table};

use super::plan::{Action, Planned};

/// What came of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum OutcomeKind {
    /// The service took the request, now or before.
    Answered,
    /// The customer has it or waits for it, or was denied it.
    Skipped,
    /// The service refused the request, or would have.
    Refused,
    /// It was sent, and nobody knows yet whether it took effect.
    Unknown,
    /// It could not be sent.
    NotSent,
}

impl OutcomeKind {
    /// The word for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Answered => "answered",
            Self::Skipped => "skipped",
            Self::Refused => "refused",
            Self::Unknown => "unknown",
            Self::NotSent => "not_sent",
        }
    }

    /// Whether the row came to no good end.
    #[must_use]
    pub fn is_error(self) -> bool {
        !matches!(self, Self::Answered | Self::Skipped)
    }
}

/// What came of one row.
#[derive(Debug)]
pub struct Outcome {
    /// The row, counted from 1.
    pub row: u64,
    /// For whom.
    pub customer_id: CustomerId,
    /// What was asked for.
    pub qualification: QualificationType,
    /// What came of it.
    pub kind: OutcomeKind,
    /// The qualification as it was answered or read.
    pub answer: Option<Qualification>,
    /// Why it was refused, could not be sent, or is not known.
    pub error: Option<Error>,
    /// Why nothing was sent, or what was known before.
    pub reason: Option<String>,
    /// `MS-RequestId`, the same for ever.
    pub request_id: Option<uuid::Uuid>,
    /// The call, where there was one.
    pub context: Option<Context>,
}

impl Outcome {
    /// Of a row for which nothing is to be sent.
    pub(super) fn of_unsent(planned: Planned) -> Self {
        let answered = planned.known.as_ref().filter(|known| known.state == State::Answered);
        let kind = match planned.action {
            Action::Refuse if planned.is_passing() => OutcomeKind::NotSent,
            Action::Refuse => OutcomeKind::Refused,
            _ if answered.is_some() && !planned.is_denied() => OutcomeKind::Answered,
            _ => OutcomeKind::Skipped,
        };
        let request_id = answered.map(|known| known.request_id);
        let context = planned.error.as_ref().and_then(Error::context).cloned();
        Self {
            row: planned.wanted.row,
            customer_id: planned.wanted.customer_id,
            qualification: planned.wanted.request.qualification().clone(),
            kind,
            answer: planned.held,
            error: planned.error,
            reason: planned.reason,
            request_id,
            context,
        }
    }

    /// Of a row that another worker has done.
    pub(super) fn of_another(row: u64, done: Submission) -> Self {
        let (status, code, message) = done.error;
        let is_refused = done.state == State::Refused;
        let refusal = || {
            let parts = [status.map(|status| format!("HTTP {status}")), code, message];
            parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
        };
        Self {
            row,
            customer_id: done.customer_id,
            qualification: done.request.qualification().clone(),
            kind: if is_refused { OutcomeKind::Refused } else { OutcomeKind::Answered },
            answer: done.answer,
            error: None,
            reason: Some(if is_refused {
                format!("another worker sent it, and was refused: {}", refusal())
            } else {
                "another worker sent it".to_owned()
            }),
            request_id: Some(done.request_id),
            context: None,
        }
    }
}

/// The table of what came of each row.
pub struct OutcomeColumns(Rows);

const COLUMNS: [(&str, Kind); 14] = [
    ("row", Kind::Integer),
    ("customer_id", Kind::Text),
    ("qualification", Kind::Word),
    ("outcome", Kind::Word),
    ("vetting_status", Kind::Word),
    ("vetting_reason", Kind::Text),
    ("vetting_created_date", Kind::Moment),
    ("reason", Kind::Text),
    ("error_status", Kind::Integer),
    ("error_code", Kind::Text),
    ("error_message", Kind::Text),
    ("request_id", Kind::Text),
    ("correlation_id", Kind::Text),
    ("attempts", Kind::Integer),
];

impl Default for OutcomeColumns {
    fn default() -> Self {
        Self(Rows::new(&COLUMNS))
    }
}

impl OutcomeColumns {
    /// Adds a row.
    pub fn push(&mut self, outcome: &Outcome) {
        let answer = outcome.answer.as_ref();
        let customer_id = outcome.customer_id.to_string();
        let request_id = outcome.request_id.map(|id| id.to_string());
        let correlation_id = outcome.context.as_ref().map(|context| context.correlation_id.to_string());
        let (status, code, message) = error_texts(outcome.error.as_ref());
        self.0.push([
            Cell::Integer(i64::try_from(outcome.row).unwrap_or(i64::MAX)),
            Cell::Text(&customer_id),
            Cell::Text(outcome.qualification.as_str()),
            Cell::Text(outcome.kind.as_str()),
            answer.and_then(|answer| answer.vetting_status.as_ref()).map_or(Cell::Null, status_cell),
            answer.and_then(|answer| answer.vetting_reason.as_deref()).map_or(Cell::Null, cell),
            answer.and_then(|answer| answer.vetting_created_date).map_or(Cell::Null, Cell::Moment),
            text_cell(outcome.reason.as_ref()),
            status.map_or(Cell::Null, |status| Cell::Integer(status.into())),
            text_cell(code.as_ref()),
            text_cell(message.as_ref()),
            text_cell(request_id.as_ref()),
            text_cell(correlation_id.as_ref()),
            outcome.context.as_ref().map_or(Cell::Null, |context| Cell::Integer(context.attempts.into())),
        ]);
    }

    /// The table of all that was added.
    #[must_use]
    pub fn finish(self) -> Table {
        self.0.finish()
    }
}

pub(super) fn cell(text: &str) -> Cell<'_> {
    Cell::Text(text)
}

pub(super) fn text_cell(text: Option<&String>) -> Cell<'_> {
    text.map_or(Cell::Null, |text| Cell::Text(text))
}

pub(super) fn status_cell(status: &VettingStatus) -> Cell<'_> {
    Cell::Text(status.as_str())
}

/// HTTP status, code and message of an error, as columns have them.
pub(super) fn error_texts(error: Option<&Error>) -> (Option<u16>, Option<String>, Option<String>) {
    let Some(error) = error else { return (None, None, None) };
    let (status, code) = match error {
        Error::Api(error) => (Some(error.status_code), error.fault.code.clone()),
        _ => (None, None),
    };
    (status, Some(code.unwrap_or_else(|| error.class_name().to_owned())), Some(error.message()))
}
