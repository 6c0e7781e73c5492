//! Appointments in calendar programs, which are played by another implementation of iCalendar than the one
//! that writes them.

use calcard::icalendar::{ICalendar, ICalendarComponent, ICalendarProperty};
use chrono::TimeDelta;
use reqwest::Method;
use serde_json::json;

use crate::support::app::{Client, Garage, Reply, TestApp};
use crate::support::process::morning;
use crate::support::until;

/// Somebody's calendar program: it knows an address and nothing else.
struct Subscriber {
    client: Client,
    path: String,
}

impl Subscriber {
    async fn issue(app: &TestApp, garage: &Garage, names_customers: bool) -> Self {
        let path = format!("/resources/{}/calendar-feed", garage.resource);
        let issued = garage.post(&path, json!({ "names_customers": names_customers })).await.expect(201);
        let url = issued.body["url"].as_str().expect("an address").to_owned();
        Self {
            client: app.client(None),
            path: url.strip_prefix(app.url.as_str()).expect("at this server").to_owned(),
        }
    }

    async fn get(&self, etag: Option<&str>) -> Reply {
        let headers: Vec<(&str, &str)> = etag.iter().map(|etag| ("if-none-match", *etag)).collect();
        self.client.send(Method::GET, &self.path, &headers, None).await
    }

    /// The calendar, once it shows this.
    async fn shows(&self, text: &str) -> Reply {
        until(|| async { self.get(None).await.text.contains(text) }).await;
        self.get(None).await.expect(200)
    }
}

fn events(text: &str) -> Vec<ICalendarComponent> {
    let calendar = ICalendar::parse(text).unwrap_or_else(|error| panic!("{error:?} in {text}"));
    calendar.components.into_iter().filter(|component| component.component_type.is_event()).collect()
}

fn text(event: &ICalendarComponent, property: ICalendarProperty) -> String {
    let entry = event.property(&property).unwrap_or_else(|| panic!("no {property:?}"));
    entry.values.first().and_then(|value| value.as_text()).unwrap_or_default().to_owned()
}

