//! What is noted of the requests up to a refusal, and what that tells of a window.

use std::time::Duration;

use tokio::time::Instant;

/// How many seconds too short a window may look, because answers take unlike times.
const CLOSE: f64 = 0.05;

/// The requests since a pause, or since the first one.
#[derive(Debug)]
pub(super) struct Run {
    pub(super) since: Instant,
    first_answer: Option<Instant>,
    passed: u32,
    /// When the first refusal came, and how long it asked to wait.
    refused: Option<(Instant, Duration)>,
}

/// How a run ended.
#[derive(Debug, Clone, Copy)]
pub(super) struct Refusal {
    pub(super) at: Instant,
    pub(super) passed: u32,
    /// From the first answer of the run to the refusal: as long as from the arrival of the one
    /// request to that of the other, where both take the same time.
    pub(super) after: Duration,
    pub(super) wait: Duration,
}

/// How many seconds a window may have.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bounds {
    above: f64,
    pub(super) most: f64,
}

impl Run {
    pub(super) fn new(since: Instant) -> Self {
        Self { since, first_answer: None, passed: 0, refused: None }
    }

    /// Notes that a request was let through.
    pub(super) fn passed(&mut self, now: Instant) {
        self.passed = self.passed.saturating_add(1);
        self.first_answer.get_or_insert(now);
    }

    /// Notes that a request was refused. Only the first one counts: the others were in flight by then.
    pub(super) fn refused(&mut self, now: Instant, wait: Duration) {
        self.refused.get_or_insert((now, wait));
    }

    /// How it ended, if it did.
    pub(super) fn end(&self) -> Option<Refusal> {
        let (at, wait) = self.refused?;
        let after = at - self.first_answer.unwrap_or(at);
        Some(Refusal { at, passed: self.passed, after, wait })
    }
}

impl Refusal {
    /// More than and at most how many seconds the window has, if it is one.
    pub(super) fn window(&self) -> Bounds {
        let most = (self.after + self.wait).as_secs_f64();
        Bounds { above: most - 1.0, most }
    }
}

impl Bounds {
    /// What fits both.
    pub(super) fn and(self, other: Self) -> Option<Self> {
        let both = Self { above: self.above.max(other.above), most: self.most.min(other.most) };
        (both.above < both.most).then_some(both)
    }

    /// Whole seconds, if they fit.
    pub(super) fn likeliest(self) -> f64 {
        let whole = (self.most + CLOSE).floor();
        if whole >= 1.0 && whole > self.above { whole } else { self.most }
    }
}
