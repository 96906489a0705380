//! What the wire says: the only place on the client's side that knows wire names.
//! Pure: nothing here does I/O.

#[cfg(test)]
pub(crate) mod arbitrary;
mod audit_record;
mod customer;
mod customer_id;
pub(crate) mod date;
pub(crate) mod json;
mod open_enum;
pub(crate) mod page;
pub(crate) mod qualification;
mod request;
mod strict;
pub(crate) mod validation_code;

pub use audit_record::AuditRecord;
pub use customer::Customer;
pub use customer_id::CustomerId;
pub(crate) use customer_id::guid;
pub use qualification::{EducationSegment, Qualification, QualificationType, VettingStatus};
pub use request::{QualificationRequest, known};
pub use validation_code::ValidationCode;

use serde_json::Value;

/// Why JSON that parsed is not what was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Undecodable(pub(crate) String);

impl Undecodable {
    fn expected(what: &str, found: &Value) -> Self {
        let kind = match found {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Number(_) => "a number",
            Value::String(_) => "a string",
            Value::Array(_) => "an array",
            Value::Object(_) => "an object",
        };
        Self(format!("expected {what}, found {kind}"))
    }

    fn missing(member: &str) -> Self {
        Self(format!("`{member}` is missing or unusable"))
    }
}

impl From<Undecodable> for json::Unreadable {
    fn from(Undecodable(message): Undecodable) -> Self {
        Self { message, cut: false }
    }
}

/// Reads a body whose JSON `read` understands.
pub(crate) fn decode<T>(
    body: &[u8],
    read: impl FnOnce(Value) -> Result<T, Undecodable>,
) -> Result<T, json::Unreadable> {
    Ok(read(json::parse(body)?)?)
}

/// Reads a bare array, or the house envelope with `items`.
fn collection<T>(
    value: Value,
    read: impl Fn(Value) -> Result<T, Undecodable>,
) -> Result<Vec<T>, Undecodable> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(object) => items(&mut json::Members::new(object), "items")?,
        other => return Err(Undecodable::expected("an array", &other)),
    };
    items.into_iter().map(read).collect()
}

/// Takes the list `name` out of an envelope; a null is an empty one, as the service's own serializer
/// treats it.
fn items(envelope: &mut json::Members, name: &str) -> Result<Vec<Value>, Undecodable> {
    match envelope.take_whole(name, Ok) {
        Some(Value::Array(items)) => Ok(items),
        Some(Value::Null) => Ok(Vec::new()),
        Some(other) => Err(Undecodable::expected("an array", &other)),
        None => Err(Undecodable::missing(name)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::arbitrary::familiar;
    use super::*;

    proptest! {
        #[test]
        fn whatever_parses_is_decoded_or_refused(value in familiar()) {
            let _ = qualification::list(value.clone());
            let _ = qualification::requested(value.clone(), &QualificationType::Education);
            let _ = validation_code::list(value.clone());
            let _ = AuditRecord::from_value(value.clone());
            let _ = page::Page::from_value(value.clone(), Customer::from_value);
            let _ = Customer::from_value(value);
        }

        #[test]
        fn no_member_of_a_qualification_is_lost(value in familiar()) {
            let Ok(read) = Qualification::from_value(value.clone()) else { return Ok(()) };
            let given = value.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()).count();
            let taken = 1 + usize::from(read.vetting_status.is_some()) + usize::from(read.vetting_reason.is_some());
            let kept = read.extra.values().filter(|value| !value.is_null()).count();
            let dates = given - taken - kept;
            prop_assert!(dates <= 2 && (dates > 0) == read.vetting_created_date.is_some(), "{:?}", read);
        }
    }
}
