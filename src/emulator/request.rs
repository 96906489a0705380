//! A request as the handlers see it: its resource, its query, its body, its ids.

use std::borrow::Cow;
use std::collections::HashMap;

use axum::body::Bytes;
use axum::extract::Query;
use axum::http::header::HOST;
use axum::http::{HeaderMap, Method, Uri, request};
use serde_json::Value;

use super::api::refusals;
use super::api::route::Route;
use super::wire::{BYTE_ORDER_MARK, Ids, Reply, header_text};

/// One request that arrived in full.
#[derive(Debug)]
pub(super) struct HttpRequest {
    pub(super) method: Method,
    pub(super) uri: Uri,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    pub(super) ids: Ids,
    pub(super) route: Route,
    scheme: &'static str,
}

impl HttpRequest {
    pub(super) fn new(scheme: &'static str, head: request::Parts, body: Bytes) -> Self {
        let request::Parts { method, uri, headers, .. } = head;
        let route = Route::of(uri.path());
        let ids = if route.is_entra() { Ids::of_entra(&headers) } else { Ids::of(&headers) };
        Self { method, uri, headers, body, ids, route, scheme }
    }

    /// Where the caller found the emulator, as in `https://127.0.0.1:4711`.
    pub(super) fn origin(&self) -> String {
        format!("{}://{}", self.scheme, host(&self.uri, &self.headers))
    }

    /// What the journal keeps of the target: Entra's queries may hold codes.
    ///
    /// A target can be longer than all else that is kept of a request; its beginning says enough.
    pub(super) fn recorded_target(&self) -> &str {
        const LONGEST: usize = 2048;
        let target = if self.route.is_entra() { self.uri.path() } else { self.target() };
        let end = (0..=target.len().min(LONGEST)).rev().find(|end| target.is_char_boundary(*end));
        &target[..end.unwrap_or(0)]
    }

    /// The path with the query, as it was sent.
    pub(super) fn target(&self) -> &str {
        self.uri.path_and_query().map_or("", axum::http::uri::PathAndQuery::as_str)
    }

    /// A query parameter, decoded; its name in any case. One that is empty says nothing.
    pub(super) fn query(&self, name: &str) -> Option<String> {
        let Query(pairs) = Query::<Vec<(String, String)>>::try_from_uri(&self.uri).ok()?;
        let found = pairs.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// A query parameter exactly as it was sent, its name included, to be repeated in a link.
    pub(super) fn raw_query(&self, name: &str) -> Option<&str> {
        self.uri.query()?.split('&').find(|pair| {
            let key = pair.split('=').next().unwrap_or_default();
            key.eq_ignore_ascii_case(name)
        })
    }

    /// The body without the byte order mark that it may start with.
    pub(super) fn json_body(&self) -> &[u8] {
        self.body.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&self.body)
    }

    /// The members of the JSON object in the body.
    pub(super) fn members(&self) -> Result<Members, Reply> {
        Members::parse(self.json_body()).ok_or_else(refusals::invalid_input)
    }
}

/// The host and port that a request is for. HTTP/2 has them in the target alone, and a request by way
/// of a proxy has them there too.
pub(super) fn host(uri: &Uri, headers: &HeaderMap) -> String {
    let target = uri.authority().map(ToString::to_string);
    target.or_else(|| headers.get(HOST).map(header_text)).unwrap_or_default()
}

/// The members of a JSON object under their names in lower case: the service reads any case.
#[derive(Debug)]
pub(super) struct Members(HashMap<String, Value>);

impl Members {
    pub(super) fn parse(json: &[u8]) -> Option<Self> {
        let members: serde_json::Map<String, Value> = serde_json::from_slice(json).ok()?;
        let lower = members
            .into_iter()
            .filter(|(_, value)| !value.is_null())
            .map(|(name, value)| (name.to_ascii_lowercase(), value));
        Some(Self(lower.collect()))
    }

    /// A member as text; numbers are taken as their digits. `None` where it is absent or null.
    pub(super) fn text(&self, name: &str) -> Result<Option<Cow<'_, str>>, Reply> {
        match self.0.get(&name.to_ascii_lowercase()) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.into())),
            Some(Value::Number(number)) => Ok(Some(number.to_string().into())),
            Some(_) => Err(refusals::invalid_property(&format!("{name}: not a string"))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_are_read_in_any_case_and_null_is_absent() {
        let members =
            Members::parse(br#"{"Qualification":"Education","validationCode":12345,"website":null,"x":[]}"#)
                .unwrap();
        assert_eq!(members.text("qualification").unwrap().as_deref(), Some("Education"));
        assert_eq!(members.text("validationCode").unwrap().as_deref(), Some("12345"));
        assert_eq!(members.text("website").unwrap(), None);
        assert_eq!(members.text("x").unwrap_err().status, 400);
        assert!(Members::parse(b"[1]").is_none());
    }
}
