//! Requests that work: the first day of a small motorcycle dealer with the API.
//!
//! Each stands in the OpenAPI document beside its operation. `tests/src/http/examples/` sends them as they are,
//! in the order of a first use. Only ids, slot tokens and ETags are replaced by those of earlier replies.
//!
//! All dates are after [`BASE`]. A deployment moves them to [the day on which it starts](from_day):
//! somebody who waits for a time in a year that has passed is refused.

use chrono::{DateTime, NaiveDate, SecondsFormat, TimeDelta};
use serde_json::{Map, Value, json};

/// The first date of the examples.
const BASE: NaiveDate = NaiveDate::from_ymd_opt(2026, 11, 24).expect("a date");
/// For whoever reads the document without a server.
pub const DAY_OF_FILE: NaiveDate = NaiveDate::from_ymd_opt(2031, 1, 1).expect("a date");

/// Stands for a customer who is not [the one of every other example](super::field).
const OTHER_CUSTOMER: &str = "cus_01jz8k5f3xe8p9r2m4t6v7w8ya";
const SERVICE: &str = "svc_01jz8k5f3xe8p9r2m4t6v7w8y9";
const RESOURCE: &str = "res_01jz8k5f3xe8p9r2m4t6v7w8y9";
const APPOINTMENT: &str = "apt_01jz8k5f3xe8p9r2m4t6v7w8y9";
const SLOT_TOKEN: &str = "AQHIrFwByKYjAC0AAQGiEv5wEXwIrUFifBXFmRsBohL-b6t0srxkd1stwFpXO31f9qqzyrHX0KimETamfw";

/// The document with the dates of its examples moved to the days after this one. The first is the next day: so a
/// waitlist that is joined on it suits what is booked for tomorrow.
pub fn from_day(document: &Value, day: NaiveDate) -> Value {
    let mut document = document.clone();
    move_examples(&mut document, day - BASE + TimeDelta::days(1));
    document
}

