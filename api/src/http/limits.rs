//! What values there are at most, as far as `poem_openapi` does not say so: of the items of lists, of parameters
//! that are the same everywhere, and of numbers without a sign.

use super::field::POSITION_LENGTH;
use frontdesk_adapters::providers;
use frontdesk_domain::scheduling::service::{DURATION_MINUTES_MAX, WEIGHT_MAX};
use serde_json::{Map, Value, json};

/// Base64url, as our tokens are written.
const TOKEN: &str = "^[A-Za-z0-9_-]+$";

/// Parameters of this name, wherever they are.
fn of_parameter(name: &str) -> Value {
    match name {
        "If-Match" => json!({ "format": "etag", "pattern": "^(\\*|(W/)?\"[0-9]{1,19}\")$" }),
        "cursor" => json!({ "format": "cursor", "minLength": 1, "maxLength": 200, "pattern": TOKEN }),
        "min_position" => {
            json!({ "format": "position", "minLength": POSITION_LENGTH, "maxLength": POSITION_LENGTH, "pattern": TOKEN })
        }
        _ => json!({}),
    }
}

/// Properties of this name, wherever they are.
fn of_property(name: &str) -> Value {
    match name {
        "slot_token" => json!({ "format": "slot-token", "pattern": TOKEN }),
        "signature_header" => json!({ "format": "header-name", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]+$" }),
        "timestamp_header" => {
            json!({ "format": "header-name-or-none", "pattern": "^[!#$%&'*+.^_`|~0-9A-Za-z-]*$" })
        }
        "payload_format" => json!({ "format": "payload-format", "pattern": "\\{body\\}" }),
        _ => json!({}),
    }
}

/// Of single places in the schemas.
fn of_places() -> [(&'static str, Value); 5] {
    let known: Vec<&str> = providers::ALL.iter().map(|provider| provider.name()).collect();
    let durations = json!({ "minimum": 1, "maximum": DURATION_MINUTES_MAX });
    [
        ("/ServiceDetails/properties/other_durations", json!({ "uniqueItems": true })),
        ("/ServiceDetails/properties/other_durations/items", durations),
        ("/Need/properties/any_of", json!({ "uniqueItems": true })),
        ("/Need/properties/weights/items", json!({ "minimum": 1, "maximum": WEIGHT_MAX })),
        ("/NewChannel/properties/provider", json!({ "enum": known })),
    ]
}

/// Says it in a document.
pub fn state(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
    for operation in operations.flat_map(Map::values_mut) {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let limits = of_parameter(parameter["name"].as_str().unwrap_or_default());
            add(&mut parameter["schema"], limits);
        }
    }
    if let Some(schemas) = document.pointer_mut("/components/schemas") {
        for schema in schemas.as_object_mut().into_iter().flat_map(Map::values_mut) {
            let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
            for (name, property) in properties.into_iter().flatten() {
                add(property, of_property(name));
            }
        }
        for (place, limits) in of_places() {
            if let Some(schema) = schemas.pointer_mut(place) {
                add(schema, limits);
            }
        }
    }
    bound_numbers(document);
}

fn add(schema: &mut Value, limits: Value) {
    if let (Some(schema), Value::Object(limits)) = (schema.as_object_mut(), limits) {
        schema.extend(limits);
    }
}

/// Says of numbers without a sign that they have none, for whoever does not know their formats, and of how many
/// bits they are. The bounds of whole numbers are written as whole numbers.
fn bound_numbers(value: &mut Value) {
    match value {
        Value::Object(object) => {
            if object.get("type").is_some_and(|kind| kind == "integer") {
                let most = match object.get("format").and_then(Value::as_str) {
                    Some("uint16") => Some(Some(u16::MAX.into())),
                    Some("uint32") => Some(Some(u32::MAX)),
                    Some("uint64") => Some(None),
                    _ => None,
                };
                for name in ["minimum", "maximum"] {
                    if let Some(bound) = object.get_mut(name)
                        && let Some(whole) = bound.as_f64()
                    {
                        *bound = (whole as i64).into();
                    }
                }
                if let Some(most) = most {
                    object.entry("minimum").or_insert(0.into());
                    if let Some(most) = most {
                        object.entry("maximum").or_insert(most.into());
                    }
                }
            }
            object.values_mut().for_each(bound_numbers);
        }
        Value::Array(items) => items.iter_mut().for_each(bound_numbers),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use frontdesk_domain::scheduling::service::{
        APPROVAL_MINUTES_MAX, BUFFER_MINUTES_MAX, COMPLETION_MINUTES_MAX, HORIZON_DAYS_MAX, LIMIT_MAX,
        NO_SHOW_DAYS_MAX, NO_SHOWS_MAX, NOTICE_MINUTES_MAX, SEATS_MAX,
    };
    use frontdesk_domain::values::money::AMOUNT_MAX;

    use super::*;

    async fn document() -> Value {
        serde_json::from_str(&crate::http::document()).expect("a document")
    }

    #[tokio::test]
    async fn the_document_says_of_numbers_what_the_domain_takes() {
        let document = document().await;
        let minutes = |most: u32| (0, u64::from(most));
        let some = |most: u32| (1, u64::from(most));
        for (schema, property, (least, most)) in [
            ("ServiceDetails", "duration_minutes", some(DURATION_MINUTES_MAX)),
            ("ServiceDetails", "other_durations/items", some(DURATION_MINUTES_MAX)),
            ("ServiceDetails", "buffer_before_minutes", minutes(BUFFER_MINUTES_MAX)),
            ("ServiceDetails", "buffer_after_minutes", minutes(BUFFER_MINUTES_MAX)),
            ("ServiceDetails", "minimum_notice_minutes", minutes(NOTICE_MINUTES_MAX)),
            ("ServiceDetails", "step_minutes", some(24 * 60)),
            ("ServiceDetails", "offset_minutes", minutes(24 * 60 - 1)),
            ("ServiceDetails", "seats", some(SEATS_MAX)),
            ("ServiceDetails", "waitlist_offer_minutes", some(24 * 60)),
            ("ServiceDetails", "approval_within_minutes", some(APPROVAL_MINUTES_MAX)),
            ("ServiceDetails", "complete_after_minutes", minutes(COMPLETION_MINUTES_MAX)),
            ("Horizon", "days", some(HORIZON_DAYS_MAX)),
            ("Limit", "bookings", some(LIMIT_MAX)),
            ("Limit", "minutes", some(LIMIT_MAX)),
            ("Need", "weights/items", some(WEIGHT_MAX)),
            ("Deadline", "minutes_before", minutes(NOTICE_MINUTES_MAX)),
            ("NoShowPolicy", "limit", some(NO_SHOWS_MAX)),
            ("NoShowPolicy", "limit_days", some(NO_SHOW_DAYS_MAX)),
            ("Money", "amount", (0, AMOUNT_MAX)),
            ("ChosenSlot", "duration_minutes", some(DURATION_MINUTES_MAX)),
            ("ChosenSlot", "seats", some(SEATS_MAX)),
            ("NewWaitlistEntry", "duration_minutes", some(DURATION_MINUTES_MAX)),
            ("NewWaitlistEntry", "seats", some(SEATS_MAX)),
        ] {
            let place = format!("/components/schemas/{schema}/properties/{property}");
            let found = document.pointer(&place).unwrap_or_else(|| panic!("{place}"));
            assert_eq!(
                found["minimum"].as_u64().zip(found["maximum"].as_u64()),
                Some((least, most)),
                "{place}"
            );
        }
    }

    #[tokio::test]
    async fn whatever_is_the_same_everywhere_is_limited_everywhere() {
        let document = document().await;
        let mut seen = 0;
        for operation in document["paths"].as_object().into_iter().flat_map(Map::values) {
            let operations = operation.as_object().into_iter().flat_map(Map::values);
            for parameter in operations.flat_map(|operation| operation["parameters"].as_array()).flatten() {
                let limits = of_parameter(parameter["name"].as_str().expect("a name"));
                for (name, limit) in limits.as_object().expect("limits") {
                    assert_eq!(parameter["schema"][name], *limit, "{parameter}");
                    seen += 1;
                }
            }
        }
        assert!(seen > 150, "{seen}");
        for (place, limits) in of_places() {
            let schema =
                document["components"]["schemas"].pointer(place).unwrap_or_else(|| panic!("{place}"));
            assert!(limits.as_object().expect("limits").iter().all(|(name, limit)| schema[name] == *limit));
        }
    }

    #[test]
    fn a_number_without_a_sign_says_so() {
        let mut schema = json!({ "a": { "type": "integer", "format": "uint16", "minimum": 1.0 }, "b": { "type": "integer", "format": "uint64", "maximum": 1e12 } });
        bound_numbers(&mut schema);
        let expected = json!({ "a": { "type": "integer", "format": "uint16", "minimum": 1, "maximum": 65535 }, "b": { "type": "integer", "format": "uint64", "minimum": 0, "maximum": 1_000_000_000_000_i64 } });
        assert_eq!(schema, expected);
    }
}
