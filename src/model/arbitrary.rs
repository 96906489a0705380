//! Bodies for property tests: any JSON, and JSON that looks like what the service sends.

use proptest::prelude::*;
use serde_json::{Map, Value};

/// Any JSON value, nested a little.
pub(crate) fn json() -> impl Strategy<Value = Value> {
    nested(".{0,6}".boxed())
}

/// JSON whose members have names that the decoders look for, in whichever case.
pub(crate) fn familiar() -> impl Strategy<Value = Value> {
    const NAMES: [&str; 24] = [
        "qualification",
        "Qualification",
        "qualifications",
        "items",
        "Items",
        "vettingStatus",
        "VETTINGREASON",
        "vettingCreateDate",
        "vettingCreatedDate",
        "validationId",
        "maxCreates",
        "id",
        "companyProfile",
        "tenantId",
        "customizedData",
        "operationDate",
        "key",
        "value",
        "links",
        "next",
        "uri",
        "headers",
        "continuationToken",
        "error",
    ];
    nested(prop::sample::select(&NAMES[..]).prop_map(str::to_owned).boxed())
}

fn nested(names: BoxedStrategy<String>) -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        (0_u8..6).prop_map(Value::from),
        any::<f64>().prop_map(Value::from), // what JSON cannot write becomes null
        ".{0,12}".prop_map(Value::from),
        "Education|None|InReview|/v1/customers|2026-02-11T09:15:00Z".prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 48, 6, move |inner| {
        let members = prop::collection::vec((names.clone(), inner.clone()), 0..6);
        prop_oneof![
            prop::collection::vec(inner, 0..6).prop_map(Value::from),
            members.prop_map(|members| Value::from(members.into_iter().collect::<Map<_, _>>())),
        ]
    })
}
