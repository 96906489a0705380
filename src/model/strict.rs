//! Reads answers that are just as the service writes them, straight into values. Whatever is unusual is
//! left to the tolerant reader, which gives the same values for what is read here.

use std::fmt;

use chrono::{DateTime, Utc};
use serde::Deserialize;
use serde::de::value::MapAccessDeserializer;
use serde::de::{Deserializer, Error, MapAccess, SeqAccess, Unexpected, Visitor};
use serde_json::Map;

use super::{Qualification, QualificationType, VettingStatus, date, json};

/// Reads a bare array of qualifications that have documented members only, each at most once and in its
/// documented spelling; `None` for any other body.
pub(super) fn qualifications(body: &[u8]) -> Option<Vec<Qualification>> {
    serde_json::from_slice(json::without_mark(body)).ok().map(|Found(found)| found)
}

/// What a customer has: entries that say `None` are not there.
struct Found(Vec<Qualification>);

impl<'de> Deserialize<'de> for Found {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Items;

        impl<'de> Visitor<'de> for Items {
            type Value = Found;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an array")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Found, A::Error> {
                let mut found = Vec::new();
                while let Some(Item(item)) = items.next_element()? {
                    if item.qualification != QualificationType::None {
                        found.push(item);
                    }
                }
                Ok(Found(found))
            }
        }

        deserializer.deserialize_seq(Items)
    }
}

/// The members of one object.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Members {
    #[serde(deserialize_with = "kind")]
    qualification: QualificationType,
    #[serde(default, deserialize_with = "status")]
    vetting_status: Option<VettingStatus>,
    vetting_reason: Option<String>,
    #[serde(default, deserialize_with = "moment")]
    vetting_create_date: Option<DateTime<Utc>>,
    #[serde(default, deserialize_with = "moment")]
    vetting_created_date: Option<DateTime<Utc>>,
}

struct Item(Qualification);

impl<'de> Deserialize<'de> for Item {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Item;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, members: A) -> Result<Item, A::Error> {
                let members = Members::deserialize(MapAccessDeserializer::new(members))?;
                Ok(Item(Qualification {
                    qualification: members.qualification,
                    vetting_status: members.vetting_status,
                    vetting_reason: members.vetting_reason,
                    vetting_created_date: members.vetting_create_date.or(members.vetting_created_date),
                    extra: Map::new(),
                }))
            }
        }

        // What serde derives for a struct takes an array of its members as well.
        deserializer.deserialize_map(Object)
    }
}

fn kind<'de, D: Deserializer<'de>>(deserializer: D) -> Result<QualificationType, D::Error> {
    let kind = deserializer.deserialize_any(Text(|text: &str| Some(QualificationType::from_wire(text))))?;
    kind.ok_or_else(|| D::Error::custom("no qualification"))
}

fn status<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<VettingStatus>, D::Error> {
    deserializer.deserialize_any(Text(|text: &str| Some(VettingStatus::from_wire(text))))
}

fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<DateTime<Utc>>, D::Error> {
    deserializer.deserialize_any(Text(date::parse))
}

/// A string that the function understands, or null.
struct Text<F>(F);

