//! What a transport's requests have in common: where they go, and what each says of its sender.

use bytes::Bytes;
use http_body_util::Full;
use hyper::header::{
    ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT,
};
use hyper::{Request as HttpRequest, Uri};
use uuid::Uuid;

use super::Request;
use super::failure::Failure;
use crate::auth::Bearer;
use crate::error::{Error, Refusal};
use crate::http::user_agent;
use crate::observer::Observer;
use crate::options::Options;

static REQUEST_ID: HeaderName = HeaderName::from_static("ms-requestid");
static CORRELATION_ID: HeaderName = HeaderName::from_static("ms-correlationid");

/// Whether two sets of options need connections of their own.
pub(super) fn differ(left: &Options, right: &Options) -> bool {
    left.base_url != right.base_url
        || left.connect_timeout != right.connect_timeout
        || left.proxy != right.proxy
        || left.ca_bundle != right.ca_bundle
}

/// What is the same in all requests, made once.
#[derive(Clone)]
pub(super) struct Template {
    /// The address of the API; its path comes before that of each request.
    address: Uri,
    prefix: String,
    /// With a place for each of those that differ, so that filling them in moves nothing.
    headers: HeaderMap,
}

impl Template {
    pub(super) fn new(options: &Options) -> Result<Self, Error> {
        let text = options.api();
        let address: Uri =
            text.parse().map_err(|_| Refusal::option("base_url", &text, "pass an absolute URL"))?;
        let prefix = address.path().trim_end_matches('/').to_owned();
        Ok(Self { address, prefix, headers: headers(options) })
    }

    /// The request as it goes out.
    pub(super) fn fill(
        &self,
        request: &Request,
        bearer: &Bearer,
        observer: Option<&Observer>,
    ) -> Result<HttpRequest<Full<Bytes>>, Failure> {
        let body = request.body.as_ref().map(|body| Bytes::from(body.to_string()));
        let is_json = body.is_some();
        let mut filled = HttpRequest::new(Full::new(body.unwrap_or_default()));
        *filled.method_mut() = request.method.clone();
        *filled.uri_mut() = self.uri(&request.path).ok_or_else(|| Failure::no_path(&request.path))?;
        let mut headers = self.headers.clone();
        headers.insert(AUTHORIZATION, bearer.token.header());
        headers.insert(&REQUEST_ID, id(request.request_id));
        headers.insert(&CORRELATION_ID, id(request.correlation_id));
        if is_json {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        if let Some(observer) = observer {
            headers.extend(observer.headers());
        }
        for (name, value) in &request.headers {
            headers.insert(name, value.clone()); // in place of ours, as a link may ask
        }
        *filled.headers_mut() = headers;
        Ok(filled)
    }

    fn uri(&self, path: &str) -> Option<Uri> {
        let mut parts = self.address.clone().into_parts();
        parts.path_and_query = Some([&self.prefix, path].concat().try_into().ok()?);
        Uri::from_parts(parts).ok()
    }
}

fn headers(options: &Options) -> HeaderMap {
    let mut headers = HeaderMap::with_capacity(12);
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("gzip"));
    headers.insert(
        HeaderName::from_static("ms-partnercenter-client"),
        HeaderValue::from_static("partnercenter_qual"),
    );
    headers.insert(USER_AGENT, user_agent(options));
    if let Some(name) = &options.application_name {
        headers.insert(HeaderName::from_static("ms-partnercenter-application"), name.clone());
    }
    if let Some(locale) = &options.locale {
        headers.insert(HeaderName::from_static("x-locale"), locale.clone());
    }
    for name in [&AUTHORIZATION, &REQUEST_ID, &CORRELATION_ID] {
        headers.insert(name, HeaderValue::from_static(""));
    }
    headers
}

fn id(id: Uuid) -> HeaderValue {
    let mut text = Uuid::encode_buffer();
    let text: &str = id.hyphenated().encode_lower(&mut text);
    HeaderValue::from_str(text).unwrap_or(HeaderValue::from_static("")) // hexadecimal digits and hyphens
}
