//! Options of a client, checked before anything is sent.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use hyper::header::HeaderValue;
pub use url::Url;

use crate::error::{Error, REDACTED, Refusal};

/// Longer than any call takes, short enough for every clock to add.
const LONGEST_TIMEOUT: f64 = 7.0 * 24.0 * 3600.0;
/// More connections than that only wait for each other.
const MOST_CONCURRENCY: usize = 1024;

/// Which of Microsoft's clouds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cloud {
    /// The worldwide cloud.
    Global,
    /// US Government: the worldwide API with an authority of its own.
    UsGov,
    /// China, operated by 21Vianet.
    China,
}

impl Cloud {
    /// Reads `global`, `usgov` or `china`.
    ///
    /// # Errors
    /// [`Error::Configuration`] for anything else.
    pub fn parse(text: &str) -> Result<Self, Error> {
        match text.trim().to_ascii_lowercase().as_str() {
            "global" => Ok(Self::Global),
            "usgov" => Ok(Self::UsGov),
            "china" => Ok(Self::China),
            _ => Err(Refusal::option("cloud", text, "use \"global\", \"usgov\" or \"china\"")),
        }
    }

    fn api(self) -> &'static str {
        match self {
            Self::Global | Self::UsGov => "https://api.partnercenter.microsoft.com",
            Self::China => "https://partner.partnercenterapi.microsoftonline.cn",
        }
    }

    fn authority(self) -> &'static str {
        match self {
            Self::Global => "https://login.microsoftonline.com",
            Self::UsGov => "https://login.microsoftonline.us",
            Self::China => "https://login.partner.microsoftonline.cn",
        }
    }

    /// The scope to ask for in a token request of the v2 endpoint.
    pub(crate) fn scope(self) -> String {
        format!("{}/.default", self.api())
    }
}

/// Everything that can be set on a client. The defaults are those of [`Options::default`].
#[derive(Debug, Clone)]
pub struct Options {
    /// Which cloud: gives the API's address, the authority and the scope.
    pub cloud: Cloud,
    /// Address of the API instead of the cloud's.
    pub base_url: Option<Url>,
    /// Address of the authority instead of the cloud's.
    pub authority: Option<Url>,
    /// Bounds one attempt.
    pub timeout: Duration,
    /// Bounds its connection.
    pub connect_timeout: Duration,
    /// Attempts after the first.
    pub max_retries: u32,
    /// Requests in flight.
    pub max_concurrency: usize,
    /// Requests sent in any 60 s.
    pub requests_per_minute: Option<u32>,
    /// Proxy for all requests; without it the environment's, but never for loopback.
    pub proxy: Option<ProxyUrl>,
    /// PEM file with certificates to trust beside the system's.
    pub ca_bundle: Option<PathBuf>,
    /// Sent as `MS-PartnerCenter-Application` and in `User-Agent`.
    pub application_name: Option<HeaderValue>,
    /// Sent as `X-Locale`.
    pub locale: Option<HeaderValue>,
}

/// The address of a proxy, whose user and password are shown to nobody.
#[derive(Clone, PartialEq, Eq)]
pub struct ProxyUrl(Url);

impl ProxyUrl {
    pub(crate) fn url(&self) -> &Url {
        &self.0
    }
}

impl fmt::Debug for ProxyUrl {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "ProxyUrl({REDACTED})")
    }
}

impl Default for Options {
    fn default() -> Self {
        Self {
            cloud: Cloud::Global,
            base_url: None,
            authority: None,
            timeout: Duration::from_secs(60),
            connect_timeout: Duration::from_secs(10),
            max_retries: 4,
            max_concurrency: 16,
            requests_per_minute: None,
            proxy: None,
            ca_bundle: None,
            application_name: None,
            locale: None,
        }
    }
}

impl Options {
    /// The address that paths of the API are appended to, without a slash at its end.
    pub(crate) fn api(&self) -> String {
        self.base_url.as_ref().map_or_else(|| self.cloud.api().to_owned(), address)
    }