impl<T, F: Fn(&str) -> Option<T>> Visitor<'_> for Text<F> {
    type Value = Option<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a text or null")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Option<T>, E> {
        let read = (self.0)(text);
        if read.is_some() { Ok(read) } else { Err(E::invalid_value(Unexpected::Str(text), &self)) }
    }

    fn visit_unit<E: Error>(self) -> Result<Option<T>, E> {
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::model::arbitrary;
    use crate::model::qualification::{decode, list};

    /// Both readers must say the same of a body.
    fn agree(body: &[u8]) -> Result<(), TestCaseError> {
        let tolerant = crate::model::decode(body, list);
        prop_assert_eq!(decode(body), tolerant, "{}", String::from_utf8_lossy(body));
        Ok(())
    }

    #[test]
    fn what_the_service_writes_needs_no_other_reader() {
        for (body, many) in [
            ("[]", 0),
            ("\u{feff}\r\n[ ]\n", 0),
            (r#"[{"qualification":"None"}]"#, 0),
            (r#"[{"qualification":"StateOwnedEntity"}]"#, 1),
            (
                r#"[{"qualification":"Education","vettingStatus":"Denied","vettingReason":"Not an \"Academic\" Domain",
                    "vettingCreateDate":"2026-01-05T10:11:12.1234567+00:00"},
                    {"vettingCreatedDate":null,"vettingReason":null,"vettingStatus":null,"qualification":"New"}]"#,
                2,
            ),
        ] {
            let read = qualifications(body.as_bytes()).unwrap();
            assert_eq!(read.len(), many, "{body}");
            agree(body.as_bytes()).unwrap();
        }
    }

    #[test]
    fn the_unusual_is_left_to_the_tolerant_reader() {
        for body in [
            "",
            "{}",
            "null",
            "[[]]",
            r#"[["Education", "Approved", null, null, null]]"#,
            r#"{"qualification":"Education"}"#,
            r#"{"items":[]}"#,
            r#"[{"qualification":"Education"}] // UTC"#,
            r#"[{"qualification":"Education",}]"#,
            r#"[{"qualification":"Education"}]]"#,
            r#"[{"qualification":null}]"#,
            r#"[{"qualification":1}]"#,
            r#"[{"Qualification":"Education"}]"#,
            r#"[{"qualification":"Education","qualification":"Education"}]"#,
            r#"[{"qualification":"Education","vettingStatus":3}]"#,
            r#"[{"qualification":"Education","vettingReason":[]}]"#,
            r#"[{"qualification":"Education","vettingCreatedDate":"07/09/2020: 00:00:00"}]"#,
            r#"[{"qualification":"Education","new":99999999999999999999999999999999}]"#,
            r#"[{"qualification":"Education","vettingReason":"\ud83c"}]"#,
        ] {
            assert_eq!(qualifications(body.as_bytes()), None, "{body}");
            agree(body.as_bytes()).unwrap();
        }
    }

    /// Text that is nearly what the service writes: members twice, in other cases, escaped, of other types.
    fn nearly() -> impl Strategy<Value = String> {
        const NAMES: [&str; 12] = [
            "qualification",
            "vettingStatus",
            "vettingReason",
            "vettingCreateDate",
            "vettingCreatedDate",
            "Qualification",
            "VETTINGSTATUS",
            "vettingreason",
            "VettingCreatedDate",
            r"\u0071ualification",
            "new",
            "$serde_json::private::Number",
        ];
        const VALUES: [&str; 24] = [
            "null",
            "true",
            "0",
            "1",
            "4",
            "-7",
            "5",
            "1.0",
            "1e999",
            "123456789012345678901234567890",
            r#""Education""#,
            r#""state_owned entity""#,
            r#""None""#,
            r#""\u0049nReview""#,
            r#""a \"quoted\" \\ \u00e9 \ud83c\udf93\n""#,
            r#""\ud83c""#,
            "\"tab\t\"",
            r#""2026-01-05T10:11:12.1234567Z""#,
            r#""2026-01-05 10:11:12.1234567+05:30""#,
            r#""0001-01-01T00:00:00+14:00""#,
            r#""07/09/2020: 00:00:00""#,
            "[]",
            r#"{"a":[1e400,{}]}"#,
            r#"["Education","Approved"]"#,
        ];
        let usual = prop::sample::select(&NAMES[..5]);
        let name = prop_oneof![4 => usual, 1 => prop::sample::select(&NAMES[..])];
        let member = (name, prop::sample::select(&VALUES[..]));
        let item = (prop::sample::select(&VALUES[10..14]), prop::collection::vec(member, 0..4));
        let item = item.prop_map(|(kind, members)| {
            let rest = members.iter().map(|(name, value)| format!(",\"{name}\" : {value}"));
            format!("{{\"qualification\":{kind}{}}}", rest.collect::<String>())
        });
        let items = prop::collection::vec(item, 0..4).prop_map(|items| items.join(" ,\n"));
        let ends = prop::sample::select(
            &[
                ("[", "]"),
                ("\u{feff}[", "]\r\n"),
                ("{\"Items\":[", "]}"),
                (" \u{a0}[", "]"),
                ("", ""),
                ("[", ""),
            ][..],
        );
        (ends, items).prop_map(|((start, end), items)| format!("{start}{items}{end}"))
    }

    proptest! {
        #[test]
        fn both_readers_agree_on_any_json(value in arbitrary::json()) {
            agree(value.to_string().as_bytes())?;
        }

        #[test]
        fn both_readers_agree_on_familiar_json(value in arbitrary::familiar()) {
            agree(value.to_string().as_bytes())?;
            agree(format!("\u{feff}{:#}", serde_json::json!([value])).as_bytes())?;
        }

        #[test]
        fn both_readers_agree_on_what_the_service_nearly_writes(body in nearly(), flip in any::<(u16, u8)>()) {
            agree(body.as_bytes())?;
            let mut broken = body.into_bytes();
            if let Some(byte) = broken.get_mut(usize::from(flip.0) % 200) {
                *byte = flip.1;
            }
            agree(&broken)?;
        }
    }
}
