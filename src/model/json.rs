//! Reads a JSON body as leniently as the service and its documents demand.
//! Knows JSON only, nothing of what a body means.

use jsonc_parser::{CollectOptions, ParseOptions};
use serde_json::{Map, Value};

/// Why a body could not be read.
#[derive(Debug, PartialEq, Eq, Clone)]
pub(crate) struct Unreadable {
    /// What the reader stumbled on.
    pub(crate) message: String,
    /// The body ends before its JSON does: the answer was cut on its way.
    pub(crate) cut: bool,
}

/// Parses `body`: strict JSON first, and only when that fails a reader which also takes the
/// comments, trailing commas and curly quotes of the published samples.
pub(crate) fn parse(body: &[u8]) -> Result<Value, Unreadable> {
    let text = text(body);
    if text.trim().is_empty() {
        return Err(Unreadable { message: "the body is empty".to_owned(), cut: true });
    }
    serde_json::from_str(&text).or_else(|error| {
        relaxed(&text)
            .or_else(|| relaxed(&text.replace(['\u{201c}', '\u{201d}'], "\"")))
            .ok_or_else(|| Unreadable { message: error.to_string(), cut: error.is_eof() })
    })
}

/// `body` as text: without a byte order mark, broken UTF-8 replaced rather than refused.
pub(crate) fn text(body: &[u8]) -> std::borrow::Cow<'_, str> {
    String::from_utf8_lossy(without_mark(body))
}

/// `body` without a byte order mark.
pub(super) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

fn relaxed(text: &str) -> Option<Value> {
    let options = ParseOptions {
        allow_comments: true,
        allow_trailing_commas: true,
        allow_loose_object_property_names: false,
        allow_missing_commas: false,
        allow_single_quoted_strings: false,
        allow_hexadecimal_numbers: false,
        allow_unary_plus_numbers: false,
        allow_bare_decimal_point_numbers: false,
        allow_non_finite_numbers: false,
        allow_extended_string_escapes: false,
    };
    // By way of the tree, which keeps every digit of a number.
    let tree = jsonc_parser::parse_to_ast(text, &CollectOptions::default(), &options).ok()?;
    tree.value.map(Value::from)
}

/// The members of one object, taken out by name in any case; what is left at the end is unknown to us.
pub(crate) struct Members(Map<String, Value>);

impl Members {
    pub(crate) fn new(object: Map<String, Value>) -> Self {
        Self(object)
    }

    /// Takes a member that `read` understands. A null counts as absent; a value that `read` does not
    /// understand stays, so that it ends up among the unknown members instead of being lost.
    pub(crate) fn take<T>(&mut self, name: &str, read: impl FnOnce(&Value) -> Option<T>) -> Option<T> {
        self.take_whole(name, |value| read(&value).ok_or(value))
    }

    /// The same for a `read` that keeps the value, and gives it back when it does not understand it.
    pub(crate) fn take_whole<T>(
        &mut self,
        name: &str,
        read: impl FnOnce(Value) -> Result<T, Value>,
    ) -> Option<T> {
        let (key, value) = self.remove(name)?;
        match read(value) {
            Ok(taken) => return Some(taken),
            Err(Value::Null) => {}
            Err(value) => drop(self.0.insert(key, value)),
        }
        None
    }

    /// Takes a string.
    pub(crate) fn text(&mut self, name: &str) -> Option<String> {
        self.take_whole(name, |value| match value {
            Value::String(text) => Ok(text),
            other => Err(other),
        })
    }

    /// Takes a string, or a whole number as its digits: ids come as either.
    pub(crate) fn id(&mut self, name: &str) -> Option<String> {
        self.take_whole(name, |value| match value {
            Value::String(text) => Ok(text),
            Value::Number(number) if !number.is_f64() => Ok(number.to_string()),
            other => Err(other),
        })
    }

    /// Takes a whole number.
    pub(crate) fn integer(&mut self, name: &str) -> Option<i64> {
        self.take(name, Value::as_i64)
    }

    /// Takes an object.
    pub(crate) fn object(&mut self, name: &str) -> Option<Members> {
        self.take_whole(name, |value| match value {
            Value::Object(object) => Ok(Members(object)),
            other => Err(other),
        })
    }

    /// Puts a member back among the unknown ones.
    pub(crate) fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// What nobody took.
    pub(crate) fn rest(self) -> Map<String, Value> {
        self.0
    }

