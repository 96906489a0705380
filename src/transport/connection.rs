//! The HTTP client under a transport: TLS, proxy, timeouts, and the headers that every request has.

use reqwest::header::{ACCEPT, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Proxy};

use crate::error::{Error, REDACTED, Refusal};
use crate::options::{Options, is_loopback};

const PRODUCT: &str = concat!("partnercenter_qual/", env!("CARGO_PKG_VERSION"));

/// Opens a pool of connections.
pub(super) fn open(options: &Options) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .redirect(Policy::none()) // the token would go along
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .pool_max_idle_per_host(options.max_concurrency);
    let plain = options.base_url.as_ref().is_some_and(|url| url.scheme() == "http");
    let certificates = certificates(options)?;
    builder = if plain {
        builder.tls_certs_only(certificates) // nothing to verify: spares reading the system's roots
    } else {
        builder.tls_certs_merge(certificates)
    };
    builder = match &options.proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.url().clone()).map_err(|_| unusable_proxy())?),
        None if options.base_url.as_ref().is_some_and(is_loopback) => builder.no_proxy(),
        None => builder,
    };
    builder.build().map_err(|error| {
        let cure = "check ca_bundle, proxy and the system's certificates (package ca-certificates)";
        Refusal::option("client", super::failure::chain(&error), cure)
    })
}

/// Whether two sets of options need connections of their own.
pub(super) fn differ(left: &Options, right: &Options) -> bool {
    left.base_url != right.base_url
        || left.connect_timeout != right.connect_timeout
        || left.proxy != right.proxy
        || left.ca_bundle != right.ca_bundle
}

fn certificates(options: &Options) -> Result<Vec<Certificate>, Error> {
    let Some(path) = &options.ca_bundle else {
        return Ok(Vec::new());
    };
    let refuse = |cure: &str| Refusal::option("ca_bundle", path.display(), cure);
    let pem = std::fs::read(path)
        .map_err(|error| refuse(&format!("pass a PEM file that can be read ({error})")))?;
    let certificates = Certificate::from_pem_bundle(&pem).unwrap_or_default();
    if certificates.is_empty() {
        return Err(refuse("pass a PEM file with at least one certificate"));
    }
    Ok(certificates)
}

fn unusable_proxy() -> Error {
    Refusal::option("proxy", REDACTED, "pass the proxy's URL, such as http://proxy.example:8080")
}

/// What every request says of its sender.
pub(super) fn headers(options: &Options) -> HeaderMap {
    let mut headers = HeaderMap::new();
    headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
    headers.insert(
        HeaderName::from_static("ms-partnercenter-client"),
        HeaderValue::from_static("partnercenter_qual"),
    );
    let mut agent = HeaderValue::from_static(PRODUCT);
    if let Some(name) = &options.application_name {
        headers.insert(HeaderName::from_static("ms-partnercenter-application"), name.clone());
        let named =
            name.to_str().ok().and_then(|name| HeaderValue::try_from(format!("{PRODUCT} ({name})")).ok());
        agent = named.unwrap_or(agent);
    }
    headers.insert(USER_AGENT, agent);
    if let Some(locale) = &options.locale {
        headers.insert(HeaderName::from_static("x-locale"), locale.clone());
    }
    headers
}
