//! A text that is shown to nobody, and taken out of whatever echoes it.

use bytes::Bytes;
use memchr::memchr3;
use secrecy::{ExposeSecret, SecretString};

use crate::error::REDACTED;

/// A shorter text is no secret but a placeholder, and may well stand in an answer by chance.
const SHORTEST_SECRET: usize = 8;

/// As many as stand before a character that JSON within JSON within JSON escapes.
const MOST_SLASHES: usize = 7;

/// `body` without `secret`, and without what it may have been cut to at the end.
pub(crate) fn redact(secret: &SecretString, body: Bytes) -> Bytes {
    let secret = secret.expose_secret().as_bytes();
    let [first, ..] = *secret else { return body };
    if secret.len() < SHORTEST_SECRET {
        return body;
    }
    let mut clean = Vec::new();
    let (mut kept, mut at) = (0, 0);
    // An echo starts with the secret's first byte, or with what escapes it.
    while let Some(found) = memchr3(first, b'\\', b'%', &body[at..]) {
        at += found;
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
    clean.into()
}

/// `text` without any of `secrets`.
pub(crate) fn redact_text<'a>(secrets: impl IntoIterator<Item = &'a SecretString>, text: &str) -> String {
    let body = Bytes::copy_from_slice(text.as_bytes());
    let clean = secrets.into_iter().fold(body, |body, secret| redact(secret, body));
    String::from_utf8_lossy(&clean).into_owned()
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

    fn redacted(body: &[u8]) -> Bytes {
        redact(&"top/se+cret=\\%".into(), Bytes::copy_from_slice(body))
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
            assert_eq!(clean, &b"a [redacted] b [redacted]"[..], "{}", String::from_utf8_lossy(&clean));
        }
    }

    #[test]
    fn its_beginning_is_taken_from_the_end_of_what_was_cut() {
        assert_eq!(redacted(b"a top/se+cr"), &b"a [redacted]"[..]);
        assert_eq!(redacted(b"a top/se+cr "), &b"a top/se+cr "[..]);
        assert_eq!(redacted(b"a top/se"), &b"a top/se"[..], "too little to be told from other text");
    }

    #[test]
    fn other_text_stays_as_it_is() {
        for other in [&b"\xEF\xBB\xBF\xFFtop"[..], b"", b"\\", b"%", b"top%", br"top\u00", br"\\\"] {
            assert_eq!(redacted(other), other);
        }
    }
}
