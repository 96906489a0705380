//! Qualifications as answers show them, in the form that the switches ask for.

use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

use super::super::model::{Qualification, QualificationType};
use super::super::wire_date::WireDate;
use super::super::wire_switches::{DateMember, Members, Names, NoneBody, Qualifications, Wire};

/// The answer to a read of a customer's qualifications.
#[derive(Debug)]
pub(in crate::emulator) struct Held<'a> {
    pub(in crate::emulator) qualifications: &'a [Qualification],
    pub(in crate::emulator) wire: Wire,
}

impl Serialize for Held<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let array = Array { qualifications: self.qualifications, wire: self.wire };
        match self.wire.qualifications {
            Qualifications::Array => array.serialize(serializer),
            Qualifications::Wrapper => Wrapper(array).serialize(serializer),
            Qualifications::Object => match (self.qualifications, self.wire.none) {
                ([first, ..], _) => Item { qualification: first, wire: self.wire }.serialize(serializer),
                ([], NoneBody::Item) => NoneItem(self.wire).serialize(serializer),
                // There is no object to show.
                ([], NoneBody::Empty) => array.serialize(serializer),
            },
        }
    }
}

/// An object around the array.
#[derive(Debug)]
pub(in crate::emulator) struct Wrapper<'a>(Array<'a>);

impl<'a> Wrapper<'a> {
    /// Around a single qualification.
    pub(in crate::emulator) fn of(qualification: &'a Qualification, wire: Wire) -> Self {
        Self(Array { qualifications: std::slice::from_ref(qualification), wire })
    }
}

impl Serialize for Wrapper<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(1))?;
        object.serialize_entry(cased(self.0.wire, "qualifications", "Qualifications"), &self.0)?;
        object.end()
    }
}

#[derive(Debug)]
struct Array<'a> {
    qualifications: &'a [Qualification],
    wire: Wire,
}

impl Serialize for Array<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wire = self.wire;
        if self.qualifications.is_empty() && wire.none == NoneBody::Item {
            let mut array = serializer.serialize_seq(Some(1))?;
            array.serialize_element(&NoneItem(wire))?;
            return array.end();
        }
        serializer.collect_seq(self.qualifications.iter().map(|qualification| Item { qualification, wire }))
    }
}

/// One qualification; members without a value are left out.
#[derive(Debug)]
pub(in crate::emulator) struct Item<'a> {
    pub(in crate::emulator) qualification: &'a Qualification,
    pub(in crate::emulator) wire: Wire,
}

impl Serialize for Item<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { qualification: held, wire } = *self;
        let mut object = serializer.serialize_map(None)?;
        object.serialize_entry(name_member(wire), name(held.kind, wire.names))?;
        if let Some(status) = &held.vetting_status {
            object.serialize_entry(cased(wire, "vettingStatus", "VettingStatus"), status)?;
        }
        if let Some(reason) = &held.vetting_reason {
            object.serialize_entry(cased(wire, "vettingReason", "VettingReason"), reason)?;
        }
        if let Some(at) = held.vetting_created_date {
            object.serialize_entry(date_member(wire), &WireDate::in_form(at, wire.dates))?;
        }
        object.end()
    }
}

/// What stands for no qualification.
struct NoneItem(Wire);

impl Serialize for NoneItem {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let none = if self.0.names == Names::Pascal { "None" } else { NONE };
        let mut object = serializer.serialize_map(Some(1))?;
        object.serialize_entry(name_member(self.0), none)?;
        object.end()
    }
}

/// No qualification, in lower case.
pub(in crate::emulator) const NONE: &str = "none";

/// A qualification's name in the spelling asked for.
pub(in crate::emulator) fn name(kind: QualificationType, names: Names) -> &'static str {
    use QualificationType::{Education, GovernmentCommunityCloud, Nonprofit, StateOwnedEntity};
    match (names, kind) {
        (Names::Pascal, kind) => kind.as_str(),
        (_, Education) => "education",
        (_, Nonprofit) => "nonprofit",
        (Names::Snake, GovernmentCommunityCloud) => "government_community_cloud",
        (Names::Snake, StateOwnedEntity) => "state_owned_entity",
        (Names::Squashed, GovernmentCommunityCloud) => "governmentcommunitycloud",
        (Names::Squashed, StateOwnedEntity) => "stateownedentity",
    }
}