    /// Removes a member, with its name as it stands in the body: the exact one wins over one in another
    /// case.
    fn remove(&mut self, name: &str) -> Option<(String, Value)> {
        self.0.remove_entry(name).or_else(|| {
            let key = self.0.keys().find(|key| key.eq_ignore_ascii_case(name)).cloned()?;
            self.0.remove_entry(&key)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::arbitrary;
    use proptest::prelude::*;
    use serde_json::json;

    #[test]
    fn strict_json_with_and_without_a_byte_order_mark() {
        assert_eq!(parse(b"\xEF\xBB\xBF[1]").unwrap(), json!([1]));
        assert_eq!(parse(b"{\"a\":null}").unwrap(), json!({"a": null}));
    }

    #[test]
    fn the_relaxed_reader_takes_what_the_documents_print() {
        let sample = "{ \"a\": [ { \"b\": \"c\", } ] } // UTC";
        assert_eq!(parse(sample.as_bytes()).unwrap(), json!({"a": [{"b": "c"}]}));
        let long = r#"[18446744073709551617, 1e999, {"a": 0.10000000000000000555}]"#;
        assert_eq!(parse(format!("// UTC\n{long}").as_bytes()), parse(long.as_bytes()));
        let curly = "{ \u{201c}a\u{201d}: \u{201c}b\u{201d} }";
        assert_eq!(parse(curly.as_bytes()).unwrap(), json!({"a": "b"}));
    }

    #[test]
    fn a_cut_body_is_told_from_nonsense() {
        for cut in [
            "",
            " \r\n",
            "[{\"a\":",
            "{\"a\": tru",
            "[\"\u{fffd}",
            "[\"\\",
            "[\"\\u",
            "[\"\\u00e",
            "[\"\\ud83c",
            "[\"\\ud83c\\",
            "[\"\\ud83c\\udf",
            "[-",
            "[1.",
            "[1e",
            "[1e-",
            "\"",
        ] {
            assert!(parse(cut.as_bytes()).unwrap_err().cut, "{cut:?}");
        }
        for nonsense in ["<html>", "}{", "nope", "{a: 1}", "{'a': 1}"] {
            assert!(!parse(nonsense.as_bytes()).unwrap_err().cut, "{nonsense:?}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        let bomb = format!("// comment\n{}", "[".repeat(4_000_000));
        assert!(parse(bomb.as_bytes()).is_err());
    }

    #[test]
    fn members_in_any_case_and_nothing_lost() {
        let Value::Object(object) = json!({"Name": "x", "name": "y", "COUNT": 3, "odd": [], "none": null})
        else {
            unreachable!()
        };
        let mut members = Members::new(object);
        assert_eq!(members.text("name").as_deref(), Some("y"));
        assert_eq!(members.integer("count"), Some(3));
        assert_eq!(members.text("odd"), None);
        assert_eq!(members.text("none"), None);
        assert_eq!(Value::Object(members.rest()), json!({"Name": "x", "odd": []}));
    }

    /// Writes a value as the documents print theirs: a comma and a comment after every item.
    fn printed(value: &Value) -> String {
        match value {
            Value::Array(items) => {
                format!(
                    "[ // UTC\n{}]",
                    items.iter().map(|item| printed(item) + ", /* */").collect::<String>()
                )
            }
            Value::Object(object) => {
                let member = |(name, value)| format!("{}: {},\n", json!(name), printed(value));
                format!("{{{}}}", object.iter().map(member).collect::<String>())
            }
            leaf => leaf.to_string(),
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_or_refused(body in any::<Vec<u8>>()) {
            let _ = parse(&body);
        }

        #[test]
        fn what_looks_like_json_is_read_or_refused(body in r#"[\[\]{}:,"0-9truefalsn \\/*.eE+-]{0,40}"#) {
            let _ = parse(body.as_bytes());
        }

        #[test]
        fn what_was_written_is_read(value in arbitrary::json()) {
            prop_assert_eq!(parse(value.to_string().as_bytes()).unwrap(), value.clone());
            let marked = format!("\u{feff}{value:#}\r\n");
            prop_assert_eq!(parse(marked.as_bytes()).unwrap(), value);
        }

        #[test]
        fn what_was_printed_is_read_the_same(value in arbitrary::json()) {
            prop_assert_eq!(parse(printed(&value).as_bytes()).unwrap(), value);
        }

        #[test]
        fn a_cut_answer_is_never_taken_for_a_whole_one(value in arbitrary::json(), part in 0.0..1.0) {
            let body = json!([value]).to_string();
            #[expect(clippy::cast_precision_loss, clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a part of a small number")]
            let end = (body.len() as f64 * part) as usize;
            prop_assert!(parse(&body.as_bytes()[..end]).unwrap_err().cut, "{}", &body[..end]);
        }
    }
}
