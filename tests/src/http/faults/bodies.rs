//! What is wrong with bodies.

use reqwest::Method;
use serde_json::{Value, json};

use super::{BUSINESSES, Row, changed, check, post, put, service};
use crate::support::app::{Garage, TestApp};

#[tokio::test(flavor = "multi_thread")]
async fn a_body_of_another_form_is_told_what_is_wrong_where() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let table: Vec<Row> = vec![
        (post(BUSINESSES, "{"), 400, &["body : is not JSON: EOF while parsing an object at line 1 column 1"]),
        (
            post(BUSINESSES, "{\n  \"profile\": {},\n}"),
            400,
            &["body : is not JSON: trailing comma at line 3 column 1"],
        ),
        (post(BUSINESSES, "\u{feff}{}"), 400, &["body : is not JSON: expected value at line 1 column 1"]),
        (post(BUSINESSES, ""), 400, &["body : is missing; give an object with profile"]),
        (post(BUSINESSES, "[]"), 400, &["body : must be an object with profile, not a list"]),
        (post(BUSINESSES, "7"), 400, &["body : must be an object with profile, not 7"]),
        (post(BUSINESSES, "{}"), 400, &["body /profile: is missing; give an object with name, zone"]),
        (
            post(BUSINESSES, json!({ "profile": { "name": "X" } })),
            400,
            &["body /profile/zone: is missing; give an IANA time zone like \"America/Bogota\""],
        ),
        (
            post("/api-keys", "{}"),
            400,
            &[
                "body /name: is missing; give a text of 1 to 120 characters",
                "body /scope: is missing; give one of tenant_admin, tenant_read, auditor",
            ],
        ),
        (
            // It would be kept as 1.2345678901234568e+29, and nobody could prove it.
            post(
                "/channels",
                json!({ "name": "Telephone", "authentication": "secret", "secret": 123456789012345678901234567890_f64 }),
            ),
            400,
            &["body /secret: must be a text of 16 to 200 characters, not 1.2345678901234568e+29"],
        ),
        (
            post("/resources", json!({ "name": null, "capacity": null, "hours": { "monday": null } })),
            400,
            &[
                "body /capacity: must not be null; leave it out, or give a whole number from 1 to 1000",
                "body /hours/monday: must not be null; leave it out, or give a list of at most 12 items",
                "body /name: must be a text of 1 to 120 characters, not null",
            ],
        ),
        (
            post(
                "/resources",
                r#"{"name":"Ben","hours":{"monday":[{"opens":"09:00","opens":"10:00","closes":"12:00"}]},"name":"Eve"}"#,
            ),
            400,
            &[
                "body /hours/monday/0/opens: is given more than once; give it once",
                "body /name: is given more than once; give it once",
            ],
        ),
        (
            post(
                "/services",
                service(
                    json!({ "other_durations": [45, 0, 45], "needs": [{ "any_of": [garage.resource, garage.resource], "choice": "balanced", "weights": [1001, 0.5] }] }),
                ),
            ),
            400,
            &[
                "body /needs/0/any_of/1: is in the list already",
                "body /needs/0/weights/0: must be a whole number from 1 to 1000, not 1001",
                "body /needs/0/weights/1: must be a whole number from 1 to 1000, not 0.5",
                "body /other_durations/1: must be a whole number from 1 to 1440, not 0",
                "body /other_durations/2: is in the list already",
            ],
        ),
        (
            post(
                "/services",
                service(json!({ "questions": [{ "id": "Make?", "text": "Which make?", "answer": "text" }] })),
            ),
            400,
            &["body /questions/0/id: must match ^[a-z0-9_]+$, and \"Make?\" does not"],
        ),
        (
            post(
                "/channels",
                json!({ "name": "Voice", "authentication": "hmac", "provider": "somebody", "hmac": { "signature_header": "x y", "payload_format": "{timestamp}" } }),
            ),
            400,
            &[
                "body /hmac/payload_format: must contain {body}",
                "body /hmac/signature_header: must be the name of an HTTP header",
                "body /provider: must be one of vapi, twilio, whatsapp, not \"somebody\"",
            ],
        ),
        (
            post("/holds", json!({ "slot_token": "not a token" })),
            400,
            &[
                "body /slot_token: was not issued here for this business, or has been altered; take one from the open slots",
            ],
        ),
        (
            post(
                "/services",
                service(
                    json!({ "needs": [{ "any_of": [] }, "Ana"], "questions": [{ "text": "Which make?", "answer": "essay" }] }),
                ),
            ),
            400,
            &[
                "body /needs/0/any_of: must be a list of 1 to 100 items, has 0",
                "body /needs/1: must be an object with any_of, not \"Ana\"",
                "body /questions/0/answer: must be one of text, yes_no, number, choice, not \"essay\"",
                "body /questions/0/id: is missing; give a text of 1 to 40 characters",
            ],
        ),
        (
            post(
                "/services",
                service(
                    json!({ "price": { "amount": 12.5, "currency": "PESOS" }, "cancellation": { "fee": { "percent": 120 } } }),
                ),
            ),
            400,
            &[
                "body /cancellation/fee/percent: must be a whole number from 1 to 100, not 120",
                "body /cancellation/minutes_before: is missing; give a whole number from 0 to 129600",
                "body /price/amount: must be a whole number from 0 to 1000000000000, not 12.5",
                "body /price/currency: \"PESOS\" is not the code of a currency in ISO 4217, for example EUR",
            ],
        ),
        (
            post(
                "/services",
                service(
                    json!({ "duration_minutes": 0, "seats": "2", "grid": "spiral", "share_buffers": "yes" }),
                ),
            ),
            400,
            &[
                "body /duration_minutes: must be a whole number from 1 to 1440, not 0",
                "body /grid: must be one of clock, opening, tight, not \"spiral\"",
                "body /seats: must be a whole number from 1 to 10000, not \"2\"",
                "body /share_buffers: must be true or false, not \"yes\"",
            ],
        ),
        (
            post(
                "/customers",
                json!({ "name": "Eve", "whatsapp_user_ids": ["US.1", "US.2", "US.3", "US.4", "US.5", "US.6"] }),
            ),
            400,
            &["body /whatsapp_user_ids: must be a list of at most 5 items, has 6"],
        ),
        (
            post("/channels", json!({ "name": "Voice", "authentication": "password", "secret": "short" })),
            400,
            &[
                "body /authentication: must be one of secret, bearer, hmac, signature, not \"password\"",
                "body /secret: must be a text of 16 to 200 characters, has 5",
            ],
        ),
        (
            post(
                "/appointments",
                json!({ "slotToken": "x", "attendee": { "nombre": "Ada", "phone_number": "+573001112233" }, "colour": "red" }),
            ),
            400,
            &[
                "body /attendee/nombre: is unknown; these are known: customer_id, email, name, phone, whatsapp_user_ids",
                "body /attendee/phone_number: is unknown; did you mean \"phone\"?",
                "body /colour: is unknown; these are known: accept_overlap, answers, attendee, hold_id, note, override_reason, slot, slot_token",
                "body /slotToken: is unknown; did you mean \"slot_token\"?",
            ],
        ),
        (
            post("/customers", json!({ "name": "Ada", "a/b~c": 1 })),
            400,
            &["body /a~1b~0c: is unknown; these are known: email, name, phone, whatsapp_user_ids"],
        ),
    ];
    check(&app, &garage, table).await;
}

