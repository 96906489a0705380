//! Who may ask, and what every answer carries.

use std::net::IpAddr;

use axum::extract::{ConnectInfo, Request};
use axum::http::header::{CACHE_CONTROL, ORIGIN, X_CONTENT_TYPE_OPTIONS};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, Uri};
use axum::middleware::Next;
use axum::response::Response;

use super::super::request::host;
use super::super::server::Connection;
use super::super::wire::header_text;
use super::refusal::Refusal;

/// Lets only requests through that are meant for this machine. A web page that a developer happens
/// to have open can send requests here as well: its browser then names the page in `Origin`, or,
/// where the page's own name was made to lead here, that name in `Host`.
pub(super) async fn only_this_machine(
    ConnectInfo(connection): ConnectInfo<Connection>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    check(request.uri(), request.headers(), connection.scheme())?;
    Ok(next.run(request).await)
}

fn check(uri: &Uri, headers: &HeaderMap, scheme: &str) -> Result<(), Refusal> {
    let host = host(uri, headers);
    if !is_loopback(&host) {
        return Err(Refusal::forbidden("Host", &host, "use localhost, or a loopback address"));
    }
    match headers.get(ORIGIN).map(header_text) {
        Some(origin) if !origin.eq_ignore_ascii_case(&format!("{scheme}://{host}")) => {
            Err(Refusal::forbidden("Origin", &origin, "use the emulator's own page, or a program"))
        }
        _ => Ok(()),
    }
}

fn is_loopback(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let name = authority.host().trim_start_matches('[').trim_end_matches(']').to_ascii_lowercase();
    match name.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => name == "localhost" || name.ends_with(".localhost"),
    }
}

/// Nothing here is true for long.
pub(super) async fn headers(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_of_this_machine_alone_are_loopback() {
        for host in ["localhost", "LocalHost:80", "127.0.0.1:4711", "127.9.9.9", "[::1]:80", "a.localhost:1"]
        {
            assert!(is_loopback(host), "{host}");
        }
        for host in ["", "example.com", "192.0.2.1:80", "[2001:db8::1]", "localhost.example", "notlocalhost"]
        {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
