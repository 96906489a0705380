//! A request that has come to an end in this run: what is written of it, and what is told.

use chrono::{DateTime, Utc};

use super::outcome::{Outcome, OutcomeKind, error_texts};
use crate::error::{Context, Error};
use crate::ledger::claims::Settled;
use crate::ledger::observations::Look;
use crate::ledger::submissions::{State, Submission};
use crate::model::Qualification;

/// How a request ended.
pub(super) enum Finished {
    Sent(Box<Sent>),
    /// It was claimed, and not sent: the run is to stop, or others may have taken it over.
    LetGo(i64, State),
}

/// A request that was sent, or could not be.
pub(super) struct Sent {
    pub(super) submission: Submission,
    pub(super) kind: OutcomeKind,
    pub(super) state: State,
    pub(super) answer: Option<Qualification>,
    pub(super) error: Option<Error>,
    pub(super) context: Option<Context>,
    pub(super) at: DateTime<Utc>,
}

impl Finished {
    pub(super) fn id(&self) -> i64 {
        match self {
            Self::Sent(sent) => sent.submission.id,
            Self::LetGo(id, _) => *id,
        }
    }

    /// What is written of the request.
    pub(super) fn settled(&self) -> Settled {
        match self {
            Self::Sent(sent) => Settled {
                id: sent.submission.id,
                state: sent.state,
                answer: sent.answer.clone(),
                error: lasting_texts(sent.error.as_ref()),
                // Of one that was read back, at least one whose sender did not live to count it.
                attempts: sent
                    .context
                    .as_ref()
                    .map_or(u32::from(sent.state == State::Answered), |call| call.attempts),
            },
            Self::LetGo(id, state) => {
                Settled { id: *id, state: *state, answer: None, error: (None, None, None), attempts: 0 }
            }
        }
    }

    /// What was seen of the customer.
    pub(super) fn look(&self) -> Option<Look> {
        let Self::Sent(sent) = self else { return None };
        Some(Look {
            customer_id: sent.submission.customer_id.to_string(),
            at: sent.at,
            found: vec![sent.answer.clone()?],
            is_whole: false,
        })
    }

    /// What is told of its row.
    pub(super) fn outcome(self, row: u64) -> Option<Outcome> {
        let Self::Sent(sent) = self else { return None };
        let Sent { submission, kind, answer, error, context, .. } = *sent;
        let was_read = kind == OutcomeKind::Answered && context.is_none();
        Some(Outcome {
            row,
            customer_id: submission.customer_id,
            qualification: submission.request.qualification().clone(),
            kind,
            answer,
            error,
            reason: was_read.then(|| "it had been sent before: read back".to_owned()),
            request_id: Some(submission.request_id),
            context,
        })
    }
}

/// The same of an error as a ledger may have it. What a credential raised may have a secret in its words.
fn lasting_texts(error: Option<&Error>) -> (Option<u16>, Option<String>, Option<String>) {
    let (status, code, message) = error_texts(error);
    let is_ours = matches!(error, Some(Error::Authentication(_) | Error::Configuration(_)));
    (status, code, message.map(|message| if is_ours { "no access token".to_owned() } else { message }))
}
