//! One access token, which shows itself to nobody but the `Authorization` header.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, Refusal};

/// What stands where a secret would have stood.
pub(crate) const REDACTED: &str = "[redacted]";

/// A shorter text is no secret but a placeholder, and may well stand in an answer by chance.
const SHORTEST_SECRET: usize = 8;

/// Renewed this long before it expires, so that it does not die on its way.
const MARGIN: Duration = Duration::from_secs(30);

/// A bearer token and when it expires, if known.
#[derive(Debug, Clone)]
pub struct Token {
    secret: SecretString,
    stale_at: Option<SystemTime>,
}

impl Token {
    /// Checks a token. A life of less than ten times the margin is kept to its last tenth.
    ///
    /// # Errors
    /// [`Error::InvalidArgument`], which does not show the token, when it is no valid header value.
    pub fn new(token: String, expires_on: Option<SystemTime>) -> Result<Self, Error> {
        let secret = SecretString::from(token);
        let text = secret.expose_secret();
        if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            let cure =
                "pass the bare access token: visible ASCII without spaces, line ends or a leading \"Bearer\"";
            return Err(Refusal::argument("credential", REDACTED, cure));
        }
        let stale_at = expires_on.map(|expiry| {
            let life = expiry.duration_since(SystemTime::now()).unwrap_or_default();
            expiry - MARGIN.min(life / 10)
        });
        Ok(Self { secret, stale_at })
    }

    /// Whether it is about to expire.
    pub(crate) fn is_stale(&self) -> bool {
        self.stale_at.is_some_and(|at| at <= SystemTime::now())
    }

    /// The value of the `Authorization` header, marked as sensitive.
    pub(crate) fn header(&self) -> HeaderValue {
        let text = format!("Bearer {}", self.secret.expose_secret());
        let mut value = HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static("Bearer"));
        value.set_sensitive(true);
        value
    }

    /// `text` without the token; `None` when the token does not stand in it.
    pub(crate) fn redact(&self, text: &str) -> Option<String> {
        let secret = self.secret.expose_secret();
        let found = secret.len() >= SHORTEST_SECRET && text.contains(secret);
        found.then(|| text.replace(secret, REDACTED))
    }

    /// `body` without the token.
    pub(crate) fn redact_bytes(&self, body: Vec<u8>) -> Vec<u8> {
        match self.redact(&String::from_utf8_lossy(&body)) {
            Some(clean) => clean.into_bytes(),
            None => body,
        }
    }
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

    #[test]
    fn a_token_is_stale_shortly_before_it_expires() {
        let now = SystemTime::now();
        let stale = |life: Duration| Token::new("x".to_owned(), Some(now + life)).unwrap().is_stale();
        assert!(stale(Duration::ZERO));
        assert!(!stale(Duration::from_secs(2)));
        assert!(!stale(Duration::from_secs(3600)));
        assert!(Token::new("x".to_owned(), Some(now - MARGIN)).unwrap().is_stale());
    }

    #[test]
    fn it_is_taken_out_of_whatever_echoes_it() {
        let token = Token::new("top-se-cret".to_owned(), None).unwrap();
        assert_eq!(token.redact_bytes(b"a top-se-cret b top-se-cret".to_vec()), b"a [redacted] b [redacted]");
        assert_eq!(token.redact_bytes(b"\xEF\xBB\xBF\xFFtop-se".to_vec()), b"\xEF\xBB\xBF\xFFtop-se");
    }
}
