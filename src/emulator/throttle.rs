//! The service's patience: the request window, and what callers were told to wait.

use std::collections::VecDeque;
use std::time::{Duration, Instant, SystemTime};

use axum::http::HeaderValue;
use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use super::clock::after;

/// How the limits on requests are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throttle {
    /// So many requests in a window; the next one starts with the first request after its end.
    #[default]
    Window,
    /// A bucket of so many tokens, one a request, that fills up evenly over the length of a window.
    Bucket,
}

/// A fixed window of requests, counted for the partner as a whole.
#[derive(Debug)]
pub(super) struct Window {
    limit: Option<u32>,
    length: TimeDelta,
    started: Option<DateTime<Utc>>,
    used: u32,
}

impl Window {
    pub(super) fn new(limit: Option<u32>, length: Duration) -> Self {
        Self { limit, length: TimeDelta::from_std(length).unwrap_or(TimeDelta::MAX), started: None, used: 0 }
    }

    /// Counts a request; over the limit, says after how many whole seconds the next window is open.
    pub(super) fn admit(&mut self, now: DateTime<Utc>) -> Result<(), u64> {
        let Some(limit) = self.limit else {
            return Ok(());
        };
        // A start in the future means that the machine's clock was set back: a new window then too.
        let started = self.started.filter(|started| {
            let age = now - started;
            TimeDelta::zero() <= age && age < self.length
        });
        if started.is_none() {
            self.used = 0;
        }
        let started = *self.started.insert(started.unwrap_or(now));
        self.used = self.used.saturating_add(1);
        if self.used <= limit {
            return Ok(());
        }
        Err(seconds_up(self.length - (now - started)))
    }
}

/// Whole seconds, rounded up, so that who waits them is never back too soon.
fn seconds_up(wait: TimeDelta) -> u64 {
    let seconds = wait.num_seconds() + i64::from(wait.subsec_nanos() > 0);
    u64::try_from(seconds).unwrap_or(0)
}

/// How long after an answer with Retry-After another request may still arrive without being early:
/// it was under way already when that answer was given, or left while it was being read.
const GRACE: Duration = Duration::from_millis(50);

/// The waits that were announced, to tell who is back before their end.
#[derive(Debug, Default)]
pub(super) struct Announced {
    /// The end of all waits announced longer than [`GRACE`] ago.
    until: Option<DateTime<Utc>>,
    /// The younger ones, oldest first. They are kept apart because whoever hammers on is told to
    /// wait anew each time, and the latest announcement must not excuse it from the first.
    recent: VecDeque<Recent>,
}

#[derive(Debug)]
struct Recent {
    at: Instant,
    until: DateTime<Utc>,
    /// The `MS-RequestId` that was answered: who sends it again must have read the answer.
    request_id: HeaderValue,
}

impl Announced {
    pub(super) fn announce(
        &mut self,
        header: &HeaderValue,
        now: DateTime<Utc>,
        at: Instant,
        request_id: HeaderValue,
    ) {
        if let Some(until) = wait_end(header, now) {
            self.recent.push_back(Recent { at, until, request_id });
        }
    }

    pub(super) fn is_early(&mut self, now: DateTime<Utc>, at: Instant, request_id: &HeaderValue) -> bool {
        while let Some(recent) = self.recent.front()
            && at.duration_since(recent.at) > GRACE
        {
            self.until = self.until.max(Some(recent.until));
            self.recent.pop_front();
        }
        let read = self.recent.iter().filter(|recent| recent.request_id == request_id);
        let until = read.map(|recent| recent.until).max().max(self.until);
        until.is_some_and(|until| now < until)
    }
}

/// Until when a Retry-After asks to wait; `None` where it is neither seconds nor a date.
fn wait_end(header: &HeaderValue, now: DateTime<Utc>) -> Option<DateTime<Utc>> {
    let text = header.to_str().ok()?.trim();
    if let Ok(seconds) = text.parse::<f64>() {
        let wait = Duration::try_from_secs_f64(seconds).ok()?;
        return Some(after(now, wait));
    }
    let date: SystemTime = httpdate::parse_http_date(text).ok()?;
    Some(date.into())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn coming_back_after_the_announced_seconds_is_always_allowed(
            limit in 1u32..5, window_ms in 1u64..5000, steps in prop::collection::vec(0i64..2000, 1..60),
        ) {
            let mut window = Window::new(Some(limit), Duration::from_millis(window_ms));
            let mut now = Utc::now();
            for step in steps {
                now += TimeDelta::milliseconds(step);
                if let Err(seconds) = window.admit(now) {
                    prop_assert!(seconds >= 1);
                    now += TimeDelta::seconds(i64::try_from(seconds).unwrap());
                    prop_assert_eq!(window.admit(now), Ok(()));
                }
            }
        }

        #[test]
        fn a_window_lets_exactly_its_limit_pass(limit in 0u32..20, asked in 0u32..40) {
            let mut window = Window::new(Some(limit), Duration::from_secs(60));
            let now = Utc::now();
            let passed = (0..asked).filter(|_| window.admit(now).is_ok()).count();
            prop_assert_eq!(passed, limit.min(asked) as usize);
        }
    }

    fn seconds(text: &str) -> HeaderValue {
        HeaderValue::from_str(text).unwrap()
    }

    #[test]
    fn who_sends_the_same_request_again_has_no_grace() {
        let (mut announced, now, at) = (Announced::default(), Utc::now(), Instant::now());
        announced.announce(&seconds("2"), now, at, seconds("a"));
        assert!(announced.is_early(now, at, &seconds("a")));
        assert!(!announced.is_early(now, at, &seconds("b")));
        assert!(!announced.is_early(now + TimeDelta::seconds(2), at, &seconds("a")));
    }

    #[test]
    fn early_is_after_the_grace_and_before_the_end() {
        let (mut announced, now, at) = (Announced::default(), Utc::now(), Instant::now());
        announced.announce(&seconds("2"), now, at, seconds("a"));
        let ms = |n| (now + TimeDelta::milliseconds(n), at + Duration::from_millis(n.unsigned_abs()));
        let mut early = |n| {
            let (now, at) = ms(n);
            announced.is_early(now, at, &seconds("b"))
        };
        assert!(!early(40));
        assert!(early(60));
        assert!(early(1999));
        assert!(!early(2000));
    }

    #[test]
    fn hammering_on_is_early_although_every_answer_announces_anew() {
        let (mut announced, now, at) = (Announced::default(), Utc::now(), Instant::now());
        let early = (0..20u32)
            .filter(|step| {
                let passed = Duration::from_millis(10) * *step;
                let now = after(now, passed);
                let early = announced.is_early(now, at + passed, &seconds(&step.to_string()));
                announced.announce(&seconds("1"), now, at + passed, seconds(&step.to_string()));
                early
            })
            .count();
        assert_eq!(early, 14, "all that came more than 50 ms after the first answer");
    }

    #[test]
    fn a_date_is_a_wait_and_nonsense_is_none() {
        let now = Utc::now();
        let date = httpdate::fmt_http_date((now + TimeDelta::seconds(10)).into());
        let until = wait_end(&seconds(&date), now).unwrap();
        assert!((until - now).num_seconds() >= 9);
        assert_eq!(wait_end(&seconds("soon"), now), None);
        assert_eq!(wait_end(&seconds("-1"), now), None);
    }
}
