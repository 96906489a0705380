//! One access token, which shows itself to nobody but the `Authorization` header.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use hyper::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use super::secret::redact;
use crate::error::{Error, REDACTED, Refusal};

/// A token of less than that is renewed later in its life: a fifth of it would be many requests more.
const SHORT_LIFE: Duration = Duration::from_secs(60);

/// Renewed no earlier than that before it expires.
const LONGEST_LEAD: Duration = Duration::from_secs(300);

/// Not used for longer than until that before it expires, so that it does not die on its way.
const LONGEST_MARGIN: Duration = Duration::from_secs(30);

/// A bearer token and when it expires, if known. Cheap to clone: all clones share one text.
#[derive(Debug, Clone)]
pub struct Token {
    secret: Arc<SecretString>,
    /// What goes out with each request, made once.
    header: HeaderValue,
    life: Option<Life>,
}

#[derive(Debug, Clone, Copy)]
struct Life {
    renew_at: SystemTime,
    stale_at: SystemTime,
    expires_on: SystemTime,
}

impl Life {
    /// Renewal starts when a fifth of the life is left, or 5 minutes if that is less; of a short life
    /// only a fortieth. The last half of that the token is not used any more, or the last 30 s.
    fn new(issued: SystemTime, length: Duration) -> Self {
        let share = if length < SHORT_LIFE { 40 } else { 5 };
        let lead = LONGEST_LEAD.min(length / share);
        let expires_on = issued.checked_add(length).unwrap_or(issued);
        Self { renew_at: expires_on - lead, stale_at: expires_on - LONGEST_MARGIN.min(lead / 2), expires_on }
    }
}

impl Token {
    /// Checks a token. Its life counts from now.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], which does not show the token, when it is no valid header value.
    pub fn new(token: String, expires_on: Option<SystemTime>) -> Result<Self, Error> {
        let now = SystemTime::now();
        let life = expires_on.map(|expiry| match expiry.duration_since(now) {
            Ok(length) => Life::new(now, length),
            Err(_) => Life { renew_at: expiry, stale_at: expiry, expires_on: expiry },
        });
        Self::checked(token, life)
    }

    /// The same, for a token that was asked for at `issued`: what counts is how long it lives, so that
    /// a clock that is wrong does no harm.
    pub(crate) fn living(token: String, issued: SystemTime, length: Option<Duration>) -> Result<Self, Error> {
        Self::checked(token, length.map(|length| Life::new(issued, length)))
    }

    fn checked(token: String, life: Option<Life>) -> Result<Self, Error> {
        let secret = SecretString::from(token);
        let text = secret.expose_secret();
        let cure =
            "pass the bare access token: visible ASCII without spaces, line ends or a leading \"Bearer\"";
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Refusal::argument("credential", REDACTED, cure));
        }
        let header = header(text).ok_or_else(|| Refusal::argument("credential", REDACTED, cure))?;
        Ok(Self { secret: Arc::new(secret), header, life })
    }

    /// Whether it is too late to use it.
    pub(crate) fn is_stale(&self) -> bool {
        self.life.is_some_and(|life| life.stale_at <= SystemTime::now())
    }

    /// When to get another one while this one still serves.
    pub(crate) fn renew_at(&self) -> Option<SystemTime> {
        self.life.map(|life| life.renew_at)
    }

    /// When it expires, by our clock.
    pub(crate) fn expires_on(&self) -> Option<SystemTime> {
        self.life.map(|life| life.expires_on)
    }

    /// The token itself, for whoever has to hand it on.
    pub(crate) fn expose(&self) -> &str {
        self.secret.expose_secret()
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        self.header.clone()
    }

    /// `body` without the token, and without what it may have been cut to at the end.
    pub(crate) fn redact_bytes(&self, body: Bytes) -> Bytes {
        redact(&self.secret, body)
    }
}

/// A text that is wiped when the last header that shares it is gone.
struct Wiped(SecretString);

impl AsRef<[u8]> for Wiped {
    fn as_ref(&self) -> &[u8] {
        self.0.expose_secret().as_bytes()
    }
}

fn header(token: &str) -> Option<HeaderValue> {
    let text = Wiped(SecretString::from(["Bearer ", token].concat()));
    let mut value = HeaderValue::from_maybe_shared(Bytes::from_owner(text)).ok()?;
    value.set_sensitive(true);
    Some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_that_is_no_header_value_is_refused_without_showing_it() {
        for bad in ["", "abc\ndef", "Bearer abc", "abc ", "t\u{f6}ken", "a\0b"] {
            let error = Token::new(bad.to_owned(), None).unwrap_err();
            assert!(matches!(error, Error::InvalidArgument(_)));
            let shown = format!("{error} {error:?}");
            assert!(bad.is_empty() || !shown.contains(bad.trim()), "{shown}");
        }
    }

    #[test]
    fn debug_and_header_hide_it() {
        let token = Token::new("top-se-cret".to_owned(), None).unwrap();
        assert!(!format!("{token:?}{:?}", token.header()).contains("se-cret"));
    }

    /// How long before its end a token is renewed, and no longer used.
    fn lead_and_margin(length: Duration) -> (Duration, Duration) {
        let life = Life::new(SystemTime::UNIX_EPOCH, length);
        let before = |at: SystemTime| life.expires_on.duration_since(at).unwrap();
        (before(life.renew_at), before(life.stale_at))
    }

    #[test]
    fn a_token_is_renewed_before_it_expires() {
        assert_eq!(lead_and_margin(seconds(86400)), (seconds(300), seconds(30)));
        assert_eq!(lead_and_margin(seconds(3600)), (seconds(300), seconds(30)));
        assert_eq!(lead_and_margin(seconds(600)), (seconds(120), seconds(30)));
        assert_eq!(lead_and_margin(seconds(60)), (seconds(12), seconds(6)));
        assert_eq!(lead_and_margin(seconds(2)), (Duration::from_millis(50), Duration::from_millis(25)));
        assert_eq!(lead_and_margin(Duration::ZERO), (Duration::ZERO, Duration::ZERO));
        Life::new(SystemTime::now(), Duration::MAX); // does not panic
    }

    #[test]
    fn a_token_is_stale_shortly_before_it_expires() {
        let now = SystemTime::now();
        let stale = |life: Duration| Token::new("x".to_owned(), Some(now + life)).unwrap().is_stale();
        assert!(stale(Duration::ZERO));
        assert!(!stale(Duration::from_secs(2)));
        assert!(!stale(Duration::from_secs(3600)));
        assert!(Token::new("x".to_owned(), Some(now - seconds(30))).unwrap().is_stale());
    }

    fn seconds(count: u64) -> Duration {
        Duration::from_secs(count)
    }
}
