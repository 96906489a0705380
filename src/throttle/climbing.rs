//! Tries now and then whether the service lets more through than what was learned.

use std::time::Duration;

use tokio::time::Instant;

use super::limit::Limit;

/// How long a limit is kept before the first try. A try that fails costs a refused request or a few,
/// and up to a second, because `Retry-After` is in whole seconds.
const PATIENCE: Duration = Duration::from_secs(60);
/// The same where what was learned is not certain.
const IMPATIENCE: Duration = Duration::from_secs(10);
const LONGEST_PATIENCE: Duration = Duration::from_secs(300);
/// After a try that failed, so many requests at least go by before the next one.
const REQUESTS: f64 = 250.0;
/// By how much a first try goes faster; each one that succeeds is followed by one twice as bold.
const FIRST_STEP: f64 = 0.04;
const BOLDEST_STEP: f64 = 0.16;
/// What is taken off a rate that held while it was tried.
const MARGIN: f64 = 1.02;
/// How long a faster rate must hold at least, to count as let through.
const TRIAL: Duration = Duration::from_secs(2);

/// When to try what.
#[derive(Debug)]
pub(super) struct Climbing {
    due: Instant,
    patience: Duration,
    step: f64,
    /// The span that held so far, while a shorter one is tried.
    proven: Option<Duration>,
    /// The span before the first of these tries.
    base: Option<Duration>,
    /// A rate that was refused, which is not tried again soon.
    refused: Option<f64>,
}

impl Climbing {
    /// For a limit that was just learned; `sure` is whether it is right to a few hundredths, and
    /// `refused` a rate that it must be below.
    pub(super) fn new(now: Instant, sure: bool, refused: Option<f64>) -> Self {
        let patience = if sure { PATIENCE } else { IMPATIENCE };
        Self { due: now, patience, step: FIRST_STEP, proven: None, base: None, refused }
    }

    /// Leaves a limit alone for a while, as of a pause's end.
    pub(super) fn wait(&mut self, now: Instant, limit: &Limit) {
        let requests = match self.patience {
            IMPATIENCE => Duration::ZERO,
            _ => Duration::try_from_secs_f64(REQUESTS / limit.rate()).unwrap_or(LONGEST_PATIENCE),
        };
        self.due = now + self.patience.max(2 * limit.span).max(requests);
    }

    /// Goes a little faster when it is time to. Only called while the limit holds somebody back: one
    /// that does not proves nothing.
    pub(super) fn try_faster(&mut self, now: Instant, limit: &mut Limit) {
        if now < self.due {
            return;
        }
        let faster = limit.rate() * (1.0 + self.step);
        if self.refused.take_if(|refused| *refused < faster * MARGIN).is_some() {
            // Whatever was tried until now may stay.
            (self.proven, self.base, self.step) = (None, None, FIRST_STEP);
            self.due = now + PATIENCE;
            return;
        }
        self.base.get_or_insert(limit.span);
        self.proven = Some(limit.span);
        limit.span = limit.span.div_f64(1.0 + self.step);
        self.step = (2.0 * self.step).min(BOLDEST_STEP);
        self.due = now + (2 * limit.span).max(TRIAL);
    }

    /// Whether it was a try that was refused. Then the limit is again what held before; `measured` is
    /// a rate that is let through for certain, for a limit of which nothing else is.
    pub(super) fn fell(&mut self, limit: &mut Limit, measured: Option<Limit>) -> bool {
        let (Some(base), Some(proven)) = (self.base.take(), self.proven.take()) else {
            return false;
        };
        self.refused = Some(limit.rate());
        let before = Limit { span: base, ..*limit };
        *limit = match measured {
            Some(measured) => measured,
            None if base == proven => before,
            None => Limit { span: proven.mul_f64(MARGIN), ..*limit },
        };
        self.step = FIRST_STEP;
        self.patience = match self.patience {
            _ if limit.rate() > 1.05 * before.rate() => IMPATIENCE,
            patience => (2 * patience).clamp(PATIENCE, LONGEST_PATIENCE),
        };
        true
    }
}
