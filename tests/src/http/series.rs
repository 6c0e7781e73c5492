//! Series of appointments over the API.

use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp};

async fn book(garage: &Garage, slot_token: &str, rule: &str, more: Value) -> Reply {
    let attendee = json!({ "name": "Ada", "phone": "+573001112233" });
    let mut body = json!({ "slot_token": slot_token, "rule": rule, "attendee": attendee });
    body.as_object_mut().expect("an object").extend(more.as_object().cloned().unwrap_or_default());
    garage.post("/series", body).await
}

fn starts(series: &Reply) -> Vec<(i64, String, String)> {
    let occurrences = series.body["occurrences"].as_array().expect("occurrences");
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let one = |one: &Value| {
        (
            one["number"].as_i64().expect("a number"),
            text(&one["appointment"]["start"]),
            text(&one["appointment"]["status"]),
        )
    };
    occurrences.iter().map(one).collect()
}

fn appointment(series: &Reply, place: usize) -> String {
    series.body["occurrences"][place]["appointment"]["id"].as_str().expect("an id").to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_booked_read_moved_and_cancelled() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let excluded = json!({ "excluded_dates": ["2026-12-08"] });
    let booked = book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=4", excluded).await.expect(201);
    let expected = [(1, "2026-11-24"), (2, "2026-12-01"), (4, "2026-12-15")]
        .map(|(number, day)| (number, format!("{day}T09:00:00-05:00"), "booked".to_owned()));
    assert_eq!(starts(&booked), expected);
    assert_eq!(
        (booked.body["start"].as_str(), booked.etag.as_deref()),
        (Some("2026-11-24T09:00:00-05:00"), Some("\"1\""))
    );
    assert_eq!(booked.body["excluded_dates"], json!(["2026-12-08"]));

    let path = format!("/series/{}", booked.id());
    let position = booked.position.clone().expect("a position");
    let read = garage.get(&format!("{path}?min_position={position}")).await.expect(200);
    assert_eq!(read.body, booked.body);
    let single = garage.get(&format!("/appointments/{}", appointment(&booked, 1))).await.expect(200);
    assert_eq!(single.body["series_id"], booked.body["id"]);

    // One alone, and then it and those after it by an hour more.
    let ids = [appointment(&booked, 0), appointment(&booked, 1)];
    let wednesday = garage.slots("2026-12-02").await;
    garage
        .post(&format!("/appointments/{}/reschedule", ids[1]), json!({ "slot_token": wednesday[0] }))
        .await
        .expect(200);
    let move_on = json!({ "appointment_id": ids[1], "scope": "following", "slot_token": wednesday[1], "reason": "the school bus" });
    let moved = garage.post(&format!("{path}/reschedule"), move_on).await.expect(200);
    let times: Vec<String> = starts(&moved).into_iter().map(|(_, start, _)| start).collect();
    assert_eq!(
        times,
        ["2026-11-24T09:00:00-05:00", "2026-12-02T10:00:00-05:00", "2026-12-15T10:00:00-05:00"]
    );
    assert_eq!(moved.body["occurrences"][1]["booked_for"], "2026-12-01T09:00:00-05:00");

    let cancel = format!("{}/cancel", garage.path(&path));
    let seen = [("if-match", "\"1\"")];
    garage.client.post_with(&cancel, &seen, json!({})).await.problem(412, "changed-since");
    let cancelled = garage
        .client
        .post_with(&cancel, &[("if-match", "\"2\"")], json!({ "from": ids[1] }))
        .await
        .expect(200);
    let statuses: Vec<String> = starts(&cancelled).into_iter().map(|(_, _, status)| status).collect();
    assert_eq!(statuses, ["booked", "cancelled", "cancelled"]);
    let position = cancelled.position.clone().expect("a position");
    let read = garage.get(&format!("{path}?min_position={position}")).await.expect(200);
    assert_eq!(
        (&read.body["occurrences"][0], read.etag.as_deref()),
        (&cancelled.body["occurrences"][0], Some("\"3\""))
    );
    assert_eq!(starts(&read), starts(&cancelled));
    let again = garage.post(&format!("{path}/cancel"), json!({ "from": ids[1] })).await.expect(200);
    assert_eq!(again.body["version"], 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_in_the_way_of_a_series_is_told_completely_and_may_be_left_out() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    garage.book(&garage.slots("2026-11-26").await[0], 1).await.expect(201);
    let off = json!({ "start": "2026-11-28T05:00:00Z", "end": "2026-11-29T05:00:00Z" });
    garage.post(&format!("/resources/{}/time-off", garage.resource), off).await.expect(201);
    let before = app.events().await;
    let refused =
        book(&garage, &slots[0], "FREQ=DAILY;COUNT=6", json!({})).await.problem(409, "series-conflicts");
    let conflicts = refused.body["conflicts"].as_array().expect("conflicts");
    let told: Vec<_> = conflicts
        .iter()
        .map(|one| (one["number"].as_i64(), one["start"].as_str(), one["type"].as_str()))
        .collect();
    assert_eq!(
        told,
        [
            (Some(3), Some("2026-11-26T09:00:00-05:00"), Some("/docs/problems#agenda-time-taken")),
            (Some(5), Some("2026-11-28T09:00:00-05:00"), Some("/docs/problems#slot-no-longer-offered")),
        ]
    );
    assert_eq!(app.events().await, before, "something was stored");
    let booked =
        book(&garage, &slots[0], "FREQ=DAILY;COUNT=6", json!({ "skip_conflicts": true })).await.expect(201);
    assert_eq!(starts(&booked).into_iter().map(|(number, ..)| number).collect::<Vec<_>>(), [1, 2, 4, 6]);
    assert_eq!(booked.body["skipped"], refused.body["conflicts"]);

    let position = booked.position.clone().expect("a position");
    let friday = garage.slots(&format!("2026-11-27&min_position={position}")).await;
    let path = format!("/series/{}/reschedule", booked.id());
    let onto = json!({ "appointment_id": appointment(&booked, 0), "scope": "all", "slot_token": friday[0] });
    let refused = garage.post(&path, onto).await.problem(409, "series-conflicts");
    assert_eq!(refused.body["conflicts"][0]["start"], "2026-11-28T10:00:00-05:00");
    assert_eq!(refused.body["conflicts"].as_array().map(Vec::len), Some(1));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_series_is_booked_once_under_its_key_and_listed_in_pages() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let path = garage.path("/series");
    let attendee = json!({ "name": "Ada", "phone": "+573001112233" });
    let body = json!({ "slot_token": slots[0], "rule": "FREQ=WEEKLY;COUNT=3", "attendee": attendee });
    let key = [("idempotency-key", "key-1")];
    let replies =
        futures::future::join_all((0..5).map(|_| garage.client.post_with(&path, &key, body.clone()))).await;
    assert!(replies.iter().all(|reply| reply.status == 201 && reply.body == replies[0].body), "{replies:?}");
    assert_eq!(replies.iter().filter(|reply| !reply.replayed).count(), 1);
    // A refusal, with what it names, is recorded as well.
    let key = [("idempotency-key", "key-2")];
    let refused = garage.client.post_with(&path, &key, body.clone()).await.problem(409, "series-conflicts");
    garage.post(&format!("/series/{}/cancel", replies[0].id()), json!({})).await.expect(200);
    let repeated = garage.client.post_with(&path, &key, body).await.problem(409, "series-conflicts");
    assert_eq!(
        (refused.body["conflicts"].as_array().map(Vec::len), &refused.body),
        (Some(3), &repeated.body)
    );

    let mut position = None;
    for slot in &slots[1..4] {
        position = book(&garage, slot, "FREQ=WEEKLY;COUNT=2", json!({})).await.expect(201).position;
    }
    let (position, mut ids, mut cursor) = (position.expect("a position"), Vec::new(), String::new());
    loop {
        let page = garage.get(&format!("/series?limit=3&min_position={position}{cursor}")).await.expect(200);
        let items = page.body["items"].as_array().expect("items");
        ids.extend(
            items
                .iter()
                .map(|item| (item["id"].as_str().expect("an id").to_owned(), item["appointments"].as_i64())),
        );
        let Some(next) = page.body["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!((ids.len(), ids.last()), (4, Some(&(replies[0].id(), Some(3)))));
    let count = async |filter: &str| {
        let page = garage.get(&format!("/series?{filter}")).await.expect(200);
        page.body["items"].as_array().expect("items").len()
    };
    let customer = replies[0].body["customer_id"].as_str().expect("a customer");
    assert_eq!(
        (
            count(&format!("customer_id={customer}")).await,
            count(&format!("service_id={}", garage.service)).await
        ),
        (4, 4)
    );
    assert_eq!(count("customer_id=cus_01jz8k5f3xe8p9r2m4t6v7w8y9").await, 0);
    assert_eq!(count("service_id=svc_01jz8k5f3xe8p9r2m4t6v7w8y9").await, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn no_series_without_an_end_or_of_thousands_gets_in() {
    let app = TestApp::start().await;
    let (garage, other) = (Garage::open(&app, "Garage").await, Garage::open(&app, "Other").await);
    let slots = garage.slots("tomorrow").await;
    let theirs =
        book(&other, &other.slots("tomorrow").await[0], "FREQ=WEEKLY;COUNT=2", json!({})).await.expect(201);
    let own = book(&garage, &slots[7], "FREQ=WEEKLY;COUNT=2", json!({})).await.expect(201);
    let before = app.events().await;
    for (rule, kind) in [
        ("FREQ=WEEKLY", "series-rule-without-end"),
        ("FREQ=DAILY;COUNT=10000", "series-too-many"),
        ("FREQ=DAILY;COUNT=18446744073709551615", "series-too-many"),
        ("FREQ=DAILY;COUNT=184467440737095516150", "series-rule-unreadable"),
        ("FREQ=DAILY;UNTIL=99991231", "series-too-many"),
        ("FREQ=SECONDLY;COUNT=10", "series-rule-too-frequent"),
        ("FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=5", "series-empty"),
        ("FREQ=WEEKLY;BYDAY=FR;COUNT=5", "series-start-not-in-rule"),
        ("every Tuesday", "series-rule-unreadable"),
    ] {
        book(&garage, &slots[0], rule, json!({})).await.problem(422, kind);
    }
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=2;BYDAY=\u{0}", json!({})).await.problem(400, "bad-request");
    book(&garage, &slots[0], &"FREQ=WEEKLY;".repeat(100), json!({})).await.problem(400, "bad-request");
    book(&garage, &slots[0], "", json!({})).await.problem(400, "bad-request");
    let dates = |count| json!({ "excluded_dates": vec!["2026-12-01"; count] });
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=2", dates(367)).await.problem(400, "bad-request");
    let not_a_date = json!({ "excluded_dates": ["2026-02-30"] });
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=2", not_a_date).await.problem(400, "bad-request");
    let all = json!({ "excluded_dates": ["2026-11-24"] });
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=1", all).await.problem(422, "series-empty");
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=2", json!({ "every": "week" }))
        .await
        .problem(400, "bad-request");
    book(&garage, "nonsense", "FREQ=WEEKLY;COUNT=2", json!({})).await.problem(422, "invalid");
    let nobody = json!({ "attendee": { "customer_id": "cus_01jz8k5f3xe8p9r2m4t6v7w8y9" } });
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=2", nobody).await.problem(404, "customer-not-found");

    let move_to =
        |id: &str, scope: &str| json!({ "appointment_id": id, "scope": scope, "slot_token": slots[1] });
    let path = |series: &Reply, verb: &str| format!("/series/{}{verb}", series.id());
    garage.get(&path(&theirs, "")).await.problem(404, "not-found");
    garage.post(&path(&theirs, "/cancel"), json!({})).await.problem(404, "series-not-found");
    let stranger = appointment(&theirs, 0);
    garage
        .post(&path(&theirs, "/reschedule"), move_to(&stranger, "all"))
        .await
        .problem(404, "series-not-found");
    garage
        .post(&path(&own, "/reschedule"), move_to(&stranger, "all"))
        .await
        .problem(404, "series-not-in-series");
    garage
        .post(&path(&own, "/reschedule"), move_to(&appointment(&own, 0), "some"))
        .await
        .problem(400, "bad-request");
    garage
        .post(&path(&own, "/cancel"), json!({ "from": stranger }))
        .await
        .problem(404, "series-not-in-series");
    garage.get("/series/nonsense").await.problem(404, "not-found");
    garage.get("/series?cursor=nonsense").await.problem(400, "bad-request");
    app.clock.set(crate::support::process::morning() + chrono::TimeDelta::minutes(31));
    book(&garage, &slots[0], "FREQ=WEEKLY;COUNT=2", json!({})).await.problem(410, "slot-token-expired");
    assert_eq!(app.events().await, before, "something was stored");
}
