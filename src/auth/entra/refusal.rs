//! An authority's no, in words.

use std::time::Duration;

use oauth2::http::StatusCode;
use serde_json::Value;

use crate::error::{AuthenticationError, for_redirect};

/// For an answer with an `error`.
pub(super) fn by_name(message: &str, body: &Value) -> AuthenticationError {
    let words: Vec<_> = message.split_whitespace().collect();
    let said = words.join(" "); // Entra breaks its lines
    let name = body["error"].as_str().unwrap_or_default();
    let codes = body["error_codes"].as_array().map(|codes| codes.iter().rev().filter_map(number).collect());
    let codes: Vec<u32> = codes.unwrap_or_default();
    let mut error = AuthenticationError::refused(Some(name.to_owned()), format!("{name}: {said}"), &codes);
    if let Some(code) = error.aadsts_code.filter(|_| !said.contains("AADSTS")) {
        error.message = format!("{name}: AADSTS{code}: {said}");
    }
    error
}

fn number(code: &Value) -> Option<u32> {
    match code {
        Value::String(text) => text.parse().ok(),
        other => other.as_u64().and_then(|code| code.try_into().ok()),
    }
}

/// For one without.
pub(super) fn by_status(
    address: &str,
    status: StatusCode,
    message: &str,
    location: Option<&str>,
) -> AuthenticationError {
    let said = message.split_whitespace().collect::<Vec<_>>().join(" ");
    let code = status.as_u16();
    let mut error = AuthenticationError::new(format!("{address} answered HTTP {code}: {said}"), None);
    let hint = match code {
        300..400 => for_redirect("authority", location),
        407 => "check user and password of the proxy".to_owned(),
        408 | 429 | 500..600 => "try again later: the trouble is the authority's and passes".to_owned(),
        _ => "check authority and tenant_id: no token endpoint of Entra answers like that".to_owned(),
    };
    error.hint = error.hint.or(Some(hint));
    error
}

/// For a message that brings its cure along.
pub(super) fn with_hint(message: &str) -> AuthenticationError {
    let (message, hint) = message.split_once(" -> ").unwrap_or((message, "try again later"));
    let mut error = AuthenticationError::new(message.to_owned(), None);
    error.hint = Some(hint.to_owned());
    error
}

/// For a request that was not sent, because the authority asked for a long pause.
pub(super) fn turned_away(remaining: Duration) -> AuthenticationError {
    let seconds = remaining.as_secs_f64().ceil();
    let message = format!("nothing was sent: the authority asked to be left alone for another {seconds} s");
    let mut error = AuthenticationError::new(message, None);
    error.hint =
        Some("wait that long, and ask for fewer tokens: let clients share one credential".to_owned());
    error.is_transient = true;
    error
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn of_several_numbers_the_one_with_a_remedy_counts() {
        let code = |message: &str, codes| {
            by_name(message, &json!({"error": "invalid_grant", "error_codes": codes})).aadsts_code
        };
        assert_eq!(code("no", json!([70002, 50076])), Some(50076));
        assert_eq!(code("no", json!(["50076"])), Some(50076));
        assert_eq!(code("no", json!([12, 34])), Some(34));
        assert_eq!(code("AADSTS50126: no", json!([70002, 50126])), Some(50126));
        assert_eq!(code("AADSTS12: no", json!([50076])), Some(50076));
        assert_eq!(code("no", json!("none")), None);
    }
}
