//! What every HTTP exchange of ours needs, whoever it is with: a pool of connections, a body within
//! bounds, the headers about time, and words for what failed.

use std::error::Error as _;
use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use reqwest::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::redirect::Policy;
use reqwest::{Certificate, Proxy, Response, Url};

use crate::error::{Error, REDACTED, Refusal};
use crate::options::{Options, is_loopback};

/// The largest body that is read, unpacked.
pub(crate) const MAX_BODY: usize = 8 * 1024 * 1024;

const PRODUCT: &str = concat!("partnercenter_qual/", env!("CARGO_PKG_VERSION"));

/// What to do about a proxy that opens TLS, or a service with a private authority.
const FOREIGN_AUTHORITY: &str =
    " -> if you trust the authority that issued the certificate, pass its own as ca_bundle of the client";
/// The same for a credential that no client asks.
const OR_SYSTEM: &str = ", or set SSL_CERT_FILE";

/// What to do when nobody is there.
const UNREACHABLE: &str = " -> check the network, the proxy and ";

/// Opens a pool of connections to `address`; `None` is an address of Microsoft's.
pub(crate) fn open(options: &Options, address: Option<&Url>) -> Result<reqwest::Client, Error> {
    let mut builder = reqwest::Client::builder()
        .redirect(Policy::none()) // the token would go along
        .referer(false)
        .connect_timeout(options.connect_timeout)
        .pool_max_idle_per_host(options.max_concurrency);
    let certificates = certificates(options)?;
    builder = if address.is_some_and(|url| url.scheme() == "http") {
        builder.tls_certs_only(certificates) // nothing to verify: spares reading the system's roots
    } else {
        builder.tls_certs_merge(certificates)
    };
    builder = match &options.proxy {
        Some(proxy) => builder.proxy(Proxy::all(proxy.url().clone()).map_err(|_| unusable_proxy())?),
        None if address.is_some_and(is_loopback) => builder.no_proxy(),
        None => builder,
    };
    builder.build().map_err(|error| {
        let cure = "check ca_bundle, proxy and the system's certificates (package ca-certificates)";
        Refusal::option("client", chain(&error), cure)
    })
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

/// The value of `User-Agent`.
pub(crate) fn user_agent(options: &Options) -> HeaderValue {
    let name = options.application_name.as_ref().and_then(|name| name.to_str().ok());
    name.and_then(|name| HeaderValue::try_from(format!("{PRODUCT} ({name})")).ok())
        .unwrap_or(HeaderValue::from_static(PRODUCT))
}

/// Why a body was not read to its end.
#[derive(Debug)]
pub(crate) enum Broken {
    /// It is longer than allowed.
    TooLong,
    /// The connection, or the compression, ended too early.
    Off(reqwest::Error),
}

/// The body as far as it came, and why no further.
pub(crate) async fn read_body(response: &mut Response) -> (Vec<u8>, Option<Broken>) {
    let mut body = Vec::new();
    loop {
        match response.chunk().await {
            Ok(Some(chunk)) if body.len() + chunk.len() > MAX_BODY => return (body, Some(Broken::TooLong)),
            Ok(Some(chunk)) => body.extend_from_slice(&chunk),
            Ok(None) => return (body, None),
            Err(error) => return (body, Some(Broken::Off(error))),
        }
    }
}

/// What time it is for the service.
pub(crate) fn service_time(headers: &HeaderMap) -> Option<DateTime<Utc>> {
    let date = httpdate::parse_http_date(headers.get(DATE)?.to_str().ok()?).ok()?;
    Some(date.into())
}

/// How long the service wants to be left alone.
pub(crate) fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    let now = service_time(headers).map_or_else(SystemTime::now, SystemTime::from);
    parse_retry_after(text(headers, RETRY_AFTER)?, now)
}

/// A header's value, where it is text.
pub(crate) fn text(headers: &HeaderMap, name: HeaderName) -> Option<&str> {
    headers.get(name)?.to_str().ok()
}

/// Reads `Retry-After`: seconds, or a date, which counts from the service's own clock.
fn parse_retry_after(text: &str, now: SystemTime) -> Option<Duration> {
    if let Ok(seconds) = text.trim().parse::<f64>() {
        let bounded = if seconds.is_nan() { seconds } else { seconds.min(1e9) };
        return Duration::try_from_secs_f64(bounded).ok();
    }
    let date = httpdate::parse_http_date(text.trim()).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Why there is no connection, and what to do; `setting` is the option that says where it leads.
pub(crate) fn unconnected(error: &reqwest::Error, setting: &str) -> String {
    let host = error.url().map_or_else(String::new, host);
    let message = chain(error);
    if message.contains("UnknownIssuer") {
        let more = if setting == "authority" { OR_SYSTEM } else { "" };
        format!("connecting to {host} failed: {message}{FOREIGN_AUTHORITY}{more}")
    } else {
        format!("connecting to {host} failed: {message}{UNREACHABLE}{setting}")
    }
}

/// Scheme, host and port.
pub(crate) fn host(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// An error and its causes, without the address, which the ids of the call stand for.
pub(crate) fn chain(error: &reqwest::Error) -> String {
    let mut messages = Vec::new();
    let mut cause = error.source();
    while let Some(error) = cause {
        messages.push(error.to_string());
        cause = error.source();
    }
    messages.dedup();
    if messages.is_empty() { "the request failed".to_owned() } else { messages.join(": ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_in_seconds_or_as_a_date() {
        let now = httpdate::parse_http_date("Fri, 20 Nov 2026 12:00:00 GMT").unwrap();
        let seconds = |text: &str| parse_retry_after(text, now).map(|length| length.as_secs_f64());
        assert_eq!(seconds("57"), Some(57.0));
        assert_eq!(seconds(" 0 "), Some(0.0));
        assert_eq!(seconds("1.5"), Some(1.5));
        assert_eq!(seconds("Fri, 20 Nov 2026 12:01:30 GMT"), Some(90.0));
        assert_eq!(seconds("Fri, 20 Nov 2026 11:00:00 GMT"), Some(0.0));
        for nonsense in ["", "-1", "soon", "NaN", "Fri, 99 Nov 2026 12:01:30 GMT"] {
            assert_eq!(seconds(nonsense), None, "{nonsense}");
        }
        assert_eq!(seconds("1e300"), Some(1e9));
    }
}
