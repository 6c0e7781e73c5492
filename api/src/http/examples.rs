//! Requests that work: the first day of a small motorcycle dealer with the API.
//!
//! Each stands in the OpenAPI document beside its operation. `tests/src/http/examples/` sends them as they are,
//! in the order of a first use. Only ids, slot tokens and ETags are replaced by those of earlier replies.

use serde_json::{Value, json};

/// Stands for a customer who is not [the one of every other example](super::field).
const OTHER_CUSTOMER: &str = "cus_01jz8k5f3xe8p9r2m4t6v7w8ya";
const SERVICE: &str = "svc_01jz8k5f3xe8p9r2m4t6v7w8y9";
const RESOURCE: &str = "res_01jz8k5f3xe8p9r2m4t6v7w8y9";
const APPOINTMENT: &str = "apt_01jz8k5f3xe8p9r2m4t6v7w8y9";
const SLOT_TOKEN: &str = "AQHIrFwByKYjAC0AAQGiEv5wEXwIrUFifBXFmRsBohL-b6t0srxkd1stwFpXO31f9qqzyrHX0KimETamfw";

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
        ("find_open_slots", "day") => "tomorrow",
        ("change_projection", "name") => "customers",
        ("pause_queue" | "resume_queue", "queue") => "reminders",
        ("remove_business_date_override" | "remove_resource_date_override", "date") => "2026-11-24",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

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
