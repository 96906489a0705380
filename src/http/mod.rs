//! What every HTTP exchange of ours needs, whoever it is with: a pool of connections, a body within
//! bounds, the headers about time, and words for what failed.

mod body;
mod connector;
mod failure;
mod hop;
mod pool;
mod tls;

use std::time::{Duration, SystemTime};

use chrono::{DateTime, Utc};
use hyper::header::{DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};

use crate::options::Options;
pub(crate) use body::{Broken, MAX_BODY, read_body};
pub(crate) use failure::{chain, is_reset, is_timeout};
pub(crate) use pool::Pool;

const PRODUCT: &str = concat!("partnercenter_qual/", env!("CARGO_PKG_VERSION"));

/// The value of `User-Agent`.
pub(crate) fn user_agent(options: &Options) -> HeaderValue {
    let name = options.application_name.as_ref().and_then(|name| name.to_str().ok());
    name.and_then(|name| HeaderValue::try_from(format!("{PRODUCT} ({name})")).ok())
        .unwrap_or(HeaderValue::from_static(PRODUCT))
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
