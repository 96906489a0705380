//! Reads a body to its end, unpacked, and never more than [`MAX_BODY`] of it.

use std::error::Error as StdError;
use std::io::Read as _;

use bytes::{Bytes, BytesMut};
use flate2::read::MultiGzDecoder;
use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use hyper::body::Incoming;
use hyper::header::CONTENT_ENCODING;

use super::text;

/// The largest body that is read, unpacked.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It is longer than allowed.
    TooLong,
    /// The connection, or the compression, ended too early.
    Off(Box<dyn StdError + Send + Sync>),
}

/// The body as far as it came, and why no further.
pub(crate) async fn read_body(headers: &HeaderMap, body: Incoming) -> (Bytes, Option<Broken>) {
    let (body, broken) = collect(body).await;
    let is_packed =
        text(headers, CONTENT_ENCODING).is_some_and(|encoding| encoding.eq_ignore_ascii_case("gzip"));
    // Of nothing there is nothing to unpack: a 204 may say how its body would have been packed.
    if !is_packed || body.is_empty() {
        return (body, broken);
    }
    let (unpacked, off) = unpack(&body);
    (unpacked, broken.or(off))
}

/// What is sent. Most bodies come in one piece, and that is not copied.
async fn collect(mut body: Incoming) -> (Bytes, Option<Broken>) {
    let (mut first, mut joined) = (Bytes::new(), BytesMut::new());
    let broken = loop {
        let data = match body.frame().await {
            None => break None,
            Some(Err(error)) => break Some(Broken::Off(error.into())),
            Some(Ok(frame)) => frame.into_data().unwrap_or_default(), // trailers are nothing to us
        };
        if first.len().max(joined.len()) + data.len() > MAX_BODY {
            break Some(Broken::TooLong);
        }
        if first.is_empty() {
            first = data;
        } else {
            if joined.is_empty() {
                joined.extend_from_slice(&first);
            }
            joined.extend_from_slice(&data);
        }
    };
    (if joined.is_empty() { first } else { joined.freeze() }, broken)
}

fn unpack(packed: &[u8]) -> (Bytes, Option<Broken>) {
    let mut unpacked = Vec::new();
    let limit = MAX_BODY as u64 + 1;
    let off = MultiGzDecoder::new(packed).take(limit).read_to_end(&mut unpacked).err();
    let too_long = unpacked.len() > MAX_BODY;
    unpacked.truncate(MAX_BODY);
    let broken = if too_long { Some(Broken::TooLong) } else { off.map(|error| Broken::Off(error.into())) };
    (unpacked.into(), broken)
}
