//! A page of a collection as the API answers it.

use axum::http::StatusCode;
use serde::Serialize;

use super::super::request::HttpRequest;
use super::super::wire::Reply;
use super::super::wire_switches::NextLink;
use super::paging::Page;

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
pub(in crate::emulator) struct Link {
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
    pub(in crate::emulator) fn to(uri: String) -> Self {
        Self { uri, method: "GET", headers: Vec::new() }
    }
}

/// What kind of resource a JSON object is.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(in crate::emulator) struct Attributes {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(in crate::emulator) etag: Option<String>,
    pub(in crate::emulator) object_type: &'static str,
}

impl Attributes {
    pub(in crate::emulator) fn of(object_type: &'static str) -> Self {
        Self { etag: None, object_type }
    }
}

/// The answer with these items and the offset of the next page. `totalCount` counts this page, as the
/// real one does; the parameters in `keep` are repeated in the links.
pub(in crate::emulator) fn collection<T: Serialize>(
    request: &HttpRequest,
    page: &Page,
    (items, next): (Vec<T>, Option<usize>),
    keep: &[&str],
) -> Reply {
    let uri = uri(request, page, keep);
    let continuation_token = next.map(|offset| page.continuation.token(offset));
    let next = continuation_token.clone().map(|value| Link {
        headers: vec![LinkHeader { key: "MS-ContinuationToken", value }],
        ..Link::to(format!("{uri}&seekOperation=Next"))
    });
    let body = Collection {
        total_count: items.len(),
        items,
        continuation_token,
        links: Links { this: Link::to(uri), next },
        attributes: Attributes::of("Collection"),
    };
    Reply::json(StatusCode::OK, &body)
}

fn uri(request: &HttpRequest, page: &Page, keep: &[&str]) -> String {
    let version = match page.next_link {
        NextLink::Version => "/v1",
        NextLink::Plain => "",
    };
    let mut uri = format!("{version}/{}?size={}", page.name, page.size);
    for pair in keep.iter().filter_map(|parameter| request.raw_query(parameter)) {
        uri.push('&');
        uri.push_str(pair);
    }
    uri
}
