//! What a transport's requests have in common: the headers of each, and the connections they go by.

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, USER_AGENT};

use crate::http::user_agent;
use crate::options::Options;

/// Whether two sets of options need connections of their own.
pub(super) fn differ(left: &Options, right: &Options) -> bool {
    left.base_url != right.base_url
        || left.connect_timeout != right.connect_timeout
        || left.proxy != right.proxy
        || left.ca_bundle != right.ca_bundle
}

/// What every request says of its sender.
pub(super) fn headers(options: &Options) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
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
    headers
}
