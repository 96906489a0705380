//! Qualifications. Wire names of GET `customers/{id}/qualifications`, and of what POST answers.

use chrono::{DateTime, SecondsFormat, Utc};
use serde_json::{Map, Value};

use super::json::{Members, Unreadable};
use super::open_enum::open_enum;
use super::{Undecodable, date, strict};

open_enum! {
    /// What a customer may be qualified as.
    QualificationType {
        /// No qualification.
        None = "None",
        /// Education: vetted.
        Education = "Education",
        /// Nonprofit: obtained outside this API, readable in it.
        Nonprofit = "Nonprofit",
        /// US Government Community Cloud: needs a validation code.
        GovernmentCommunityCloud = "GovernmentCommunityCloud",
        /// State owned entity: not vetted.
        StateOwnedEntity = "StateOwnedEntity",
    }
}

open_enum! {
    /// How far vetting has come.
    VettingStatus {
        /// Microsoft is looking.
        InReview = "InReview",
        /// Granted.
        Approved = "Approved",
        /// Refused; the reason is in `vetting_reason`.
        Denied = "Denied",
    }
}

open_enum! {
    /// The kind of school.
    EducationSegment {
        /// Primary and secondary education.
        K12 = "K12",
        /// Colleges and universities.
        HigherEducation = "HigherEducation",
    }
}

impl QualificationType {
    /// The documented integer of a value is its place here.
    pub(super) fn from_integer(integer: i64) -> Option<Self> {
        let wire = Self::KNOWN.get(usize::try_from(integer).ok()?)?;
        Some(Self::from_wire(wire))
    }

    fn from_value(value: &Value) -> Option<Self> {
        match value {
            Value::String(text) => Some(Self::from_wire(text)),
            Value::Number(number) if !number.is_f64() => {
                let known = number.as_i64().and_then(Self::from_integer);
                Some(known.unwrap_or_else(|| Self::Unknown(number.to_string())))
            }
            _ => None,
        }
    }
}

/// One qualification of a customer.
#[derive(Debug, Clone, PartialEq)]
pub struct Qualification {
    /// Which one.
    pub qualification: QualificationType,
    /// Absent for kinds that are not vetted.
    pub vetting_status: Option<VettingStatus>,
    /// Why it was denied.
    pub vetting_reason: Option<String>,
    /// When vetting was asked for, UTC, in microseconds.
    pub vetting_created_date: Option<DateTime<Utc>>,
    /// Members that no document lists, and a date that cannot be read without guessing.
    pub extra: Map<String, Value>,
}

impl Qualification {
    /// Reads one object of a qualifications answer.
    pub(crate) fn from_value(value: Value) -> Result<Self, Undecodable> {
        let Value::Object(object) = value else {
            return Err(Undecodable::expected("a qualification object", &value));
        };
        let mut members = Members::new(object);
        let qualification = members
            .take("qualification", QualificationType::from_value)
            .ok_or_else(|| Undecodable::missing("qualification"))?;
        let created = members.take("vettingCreateDate", read_date);
        let also_created = members.take("vettingCreatedDate", read_date);
        Ok(Self {
            qualification,
            vetting_status: members.text("vettingStatus").map(|text| VettingStatus::from_wire(&text)),
            vetting_reason: members.text("vettingReason"),
            vetting_created_date: created.or(also_created),
            extra: members.rest(),
        })
    }

    /// The object as an answer has it, its date in one form.
    pub(crate) fn to_value(&self) -> Value {
        let mut object = self.extra.clone();
        let date = self.vetting_created_date.map(|date| date.to_rfc3339_opts(SecondsFormat::Micros, true));
        for (name, value) in [
            ("qualification", Some(self.qualification.as_str())),
            ("vettingStatus", self.vetting_status.as_ref().map(VettingStatus::as_str)),
            ("vettingReason", self.vetting_reason.as_deref()),
            ("vettingCreateDate", date.as_deref()),
        ] {
            if let Some(value) = value {
                object.insert(name.to_owned(), value.into());
            }
        }
        Value::Object(object)
    }

    /// Whether it was refused, and may be asked for again.
    #[must_use]
    pub fn is_denied(&self) -> bool {
        self.vetting_status == Some(VettingStatus::Denied)
    }

    /// Whether vetting still goes on.
    #[must_use]
    pub fn is_in_review(&self) -> bool {
        self.vetting_status == Some(VettingStatus::InReview)
    }
}

fn read_date(value: &Value) -> Option<DateTime<Utc>> {
    date::parse(value.as_str()?)
}

/// Reads the qualifications of a customer from the body of an answer.
pub(crate) fn decode(body: &[u8]) -> Result<Vec<Qualification>, Unreadable> {
    strict::qualifications(body).map_or_else(|| super::decode(body, list), Ok)
}

/// Reads the qualifications of a customer from any shape the documents give: a bare array, the
/// wrappers `qualifications` and `items`, or one object. `None` entries say that there is none.
pub(super) fn list(value: Value) -> Result<Vec<Qualification>, Undecodable> {
    let items = match value {
        Value::Array(items) => items,
        Value::Object(object) => unwrap(object)?,
        other => {
            return Err(Undecodable::expected("an array or an object of qualifications", &other));
        }
    };
    let mut found = Vec::with_capacity(items.len());
    for item in items {
        let qualification = Qualification::from_value(item)?;
        if qualification.qualification != QualificationType::None {
            found.push(qualification);
        }
    }
    Ok(found)
}

fn unwrap(object: Map<String, Value>) -> Result<Vec<Value>, Undecodable> {
    if has(&object, "qualification") {
        return Ok(vec![Value::Object(object)]);
    }
    let Some(wrapper) = ["qualifications", "items"].into_iter().find(|name| has(&object, name)) else {
        return Err(Undecodable::missing("qualification"));
    };
    super::items(&mut Members::new(object), wrapper)
}

fn has(object: &Map<String, Value>, name: &str) -> bool {
    object.keys().any(|key| key.eq_ignore_ascii_case(name))
}

/// Reads the answer to a request for `wanted`. One object is that answer, whatever it says; in a list,
/// which may be all that the customer has, it is the one of the kind.
pub(crate) fn requested(value: Value, wanted: &QualificationType) -> Result<Qualification, Undecodable> {
    let lone = value.as_object().is_some_and(|object| has(object, "qualification"));
    let mut found = list(value)?;
    let place = found.iter().position(|item| lone || item.qualification == *wanted);
    let place = place.ok_or_else(|| Undecodable::missing(wanted.as_str()))?;
    Ok(found.swap_remove(place))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn the_answer_to_a_request_is_the_item_that_was_asked_for() {
        let wanted = QualificationType::Education;
        let answer = |value| requested(value, &wanted).map(|item| item.qualification);
        let both = json!([{"qualification": "StateOwnedEntity"}, {"qualification": "education"}]);
        assert_eq!(answer(both), Ok(QualificationType::Education));
        assert_eq!(answer(json!({"qualification": 1})), Ok(QualificationType::Education));
        assert!(answer(json!([])).is_err());
        assert!(answer(json!([{"qualification": "None"}])).is_err());
    }
}
