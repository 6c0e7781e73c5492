//! The people a business serves: addresses, merges, notes, figures.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::app::{Garage, Reply, TestApp};
use crate::support::process::morning;

async fn register(garage: &Garage, body: Value) -> Reply {
    garage.post("/customers", body).await.expect(201)
}

fn contact_point(reply: &Value, address: &str) -> String {
    let points = reply["contact_points"].as_array().expect("contact points");
    let point = points
        .iter()
        .find(|point| point["address"] == address)
        .unwrap_or_else(|| panic!("no {address} in {reply}"));
    point["id"].as_str().expect("an id").to_owned()
}

fn addresses(reply: &Value) -> Vec<&str> {
    let points = reply["contact_points"].as_array().expect("contact points");
    points.iter().map(|point| point["address"].as_str().expect("an address")).collect()
}

fn at(reply: &Reply) -> &str {
    reply.position.as_deref().expect("a position")
}

#[tokio::test(flavor = "multi_thread")]
async fn addresses_are_added_found_and_removed() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let ada = json!({ "name": "Ada", "phone": "+573001110001", "whatsapp_user_ids": [" +573001110001", "us.134912"] });
    let ada = register(&garage, ada).await;
    assert_eq!(addresses(&ada.body), ["573001110001", "US.134912", "+573001110001"]);
    assert_eq!((ada.body["phone"].as_str(), ada.etag.as_deref()), (Some("+573001110001"), Some("\"1\"")));
    let attendee = json!({ "name": "Somebody", "whatsapp_user_ids": ["US.134912"] });
    let slot = garage.slots("tomorrow").await.remove(0);
    let booked =
        garage.post("/appointments", json!({ "slot_token": slot, "attendee": attendee })).await.expect(201);
    assert_eq!(booked.body["customer_id"], ada.id());
    let path = format!("/customers/{}", ada.id());
    let points = format!("{path}/contact-points");

    let email = json!({ "kind": "email", "address": "Ada@Example.com" });
    let key = [("idempotency-key", "add"), ("if-match", "\"1\"")];
    let added = garage.client.post_with(&garage.path(&points), &key, email.clone()).await.expect(201);
    assert_eq!(added.body["email"], "ada@example.com");
    let repeated = garage.client.post_with(&garage.path(&points), &key, email.clone()).await.expect(201);
    assert!(repeated.replayed && repeated.body == added.body);
    let seen = [("if-match", "\"1\"")];
    let other = json!({ "kind": "phone", "address": "+573001110002" });
    garage.client.post_with(&garage.path(&points), &seen, other.clone()).await.problem(412, "changed-since");
    // What is there is there.
    assert_eq!(garage.post(&points, email).await.expect(201).body["version"], 2);

    let find = async |query: &str| {
        let found = garage.get(&format!("/customers?{query}&min_position={}", at(&added))).await.expect(200);
        found.body["items"]
            .as_array()
            .expect("items")
            .iter()
            .map(|item| item["id"].as_str().expect("an id").to_owned())
            .collect()
    };
    let found: Vec<Vec<String>> = vec![
        find("email=ADA%40example.com").await,
        find("whatsapp_user_id=US.134912").await,
        find("phone=%2B573001110001&email=ada%40example.com").await,
    ];
    assert!(found.iter().all(|found| *found == [ada.id()]), "{found:?}");
    let both: Vec<String> = find("phone=%2B573001110002&email=ada%40example.com").await;
    assert!(both.is_empty(), "the one who has both, not either");

    let ben = register(&garage, json!({ "name": "Ben", "phone": "+573001110002" })).await;
    let taken = garage.post(&points, other).await.problem(409, "contact-point-taken");
    assert!(
        taken.body["detail"]
            .as_str()
            .is_some_and(|detail| detail.contains(&ben.id()) && detail.contains("merge"))
    );

    // One after the other, to the last.
    let mut left = added.body.clone();
    for number in (0..4).rev() {
        let id = contact_point(&left, addresses(&left)[0]);
        let removed = garage.client.delete(&garage.path(&format!("{points}/{id}"))).await.expect(200);
        assert_eq!(addresses(&removed.body).len(), number);
        garage
            .client
            .delete(&garage.path(&format!("{points}/{id}")))
            .await
            .problem(404, "customer-no-such-address");
        left = removed.body;
    }
    let again = register(&garage, json!({ "name": "Ada", "phone": "+573001110001" })).await;
    assert_ne!(again.id(), ada.id(), "the number was nobody's any more");
    let renamed =
        send(&garage, Method::PUT, &path, &[("if-match", "\"6\"")], json!({ "name": "Ada Lovelace" }))
            .await
            .expect(200);
    assert_eq!(renamed.body["name"], "Ada Lovelace");
}

