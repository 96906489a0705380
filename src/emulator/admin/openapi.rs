//! The description of the emulated APIs and of this one: an `OpenAPI` 3.1 document, kept in parts by
//! topic.

use std::sync::OnceLock;

use axum::Json;
use axum::extract::State;
use serde_json::{Map, Value, json};

use super::super::Emulator;
use super::extract::BaseUrl;

/// What the emulated API answers: JSON that may start with a byte order mark.
const API_ANSWERS: [&str; 3] = [
    include_str!("openapi/api_paths.json"),
    include_str!("openapi/api_responses.json"),
    include_str!("openapi/api_retired.json"),
];

const REST: [&str; 16] = [
    include_str!("openapi/info.json"),
    include_str!("openapi/admin_clock.json"),
    include_str!("openapi/admin_customers.json"),
    include_str!("openapi/admin_faults.json"),
    include_str!("openapi/admin_journal.json"),
    include_str!("openapi/admin_service.json"),
    include_str!("openapi/admin_settings.json"),
    include_str!("openapi/admin_state.json"),
    include_str!("openapi/admin_tokens.json"),
    include_str!("openapi/api_answers.json"),
    include_str!("openapi/api_components.json"),
    include_str!("openapi/api_errors.json"),
    include_str!("openapi/api_requests.json"),
    include_str!("openapi/entra_components.json"),
    include_str!("openapi/entra_paths.json"),
    include_str!("openapi/entra_schemas.json"),
];

pub(super) async fn document(State(emulator): State<Emulator>, BaseUrl(url): BaseUrl) -> Json<Value> {
    let byte_order_mark = emulator.state().config.wire.bom;
    let mut document = whole(byte_order_mark).clone();
    document["servers"] = json!([{"url": url}]);
    document["components"]["schemas"]["ClientId"]["const"] = json!(emulator.client_id());
    Json(document)
}

/// All that is the same for every emulator that sends a byte order mark, or for every other.
fn whole(byte_order_mark: bool) -> &'static Value {
    static PLAIN: OnceLock<Value> = OnceLock::new();
    static MARKED: OnceLock<Value> = OnceLock::new();
    let (place, prepare): (_, fn(Value) -> Value) =
        if byte_order_mark { (&MARKED, set_aside_schemas) } else { (&PLAIN, |part| part) };
    place.get_or_init(|| {
        let parts = REST.into_iter().map(parse).chain(API_ANSWERS.into_iter().map(parse).map(prepare));
        parts.fold(Value::Null, merged)
    })
}

/// Our own files, which a test reads.
fn parse(part: &str) -> Value {
    serde_json::from_str(part).unwrap_or_default()
}

fn merged(document: Value, part: Value) -> Value {
    match (document, part) {
        (Value::Object(mut document), Value::Object(part)) => {
            for (name, value) in part {
                let held = document.remove(&name).unwrap_or_default();
                document.insert(name, merged(held, value));
            }
            Value::Object(document)
        }
        (_, part) => part,
    }
}

/// What starts with a byte order mark is no JSON, so that a schema of it would be untrue: the schemas
/// of answers step aside, and describe what follows the mark.
fn set_aside_schemas(part: Value) -> Value {
    match part {
        Value::Object(members) => Value::Object(members.into_iter().map(set_aside_in).collect()),
        other => other,
    }
}

fn set_aside_in((name, value): (String, Value)) -> (String, Value) {
    let value = match name.as_str() {
        "requestBody" | "parameters" => value,
        "application/json" => renamed(value),
        _ => set_aside_schemas(value),
    };
    (name, value)
}

fn renamed(media_type: Value) -> Value {
    let Value::Object(members) = media_type else {
        return media_type;
    };
    let name = |name: String| if name == "schema" { "x-schema".to_owned() } else { name };
    members.into_iter().map(|(member, value)| (name(member), value)).collect::<Map<_, _>>().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_part_is_json() {
        for part in REST.into_iter().chain(API_ANSWERS) {
            assert!(parse(part).is_object(), "{}", &part[..80]);
        }
    }

    #[test]
    fn answers_with_a_byte_order_mark_have_their_schemas_aside() {
        let answer = |bom: bool| {
            let operation = &whole(bom)["paths"]["/v1/customers/{customer_id}/qualifications"]["post"];
            let request = &operation["requestBody"]["content"]["application/json"];
            assert!(request["schema"].is_object() && request.get("x-schema").is_none());
            operation["responses"]["201"]["content"]["application/json"].clone()
        };
        let schema = answer(false)["schema"].clone();
        assert!(schema.is_object());
        assert_eq!(answer(true), json!({"x-schema": schema}));
    }
}
