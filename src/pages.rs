//! Walks a paged collection by the links it gives, and only where they may lead.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::Arc;

use hyper::Uri;
use hyper::header::{HeaderMap, HeaderName, HeaderValue};
use url::Url;

use crate::error::Error;
use crate::model::Undecodable;
use crate::model::json::Unreadable;
use crate::model::page::{Link, Page};
use crate::transport::Transport;

/// Reads the body of a page.
type Read<T> = fn(&[u8]) -> Result<Page<T>, Unreadable>;

/// The pages of a collection, fetched one at a time.
pub struct Pages<T> {
    transport: Arc<Transport>,
    read: Read<T>,
    next: Option<Place>,
    /// The pages so far, as hashes, because a list that runs in a circle has no end.
    been: HashSet<u64>,
}

/// Where a page is: a path of the API, and the headers that say how far one has come.
#[derive(Debug, Clone, PartialEq)]
struct Place {
    path: String,
    headers: HeaderMap,
}

impl Place {
    fn hash(&self) -> u64 {
        let mut hasher = DefaultHasher::new();
        self.path.hash(&mut hasher);
        for (name, value) in &self.headers {
            (name, value).hash(&mut hasher);
        }
        hasher.finish()
    }
}

impl<T> Pages<T> {
    pub(crate) fn new(transport: Arc<Transport>, path: String, read: Read<T>) -> Self {
        let next = Some(Place { path, headers: HeaderMap::new() });
        Self { transport, read, next, been: HashSet::new() }
    }

    /// Whether the last page was read.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.next.is_none()
    }

    /// The next page, or `None` after the last one. After an error the same page is tried again.
    ///
    /// # Errors
    /// Those of any call; [`Error::Decode`] for a link that leads to another host, or back to a page
    /// that was read before.
    pub async fn next(&mut self) -> Result<Option<Vec<T>>, Error> {
        let Some(here) = &self.next else {
            return Ok(None);
        };
        let mut request = self.transport.get(here.path.clone());
        request.headers = here.headers.clone();
        let api = self.transport.options.api();
        let decode = |body: Option<&[u8]>| {
            let Some(body) = body else {
                return Ok((Vec::new(), None));
            };
            let page = (self.read)(body)?;
            let next = page.next.map(|link| follow(&api, &link)).transpose()?;
            if next.as_ref().is_some_and(|next| next == here || self.been.contains(&next.hash())) {
                let message = "the next link leads back to a page that was read before";
                return Err(Undecodable(message.to_owned()).into());
            }
            Ok((page.items, next))
        };
        let (items, next) = self.transport.send(request, decode).await?.value;
        self.been.insert(here.hash());
        self.next = next;
        Ok(Some(items))
    }
}

/// Where `link` leads. It may be relative with or without the version, or absolute.
fn follow(api: &str, link: &Link) -> Result<Place, Undecodable> {
    let leads_elsewhere = || Undecodable("the next link leads away from the service".to_owned());
    let uri = link.uri.trim();
    let of_a_host = uri.starts_with("//") || uri.starts_with("/\\"); // to a URL both are the same
    let path = if uri.starts_with('/') && !of_a_host {
        uri.to_owned()
    } else {
        own_path(api, uri).ok_or_else(leads_elsewhere)?
    };
    // Resolved before it is sent, so that dot segments and backslashes cannot lead away either.
    let path = own_path(api, &format!("{api}{}", normalised(&path))).filter(|path| is_path(path));
    Ok(Place { path: path.ok_or_else(leads_elsewhere)?, headers: replayed(&link.headers) })
}

/// The path below `api` of an absolute address, if scheme, host and port are the same.
fn own_path(api: &str, address: &str) -> Option<String> {
    let (api, address) = (Url::parse(api).ok()?, Url::parse(address).ok()?);
    let same =
        api.origin() == address.origin() && address.username().is_empty() && address.password().is_none();
    let path = address.path().strip_prefix(api.path().trim_end_matches('/'))?;
    let query = address.query().map(|query| format!("?{query}")).unwrap_or_default();
    (same && path.starts_with('/')).then(|| format!("{path}{query}"))
}

/// Whether it can stand in a request.
fn is_path(text: &str) -> bool {
    text.parse::<Uri>().is_ok_and(|uri| uri.authority().is_none())
}

/// One leading version, and one question mark: the service has been seen to omit the first and to
/// repeat the second.
fn normalised(path: &str) -> String {
    let (path, query) = path.split_once('?').unwrap_or((path, ""));
    let path = if path.starts_with("/v1/") { path.to_owned() } else { format!("/v1{path}") };
    if query.is_empty() { path } else { format!("{path}?{}", query.replace('?', "&")) }
}