async fn send(garage: &Garage, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Reply {
    garage.client.send(method, &garage.path(path), headers, Some(body.to_string().into())).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_merged_customer_is_the_survivor_everywhere_until_that_is_undone() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let (first, second) =
        (garage.book(&slots[0], 1).await.expect(201), garage.book(&slots[1], 2).await.expect(201));
    let customer = |reply: &Reply| reply.body["customer_id"].as_str().expect("a customer").to_owned();
    let (merged, survivor) = (customer(&first), customer(&second));
    garage.post(&format!("/customers/{merged}/notes"), json!({ "text": "of the first" })).await.expect(201);
    garage
        .post(&format!("/customers/{survivor}/notes"), json!({ "text": "of the second" }))
        .await
        .expect(201);

    let merge = format!("/customers/{merged}/merge");
    let body = json!({ "into": survivor, "reason": "called from a new number" });
    let key = [("idempotency-key", "merge"), ("if-match", "\"1\"")];
    let done = garage.client.post_with(&garage.path(&merge), &key, body.clone()).await.expect(200);
    assert_eq!(done.body["survivor_id"], survivor.as_str());
    assert_eq!(done.body["moved_contact_point_ids"].as_array().map(Vec::len), Some(1));
    assert!(garage.client.post_with(&garage.path(&merge), &key, body.clone()).await.expect(200).replayed);
    garage
        .client
        .post_with(&garage.path(&merge), &[("if-match", "\"1\"")], body.clone())
        .await
        .problem(412, "changed-since");
    let events = app.events().await;
    garage.post(&merge, body).await.expect(200);
    assert_eq!(app.events().await, events, "what is merged is merged");
    garage
        .post(&format!("/customers/{survivor}/merge"), json!({ "into": merged }))
        .await
        .problem(409, "customer-merged-into-itself");

    let read = async |path: &str, position: &str| {
        let separator = if path.contains('?') { '&' } else { '?' };
        garage.get(&format!("{path}{separator}min_position={position}")).await.expect(200)
    };
    let shown = read(&format!("/customers/{merged}"), at(&done)).await;
    assert_eq!((shown.id(), shown.body["name"].as_str()), (survivor.clone(), Some("Customer 2")));
    assert_eq!(addresses(&shown.body), ["+573000000002", "+573000000001"]);
    assert_eq!(shown.etag, done.etag);
    let items = async |path: &str, position: &str| {
        read(path, position).await.body["items"].as_array().expect("items").clone()
    };
    assert_eq!(items("/customers", at(&done)).await.len(), 1);
    for id in [&merged, &survivor] {
        let appointments = items(&format!("/appointments?customer_id={id}"), at(&done)).await;
        assert_eq!(appointments.len(), 2);
        assert!(appointments.iter().all(|appointment| appointment["customer_id"] == survivor.as_str()));
        let texts: Vec<Value> = items(&format!("/customers/{id}/notes"), at(&done))
            .await
            .iter()
            .map(|note| note["text"].clone())
            .collect();
        assert_eq!(texts, ["of the second", "of the first"]);
        let figures = read(&format!("/customers/{id}/figures"), at(&done)).await.body;
        assert_eq!(
            (&figures["booked"], &figures["upcoming"], &figures["customer_id"]),
            (&json!(2), &json!(2), &json!(survivor))
        );
        let merges = items(&format!("/customers/{id}/merges"), at(&done)).await;
        assert_eq!((merges.len(), &merges[0]["customer_id"]), (1, &json!(merged)));
        assert_eq!(
            (&merges[0]["name"], &merges[0]["reason"]),
            (&json!("Customer 1"), &json!("called from a new number"))
        );
        assert_eq!(merges[0]["contact_points"][0]["address"], "+573000000001");
    }
    let path = format!("/appointments/{}", first.id());
    let appointment = read(&path, at(&done)).await.body;
    assert_eq!((&appointment["customer_id"], &appointment["name"]), (&json!(survivor), &json!("Customer 1")));
    let moved =
        garage.post(&format!("{path}/reschedule"), json!({ "slot_token": slots[3] })).await.expect(200);
    assert_eq!(moved.body["customer_id"], survivor.as_str());
    let booked = garage.book(&slots[2], 1).await.expect(201);
    assert_eq!(customer(&booked), survivor, "the number leads to the survivor");
    let by_id = json!({ "slot_token": slots[4], "attendee": { "customer_id": merged } });
    assert_eq!(customer(&garage.post("/appointments", by_id).await.expect(201)), survivor);

    let undo = format!("{merge}/undo");
    garage
        .client
        .post_with(&garage.path(&undo), &[("if-match", "\"1\"")], json!({}))
        .await
        .problem(412, "changed-since");
    let etag = shown.etag.expect("an etag");
    let headers = [("if-match", etag.as_str()), ("idempotency-key", "undo")];
    let undone = garage
        .client
        .post_with(&garage.path(&undo), &headers, json!({ "reason": "they are sisters" }))
        .await
        .expect(200);
    assert!(
        garage
            .client
            .post_with(&garage.path(&undo), &headers, json!({ "reason": "they are sisters" }))
            .await
            .replayed
    );
    assert_eq!(undone.body["customer"]["name"], "Customer 1");
    assert_eq!(addresses(&undone.body["customer"]), ["+573000000001"]);
    assert_eq!((&undone.body["survivor_id"], &undone.body["not_given_back"]), (&json!(survivor), &json!([])));
    garage.post(&undo, json!({})).await.problem(409, "customer-not-merged");

    assert_eq!(items("/customers", at(&undone)).await.len(), 2);
    // What was made for the survivor since the merge stays there.
    for (id, appointments, note, address) in
        [(&merged, 1, "of the first", "+573000000001"), (&survivor, 3, "of the second", "+573000000002")]
    {
        assert_eq!(addresses(&read(&format!("/customers/{id}"), at(&undone)).await.body), [address]);
        assert_eq!(items(&format!("/appointments?customer_id={id}"), at(&undone)).await.len(), appointments);
        let notes = items(&format!("/customers/{id}/notes"), at(&undone)).await;
        assert_eq!((notes.len(), &notes[0]["text"]), (1, &json!(note)));
        let figures = read(&format!("/customers/{id}/figures"), at(&undone)).await.body;
        assert_eq!(figures["booked"], appointments);
        assert!(items(&format!("/customers/{id}/merges"), at(&undone)).await.is_empty());
    }
    assert_eq!(read(&path, at(&undone)).await.body["customer_id"], merged.as_str());
    assert_eq!(customer(&garage.book(&slots[5], 1).await.expect(201)), merged);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_caller_hears_of_the_appointments_of_both_when_customers_are_merged() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    garage.book(&slots[0], 1).await.expect(201);
    let open = garage
        .answer("c1", "t1", "check_availability", json!({ "day": "tomorrow", "part_of_day": "afternoon" }))
        .await;
    let token = open["slots"][0]["slot_token"].clone();
    garage.answer("c1", "t2", "book_appointment", json!({ "slot_token": token, "name": "Ada" })).await;
    let found = async |id: &str| {
        let answer = garage.answer("c1", id, "find_appointments", json!({})).await;
        answer["appointments"].as_array().expect("appointments").len()
    };
    assert_eq!(found("t3").await, 1);
    let merged = register(&garage, json!({ "name": "Ada", "phone": "+573000000001" })).await.id();
    let caller = register(&garage, json!({ "name": "Ada", "phone": "+573007654321" })).await.id();
    garage.post(&format!("/customers/{merged}/merge"), json!({ "into": caller })).await.expect(200);
    assert_eq!(found("t4").await, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_one_process_merges_the_other_knows() {
    let one = TestApp::start().await;
    let other = TestApp::builder().master_key(&one.master_key).start_on(one.database.clone()).await;
    let garage = Garage::open(&one, "Garage").await;
    let elsewhere = garage.at(&other);
    let slots = elsewhere.slots("tomorrow").await;
    let (first, second) =
        (elsewhere.book(&slots[0], 1).await.expect(201), elsewhere.book(&slots[1], 2).await.expect(201));
    let (merged, survivor) = (&first.body["customer_id"], &second.body["customer_id"]);
    let path = format!("/customers/{}/merge", merged.as_str().expect("an id"));
    let done = garage.post(&path, json!({ "into": survivor })).await.expect(200);
    // It remembers the customer as it was; the log corrects it, and the read models have it.
    assert_eq!(elsewhere.book(&slots[2], 1).await.expect(201).body["customer_id"], *survivor);
    let query = format!("customer_id={}&min_position={}", merged.as_str().expect("an id"), at(&done));
    let listed = elsewhere.get(&format!("/appointments?{query}")).await.expect(200);
    let items = listed.body["items"].as_array().expect("items").clone();
    assert!(items.len() >= 2 && items.iter().all(|item| item["customer_id"] == *survivor), "{items:?}");
    elsewhere.post(&format!("{path}/undo"), json!({})).await.expect(200);
    assert_eq!(garage.book(&slots[3], 1).await.expect(201).body["customer_id"], *merged);
}

#[tokio::test(flavor = "multi_thread")]
async fn notes_are_written_listed_in_pages_and_redacted() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let ada = register(&garage, json!({ "name": "Ada", "email": "ada@example.com" })).await.id();
    let ben = register(&garage, json!({ "name": "Ben", "email": "ben@example.com" })).await.id();
    let notes = format!("/customers/{ada}/notes");
    let mut written = Vec::new();
    for number in 0..5 {
        let key = format!("note-{number}");
        let key = [("idempotency-key", key.as_str())];
        let body = json!({ "text": format!("note {number}") });
        let note = garage.client.post_with(&garage.path(&notes), &key, body.clone()).await.expect(201);
        assert!(garage.client.post_with(&garage.path(&notes), &key, body).await.expect(201).replayed);
        assert_eq!(
            (&note.body["actor_kind"], &note.body["written_at"]),
            (&json!("staff"), &json!("2026-11-23T08:00:00+00:00"))
        );
        written.push(note);
    }
    let position = at(&written[4]).to_owned();
    let (mut texts, mut cursor) = (Vec::new(), String::new());
    loop {
        let page =
            garage.get(&format!("{notes}?limit=2&min_position={position}{cursor}")).await.expect(200).body;
        let items = page["items"].as_array().expect("items");
        assert!(items.len() <= 2);
        texts.extend(items.iter().map(|note| note["text"].as_str().expect("a text").to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(texts, ["note 4", "note 3", "note 2", "note 1", "note 0"]);

    let redact = |customer: &str, note: &Reply| format!("/customers/{customer}/notes/{}/redact", note.id());
    garage.post(&redact(&ben, &written[1]), json!({})).await.problem(404, "customer-note-not-found");
    let redacted =
        garage.post(&redact(&ada, &written[1]), json!({ "reason": "about somebody else" })).await.expect(204);
    let events = app.events().await;
    garage.post(&redact(&ada, &written[1]), json!({})).await.expect(204);
    assert_eq!(app.events().await, events);
    let listed = garage.get(&format!("{notes}?min_position={}", at(&redacted))).await.expect(200);
    assert!(!listed.text.contains("note 1"), "{}", listed.text);
    let item = &listed.body["items"][3];
    assert_eq!(item["id"], written[1].id());
    assert!(item["redacted_at"].is_string() && item.get("text").is_none(), "{item}");
    assert!(
        garage.get(&format!("/customers/{ben}/notes")).await.expect(200).body["items"]
            .as_array()
            .is_some_and(Vec::is_empty)
    );

    // Of a merged customer, in the survivor's list.
    let merged = garage.post(&format!("/customers/{ada}/merge"), json!({ "into": ben })).await.expect(200);
    let redacted = garage.post(&redact(&ben, &written[2]), json!({})).await.expect(204);
    assert!(at(&redacted) != at(&merged));
    let listed =
        garage.get(&format!("/customers/{ben}/notes?min_position={}", at(&redacted))).await.expect(200);
    assert_eq!(listed.body["items"].as_array().map(Vec::len), Some(5));
    assert!(!listed.text.contains("note 2") && listed.text.contains("note 3"), "{}", listed.text);
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_say_what_was_booked_and_what_became_of_it() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let mut booked = Vec::new();
    for slot in &slots[..4] {
        booked.push(garage.book(slot, 1).await.expect(201));
    }
    let open = garage
        .answer("c1", "t1", "check_availability", json!({ "day": "tomorrow", "part_of_day": "afternoon" }))
        .await;
    let arguments = json!({ "slot_token": open["slots"][1]["slot_token"], "name": "Ada", "phone_number": "+573000000001" });
    let by_voice = garage.answer("c1", "t2", "book_appointment", arguments).await;
    assert_eq!(by_voice["status"], "booked");
    let cancel = json!({ "appointment_id": by_voice["appointment_id"] });
    assert_eq!(garage.answer("c1", "t3", "cancel_appointment", cancel).await["status"], "cancelled");
    garage.post("/holds", json!({ "slot_token": slots[7] })).await.expect(201);
    let moved = garage
        .post(&format!("/appointments/{}/reschedule", booked[0].id()), json!({ "slot_token": slots[6] }))
        .await;
    moved.expect(200);
    let cancelled =
        garage.post(&format!("/appointments/{}/cancel", booked[3].id()), json!({})).await.expect(200);

    let customer = booked[0].body["customer_id"].as_str().expect("a customer").to_owned();
    let figures = async || {
        garage
            .get(&format!("/customers/{customer}/figures?min_position={}", at(&cancelled)))
            .await
            .expect(200)
            .body
    };
    let expected = json!({
        "customer_id": customer, "booked": 5, "cancelled_by_customer": 1, "cancelled_by_business": 1, "cancelled_by_system": 0,
        "completed": 0, "no_shows": 0, "upcoming": 3, "next_appointment_at": "2026-11-24T15:00:00+00:00",
    });
    assert_eq!(figures().await, expected, "from 9 o'clock to 15, 10 and 11; 12 was cancelled");

    // In the middle of the second one.
    app.clock.set(morning() + TimeDelta::hours(32) + TimeDelta::minutes(30));
    let now = figures().await;
    assert_eq!(
        (&now["upcoming"], &now["next_appointment_at"]),
        (&json!(1), &json!("2026-11-24T20:00:00+00:00"))
    );
    assert_eq!(
        (&now["first_visit_at"], &now["last_visit_at"]),
        (&json!("2026-11-24T15:00:00+00:00"), &json!("2026-11-24T15:00:00+00:00"))
    );
    app.clock.set(morning() + TimeDelta::days(3));
    let now = figures().await;
    assert_eq!(
        (&now["upcoming"], &now["booked"], now.get("next_appointment_at")),
        (&json!(0), &json!(5), None)
    );
    assert_eq!(
        (&now["first_visit_at"], &now["last_visit_at"]),
        (&json!("2026-11-24T15:00:00+00:00"), &json!("2026-11-24T20:00:00+00:00"))
    );
}
