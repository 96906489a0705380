//! A service with a limit, and what it saw.

use super::*;

#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// A window begins with the first request after the one before.
    Window,
    /// Windows follow the clock; the first began so many seconds before the first request.
    Clock(f64),
    /// A bucket fills up evenly.
    Bucket,
}

/// Requests in a time.
#[derive(Debug, Clone, Copy)]
pub(super) struct Terms {
    pub(super) kind: Kind,
    pub(super) limit: f64,
    /// Seconds.
    pub(super) window: f64,
}

#[derive(Debug)]
pub(super) struct Service {
    pub(super) terms: Terms,
    start: Instant,
    window: Option<f64>,
    used: f64,
    at: f64,
    /// Of each request the second it came, and whether it passed.
    pub(super) seen: Vec<(f64, bool)>,
}

impl Service {
    pub(super) fn new(terms: Terms) -> Self {
        Self { terms, start: Instant::now(), window: None, used: 0.0, at: 0.0, seen: Vec::new() }
    }

    /// Counts a request: in how many whole seconds to come back, if it is refused.
    pub(super) fn count(&mut self) -> Option<Duration> {
        let now = self.start.elapsed().as_secs_f64();
        let length = self.terms.window;
        let wait = match self.terms.kind {
            Kind::Window => self.in_window(now, now),
            Kind::Clock(offset) => self.in_window(now, ((now + offset) / length).floor() * length - offset),
            Kind::Bucket => self.in_bucket(now),
        };
        self.seen.push((now, wait.is_none()));
        wait.map(|wait| Duration::from_secs_f64(wait.ceil().max(1.0)))
    }

    fn in_window(&mut self, now: f64, begin: f64) -> Option<f64> {
        let end = self.window.map_or(0.0, |began| began + self.terms.window);
        if self.window.is_none() || now >= end - 1e-9 {
            (self.window, self.used) = (Some(begin), 0.0);
        }
        self.used += 1.0;
        (self.used > self.terms.limit).then_some(end - now)
    }

    fn in_bucket(&mut self, now: f64) -> Option<f64> {
        let rate = self.terms.limit / self.terms.window;
        self.used = (self.used - (now - self.at) * rate).max(0.0) + 1.0;
        self.at = now;
        let over = self.used - self.terms.limit;
        if over > 1e-9 {
            self.used -= 1.0;
        }
        (over > 1e-9).then_some(over / rate)
    }

    /// How many passed from some second on, and how many did not.
    pub(super) fn since(&self, second: f64) -> (f64, f64) {
        let late = self.seen.iter().filter(|(at, _)| *at >= second);
        late.fold((0.0, 0.0), |(passed, refused), (_, passes)| match passes {
            true => (passed + 1.0, refused),
            false => (passed, refused + 1.0),
        })
    }
}