    /// The address of an authority, or that of the cloud's, without a slash at its end.
    pub(crate) fn authority_or(&self, authority: Option<&Url>) -> String {
        let text = authority.map_or(self.cloud.authority(), Url::as_str);
        text.trim_end_matches('/').to_owned()
    }
}

/// A URL without what our own paths bring along.
fn address(url: &Url) -> String {
    let text = url.as_str().trim_end_matches('/');
    text.strip_suffix("/v1").unwrap_or(text).to_owned()
}

/// Reads the address of a service: `https`, or `http` to loopback only, for a token travels there.
///
/// # Errors
/// [`Error::Configuration`] naming `field`.
pub fn service_url(field: &'static str, text: &str) -> Result<Url, Error> {
    // Before anything is said of a URL: what stands before its host may be a password.
    if text.contains('@') {
        return Err(Refusal::option(field, REDACTED, "leave user and password out of the URL"));
    }
    let example = if field == "authority" { Cloud::Global.authority() } else { Cloud::Global.api() };
    let url = parse_url(field, text, &format!("pass an absolute URL such as {example}"))?;
    if !(url.scheme() == "https" || (url.scheme() == "http" && url.host_str().is_some_and(is_loopback))) {
        return Err(Refusal::option(
            field,
            text,
            "use https: plain http is for loopback only, because a token travels there",
        ));
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err(Refusal::option(field, text, "leave query and fragment out of the URL"));
    }
    Ok(url)
}

/// Reads the address of a proxy.
///
/// # Errors
/// [`Error::Configuration`].
pub fn proxy_url(text: &str) -> Result<ProxyUrl, Error> {
    let cure = "pass the proxy's URL, such as http://proxy.example:8080";
    // The text may hold the proxy's password.
    let url = parse_url("proxy", text, cure).map_err(|_| Refusal::option("proxy", REDACTED, cure))?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(Refusal::option("proxy", url.scheme(), cure));
    }
    Ok(ProxyUrl(url))
}

fn parse_url(field: &'static str, text: &str, cure: &str) -> Result<Url, Error> {
    Url::parse(text.trim()).ok().filter(Url::has_host).ok_or_else(|| Refusal::option(field, text, cure))
}

/// Whether a host of a URL is this very machine.
pub(crate) fn is_loopback(host: &str) -> bool {
    let bare = host.trim_start_matches('[').trim_end_matches(']');
    bare.eq_ignore_ascii_case("localhost")
        || bare.parse::<std::net::IpAddr>().is_ok_and(|ip| ip.is_loopback())
}

/// Reads a length of time in seconds: more than 0, at most a week.
///
/// # Errors
/// [`Error::Configuration`] naming `field`.
pub fn seconds(field: &'static str, value: f64) -> Result<Duration, Error> {
    in_range(value).ok_or_else(|| Refusal::option(field, format!("{value:?}"), SECONDS_CURE))
}

/// The same for an argument of a call, where 0 may mean "do not wait".
pub(crate) fn argument_seconds(field: &'static str, value: f64, zero: bool) -> Result<Duration, Error> {
    if zero && value == 0.0 {
        return Ok(Duration::ZERO);
    }
    let longest = 100.0 * 366.0 * 24.0 * 3600.0;
    Some(value)
        .filter(|value| *value > 0.0 && *value <= longest)
        .and_then(|value| Duration::try_from_secs_f64(value).ok())
        .filter(|length| zero || !length.is_zero())
        .ok_or_else(|| {
            let cure =
                if zero { "pass a number of seconds, 0 or more" } else { "pass a number of seconds above 0" };
            Refusal::argument(field, &format!("{value:?}"), cure)
        })
}

const SECONDS_CURE: &str = "pass a number of seconds above 0, at most 604800 (a week)";

fn in_range(value: f64) -> Option<Duration> {
    Some(value)
        .filter(|value| *value > 0.0 && *value <= LONGEST_TIMEOUT)
        .and_then(|value| Duration::try_from_secs_f64(value).ok())
        .filter(|length| !length.is_zero()) // of less than a nanosecond nothing is left
}

