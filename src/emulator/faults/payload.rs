//! Bodies of any length in little memory.

use std::collections::VecDeque;

use axum::body::Bytes;

/// The longest piece that is handed out at once.
const PIECE: usize = 64 * 1024;
static BLANKS: [u8; PIECE] = [b' '; PIECE];

/// A body made of parts, each of them so many times over.
#[derive(Debug, Default)]
pub(super) struct Payload {
    parts: VecDeque<(Bytes, u64)>,
    /// How much of the first part is gone.
    taken: usize,
    length: u64,
}

impl Payload {
    /// A body with blanks after it, up to a size.
    pub(super) fn padded(body: Bytes, size: u64) -> Self {
        let mut payload = Self::default();
        payload.push(body, 1);
        let missing = size.saturating_sub(payload.length);
        payload.push_run(&Bytes::from_static(&BLANKS), missing);
        payload
    }

    pub(super) fn push(&mut self, part: Bytes, times: u64) {
        if !part.is_empty() && times > 0 {
            self.length += part.len() as u64 * times;
            self.parts.push_back((part, times));
        }
    }

    /// So many bytes of one pattern, the last of it perhaps in part.
    fn push_run(&mut self, pattern: &Bytes, bytes: u64) {
        let whole = pattern.len() as u64;
        let rest = usize::try_from(bytes % whole).unwrap_or_default();
        self.push(pattern.clone(), bytes / whole);
        self.push(pattern.slice(..rest), 1);
    }

    /// Its length as it was made.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    /// The next bytes, at most so many, and some unless all are gone.
    pub(super) fn take(&mut self, most: u64) -> Option<Bytes> {
        let most = usize::try_from(most).map_or(PIECE, |most| most.min(PIECE));
        let (part, times) = self.parts.front_mut()?;
        let end = part.len().min(self.taken + most);
        let piece = part.slice(self.taken..end);
        self.taken = end;
        if end == part.len() {
            self.taken = 0;
            *times -= 1;
            if *times == 0 {
                self.parts.pop_front();
            }
        }
        Some(piece)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn collected(mut payload: Payload, most: u64) -> Vec<u8> {
        let mut all = Vec::new();
        while let Some(piece) = payload.take(most) {
            assert!(!piece.is_empty() && piece.len() as u64 <= most);
            all.extend_from_slice(&piece);
        }
        all
    }

    #[test]
    fn blanks_follow_up_to_the_size() {
        for (size, whole) in [(0, 3), (3, 3), (4, 4), (65_539, 65_539), (200_000, 200_000)] {
            let payload = Payload::padded(Bytes::from_static(b"[1]"), size);
            assert_eq!(payload.length(), whole);
            let body = collected(payload, 1_000_000);
            assert_eq!((body.len() as u64, &body[..3]), (whole, b"[1]".as_slice()));
            assert!(body[3..].iter().all(|byte| *byte == b' '), "{size}");
        }
    }

    #[test]
    fn parts_come_as_often_as_they_were_pushed_in_whatever_pieces() {
        let made = || {
            let mut payload = Payload::default();
            payload.push(Bytes::from_static(b"ab"), 3);
            payload.push(Bytes::new(), 9);
            payload.push(Bytes::from_static(b"c"), 2);
            payload
        };
        for most in 1..4 {
            assert_eq!(collected(made(), most), b"abababcc");
        }
        assert_eq!(made().length(), 8);
    }
}
