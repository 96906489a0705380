//! Reads the body of an error answer, in whichever of its shapes it comes.

use serde_json::Value;

use crate::model::json::{self, Members};

/// The longest message kept: the service's own limit for a description.
const MAX_MESSAGE: usize = 1024;

/// What an error body says. Never fails to be read: at worst the message is the body itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Fault {
    /// The service's own code; a string in the documents, a number on the wire.
    pub code: Option<String>,
    /// What the service said, or what the status means when it said nothing.
    pub message: String,
    /// Details, such as the property at fault.
    pub data: Vec<String>,
    /// The component that answered.
    pub source: Option<String>,
    /// The name of the error.
    pub error_name: Option<String>,
    /// `isRetryable`, when the body has it.
    pub is_retryable: Option<bool>,
}

impl Fault {
    /// Reads `body`, the answer to a request that ended with `status`.
    pub(crate) fn read(status: u16, body: &[u8]) -> Self {
        let mut fault = match json::parse(body) {
            Ok(Value::Object(object)) => Self::from_members(Members::new(object)),
            Ok(Value::String(text)) => Self { message: text, ..Self::default() },
            _ => Self { message: plain(&json::text(body)), ..Self::default() },
        };
        if fault.message.trim().is_empty() {
            reason(status).clone_into(&mut fault.message);
        }
        truncate(&mut fault.message, MAX_MESSAGE);
        if let Some(code) = &mut fault.code {
            truncate(code, MAX_MESSAGE);
        }
        fault
    }

    /// The front door, the customers service, the gateway, Entra, and the nested `error` of the newer API.
    fn from_members(mut members: Members) -> Self {
        if let Some(nested) = members.object("error") {
            return Self::from_members(nested);
        }
        let error = members.text("error");
        let message = ["message", "description", "error_description", "detail", "title"]
            .into_iter()
            .find_map(|name| members.text(name).filter(|text| !text.trim().is_empty()));
        Self {
            code: members.id("code").filter(|code| !code.is_empty()).or(error),
            message: message.unwrap_or_default(),
            data: members.take("data", details).unwrap_or_default(),
            source: members.text("source"),
            error_name: members.text("errorName"),
            is_retryable: members.take("isRetryable", Value::as_bool),
        }
    }
}

fn details(value: &Value) -> Option<Vec<String>> {
    let text = |item: &Value| item.as_str().map_or_else(|| item.to_string(), str::to_owned);
    match value {
        Value::Array(items) => Some(items.iter().map(text).collect()),
        Value::Null => None,
        other => Some(vec![text(other)]),
    }
}

/// The text of a body that is no JSON: the title of a web page, or the whole.
fn plain(text: &str) -> String {
    let text = text.trim();
    if !text.starts_with('<') {
        return text.to_owned();
    }
    let lower = text.to_ascii_lowercase();
    let title = lower.find("<title>").and_then(|start| {
        let start = start + "<title>".len();
        let end = start + lower[start..].find("</title>")?;
        Some(text[start..end].trim().to_owned())
    });
    title.unwrap_or_default()
}

fn reason(status: u16) -> &'static str {
    hyper::StatusCode::from_u16(status)
        .ok()
        .and_then(|status| status.canonical_reason())
        .unwrap_or("no reason given")
}

/// Cuts `text` to at most `limit` bytes, at a character boundary.
pub(crate) fn truncate(text: &mut String, limit: usize) {
    let end = (0..=limit.min(text.len())).rev().find(|&end| text.is_char_boundary(end));
    text.truncate(end.unwrap_or_default());
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arbitrary;
    use proptest::prelude::*;

    fn read(body: &str) -> Fault {
        Fault::read(400, body.as_bytes())
    }

    #[test]
    fn the_front_doors_number_or_string() {
        for code in ["20002", "\"20002\""] {
            let fault = read(&format!(
                r#"{{"code":{code},"description":"No relationship","data":["k: v", 3],"source":"PartnerFD"}}"#
            ));
            assert_eq!(fault.code.as_deref(), Some("20002"));
            assert_eq!(fault.message, "No relationship");
            assert_eq!(fault.data, ["k: v", "3"]);
            assert_eq!(fault.source.as_deref(), Some("PartnerFD"));
            assert_eq!(fault.is_retryable, None);
        }
    }

    #[test]
    fn the_customers_service_says_whether_to_retry() {
        let fault = read(
            r#"{"code":600061,"message":"m","description":"d","errorName":"Exists","isRetryable":false}"#,
        );
        assert_eq!((fault.message.as_str(), fault.error_name.as_deref()), ("m", Some("Exists")));
        assert_eq!(fault.is_retryable, Some(false));
    }

    #[test]
    fn gateway_entra_and_nested() {
        assert_eq!(
            read(r#"{"statusCode":429,"message":"Try again in 57 seconds."}"#).message,
            "Try again in 57 seconds."
        );
        let entra =
            read(r#"{"error":"invalid_grant","error_description":"AADSTS50126: no","error_codes":[50126]}"#);
        assert_eq!(
            (entra.code.as_deref(), entra.message.as_str()),
            (Some("invalid_grant"), "AADSTS50126: no")
        );
        let nested = read(r#"{"error":{"code":"Forbidden","message":"no","innerError":{}}}"#);
        assert_eq!((nested.code.as_deref(), nested.message.as_str()), (Some("Forbidden"), "no"));
    }

    #[test]
    fn strings_pages_and_nothing_at_all() {
        assert_eq!(read("\u{feff}\"Customer tagging denied.\"").message, "Customer tagging denied.");
        assert_eq!(read("MFA required. (10001)").message, "MFA required. (10001)");
        assert_eq!(read("<html><head><TITLE> 502 Bad Gateway </TITLE>").message, "502 Bad Gateway");
        assert_eq!(read("<html>").message, "Bad Request");
        assert_eq!(read("").message, "Bad Request");
        assert_eq!(read("{}").message, "Bad Request");
        assert_eq!(Fault::read(799, b"").message, "no reason given");
        assert_eq!(read(&"é".repeat(2000)).message.len(), MAX_MESSAGE);
    }

    proptest! {
        #[test]
        fn any_body_has_a_message(status in 100_u16..1000, body in any::<Vec<u8>>()) {
            let message = Fault::read(status, &body).message;
            prop_assert!(!message.trim().is_empty() && message.len() <= MAX_MESSAGE);
        }

        #[test]
        fn any_json_has_a_message(value in arbitrary::familiar()) {
            prop_assert!(!read(&value.to_string()).message.trim().is_empty());
        }

        #[test]
        fn what_is_cut_stays_text(text in ".{0,12}", limit in 0_usize..16) {
            let mut cut = text.clone();
            truncate(&mut cut, limit);
            prop_assert!(text.starts_with(&cut) && cut.len() <= limit);
            prop_assert!(limit - cut.len() < 4 || cut == text, "at most a part of one character is lost");
        }
    }
}
