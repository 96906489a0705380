//! JSON as the emulator's levers are given it: read with errors that name the member, the value and
//! the cure.

use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, MapAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;
use serde_path_to_error::{Path, Segment};

use super::error::InvalidArgument;

/// Reads what a lever is given: a [`Config`](super::Config), a [`Fault`](super::Fault).
///
/// # Errors
/// [`InvalidArgument`] names the member that cannot be read.
pub fn read<T: DeserializeOwned>(value: &Value) -> Result<T, InvalidArgument> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let field = match error.path().to_string() {
            whole if whole == "." => "body".to_owned(),
            member => member,
        };
        let found = find(value, error.path()).unwrap_or(value);
        InvalidArgument::new(field, &shown(found), cure(&error.into_inner()))
    })
}

/// What serde says, in words that are no Rust.
fn cure(error: &serde_json::Error) -> String {
    let text = error.to_string();
    if ["invalid number", "invalid digit found in string"].contains(&text.as_str()) {
        return "pass a whole number that is not negative, and not too large".to_owned();
    }
    match text.rsplit_once("expected ") {
        Some((found, "u16" | "u32" | "u64" | "usize")) => format!("{found}expected a whole number"),
        Some((found, "f64")) => format!("{found}expected a number"),
        Some((found, "a boolean")) => format!("{found}expected true or false"),
        _ => text,
    }
}

/// The value at a path, as far as there is one.
fn find<'a>(value: &'a Value, path: &Path) -> Option<&'a Value> {
    path.iter().try_fold(value, |value, segment| match segment {
        Segment::Seq { index } => value.get(index),
        Segment::Map { key } => value.get(key),
        Segment::Enum { .. } | Segment::Unknown => Some(value),
    })
}

/// The beginning of a value: it may be a whole list of customers.
pub(super) fn shown(value: &Value) -> String {
    const LONGEST: usize = 100;
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match text.char_indices().nth(LONGEST) {
        None => text,
        Some((end, _)) => format!("{}...", &text[..end]),
    }
}

/// What is read from an object alone: of a struct, serde would take an array with the members in their
/// order, too.
pub(super) struct Object<T>(pub(super) T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Members(PhantomData))
    }
}

/// Reads them in place, so that an error still knows which one is wrong.
struct Members<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for Members<T> {
    type Value = Object<T>;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Object<T>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(map)).map(Object)
    }
}

/// Reads a member that is an object.
pub(super) fn object<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    Object::deserialize(deserializer).map(|Object(value)| value)
}

/// Reads a member that is an object or null.
pub(super) fn optional_object<'de, D, T>(deserializer: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de>,
{
    let read = Option::<Object<T>>::deserialize(deserializer)?;
    Ok(read.map(|Object(value)| value))
}

/// Durations as seconds.
pub(crate) mod seconds {
    use std::time::Duration;

    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    /// Some 31,700 years: no date on the wire goes beyond that.
    const LONGEST: Duration = Duration::from_secs(1_000_000_000_000);

    pub(crate) fn serialize<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
        duration.as_secs_f64().serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Duration, D::Error> {
        Duration::try_from_secs_f64(f64::deserialize(deserializer)?)
            .ok()
            .filter(|duration| *duration <= LONGEST)
            .ok_or_else(|| D::Error::custom("pass a number of seconds, not negative, at most 1e12"))
    }
}

/// Durations as seconds, or null.
pub(crate) mod optional_seconds {
    use std::time::Duration;

    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    #[derive(Serialize, Deserialize)]
    struct Seconds(#[serde(with = "super::seconds")] Duration);

    #[expect(clippy::ref_option, reason = "serde calls it so")]
    pub(crate) fn serialize<S: Serializer>(
        duration: &Option<Duration>,
        serializer: S,
    ) -> Result<S::Ok, S::Error> {
        duration.map(Seconds).serialize(serializer)
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<Duration>, D::Error> {
        Ok(Option::<Seconds>::deserialize(deserializer)?.map(|Seconds(duration)| duration))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::Config;
    use super::*;

    fn refused(value: &Value) -> InvalidArgument {
        read::<Config>(value).unwrap_err()
    }

    #[test]
    fn an_error_names_the_member_the_value_and_the_cure() {
        let error = refused(&json!({"wire": {"dates": "roman"}}));
        assert_eq!((error.field.as_str(), error.value.as_str()), ("wire.dates", "roman"));
        assert!(error.cure.contains("milliseconds"), "{error}");
        let error = refused(&json!({"window": -1}));
        assert_eq!((error.field.as_str(), error.value.as_str()), ("window", "-1"));
        assert!(refused(&json!({"colour": 1})).cure.contains("unknown field"));
    }

    #[test]
    fn an_array_is_no_object() {
        for (value, field) in [
            (json!({"wire": ["array"]}), "wire"),
            (json!({"customers": [[null, "A"]]}), "customers[0]"),
            (json!({"vetting": {"outcomes": [1, 0, 0]}}), "vetting.outcomes"),
        ] {
            let error = refused(&value);
            assert_eq!(error.field, field);
            assert!(error.cure.contains("expected an object"), "{error}");
        }
    }

    #[test]
    fn what_is_written_is_read_again() {
        let config = Config { customers: 3.into(), continuation_token_lifetime: None, ..Config::default() };
        let value = serde_json::to_value(&config).unwrap();
        assert_eq!(value["window"], json!(60.0));
        assert_eq!(read::<Config>(&value), Ok(config));
        assert_eq!(read::<Config>(&json!({})), Ok(Config::default()));
    }
}
