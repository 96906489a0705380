//! What the wire says: the only place on the client's side that knows wire names.
//! Pure: nothing here does I/O.

mod audit_record;
mod customer;
mod customer_id;
pub(crate) mod date;
pub(crate) mod json;
mod open_enum;
pub(crate) mod page;
pub(crate) mod qualification;
pub(crate) mod validation_code;

pub use audit_record::AuditRecord;
pub use customer::Customer;
pub use customer_id::CustomerId;
pub(crate) use customer_id::guid;
pub use qualification::{
    EducationSegment, Qualification, QualificationRequest, QualificationType, VettingStatus, known,
};
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
    match envelope.take(name, |value| Some(value.clone())) {
        Some(Value::Array(items)) => Ok(items),
        Some(Value::Null) => Ok(Vec::new()),
        Some(other) => Err(Undecodable::expected("an array", &other)),
        None => Err(Undecodable::missing(name)),
    }
}
