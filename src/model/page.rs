//! One page of a collection and the link to the next. Wire names of the seek-based envelope.

use serde_json::Value;

use super::Undecodable;
use super::json::{Members, Unreadable};

/// A page as it came: its items and where the next one is.
#[derive(Debug, PartialEq)]
pub(crate) struct Page<T> {
    pub(crate) items: Vec<T>,
    pub(crate) next: Option<Link>,
}

/// `links.next`: a path, or an absolute address, and the headers to replay.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Link {
    pub(crate) uri: String,
    pub(crate) headers: Vec<(String, String)>,
}

impl<T> Page<T> {
    /// Reads the body of a page.
    pub(crate) fn decode(
        body: &[u8],
        read: impl Fn(Value) -> Result<T, Undecodable>,
    ) -> Result<Self, Unreadable> {
        super::decode(body, |value| Self::from_value(value, read))
    }

    /// Reads an envelope. `totalCount` is not looked at: it counts this page or all of them,
    /// depending on who wrote the server.
    pub(crate) fn from_value(
        value: Value,
        read: impl Fn(Value) -> Result<T, Undecodable>,
    ) -> Result<Self, Undecodable> {
        let Value::Object(object) = value else {
            return Ok(Self { items: super::collection(value, read)?, next: None });
        };
        let mut envelope = Members::new(object);
        let next = next_link(&mut envelope);
        let items = super::items(&mut envelope, "items")?;
        Ok(Self { items: items.into_iter().map(read).collect::<Result<_, _>>()?, next })
    }
}

fn next_link(envelope: &mut Members) -> Option<Link> {
    let mut link = envelope.object("links")?.object("next")?;
    let mut headers = link.take("headers", |value| Some(header_pairs(value))).unwrap_or_default();
    if headers.is_empty() {
        let token = envelope.text("continuationToken");
        headers.extend(token.map(|token| ("MS-ContinuationToken".to_owned(), token)));
    }
    let uri = link.text("uri").filter(|uri| !uri.trim().is_empty())?;
    Some(Link { uri, headers })
}

/// `[{"key": k, "value": v}]`.
fn header_pairs(value: &Value) -> Vec<(String, String)> {
    let pair = |item: &Value| {
        let mut members = Members::new(item.as_object()?.clone());
        Some((members.text("key")?, members.text("value")?))
    };
    value.as_array().into_iter().flatten().filter_map(pair).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn page(value: Value) -> Page<i64> {
        Page::from_value(value, |item| item.as_i64().ok_or_else(|| Undecodable::missing("item"))).unwrap()
    }

    #[test]
    fn the_next_link_comes_with_its_headers() {
        let page = page(json!({"totalCount": 1, "items": [1, 2], "continuationToken": "top", "links": {
            "next": {"uri": "/customers?size=2", "headers": [{"key": "MS-ContinuationToken", "value": "own"}]}}}));
        assert_eq!(page.items, [1, 2]);
        let headers = vec![("MS-ContinuationToken".to_owned(), "own".to_owned())];
        assert_eq!(page.next, Some(Link { uri: "/customers?size=2".to_owned(), headers }));
    }

    #[test]
    fn the_token_of_the_envelope_stands_in_for_missing_headers() {
        let page =
            page(json!({"Items": [], "ContinuationToken": "top", "Links": {"Next": {"Uri": "/customers"}}}));
        assert_eq!(page.next.unwrap().headers, [("MS-ContinuationToken".to_owned(), "top".to_owned())]);
    }

    #[test]
    fn no_link_is_the_last_page() {
        assert_eq!(
            page(json!({"items": [1], "totalCount": 500, "links": {"self": {"uri": "/x"}}})).next,
            None
        );
        assert_eq!(page(json!([1])).next, None);
        assert_eq!(page(json!({"items": [], "links": {"next": null}})).next, None);
    }
}
