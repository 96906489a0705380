//! The answers of both versions of the endpoints, and of those that are like them, as one.

use std::time::SystemTime;

use serde_json::{Map, Value};

/// An answer as version 2 gives it: version 1 writes its numbers as strings, and some leave out the
/// lifetime where they name the expiry, or the only type of token there is.
pub(super) fn uniform(mut answer: Map<String, Value>, now: SystemTime) -> Map<String, Value> {
    for name in ["expires_in", "expires_on", "interval"] {
        if let Some(value) = answer.remove(name)
            && let Some(seconds) = seconds(&value)
        {
            // To ask without a pause whether the user is done would help nobody.
            let least = u64::from(name == "interval");
            answer.insert(name.to_owned(), seconds.max(least).into());
        }
    }
    if !answer.contains_key("expires_in")
        && let Some(expires_on) = answer.get("expires_on").and_then(Value::as_u64)
    {
        let now = now.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
        answer.insert("expires_in".to_owned(), expires_on.saturating_sub(now).into());
    }
    // Read elsewhere, or of no use: in whatever shape, it must not spoil the rest.
    for name in ["refresh_token", "scope"] {
        answer.remove(name);
    }
    if !answer.get("token_type").is_some_and(Value::is_string) {
        answer.insert("token_type".to_owned(), "Bearer".into());
    }
    answer
}

/// A whole number of seconds, from a number or its digits.
fn seconds(value: &Value) -> Option<u64> {
    let number: f64 = match value {
        Value::String(text) => text.trim().parse().ok()?,
        other => other.as_f64()?,
    };
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "checked to be in range")]
    (0.0..1e15).contains(&number).then_some(number as u64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn uniform(value: Value) -> Value {
        let Value::Object(object) = value else { panic!("no object") };
        Value::Object(super::uniform(object, SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(1000)))
    }

    #[test]
    fn both_versions_come_to_the_same() {
        let second = json!({"expires_in": 3599, "token_type": "Bearer"});
        assert_eq!(uniform(second.clone()), second);
        assert_eq!(uniform(json!({"expires_in": "3599", "token_type": "Bearer"})), second);
        assert_eq!(uniform(json!({"expires_in": 3599.5})), second);
        assert_eq!(uniform(json!({"expires_on": "4599"}))["expires_in"], 3599);
        assert_eq!(uniform(json!({"expires_on": 900}))["expires_in"], 0);
        assert_eq!(uniform(json!({"interval": "0"}))["interval"], 1);
        assert_eq!(uniform(json!({"scope": ["a"], "token_type": null, "expires_in": 3599})), second);
    }

    #[test]
    fn a_life_that_makes_no_sense_is_unknown() {
        for nonsense in [json!("soon"), json!(-1), json!(null), json!([]), json!(1e300), json!("NaN")] {
            let answer = uniform(json!({"expires_in": nonsense}));
            assert_eq!(answer.get("expires_in"), None, "{answer}");
        }
    }
}