/// JSON has one kind of number, and some programs write all of them with a point.
#[tokio::test(flavor = "multi_thread")]
async fn a_whole_number_is_taken_in_every_form() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let body = format!(
        r#"{{"name":"Wash","duration_minutes":45.0,"seats":1e1,"price":{{"amount":9e6,"currency":"COP"}},"needs":[{{"any_of":["{}"]}}]}}"#,
        garage.resource
    );
    let path = garage.path("/services");
    let made = garage.client.send(Method::POST, &path, &[], Some(body.into())).await.expect(201);
    let details = &made.body["details"];
    assert_eq!((&details["duration_minutes"], &details["seats"]), (&json!(45), &json!(10)));
    assert_eq!(details["price"]["amount"], json!(9_000_000));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_text_of_another_form_is_told_so_in_the_words_of_the_domain() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let time_off = format!("/resources/{}/time-off", garage.resource);
    let profile = json!({ "name": " ", "zone": "Mars/Olympus", "language": "tlh", "country": "Chile", "handover_number": "12", "nmae": "X" });
    let window = json!({ "opens": "9", "closes": "25:00" });
    let table: Vec<Row> = vec![
        (
            post(BUSINESSES, json!({ "profile": profile, "hours": { "monday": [window] } })),
            400,
            &[
                "body /hours/monday/0/closes: \"25:00\" is not a time of day; it should look like \"09:30\", from \"00:00\" to \"24:00\"",
                "body /hours/monday/0/opens: \"9\" is not a time of day; it should look like \"09:30\", from \"00:00\" to \"24:00\"",
                "body /profile/country: \"Chile\" is not a country; it should be an ISO 3166-1 code of two letters, like \"US\" or \"CO\"",
                "body /profile/handover_number: this is not a phone number; it should be in international form, like \"+573001234567\"",
                "body /profile/language: \"tlh\" is not a language that is spoken here; there are \"en\", \"es\", \"fr\", \"pt\"",
                "body /profile/name: must not be empty",
                "body /profile/zone: \"Mars/Olympus\" is not a time zone of the IANA database; it should look like \"Europe/Berlin\" or \"America/Bogota\"",
                "body /profile/nmae: is unknown; did you mean \"name\"?",
            ],
        ),
        (
            post(
                "/customers",
                json!({ "name": 7, "phone": 573_001_112_233_u64, "email": "ada", "whatsapp_user_ids": ["US.1", "x", 3] }),
            ),
            400,
            &[
                "body /email: this is not an email address; it should look like \"ada@example.com\"",
                "body /name: must be a text of 1 to 120 characters, not 7",
                "body /phone: must be a phone number like \"+573001234567\", not 573001112233",
                "body /whatsapp_user_ids/1: this is not a WhatsApp user id; it should be digits like \"573001234567\", or like \"US.13491208655302741918\"",
                "body /whatsapp_user_ids/2: must be a WhatsApp user id like \"US.13491208655302741918\", not 3",
            ],
        ),
        (
            post("/customers", json!({ "name": "x".repeat(300) })),
            400,
            &["body /name: must have at most 120 characters, has 300"],
        ),
        (
            post(
                "/services",
                service(
                    json!({ "needs": [{ "any_of": ["res_01jz8k5f3xe8p9r2m4t6v7w8y9", "svc_01jz8k5f3xe8p9r2m4t6v7w8y9"] }] }),
                ),
            ),
            400,
            &[
                "body /needs/0/any_of/1: expected an id like res_01jz8k5f3xe8p9r2m4t6v7w8y9, got \"svc_01jz8k5f3xe8p9r2m4t6v7w8y9\"",
            ],
        ),
        (
            post(
                "/services",
                service(json!({ "horizon": { "kind": "dates", "first": "24.11.2026", "last": 20_261_224 } })),
            ),
            400,
            &[
                "body /horizon/first: must be a date like \"2026-11-24\"",
                "body /horizon/last: must be a date like \"2026-11-30\", not 20261224",
            ],
        ),
        (
            post(&time_off, json!({ "start": "2026-11-24", "end": "tomorrow" })),
            400,
            &[
                "body /end: must be an instant with its offset like \"2026-11-24T15:00:00-05:00\"",
                "body /start: must be an instant with its offset like \"2026-11-24T15:00:00-05:00\"",
            ],
        ),
        (
            post(&time_off, json!({ "start": "2026-11-24T15:00:00Z", "end": "2200-01-01T00:00:00Z" })),
            400,
            &["body /end: times must be from 1970 to 2199"],
        ),
    ];
    check(&app, &garage, table).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_makes_no_sense_is_told_so_at_its_place() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let time_off = format!("/resources/{}/time-off", garage.resource);
    let question = |answer: &str| json!({ "id": answer, "text": "Which make?", "answer": answer });
    let backwards = json!({ "friday": [{ "opens": "10:00", "closes": "09:00" }] });
    let attendee = json!({ "name": "Ada" });
    let slot = |change: Value| {
        let slot = json!({ "service_id": garage.service, "start": "2026-11-24T15:00:00Z", "resource_ids": [garage.resource] });
        json!({ "slot": changed(slot, change), "attendee": attendee, "override_reason": "a test" })
    };
    let table: Vec<Row> = vec![
        (
            post(&time_off, json!({ "start": "2026-11-24T15:00:00Z", "end": "2026-11-24T15:00:00Z" })),
            422,
            &["body /end: the end must be after the start"],
        ),
        (
            post("/services", service(json!({ "horizon": { "kind": "dates", "days": 3 } }))),
            422,
            &["body /horizon: must have a first and a last date, and no days, for dates"],
        ),
        (
            post("/services", service(json!({ "cancellation": { "minutes_before": 60, "fee": {} } }))),
            422,
            &["body /cancellation/fee: must have either money or percent"],
        ),
        (
            post("/services", service(json!({ "no_show": { "limit_days": 90 } }))),
            422,
            &["body /no_show/limit_days: needs a limit"],
        ),
        (
            post("/services", service(json!({ "questions": [question("text"), question("choice")] }))),
            422,
            &["body /questions/1: min and max are for numbers, and options for choices, which need them"],
        ),
        (
            put(
                "/hours",
                json!({ "seasons": [{ "first": "2026-12-01", "last": "2026-12-31", "hours": backwards }] }),
            ),
            422,
            &[
                "body /seasons/0/hours/friday: a window must close after it opens: 10:00 to 09:00 does not; to stay open over midnight, close at 24:00 and open the next day at 00:00",
            ],
        ),
        (
            post("/appointments", json!({ "attendee": attendee })),
            422,
            &["body : must have one of slot_token, hold_id and slot"],
        ),
        (
            post("/appointments", json!({ "attendee": attendee, "slot_token": "nonsense" })),
            422,
            &[
                "body /slot_token: was not issued here for this business, or has been altered; take one from the open slots",
            ],
        ),
        (
            post("/appointments", json!({ "attendee": { "phone": "+573001112233" }, "slot_token": "x" })),
            422,
            &["body /attendee/name: is needed, unless customer_id is given"],
        ),
        (
            post("/appointments", json!({ "slot": slot(json!({}))["slot"], "attendee": attendee })),
            422,
            &["body /override_reason: is needed with a slot; else give a slot_token"],
        ),
        (
            post("/appointments", slot(json!({ "start": "2026-11-24T15:00:30Z" }))),
            422,
            &["body /slot/start: must be a whole minute"],
        ),
        (
            post("/appointments", slot(json!({ "duration_minutes": 45 }))),
            422,
            &["body /slot/duration_minutes: the service is offered for 60 minutes, not for 45"],
        ),
        (
            post(
                "/channels",
                json!({ "name": "Voice", "authentication": "hmac", "numbers": [{ "kind": "phone_number", "value": "12" }] }),
            ),
            422,
            &[
                "body /numbers/0/value: this is not a phone number; it should be in international form, like \"+573001234567\"",
            ],
        ),
    ];
    check(&app, &garage, table).await;
}