/// Reads how many requests may be in flight.
///
/// # Errors
/// [`Error::Configuration`] naming `max_concurrency`.
pub fn concurrency(value: impl TryInto<usize> + fmt::Display + Copy) -> Result<usize, Error> {
    value
        .try_into()
        .ok()
        .filter(|value| (1..=MOST_CONCURRENCY).contains(value))
        .ok_or_else(|| Refusal::option("max_concurrency", value, "pass a whole number from 1 to 1024"))
}

/// Reads a count that is at least `least`.
///
/// # Errors
/// [`Error::Configuration`] naming `field`.
pub fn count(
    field: &'static str,
    value: impl TryInto<u32> + fmt::Display + Copy,
    least: u32,
) -> Result<u32, Error> {
    value
        .try_into()
        .ok()
        .filter(|value| *value >= least)
        .ok_or_else(|| Refusal::option(field, value, &format!("pass a whole number of at least {least}")))
}

/// Reads a text that goes into a header: visible ASCII and spaces.
///
/// # Errors
/// [`Error::Configuration`] naming `field`.
pub fn header_text(field: &'static str, text: &str) -> Result<HeaderValue, Error> {
    let cure = "pass a short text of visible ASCII";
    let fits = !text.trim().is_empty()
        && text.len() <= 256
        && text.bytes().all(|byte| (b' '..=b'~').contains(&byte));
    match HeaderValue::from_str(text) {
        Ok(value) if fits => Ok(value),
        _ => Err(Refusal::option(field, text, cure)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_leads_to_loopback_only() {
        for good in
            ["http://127.0.0.1:8080", "http://localhost", "http://[::1]:1/", "https://partner.example/prefix"]
        {
            service_url("base_url", good).unwrap();
        }
        for bad in [
            "http://partner.example",
            "http://127.0.0.1.partner.example",
            "ftp://localhost",
            "localhost:80",
            "",
            "https://u:p@partner.example",
            "https://partner.example?x=1",
            "https://partner.example#f",
            "https://",
        ] {
            let error = service_url("base_url", bad).unwrap_err().to_string();
            assert!(error.starts_with("base_url: "), "{error}");
        }
    }

    #[test]
    fn a_password_in_a_url_is_not_shown() {
        for scheme in ["https", "http", "ftp", "no scheme"] {
            for rest in ["partner.example", "partner.example:99999", "part ner", ""] {
                let text = format!("{scheme}://user:hunter2@{rest}");
                let service = service_url("base_url", &text).map(|_| ());
                let shown = format!("{service:?} {:?}", proxy_url(&text));
                assert!(service.is_err() && !shown.contains("hunter2"), "{shown}");
            }
        }
    }

    #[test]
    fn the_version_and_slashes_at_the_end_are_ours() {
        for text in ["https://h", "https://h/", "https://h/v1", "https://h/v1/"] {
            let options =
                Options { base_url: Some(service_url("base_url", text).unwrap()), ..Options::default() };
            assert_eq!(options.api(), "https://h");
        }
    }

    #[test]
    fn numbers_are_checked() {
        for bad in [f64::NAN, 0.0, 1e-30, -1.0, f64::INFINITY, 1e300] {
            seconds("timeout", bad).unwrap_err();
            argument_seconds("timeout", bad, false).unwrap_err();
        }
        assert_eq!(seconds("timeout", 0.5).unwrap(), Duration::from_millis(500));
        assert_eq!(argument_seconds("timeout", 0.0, true).unwrap(), Duration::ZERO);
        concurrency(0_i64).unwrap_err();
        concurrency(-1_i64).unwrap_err();
        assert_eq!(concurrency(32_i64).unwrap(), 32);
        count("max_retries", -1_i64, 0).unwrap_err();
        assert_eq!(count("max_retries", 0_i64, 0).unwrap(), 0);
        count("requests_per_minute", 0_i64, 1).unwrap_err();
    }

    #[test]
    fn header_texts_hold_no_line_ends() {
        header_text("locale", "en-US").unwrap();
        for bad in ["", " ", "a\nb", "\u{e9}", &"x".repeat(300)] {
            header_text("locale", bad).unwrap_err();
        }
    }
}
