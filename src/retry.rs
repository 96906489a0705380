//! Whether and when to send a request again. Pure policy: no I/O and no clock.

use std::time::Duration;

use crate::model::json::Unreadable;

/// The longest `Retry-After` that a call waits out; a longer one is the caller's to decide about.
pub(crate) const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// How long after it was sent a request may still be on its way: only from then on does a look that does not
/// find it mean that it did not land.
pub(crate) const ON_ITS_WAY: Duration = Duration::from_secs(5);

const FIRST_BACKOFF: Duration = Duration::from_millis(500);
const LONGEST_BACKOFF: Duration = Duration::from_secs(30);
/// Spreads the requests that a `Retry-After` held back, where no throttle does; more would not obey it to
/// the second.
const RETRY_AFTER_JITTER: Duration = Duration::from_millis(500);

/// How one attempt failed, as far as sending again is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// No connection: the service never saw the request.
    NotSent,
    /// Sent, but no complete answer came, nor will one.
    Lost,
    /// Sent, and not waited for any longer: the service may still be at it.
    TimedOut,
    /// A 2xx whose body ends too early.
    Cut,
    /// A 2xx whose body makes no sense.
    Nonsense,
    /// Another status than 2xx.
    Status { code: u16, retry_after: Option<Duration>, retryable: Option<bool> },
}

impl From<&Unreadable> for Outcome {
    fn from(unreadable: &Unreadable) -> Self {
        if unreadable.cut { Self::Cut } else { Self::Nonsense }
    }
}

impl Outcome {
    /// Whether sending the same request again may help.
    pub(crate) fn is_transient(self) -> bool {
        match self {
            Self::NotSent | Self::Lost | Self::TimedOut | Self::Cut => true,
            Self::Nonsense | Self::Status { retryable: Some(false), .. } => false,
            Self::Status { code, .. } => matches!(code, 408 | 429 | 500 | 502 | 503 | 504),
        }
    }

    /// Whether a request that changes something may have done so.
    pub(crate) fn fate_unknown(self) -> bool {
        match self {
            Self::NotSent => false,
            Self::Lost | Self::TimedOut | Self::Cut | Self::Nonsense => true,
            Self::Status { code, .. } => code == 408 || (code >= 500 && code != 501),
        }
    }

    /// Whether there were too many requests, of which this is one.
    pub(crate) fn is_refusal(self) -> bool {
        matches!(self, Self::Status { code: 429, .. })
    }

    /// How long the service wants to be left alone, by all calls.
    pub(crate) fn pause(self, backoff: Duration) -> Option<Duration> {
        match self {
            Self::Status { code: 429, retry_after, .. } => Some(retry_after.unwrap_or(backoff)),
            Self::Status { code: 503, retry_after, .. } => retry_after,
            _ => None,
        }
    }

    /// Whether all calls are held back until the service said.
    pub(crate) fn is_paused_for(self) -> bool {
        matches!(self, Self::Status { code: 429 | 503, retry_after: Some(_), .. })
    }

    /// How much longer the request may be on its way, when it was waited for so long.
    pub(crate) fn on_its_way(self, timeout: Duration) -> Duration {
        match self {
            Self::TimedOut => ON_ITS_WAY.saturating_sub(timeout),
            // A gateway gave up on a service that may still be at it.
            Self::Status { code: 408 | 504, .. } => ON_ITS_WAY,
            _ => Duration::ZERO,
        }
    }

    /// How long the service wants to be left alone, if it said so.
    pub(crate) fn retry_after(self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => retry_after,
            _ => None,
        }
    }
}

/// How long to wait before retry number `retry` (from 0); `None` gives up.
/// `jitter` is a random number from 0 up to 1.
pub(crate) fn wait(retry: u32, max_retries: u32, outcome: Outcome, jitter: f64) -> Option<Duration> {
    if retry >= max_retries || !outcome.is_transient() {
        return None;
    }
    match outcome.retry_after() {
        Some(asked) if asked > LONGEST_WAIT => None,
        Some(asked) => Some(asked + RETRY_AFTER_JITTER.mul_f64(jitter)),
        None => Some(backoff(retry, jitter)),
    }
}