fn name_member(wire: Wire) -> &'static str {
    cased(wire, "qualification", "Qualification")
}

fn date_member(wire: Wire) -> &'static str {
    match wire.date_member {
        DateMember::Create => cased(wire, "vettingCreateDate", "VettingCreateDate"),
        DateMember::Created => cased(wire, "vettingCreatedDate", "VettingCreatedDate"),
    }
}

fn cased(wire: Wire, camel: &'static str, pascal: &'static str) -> &'static str {
    match wire.members {
        Members::Camel => camel,
        Members::Pascal => pascal,
    }
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, Utc};
    use proptest::prelude::*;
    use proptest::sample::select;
    use serde_json::Value;

    use super::super::super::model::VettingStatus;
    use super::super::super::wire_switches::Dates;
    use super::*;

    prop_compose! {
        fn any_wire()(
            qualifications in select(&[Qualifications::Array, Qualifications::Wrapper, Qualifications::Object][..]),
            none in select(&[NoneBody::Empty, NoneBody::Item][..]),
            members in select(&[Members::Camel, Members::Pascal][..]),
            date_member in select(&[DateMember::Create, DateMember::Created][..]),
            dates in select(&[Dates::Offset, Dates::Milliseconds, Dates::Seconds, Dates::ChangeLog][..]),
            names in select(&[Names::Pascal, Names::Snake, Names::Squashed][..]),
        ) -> Wire {
            Wire { qualifications, none, members, date_member, dates, names, ..Wire::default() }
        }
    }

    prop_compose! {
        fn any_qualification()(
            kind in select(&QualificationType::ALL[..]),
            status in prop::option::of(select(&[VettingStatus::InReview, VettingStatus::Denied][..])),
            vetting_reason in prop::option::of(".{0,12}"),
            seconds in prop::option::of(0i64..4_000_000_000),
        ) -> Qualification {
            let vetting_created_date = seconds.and_then(|seconds| DateTime::<Utc>::from_timestamp(seconds, 0));
            Qualification { vetting_status: status, vetting_reason, vetting_created_date, ..Qualification::unvetted(kind) }
        }
    }

    /// A member, whatever its case.
    fn member<'a>(item: &'a Value, name: &str) -> Option<&'a Value> {
        item.as_object()?.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// The items of a body in any form, `None` left out.
    fn items(body: &Value) -> Vec<Value> {
        let inner = member(body, "qualifications").unwrap_or(body);
        let list = inner.as_array().cloned().unwrap_or_else(|| vec![inner.clone()]);
        let named =
            |item: &Value| member(item, "qualification").and_then(Value::as_str).unwrap().to_lowercase();
        list.into_iter().filter(|item| named(item) != NONE).collect()
    }

    proptest! {
        #[test]
        fn every_form_says_the_same(
            wire in any_wire(), held in prop::collection::vec(any_qualification(), 0..4),
        ) {
            let body = serde_json::to_value(Held { qualifications: &held, wire }).unwrap();
            let shown = items(&body);
            let alone = wire.qualifications == Qualifications::Object;
            prop_assert_eq!(shown.len(), if alone { held.len().min(1) } else { held.len() });
            for (item, held) in shown.iter().zip(&held) {
                let kind: QualificationType = member(item, "qualification").unwrap().as_str().unwrap().parse().unwrap();
                prop_assert_eq!(kind, held.kind);
                let status = held.vetting_status.map(|status| serde_json::to_value(status).unwrap());
                prop_assert_eq!(member(item, "vettingStatus"), status.as_ref());
                prop_assert_eq!(member(item, "vettingReason").and_then(Value::as_str), held.vetting_reason.as_deref());
                let date = member(item, "vettingCreateDate").or(member(item, "vettingCreatedDate"));
                prop_assert_eq!(date.is_some(), held.vetting_created_date.is_some());
            }
        }
    }
}
