//! Sends one request, at most once as far as the service is concerned.

use std::sync::Arc;

use chrono::Utc;

use super::caller;
use super::finished::{Finished, Sent};
use super::outcome::OutcomeKind;
use super::run::Run;
use crate::error::{Context, Error};
use crate::ledger::submissions::{State, Submission};
use crate::model::Qualification;
use crate::transport::Fence;

/// A request that is this worker's to send, for as long as the fence stands.
pub(super) struct Claimed {
    pub(super) submission: Submission,
    /// Whether it may have been sent before.
    pub(super) needs_look: bool,
    pub(super) fence: Option<Arc<Fence>>,
}

/// How sending ended.
struct End {
    kind: OutcomeKind,
    answer: Option<Qualification>,
    error: Option<Error>,
    context: Option<Context>,
}

impl End {
    fn answered(answer: Qualification, context: Option<Context>) -> Self {
        Self { kind: OutcomeKind::Answered, answer: Some(answer), error: None, context }
    }

    fn failed(kind: OutcomeKind, error: Error) -> Self {
        let context = error.context().cloned();
        Self { kind, answer: None, error: Some(error), context }
    }
}

/// Sends a request, unless the run is to stop.
pub(super) async fn send(run: &Run, claimed: Claimed) -> Finished {
    if run.is_stopping() {
        return Finished::LetGo(claimed.submission.id, State::unsent(claimed.needs_look));
    }
    let End { kind, answer, error, context } = attempt(run, &claimed).await;
    if let Some(Error::Transport(error)) = &error
        && error.taken_over
    {
        let may_be_sent = claimed.needs_look || error.context.attempts > 0;
        return Finished::LetGo(claimed.submission.id, State::unsent(may_be_sent));
    }
    let submission = claimed.submission;
    let state = match kind {
        OutcomeKind::Answered | OutcomeKind::Skipped => State::Answered,
        OutcomeKind::Refused => State::Refused,
        OutcomeKind::Unknown => State::Unknown,
        OutcomeKind::NotSent => State::Intended,
    };
    run.note(error.as_ref());
    Finished::Sent(Box::new(Sent { submission, kind, state, answer, error, context, at: Utc::now() }))
}

async fn attempt(run: &Run, claimed: &Claimed) -> End {
    let submission = &claimed.submission;
    if claimed.needs_look {
        match landed(run, submission).await {
            Ok(Some(answer)) => return End::answered(answer, None),
            Ok(None) => {}
            Err(error) => return End::failed(OutcomeKind::Unknown, error), // sending it now might ask twice
        }
    }
    let Submission { customer_id, request, request_id, correlation_id, .. } = submission;
    let ids = (*request_id, *correlation_id);
    let error =
        match run.client.request_qualification(*customer_id, request, ids, claimed.fence.clone()).await {
            Ok(reply) => return End::answered(reply.value, Some(reply.context)),
            Err(error) => error,
        };
    let is_conflict = matches!(&error, Error::Api(error) if error.status_code == 409);
    if is_conflict {
        match landed(run, submission).await {
            Ok(Some(answer)) => return End::answered(answer, error.context().cloned()),
            Ok(None) => {}
            Err(_) => return End::failed(OutcomeKind::Unknown, error), // it may be with what we asked for
        }
    }
    // What was looked for in vain and then not sent may still have been sent long before, but did not land.
    End::failed(kind_of(&error), error)
}

/// Reads whether an earlier attempt took effect.
async fn landed(run: &Run, submission: &Submission) -> Result<Option<Qualification>, Error> {
    let first_sent = submission.sent_at.unwrap_or_default();
    let wanted = submission.request.qualification();
    run.client.look_for(submission.customer_id, wanted, submission.correlation_id, first_sent).await
}

fn kind_of(error: &Error) -> OutcomeKind {
    match error {
        Error::Transport(error) if error.fate_unknown => OutcomeKind::Unknown,
        Error::Decode(error) if error.fate_unknown => OutcomeKind::Unknown,
        Error::Api(error) if error.fate_unknown => OutcomeKind::Unknown,
        Error::Api(no) if no.status_code == 429 || caller::ends_all(error) => OutcomeKind::NotSent,
        Error::Api(_) => OutcomeKind::Refused,
        _ => OutcomeKind::NotSent,
    }
}
