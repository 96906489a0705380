//! Collections in pages: the size asked for, the opaque token, the links.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::Serialize;

use super::refusals;
use super::request::{HttpRequest, Members};
use super::wire::Reply;

/// The largest page, and the one given where no size is asked for.
const PAGE_SIZE: usize = 500;
const CONTINUATION_TOKEN: &str = "MS-ContinuationToken";

/// The part of a collection that a request asks for.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) size: usize,
    /// How many elements of the unfiltered collection to pass over.
    pub(super) offset: usize,
}

impl Page {
    /// Reads `size` (0 is what SDKs send for "no matter") and the token of the page before, which
    /// is good for the collection called `name` alone.
    pub(super) fn of(request: &HttpRequest, name: &str) -> Result<Self, Reply> {
        let size = match request.query("size").map(|size| size.parse()) {
            None | Some(Ok(0)) => PAGE_SIZE,
            Some(Ok(size @ 1..=PAGE_SIZE)) => size,
            _ => return Err(refusals::invalid_property("size: from 1 to 500")),
        };
        let offset = match request.headers.get(CONTINUATION_TOKEN) {
            None => 0,
            Some(token) => offset(token.as_bytes(), name)
                .ok_or_else(|| refusals::invalid_property("MS-ContinuationToken: unknown"))?,
        };
        Ok(Self { size, offset })
    }

    /// The page's elements that `wanted` picks, and the offset of the next page if there is one.
    pub(super) fn cut<'a, T>(
        &self,
        all: &'a [T],
        mut wanted: impl FnMut(&T) -> bool,
    ) -> (Vec<&'a T>, Option<usize>) {
        let mut rest = all.iter().enumerate().skip(self.offset).filter(|(_, item)| wanted(item));
        let items = rest.by_ref().take(self.size).map(|(_, item)| item).collect();
        (items, rest.next().map(|(next, _)| next))
    }
}

fn token(name: &str, offset: usize) -> String {
    URL_SAFE_NO_PAD.encode(format!("{name}:{offset}"))
}

fn offset(token: &[u8], name: &str) -> Option<usize> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    text.strip_prefix(name)?.strip_prefix(':')?.parse().ok()
}

/// The `filter` of a request: one field, one value, one operator, as JSON in the query.
#[derive(Debug)]
pub(super) struct Filter {
    pub(super) field: String,
    pub(super) value: String,
    pub(super) operator: String,
}

impl Filter {
    pub(super) fn of(request: &HttpRequest) -> Result<Option<Self>, Reply> {
        let Some(json) = request.query("filter") else {
            return Ok(None);
        };
        let members = Members::parse(json.as_bytes())
            .ok_or_else(|| refusals::invalid_property("filter: not a JSON object"))?;
        let text = |name| Ok(members.text(name)?.unwrap_or_default().into_owned());
        Ok(Some(Self { field: text("Field")?, value: text("Value")?, operator: text("Operator")? }))
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Collection<T> {
    total_count: usize,
    items: Vec<T>,
    #[serde(skip_serializing_if = "Option::is_none")]
    continuation_token: Option<String>,
    links: Links,
    attributes: Attributes,
}

#[derive(Serialize)]
struct Links {
    #[serde(rename = "self")]
    this: Link,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<Link>,
}

/// A link to follow, with the headers to send along.
#[derive(Debug, Serialize)]
pub(super) struct Link {
    uri: String,
    method: &'static str,
    headers: Vec<LinkHeader>,
}

#[derive(Debug, Serialize)]
struct LinkHeader {
    key: &'static str,
    value: String,
}

impl Link {
    pub(super) fn to(uri: String) -> Self {
        Self { uri, method: "GET", headers: Vec::new() }
    }
}

/// What kind of resource a JSON object is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) etag: Option<String>,
    pub(super) object_type: &'static str,
}

impl Attributes {
    pub(super) fn of(object_type: &'static str) -> Self {
        Self { etag: None, object_type }
    }
}

/// One page as the API answers it. `totalCount` counts this page, as the real one does; the
/// parameters in `keep` are repeated in the next link.
pub(super) fn collection<T: Serialize>(
    request: &HttpRequest,
    name: &str,
    page: &Page,
    (items, next): (Vec<T>, Option<usize>),
    keep: &[&str],
) -> Reply {
    let path = format!("/v1/{name}?size={}", page.size);
    let kept: String = keep
        .iter()
        .filter_map(|parameter| request.raw_query(parameter))
        .flat_map(|pair| ["&", pair])
        .collect();
    let continuation_token = next.map(|offset| token(name, offset));
    let next = continuation_token.clone().map(|value| Link {
        headers: vec![LinkHeader { key: CONTINUATION_TOKEN, value }],
        ..Link::to(format!("{path}{kept}&seekOperation=Next"))
    });
    let body = Collection {
        total_count: items.len(),
        items,
        continuation_token,
        links: Links { this: Link::to(format!("{path}{kept}")), next },
        attributes: Attributes::of("Collection"),
    };
    Reply::json(StatusCode::OK, &body)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pages_put_together_are_what_was_wanted(
            all in prop::collection::vec(0u8..10, 0..80), size in 1usize..12, wanted in 0u8..10,
        ) {
            let (mut got, mut offset) = (Vec::new(), Some(0));
            while let Some(at) = offset {
                let page = Page { size, offset: at };
                let (items, next) = page.cut(&all, |item| *item >= wanted);
                prop_assert!(items.len() == size || next.is_none());
                prop_assert!(!items.is_empty() || at == 0, "no empty page after the first");
                got.extend(items.into_iter().copied());
                offset = next;
            }
            let expected: Vec<u8> = all.into_iter().filter(|item| *item >= wanted).collect();
            prop_assert_eq!(got, expected);
        }

        #[test]
        fn a_token_leads_back_to_its_own_collection_only(at: usize) {
            let token = token("customers", at);
            prop_assert_eq!(offset(token.as_bytes(), "customers"), Some(at));
            prop_assert_eq!(offset(token.as_bytes(), "auditrecords"), None);
        }
    }
}
