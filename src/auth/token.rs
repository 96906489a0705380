//! One access token, which shows itself to nobody but the `Authorization` header.

use std::time::{Duration, SystemTime};

use reqwest::header::HeaderValue;
use secrecy::{ExposeSecret, SecretString};

use crate::error::{Error, REDACTED, Refusal};

/// A shorter text is no secret but a placeholder, and may well stand in an answer by chance.
const SHORTEST_SECRET: usize = 8;

/// As many as stand before a character that JSON within JSON within JSON escapes.
const MOST_SLASHES: usize = 7;

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

    /// `body` without the token, and without what it may have been cut to at the end.
    pub(crate) fn redact_bytes(&self, body: Vec<u8>) -> Vec<u8> {
        let secret = self.secret.expose_secret().as_bytes();
        if secret.len() < SHORTEST_SECRET {
            return body;
        }
        let mut clean = Vec::new();
        let (mut kept, mut at) = (0, 0);
        while at < body.len() {
            let Some(length) = echo(secret, &body[at..]) else {
                at += 1;
                continue;
            };
            clean.extend_from_slice(&body[kept..at]);
            clean.extend_from_slice(REDACTED.as_bytes());
            at += length;
            kept = at;
        }
        if kept == 0 {
            return body;
        }
        clean.extend_from_slice(&body[kept..]);
        clean
    }
}

/// How many bytes at the start of `text` are `secret`, or as much of it as fits before the end.
fn echo(secret: &[u8], text: &[u8]) -> Option<usize> {
    if text.starts_with(secret) {
        return Some(secret.len());
    }
    let mut length = 0;
    for (read, &byte) in secret.iter().enumerate() {
        if length == text.len() && read >= SHORTEST_SECRET {
            break;
        }
        length += written(byte, &text[length..])?;
    }
    Some(length)
}

/// How many bytes at the start of `text` stand for `byte`: as it is, or escaped the way JSON (once or
/// more often) and URLs do.
fn written(byte: u8, text: &[u8]) -> Option<usize> {
    let slashes = text.iter().take(MOST_SLASHES).take_while(|&&byte| byte == b'\\').count();
    match &text[slashes..] {
        _ if byte == b'\\' && slashes > 0 => Some(slashes),
        [b'u', b'0', b'0', digits @ ..] if slashes > 0 && is_hex(byte, digits) => Some(slashes + 5),
        [b'%', digits @ ..] if is_hex(byte, digits) => Some(slashes + 3),
        [first, ..] if *first == byte => Some(slashes + 1),
        _ => None,
    }
}

/// Whether `text` starts with the two hexadecimal digits of `byte`.
fn is_hex(byte: u8, text: &[u8]) -> bool {
    let digits = text.get(..2).and_then(|digits| std::str::from_utf8(digits).ok());
    digits.and_then(|digits| u8::from_str_radix(digits, 16).ok()) == Some(byte)
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

    fn redacted(body: &[u8]) -> Vec<u8> {
        Token::new("top/se+cret=\\%".to_owned(), None).unwrap().redact_bytes(body.to_vec())
    }

    #[test]
    fn it_is_taken_out_of_whatever_echoes_it() {
        for echo in [
            r"top/se+cret=\%",
            r"top\/se\u002Bcret\u003d\\%",
            r"top\\\/se\\u002bcret=\\\\%",
            r"top%2Fse%2Bcret%3d%5C%25",
            r"\u0074op/se+cret=\%",
        ] {
            let body = format!("a {echo} b {echo}");
            let clean = redacted(body.as_bytes());
            assert_eq!(clean, b"a [redacted] b [redacted]", "{}", String::from_utf8_lossy(&clean));
        }
    }

    #[test]
    fn its_beginning_is_taken_from_the_end_of_what_was_cut() {
        assert_eq!(redacted(b"a top/se+cr"), b"a [redacted]");
        assert_eq!(redacted(b"a top/se+cr "), b"a top/se+cr ");
        assert_eq!(redacted(b"a top/se"), b"a top/se", "too little to be told from other text");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for other in [&b"\xEF\xBB\xBF\xFFtop"[..], b"", b"\\", b"%", b"top%", br"top\u00", br"\\\"] {
            assert_eq!(redacted(other), other);
        }
    }
}
