//! Whole numbers, in whatever way they are written: to JSON Schema, and to JavaScript, 5.0 is 5.

use serde_json::{Number, Value};

/// Writes whole numbers without a fraction, wherever they are in `value`.
pub(super) fn simplify(value: &mut Value) {
    match value {
        Value::Number(number) => {
            if let Some(whole) = whole(number) {
                *number = whole.into();
            }
        }
        Value::Array(items) => items.iter_mut().for_each(simplify),
        Value::Object(members) => members.values_mut().for_each(simplify),
        Value::Null | Value::Bool(_) | Value::String(_) => {}
    }
}

/// The whole number that is written as a fraction, if it is one.
fn whole(number: &Number) -> Option<u64> {
    if number.as_u64().is_some() {
        return None;
    }
    let fraction = number.as_f64().filter(|number| number.fract() == 0.0)?;
    format!("{fraction:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_numbers_that_are_written_otherwise_are_changed() {
        for (given, expected) in [
            ("5.0", "5"),
            ("[1e3]", "[1000]"),
            (r#"{"a":-0.0}"#, r#"{"a":-0.0}"#),
            ("18446744073709551615", "18446744073709551615"),
            ("5.5", "5.5"),
            ("-5.0", "-5.0"),
            ("1e400", "1e400"),
            (r#""5.0""#, r#""5.0""#),
        ] {
            let mut value = serde_json::from_str(given).unwrap();
            simplify(&mut value);
            assert_eq!(value.to_string().to_lowercase().replace('+', ""), expected);
        }
    }
}
