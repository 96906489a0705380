//! Which errors are about whoever asks, or about the service as a whole: after one of them, no other request
//! would fare better.

use crate::error::Error;

/// Codes of refusals of the token, the user or the program, whomever the request is about.
const OF_THE_CALLER: [&str; 10] =
    ["10001", "800001", "800039", "90000", "900149", "900309", "900329", "900416", "900420", "900421"];

/// Whether it is of no use to go on.
pub(super) fn ends_all(error: &Error) -> bool {
    match error {
        Error::Authentication(_) | Error::Configuration(_) | Error::Ledger(_) => true,
        Error::Transport(error) => error.unconnected,
        Error::Api(error) => {
            let is_pause = error.status_code == 429 && error.retry_after.is_some_and(|wait| wait > LONGEST);
            let code = error.fault.code.as_deref().unwrap_or_default();
            error.status_code == 401
                || is_pause
                || (error.status_code == 403 && OF_THE_CALLER.contains(&code))
        }
        _ => false,
    }
}

/// Shorter pauses are waited out.
const LONGEST: std::time::Duration = crate::retry::LONGEST_WAIT;

/// How many requests in a row may fail without an answer before the service counts as down: asking on would
/// help nobody.
pub(super) const FAILURES: usize = 50;

/// Whether a call had no answer that says anything.
pub(super) fn is_failure(error: &Error) -> bool {
    match error {
        Error::Transport(error) => !error.taken_over, // that says nothing of the service
        Error::Decode(_) => true,
        Error::Api(error) => error.status_code >= 500,
        _ => false,
    }
}