/// Doubles with every retry; up to a quarter is taken off at random, so that calls that failed
/// together do not come back together.
pub(crate) fn backoff(retry: u32, jitter: f64) -> Duration {
    let doubled = FIRST_BACKOFF.saturating_mul(2_u32.saturating_pow(retry));
    doubled.min(LONGEST_BACKOFF).mul_f64(1.0 - jitter / 4.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16) -> Outcome {
        Outcome::Status { code, retry_after: None, retryable: None }
    }

    fn retry_after(code: u16, seconds: u64) -> Outcome {
        Outcome::Status { code, retry_after: Some(Duration::from_secs(seconds)), retryable: None }
    }

    #[test]
    fn only_passing_faults_are_retried() {
        for code in [408, 429, 500, 502, 503, 504] {
            assert!(status(code).is_transient(), "{code}");
            let final_word = Outcome::Status { code, retry_after: None, retryable: Some(false) };
            assert!(!final_word.is_transient(), "{code}");
        }
        for code in [301, 400, 401, 403, 404, 409, 412, 501, 505] {
            assert!(!status(code).is_transient(), "{code}");
            let hopeful = Outcome::Status { code, retry_after: None, retryable: Some(true) };
            assert!(!hopeful.is_transient(), "{code}");
        }
        assert!(!Outcome::Nonsense.is_transient());
    }

    #[test]
    fn what_may_have_taken_effect() {
        for outcome in [
            Outcome::Lost,
            Outcome::TimedOut,
            Outcome::Cut,
            Outcome::Nonsense,
            status(408),
            status(500),
            status(504),
        ] {
            assert!(outcome.fate_unknown(), "{outcome:?}");
        }
        for outcome in [Outcome::NotSent, status(429), status(401), status(400), status(501)] {
            assert!(!outcome.fate_unknown(), "{outcome:?}");
        }
    }

    #[test]
    fn retry_after_is_obeyed_to_the_second() {
        for jitter in [0.0, 0.999] {
            let waited = wait(0, 4, retry_after(429, 7), jitter).unwrap();
            assert!(waited >= Duration::from_secs(7) && waited <= Duration::from_millis(7500));
        }
        assert!(wait(0, 4, retry_after(429, 120), 0.5).is_some());
        assert_eq!(wait(0, 4, retry_after(429, 121), 0.5), None);
    }

    #[test]
    fn backoff_grows_and_is_bounded() {
        let waits: Vec<_> = (0..12).map(|retry| backoff(retry, 0.0)).collect();
        assert_eq!(waits[0], FIRST_BACKOFF);
        assert!(waits.windows(2).all(|pair| pair[0] <= pair[1]));
        assert_eq!(*waits.last().unwrap(), LONGEST_BACKOFF);
        assert_eq!(backoff(u32::MAX, 0.0), LONGEST_BACKOFF);
        assert_eq!(backoff(0, 1.0), FIRST_BACKOFF.mul_f64(0.75));
    }

    #[test]
    fn what_was_waited_for_in_vain_may_still_arrive() {
        let second = Duration::from_secs(1);
        assert_eq!(Outcome::TimedOut.on_its_way(second), 4 * second);
        assert_eq!(Outcome::TimedOut.on_its_way(60 * second), Duration::ZERO);
        assert_eq!(status(504).on_its_way(second), 5 * second);
        assert_eq!(Outcome::Lost.on_its_way(second), Duration::ZERO);
    }

    #[test]
    fn retries_are_counted() {
        assert!(wait(3, 4, Outcome::Lost, 0.0).is_some());
        assert_eq!(wait(4, 4, Outcome::Lost, 0.0), None);
        assert_eq!(wait(0, 0, Outcome::NotSent, 0.0), None);
    }

    #[test]
    fn who_is_paused() {
        let backoff = Duration::from_secs(1);
        assert_eq!(status(429).pause(backoff), Some(backoff));
        assert_eq!(retry_after(429, 9).pause(backoff), Some(Duration::from_secs(9)));
        assert_eq!(status(503).pause(backoff), None);
        assert_eq!(retry_after(503, 9).pause(backoff), Some(Duration::from_secs(9)));
        assert_eq!(retry_after(500, 9).pause(backoff), None);
    }
}
