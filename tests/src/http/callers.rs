//! Who calls, as networks say it, and when, as callers say it: over HTTP and the voice webhook.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::support::app::{Garage, TestApp, tool_call};

/// A Wednesday, shortly before 10 in the morning in Bogotá.
const NOW: &str = "2026-11-25T14:55:00Z";

/// What is said of the day, of the part of the day and of the time; when the first time begins that is offered.
type Said = (&'static str, &'static str, &'static str, &'static str);

const ENGLISH: &[Said] = &[
    ("a week from friday", "", "", "2026-12-04T07:00"),
    ("friday week", "", "", "2026-12-04T07:00"),
    ("next week", "", "", "2026-11-30T07:00"),
    ("in two weeks", "", "", "2026-12-09T07:00"),
    ("this weekend", "", "", "2026-11-28T07:00"),
    ("tomorrow night", "", "", "2026-11-26T"),
    ("friday afternoon", "", "", "2026-11-27T12:00"),
    ("tomorrow at 3 pm", "", "", "2026-11-26T15:00"),
    ("the third of december", "", "", "2026-12-03T07:00"),
    ("december twenty first", "", "", "2026-12-21T07:00"),
    ("friday the 4th", "", "", "2026-12-04T07:00"),
    ("2026-12-03T15:00:00", "", "", "2026-12-03T15:00"),
    ("christmas eve", "", "", "2026-12-24T07:00"),
    ("as soon as possible", "", "", "2026-11-25T10:00"),
    ("TOMORROW!", "", "", "2026-11-26T07:00"),
    ("tomorrow", "", "12:00 noon", "2026-11-26T12:00"),
    ("tomorrow", "afternoon", "3:30", "2026-11-26T15:30"),
    ("tomorrow", "", "quarter of three", "2026-11-26T14:45"),
    ("tomorrow", "", "3.30 pm", "2026-11-26T15:30"),
    ("tomorrow", "", "15h", "2026-11-26T15:00"),
    ("tomorrow", "", "2 to 4 pm", "2026-11-26T14:00"),
    ("tomorrow", "", "10-12", "2026-11-26T10:00"),
    ("tomorrow", "", "after 5 pm", "2026-11-26T17:"),
];

const SPANISH: &[Said] = &[
    ("mañana en la tarde", "", "", "2026-11-26T12:00"),
    ("hoy en la tarde", "", "", "2026-11-25T12:00"),
    ("el lunes por la mañana", "", "", "2026-11-30T07:00"),
    ("la próxima semana", "", "", "2026-11-30T07:00"),
    ("en ocho días", "", "", "2026-12-02T07:00"),
    ("dentro de dos semanas", "", "", "2026-12-09T07:00"),
    ("el quince", "", "", "2026-12-15T07:00"),
    ("veintiuno de diciembre", "", "", "2026-12-21T07:00"),
    ("el jueves 3", "", "", "2026-12-03T07:00"),
    ("este fin de semana", "", "", "2026-11-28T07:00"),
    ("mañana mismo", "", "", "2026-11-26T07:00"),
    ("mañana", "", "las doce del día", "2026-11-26T12:00"),
    ("mañana", "", "un cuarto para las tres", "2026-11-26T14:45"),
    ("mañana", "", "15 hrs", "2026-11-26T15:00"),
    ("mañana", "", "después de las cinco", "2026-11-26T17:"),
];

fn now() -> DateTime<Utc> {
    NOW.parse().expect("an instant")
}

/// One tool call of somebody whom the network shows like this; its result.
async fn tool(garage: &Garage, caller: &str, id: &str, tool: &str, arguments: Value) -> Value {
    let mut message = tool_call(id, id, tool, arguments);
    message["call"]["customer"]["number"] = caller.into();
    let body = json!({ "message": message }).to_string();
    garage.hook_at(now(), body.as_bytes()).await.expect(200).body["results"][0].clone()
}

/// A business that speaks a language and is open from 7 to 22, with times at every quarter of an hour.
async fn speaking(app: &TestApp, language: &str) -> Garage {
    let garage = Garage::open(app, "Garage").await;
    let mut profile = garage.get("").await.expect(200).body["profile"].clone();
    profile["language"] = language.into();
    garage.client.put(&garage.path(""), profile).await.expect(200);
    let day = json!([{ "opens": "07:00", "closes": "22:00" }]);
    let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
    let hours: Value =
        days.iter().map(|name| ((*name).to_owned(), day.clone())).collect::<serde_json::Map<_, _>>().into();
    garage.client.put(&garage.path("/hours"), hours).await.expect(200);
    let details = json!({
        "name": "Oil change", "duration_minutes": 15, "step_minutes": 15, "needs": [{ "any_of": [garage.resource] }],
    });
    garage.client.put(&garage.path(&format!("/services/{}", garage.service)), details).await.expect(200);
    garage
}