/// The headers of a link that carry the service's own state; others are ours to set.
fn replayed(headers: &[(String, String)]) -> HeaderMap {
    let own = |name: &str| {
        let name = name.to_ascii_lowercase();
        name.starts_with("ms-") && !matches!(name.as_str(), "ms-requestid" | "ms-correlationid")
    };
    headers
        .iter()
        .filter(|(name, _)| own(name))
        .filter_map(|(name, value)| {
            Some((HeaderName::try_from(name).ok()?, HeaderValue::try_from(value).ok()?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const API: &str = "https://api.example:8443/prefix";

    fn to(uri: &str) -> Result<Place, Undecodable> {
        follow(API, &Link { uri: uri.to_owned(), headers: Vec::new() })
    }

    #[test]
    fn every_form_of_a_link_leads_to_the_same_place() {
        for uri in [
            "/customers?size=2&seekOperation=Next",
            "/v1/customers?size=2&seekOperation=Next",
            "/customers?size=2?seekOperation=Next",
            "https://api.example:8443/prefix/v1/customers?size=2&seekOperation=Next",
            "https://API.example:8443/prefix/customers?size=2&seekOperation=Next",
        ] {
            assert_eq!(to(uri).unwrap().path, "/v1/customers?size=2&seekOperation=Next", "{uri}");
        }
    }

    #[test]
    fn links_that_lead_away_are_refused() {
        for uri in [
            "https://evil.example/prefix/v1/customers",
            "http://api.example:8443/prefix/v1/customers",
            "https://api.example/prefix/v1/customers",
            "https://api.example:8443.evil.example/prefix/v1/customers",
            "https://user@api.example:8443/prefix/v1/customers",
            "https://api.example:8443/other/v1/customers",
            "https://api.example:8443/prefixed/v1/customers",
            "/../../prefixed/customers",
            "/\\..\\..\\..\\other",
            "\\\\evil.example\\customers",
            "/%2e%2E/.%2e/other",
            "//evil.example/customers",
            "/\\evil.example/customers",
            "/../../other",
            "customers?size=2",
            "@evil.example/",
        ] {
            assert!(to(uri).unwrap_err().0.contains("away"), "{uri}");
        }
    }

    #[test]
    fn pages_differ_by_their_token_too() {
        let headers = vec![("MS-ContinuationToken".to_owned(), "t".to_owned())];
        let there = follow(API, &Link { uri: "/customers?size=2".to_owned(), headers }).unwrap();
        assert_eq!(there.headers["MS-ContinuationToken"], "t");
        assert_ne!(there.hash(), to("/customers?size=2").unwrap().hash());
        assert_eq!(to("/v1/customers?size=2").unwrap().hash(), to("/customers?size=2").unwrap().hash());
    }

    #[test]
    fn a_link_cannot_set_our_headers() {
        let headers = ["Authorization", "Host", "MS-RequestId", "bad name"]
            .map(|name| (name.to_owned(), "x".to_owned()));
        assert!(replayed(&headers).is_empty());
    }

    /// Pieces that links are made of, and that have led parsers astray.
    fn links() -> impl Strategy<Value = String> {
        const PIECES: [&str; 34] = [
            "/",
            "//",
            "\\",
            "..",
            ".",
            "%2e",
            "%2E%2e",
            "%2f",
            "%5c",
            "\t",
            "\n",
            "\r",
            " ",
            "\0",
            "@",
            ":",
            "?",
            "#",
            "[",
            "]",
            "https://",
            "http:",
            "HTTPS:/",
            "file://",
            "evil.example",
            "api.example",
            "API.example:8443",
            ":443",
            "prefix",
            "v1",
            "customers",
            "\u{ff0f}",
            "\u{3002}",
            "\u{e9}",
        ];
        let piece =
            prop_oneof![8 => prop::sample::select(&PIECES[..]).prop_map(str::to_owned), 1 => ".{1,3}"];
        let pieces = prop::collection::vec(piece, 0..9).prop_map(|pieces| pieces.concat());
        let lead = prop::sample::select(&["", "/", "/v1/", "/prefix", API, "https://api.example:8443"][..]);
        (lead, pieces).prop_map(|(lead, pieces)| lead.to_owned() + &pieces)
    }

    proptest! {
        #[test]
        fn no_link_leads_away(link in links(), api in prop::sample::select(&[API, "https://api.example"][..])) {
            let Ok(place) = follow(api, &Link { uri: link, headers: Vec::new() }) else { return Ok(()) };
            let requested = Url::parse(&format!("{api}{}", place.path)).unwrap();
            let api = Url::parse(api).unwrap();
            prop_assert_eq!(requested.origin(), api.origin());
            let below = format!("{}/", api.path().trim_end_matches('/'));
            prop_assert!(requested.path().starts_with(&below), "{requested}");
            prop_assert_eq!((requested.username(), requested.password()), ("", None));
        }
    }
}
