//! The headers that a fault gives an answer.

use std::collections::BTreeMap;

use axum::http::header::{CONNECTION, CONTENT_LENGTH, TRANSFER_ENCODING};
use axum::http::{HeaderMap, HeaderName, HeaderValue};

use super::super::error::InvalidArgument;

/// They say where an answer ends; wrong, they would break the connection rather than the answer.
const FRAMING: [HeaderName; 3] = [CONTENT_LENGTH, TRANSFER_ENCODING, CONNECTION];

/// Far more than servers send and clients take; a map cannot hold just any number.
const MOST: usize = 100;

pub(super) fn read(headers: &BTreeMap<String, String>) -> Result<HeaderMap, InvalidArgument> {
    if headers.len() > MOST {
        let cure = format!("pass at most {MOST}");
        return Err(InvalidArgument::new("headers", &format!("{} of them", headers.len()), cure));
    }
    let mut map = HeaderMap::with_capacity(headers.len());
    for (name, text) in headers {
        let refused = |cure: &str| InvalidArgument::new(format!("headers.{name}"), text, cure);
        let key = HeaderName::try_from(name).map_err(|_| refused("pass a valid header name"))?;
        if FRAMING.contains(&key) {
            return Err(refused("leave it to the server; cut and slow_body send less, or late"));
        }
        let value = HeaderValue::try_from(text).map_err(|_| refused("pass a valid header value"))?;
        if map.insert(key, value).is_some() {
            return Err(refused("pass each header once: names are the same in any case"));
        }
    }
    Ok(map)
}