fn sequence(event: &ICalendarComponent) -> i64 {
    let entry = event.property(&ICalendarProperty::Sequence).expect("a sequence");
    entry.values.first().and_then(|value| value.as_integer()).expect("a number")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_follows_an_appointment_from_its_booking_to_its_end() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let subscriber = Subscriber::issue(&app, &garage, false).await;
    let empty = subscriber.get(None).await.expect(200);
    assert_eq!(empty.content_type, "text/calendar; charset=utf-8");
    assert!(
        events(&empty.text).is_empty() && empty.text.contains("\r\nX-WR-CALNAME:Ana\\, Garage\r\n"),
        "{}",
        empty.text
    );

    let slots = garage.slots("tomorrow").await;
    let booked = garage.book(&slots[0], 1).await.expect(201);
    let first = subscriber.shows("DTSTART:20261124T140000Z").await;
    let [event] = events(&first.text).try_into().expect("one event");
    assert_eq!(text(&event, ICalendarProperty::Summary), "Oil change (Booked)");
    assert_eq!(event.uid().map(str::to_owned), Some(format!("{}@frontdesk", booked.id())));
    assert!(!first.text.contains("Customer 1"), "nobody is named: {}", first.text);
    assert!(first.text.contains("\r\nMETHOD:PUBLISH\r\n") && first.text.contains("\r\nSTATUS:CONFIRMED\r\n"));

    // What has not changed is not sent again.
    let etag = first.etag.clone().expect("a tag");
    assert_eq!(subscriber.get(Some(&etag)).await.expect(304).text, "");

    let path = format!("/appointments/{}", booked.id());
    garage.post(&format!("{path}/reschedule"), json!({ "slot_token": slots[3] })).await.expect(200);
    let moved = subscriber.shows("DTSTART:20261124T170000Z").await;
    let [after] = events(&moved.text).try_into().expect("one event");
    assert_eq!(after.uid(), event.uid());
    assert!(sequence(&after) > sequence(&event));
    subscriber.get(Some(&etag)).await.expect(200);

    garage.post(&format!("{path}/cancel"), json!({})).await.expect(200);
    let cancelled = subscriber.shows("STATUS:CANCELLED").await;
    let [last] = events(&cancelled.text).try_into().expect("one event");
    assert_eq!(last.uid(), event.uid());
    assert!(sequence(&last) > sequence(&after));

    // A hold is not an appointment. One that was made of a hold keeps its UID.
    let hold = garage.post("/holds", json!({ "slot_token": slots[5], "seconds": 3600 })).await.expect(201);
    let hold = hold.body["hold_id"].as_str().expect("an id").to_owned();
    let position = garage.book(&slots[6], 2).await.expect(201).position.expect("a position");
    garage.get(&format!("/appointments?min_position={position}")).await.expect(200);
    assert!(!subscriber.get(None).await.text.contains(&hold));
    garage.get(&format!("/appointments/{hold}/calendar.ics")).await.problem(404, "not-found");
    let attendee = json!({ "name": "Ada", "phone": "+573001112233" });
    garage.post("/appointments", json!({ "hold_id": hold, "attendee": attendee })).await.expect(201);
    subscriber.shows(&format!("UID:{hold}@frontdesk")).await;

    // What is over long ago stands there no more, nor what was cancelled a while ago.
    app.clock.set(morning() + TimeDelta::days(100));
    assert!(events(&subscriber.get(None).await.text).is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn the_address_of_a_calendar_can_be_changed_and_revoked() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    garage.book(&garage.slots("tomorrow").await[0], 1).await.expect(201);
    let feed = garage.path(&format!("/resources/{}/calendar-feed", garage.resource));
    garage.client.get(&feed).await.problem(404, "calendar-feed-not-found");
    garage.client.delete(&feed).await.problem(404, "calendar-feed-not-found");

    let first = Subscriber::issue(&app, &garage, false).await;
    first.shows("SUMMARY:Oil change (Booked)").await;
    let second = Subscriber::issue(&app, &garage, true).await;
    second.shows("SUMMARY:Oil change (Customer 1)").await;
    first.get(None).await.problem(404, "not-found");
    let shown = garage.client.get(&feed).await.expect(200);
    assert_eq!(shown.body["names_customers"], true);
    let (_, secret) = second.path.split_once('_').expect("a secret"); // it may have `_` itself
    let secret = secret.trim_end_matches(".ics");
    assert!(!shown.text.contains(secret), "the secret is shown once");
    let log = app.log().read_after(0, 100_000, None).await.expect("readable").expect("events");
    assert!(!format!("{:?}", log.events).contains(secret), "the log does not have it");
    assert_eq!(log.events.iter().filter(|event| event.event_type == "CalendarFeedIssued").count(), 2);

    let revoked = garage.client.delete(&feed).await.expect(204);
    garage
        .client
        .get(&format!("{feed}?min_position={}", revoked.position.expect("a position")))
        .await
        .problem(404, "calendar-feed-not-found");
    second.get(None).await.problem(404, "not-found");
    for address in ["nonsense.ics", "x_y.ics", &second.path["/calendars/".len()..second.path.len() - 5]] {
        app.client(None).get(&format!("/calendars/{address}")).await.problem(404, "not-found");
    }
    app.client(None).send(Method::DELETE, &second.path, &[], None).await.problem(405, "method-not-allowed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_calendar_shows_one_resource_of_one_business() {
    let app = TestApp::start().await;
    let (garage, other) = (Garage::open(&app, "Garage").await, Garage::open(&app, "Other").await);
    let subscriber = Subscriber::issue(&app, &garage, true).await;
    let path = garage.path("/resources");
    let bea = garage.client.post(&path, json!({ "name": "Bea" })).await.expect(201).id();
    let details = json!({ "name": "Tyres", "duration_minutes": 60, "step_minutes": 60, "needs": [{ "any_of": [bea] }] });
    let tyres = garage.post("/services", details).await.expect(201).id();
    let of_bea = Garage { service: tyres, ..garage.clone() };
    of_bea.book(&of_bea.slots("tomorrow").await[0], 2).await.expect(201);
    other.book(&other.slots("tomorrow").await[1], 3).await.expect(201);
    garage.book(&garage.slots("tomorrow").await[2], 1).await.expect(201);
    let shown = subscriber.shows("Customer 1").await;
    assert_eq!(events(&shown.text).len(), 1, "{}", shown.text);

    // An appointment that moves to another resource leaves the calendar.
    let mine = events(&shown.text).remove(0);
    let id = mine.uid().and_then(|uid| uid.strip_suffix("@frontdesk")).expect("an id").to_owned();
    let slot = of_bea.slots("tomorrow").await.remove(0);
    garage.post(&format!("/appointments/{id}/reschedule"), json!({ "slot_token": slot })).await.expect(200);
    until(|| async { events(&subscriber.get(None).await.text).is_empty() }).await;

    let unknown = garage.post("/resources/res_01jz8k5f3xe8p9r2m4t6v7w8y9/calendar-feed", json!({})).await;
    unknown.problem(404, "resource-not-found");
    garage
        .post(&format!("/resources/{}/calendar-feed", other.resource), json!({}))
        .await
        .problem(404, "resource-not-found");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_appointment_is_a_file_and_an_invitation() {
    let app = TestApp::start().await;
    let garage = Garage::open(&app, "Garage").await;
    let slots = garage.slots("tomorrow").await;
    let attendee = json!({ "name": "Ada Lovelace", "email": "ada@example.com" });
    let booked = garage
        .post("/appointments", json!({ "slot_token": slots[0], "attendee": attendee }))
        .await
        .expect(201);
    let path = format!("/appointments/{}/calendar.ics", booked.id());
    let at = |position: &Option<String>| {
        format!("{path}?min_position={}", position.as_deref().expect("a position"))
    };
    let file = garage.get(&at(&booked.position)).await.expect(200);
    assert_eq!(file.content_type, "text/calendar; charset=utf-8");
    assert!(file.text.contains("\r\nMETHOD:PUBLISH\r\n") && !file.text.contains("ATTENDEE"), "{}", file.text);
    let etag = file.etag.expect("a tag");
    let again = garage.client.send(Method::GET, &garage.path(&path), &[("if-none-match", &etag)], None).await;
    assert_eq!(again.expect(304).text, "");

    let invitation = async |position: &Option<String>| {
        garage.get(&format!("{}&organizer=front@example.com", at(position))).await.expect(200)
    };
    let request = invitation(&booked.position).await;
    assert!(request.text.contains("\r\nMETHOD:REQUEST\r\n"), "{}", request.text);
    assert!(
        request.text.contains("mailto:ada@example.com") && request.text.contains("mailto:front@example.com")
    );
    let cancelled =
        garage.post(&format!("/appointments/{}/cancel", booked.id()), json!({})).await.expect(200);
    let cancel = invitation(&cancelled.position).await;
    assert!(
        cancel.text.contains("\r\nMETHOD:CANCEL\r\n") && cancel.text.contains("\r\nSTATUS:CANCELLED\r\n"),
        "{}",
        cancel.text
    );
    assert!(sequence(&events(&cancel.text)[0]) > sequence(&events(&request.text)[0]));

    let by_phone = garage.book(&slots[1], 1).await.expect(201);
    let path = format!("/appointments/{}/calendar.ics?organizer=front@example.com", by_phone.id());
    garage.get(&path).await.problem(400, "bad-request");
    garage
        .get(&format!("/appointments/{}/calendar.ics?organizer=nobody", by_phone.id()))
        .await
        .problem(400, "bad-request");
}