#[tokio::test(flavor = "multi_thread")]
async fn what_callers_say_of_days_and_times_is_understood_over_http_and_by_voice() {
    let app = TestApp::builder().at(now()).start().await;
    let mut others = Vec::new();
    for (language, table) in [("en", ENGLISH), ("es", SPANISH)] {
        let garage = speaking(&app, language).await;
        for (at, (day, part_of_day, time, expected)) in table.iter().enumerate() {
            let mut url = reqwest::Url::parse("http://a").expect("an address");
            url.query_pairs_mut().extend_pairs([
                ("service_id", &*garage.service),
                ("day", day),
                ("limit", "1"),
            ]);
            let mut arguments = json!({ "day": day });
            for (name, said) in [("part_of_day", part_of_day), ("time", time)] {
                if !said.is_empty() {
                    url.query_pairs_mut().append_pair(name, said);
                    arguments[name] = (*said).into();
                }
            }
            let path = format!("/availability?{}", url.query().expect("a query"));
            let reply = garage.get(&path).await;
            let start = reply.body["slots"][0]["start"].as_str().unwrap_or_default();
            if !start.starts_with(expected) {
                others.push(format!(
                    "{language}: {day} {part_of_day} {time}: {start:?}, not {expected}: {}",
                    reply.text
                ));
            }
            let id = format!("{language}-{at}");
            let heard = tool(&garage, "+573007654321", &id, "check_availability", arguments).await;
            let answer: Value = serde_json::from_str(heard["result"].as_str().unwrap_or("{}")).expect("JSON");
            let token = answer["slots"][0]["slot_token"].as_str().map(str::to_owned);
            let Some(token) = token else {
                others.push(format!("{language}, by voice: {day} {part_of_day} {time}: {heard}"));
                continue;
            };
            // The token says when it begins.
            let held = garage.post("/holds", json!({ "slot_token": token, "seconds": 60 })).await.expect(201);
            let start = held.body["start"].as_str().unwrap_or_default();
            if !start.starts_with(expected) {
                others.push(format!(
                    "{language}, by voice: {day} {part_of_day} {time}: {start:?}, not {expected}"
                ));
            }
            let hold = held.body["hold_id"].as_str().expect("an id");
            garage.client.delete(&garage.path(&format!("/holds/{hold}"))).await.expect(204);
        }
    }
    assert!(others.is_empty(), "{}", others.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_number_that_is_nobodys_is_asked_for_and_one_is_known_however_it_is_written() {
    let app = TestApp::builder().at(now()).start().await;
    let garage = Garage::open(&app, "Garage").await;
    let line = json!({
        "name": "Line", "authentication": "secret",
        "numbers": [{ "kind": "phone_number", "value": "+576017654321" }],
    });
    garage.post("/channels", line).await.expect(201);
    let slot = garage.slots("tomorrow").await.remove(0);
    let book = json!({ "slot_token": slot, "name": "Ada" });
    assert_eq!(tool(&garage, "+573001112233", "b", "book_appointment", book).await["error"], Value::Null);
    // Withheld, unknown, the line that a call is forwarded from, and no number at all.
    for (at, caller) in
        ["+266696687", "+8656696", "+576017654321", "anonymous", "Restricted"].iter().enumerate()
    {
        let asked = tool(&garage, caller, &format!("n{at}"), "find_appointments", json!({})).await;
        assert!(
            asked["error"].as_str().is_some_and(|error| error.contains("phone_number")),
            "{caller}: {asked}"
        );
    }
    let known = ["573001112233", "3001112233", "sip:+573001112233@carrier.example", "+57 300 111 2233"];
    for (at, caller) in known.iter().enumerate() {
        let found = tool(&garage, caller, &format!("k{at}"), "find_appointments", json!({})).await;
        assert!(
            found["result"].as_str().is_some_and(|text| text.contains("Oil change")),
            "{caller}: {found}"
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_weekday_that_is_not_that_of_its_date_is_answered_with_the_right_one() {
    let app = TestApp::builder().at(now()).start().await;
    for (language, said, expected) in [
        ("en", "Sunday, December 5", "Saturday, December 5"),
        ("es", "domingo 5 de diciembre", "sábado 5 de diciembre"),
    ] {
        let garage = speaking(&app, language).await;
        let asked =
            tool(&garage, "+573001112233", language, "check_availability", json!({ "day": said })).await;
        assert!(asked["error"].as_str().is_some_and(|error| error.contains(expected)), "{asked}");
    }
}