fn move_examples(value: &mut Value, by: TimeDelta) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                match name.as_str() {
                    "example" => move_dates(value, by),
                    _ => move_examples(value, by),
                }
            }
        }
        Value::Array(items) => items.iter_mut().for_each(|item| move_examples(item, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

fn move_dates(value: &mut Value, by: TimeDelta) {
    match value {
        Value::String(text) => {
            if let Ok(date) = text.parse::<NaiveDate>() {
                *text = (date + by).to_string();
            } else if let Ok(instant) = DateTime::parse_from_rfc3339(text) {
                *text = (instant + by).to_rfc3339_opts(SecondsFormat::Secs, true);
            }
        }
        Value::Object(object) => object.values_mut().for_each(|value| move_dates(value, by)),
        Value::Array(items) => items.iter_mut().for_each(|item| move_dates(item, by)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

/// Of a span that has a first example of its own type, the end: else it would be empty.
pub fn end(name: &str) -> Option<&'static str> {
    Some(match name {
        "closes" | "to_time" => "18:00",
        "end" | "to" => "2026-11-24T16:00:00-05:00",
        "expires_at" => "2027-11-24T15:00:00-05:00",
        "last" | "last_date" => "2026-11-30",
        _ => return None,
    })
}

/// Gives the ends of spans their examples.
pub fn end_spans(document: &mut Value) {
    let give = |name: &str, schema: &mut Value| {
        if let (Some(end), Some(example)) = (end(name), schema.get_mut("example")) {
            *example = end.into();
        }
    };
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths.into_iter().flat_map(Map::values_mut).filter_map(Value::as_object_mut);
    for operation in operations.flat_map(Map::values_mut) {
        for parameter in operation.get_mut("parameters").and_then(Value::as_array_mut).into_iter().flatten() {
            let name = parameter["name"].as_str().unwrap_or_default().to_owned();
            give(&name, &mut parameter["schema"]);
        }
    }
    let schemas = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut);
    for schema in schemas.into_iter().flat_map(Map::values_mut) {
        let properties = schema.get_mut("properties").and_then(Value::as_object_mut);
        properties.into_iter().flatten().for_each(|(name, property)| give(name, property));
    }
}

/// The body that an operation can be tried with.
pub fn body(operation_id: &str) -> Option<Value> {
    let open = |opens: &str, closes: &str| json!({ "opens": opens, "closes": closes });
    let day = || json!([open("09:00", "18:00")]);
    let split_day = || json!([open("08:00", "12:00"), open("13:00", "18:00")]);
    let half_day = || json!([open("09:00", "13:00")]);
    let ada = || json!({ "name": "Ada Lovelace", "phone": "+573001112233" });
    let grace = || json!({ "name": "Grace Hopper", "phone": "+573004445566" });
    let oil_change = || {
        json!({
            "name": "Oil change",
            "description": "With a new filter. The motorcycle stays here meanwhile.",
            "duration_minutes": 45,
            "needs": [{ "any_of": [RESOURCE] }],
            "price": { "amount": 9_000_000, "currency": "COP" },
        })
    };
    Some(match operation_id {
        "register_business" => json!({
            "profile": { "name": "Moto Andes", "zone": "America/Bogota", "country": "CO" },
            "hours": {
                "monday": day(), "tuesday": day(), "wednesday": day(), "thursday": day(), "friday": day(),
                "saturday": half_day(),
            },
        }),
        "change_business" => json!({
            "name": "Moto Andes",
            "zone": "America/Bogota",
            "country": "CO",
            "address": "Carrera 15 # 93-60, Bogotá",
            "handover_number": "+573001234567",
        }),
        "change_business_hours" => json!({
            "monday": split_day(), "tuesday": split_day(), "wednesday": split_day(), "thursday": split_day(),
            "friday": split_day(), "saturday": half_day(), "public_holidays": "CO",
        }),
        "set_business_date_override" => json!({ "windows": half_day() }),
        "issue_api_key" => json!({ "name": "Website", "scope": "tenant_admin" }),
        "issue_operator_key" => json!({ "name": "Deployment" }),
        "add_channel" => json!({ "name": "Telephone", "authentication": "secret" }),
        "add_resource" => json!({ "name": "Ana" }),
        "change_resource" => json!({
            "name": "Ana Torres",
            "hours": { "monday": day(), "tuesday": day(), "wednesday": day(), "thursday": day(), "friday": day() },
        }),
        "set_resource_date_override" => json!({ "windows": half_day() }),
        "add_time_off" => json!({
            "start": "2027-01-04T00:00:00-05:00", "end": "2027-01-11T00:00:00-05:00", "reason": "Holidays",
        }),
        "issue_calendar_feed" => json!({ "names_customers": true }),
        "add_service" => oil_change(),
        "change_service" => {
            let mut changed = oil_change();
            changed["approval_within_minutes"] = json!(240);
            changed
        }
        "hold_slot" => json!({ "slot_token": SLOT_TOKEN, "seconds": 300 }),
        "book_appointment" => json!({ "slot_token": SLOT_TOKEN, "attendee": ada() }),
        "reschedule_appointment" => json!({ "slot_token": SLOT_TOKEN, "reason": "Ada has to work" }),
        "cancel_appointment" => json!({ "reason": "Ada has sold the motorcycle" }),
        "decline_appointment" => json!({ "reason": "The filter has to be ordered first" }),
        "record_no_show" => json!({ "reason": "Nobody came, and nobody called" }),
        "book_series" => json!({
            "slot_token": SLOT_TOKEN,
            "rule": "FREQ=WEEKLY;COUNT=3",
            "attendee": ada(),
            // One of the dates may be a holiday.
            "skip_conflicts": true,
        }),
        "reschedule_series" => {
            json!({ "appointment_id": APPOINTMENT, "scope": "all", "slot_token": SLOT_TOKEN })
        }
        "cancel_series" => json!({ "reason": "Ada has sold the motorcycle" }),
        "join_waitlist" => json!({
            // A year at most, and the service must be open for booking on some day of it.
            "service_id": SERVICE, "first_date": "2026-11-24", "last_date": "2027-11-23", "attendee": grace(),
        }),
        "accept_waitlist_offer" => json!({ "note": "Grace comes by bus and can wait" }),
        "register_customer" => grace(),
        "rename_customer" => json!({ "name": "Grace Brewster Hopper" }),
        "add_contact_point" => json!({ "kind": "email", "address": "grace@example.com" }),
        "merge_customer" => json!({ "into": OTHER_CUSTOMER, "reason": "One person with two telephones" }),
        "undo_customer_merge" => json!({ "reason": "They share a telephone and are two people" }),
        "assign_conversation" => json!({ "to": { "kind": "person", "name": "ana" } }),
        "hand_over_conversation" => json!({
            "to": { "kind": "team", "name": "Workshop" },
            "reason": "sensitive",
            "brief": "Grace says that the brakes squeal since the oil change",
        }),
        "snooze_conversation" => json!({ "until": "2027-05-01T09:00:00-05:00" }),
        "label_conversation" => json!({ "label": "brakes" }),
        "write_note" => json!({ "text": "Prefers the morning" }),
        "redact_note" => json!({ "reason": "It was about somebody else" }),
        "skip_delivery" => json!({ "reason": "The platform sent a tool call without an id" }),
        "discard_job" => json!({ "reason": "It was done by hand" }),
        "retry_parked_events" => json!({ "reader": "customers" }),
        "change_projection" => json!({ "change": "rebuild" }),
        _ => return None,
    })
}

/// What a parameter of an operation can be tried with, where its type does not say so.
pub fn parameter(operation_id: &str, name: &str) -> Option<&'static str> {
    Some(match (operation_id, name) {
        ("find_open_slots", "service_id") => SERVICE,
        ("find_open_slots", "day") => "next week",
        ("unlabel_conversation", "label") => "brakes",
        ("change_projection", "name") => "customers",
        ("pause_queue" | "resume_queue", "queue") => "reminders",
        ("remove_business_date_override" | "remove_resource_date_override", "date") => "2026-11-24",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The texts of all examples.
    fn texts<'a>(value: &'a Value, is_example: bool, found: &mut Vec<&'a str>) {
        match value {
            Value::String(text) if is_example => found.push(text),
            Value::Object(object) => {
                for (name, value) in object {
                    texts(value, is_example || name == "example", found);
                }
            }
            Value::Array(items) => items.iter().for_each(|item| texts(item, is_example, found)),
            _ => {}
        }
    }

    #[tokio::test]
    async fn no_date_of_an_example_has_passed_on_the_day_on_which_it_is_read() {
        let undated = crate::http::undated();
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).expect("a date");
        for day in
            [BASE, day(2026, 12, 31), day(2028, 2, 29), DAY_OF_FILE, day(2040, 6, 1), day(2099, 12, 31)]
        {
            let document = from_day(&undated, day);
            let mut found = Vec::new();
            texts(&document, false, &mut found);
            let date = |text: &&str| {
                let instant = DateTime::parse_from_rfc3339(text).map(|instant| instant.date_naive());
                text.parse::<NaiveDate>().or(instant).ok()
            };
            let dates: Vec<NaiveDate> = found.iter().filter_map(date).collect();
            let soon = day + TimeDelta::days(1);
            assert!(dates.len() > 20, "{}", dates.len());
            assert!(dates.iter().all(|date| *date > day), "{day}: {dates:?}");
            assert!(dates.iter().any(|date| *date <= soon), "{day}: {dates:?}");
        }
    }

    #[test]
    fn the_dates_of_examples_are_moved_and_everything_else_stays() {
        let document = json!({ "description": "2026-11-24", "example": { "a": ["2026-11-24", "09:00", 7], "b": "2026-11-24T15:00:00-05:00" } });
        let moved = from_day(&document, NaiveDate::from_ymd_opt(2026, 12, 1).expect("a date"));
        let expected = json!({ "description": "2026-11-24", "example": { "a": ["2026-12-02", "09:00", 7], "b": "2026-12-02T15:00:00-05:00" } });
        assert_eq!(moved, expected);
    }

    #[tokio::test]
    async fn no_span_of_an_example_is_empty() {
        let document: Value = serde_json::from_str(&crate::http::document()).expect("a document");
        let schemas = document["components"]["schemas"].as_object().expect("schemas");
        let mut seen = 0;
        for (name, schema) in schemas {
            for (first, last) in
                [("opens", "closes"), ("start", "end"), ("first", "last"), ("first_date", "last_date")]
            {
                let example = |property: &str| schema["properties"][property]["example"].as_str();
                let Some((first, last)) = example(first).zip(example(last)) else { continue };
                assert!(first < last, "{name}: {first} to {last}");
                seen += 1;
            }
        }
        assert!(seen >= 5, "{seen}");
    }

    #[tokio::test]
    async fn every_body_has_an_example() {
        let document: Value = serde_json::from_str(&crate::http::document()).expect("a document");
        let operations = document["paths"].as_object().expect("paths").values();
        let bodies = operations.filter_map(Value::as_object).flat_map(|operations| operations.values());
        let bodies: Vec<&Value> = bodies.filter(|operation| operation["requestBody"].is_object()).collect();
        let example = "/requestBody/content/application~1json; charset=utf-8/example";
        let without: Vec<&Value> = bodies
            .iter()
            .filter(|operation| operation.pointer(example).is_none())
            .map(|operation| &operation["operationId"])
            .collect();
        assert!(bodies.len() > 30 && without.is_empty(), "{without:?}");
    }
}
