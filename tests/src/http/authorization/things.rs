//! The things of a business, and a right request for each operation.

use serde_json::{Value, json};

use super::operation::Operation;
use crate::support::app::{Client, Garage, Reply, TestApp};
use crate::support::until;
use crate::support::whatsapp::Whatsapp;

const DATE: &str = "2026-12-24";
/// The tag of the first version of anything.
const FIRST: &str = "\"1\"";

#[derive(Debug, Clone)]
pub struct Things {
    pub garage: Garage,
    /// Open times that nobody has taken yet.
    pub slots: Vec<String>,
    pub appointment: String,
    pub series: String,
    pub appointment_of_series: String,
    pub hold: String,
    pub customer: String,
    pub other_customer: String,
    pub contact_point: String,
    pub note: String,
    pub entry: String,
    pub conversation: String,
    pub time_off: String,
    pub key: String,
    pub delivery: String,
    pub operator_key: String,
    pub job: String,
}

fn id(value: &Value) -> String {
    value.as_str().expect("an id").to_owned()
}

impl Things {
    pub async fn make(app: &TestApp, name: &str) -> Self {
        let garage = Garage::open(app, name).await;
        let mut slots = garage.slots("tomorrow").await;
        let booked = garage.book(&slots.remove(0), 1).await.expect(201);
        let hold = garage
            .post("/holds", json!({ "slot_token": slots.remove(0), "seconds": 3600 }))
            .await
            .expect(201);
        let hold = id(&hold.body["hold_id"]);
        let customer = id(&booked.body["customer_id"]);
        let attendee = json!({ "customer_id": customer });
        let series =
            json!({ "slot_token": slots.remove(0), "rule": "FREQ=WEEKLY;COUNT=2", "attendee": attendee });
        let series = garage.post("/series", series).await.expect(201);
        let other = garage
            .post("/customers", json!({ "name": "Customer 2", "phone": "+573000000002" }))
            .await
            .expect(201);
        let note = garage
            .post(&format!("/customers/{customer}/notes"), json!({ "text": "Customer 1 is kind" }))
            .await
            .expect(201);
        // A day on which nothing becomes free, so that nothing is offered.
        let wish = json!({ "service_id": garage.service, "attendee": attendee, "first_date": "2026-12-30" });
        let entry = garage.post("/waitlist", wish).await.expect(201);
        let known = garage.get(&format!("/customers/{customer}")).await.expect(200);
        let off = json!({ "start": "2026-12-24T00:00:00Z", "end": "2026-12-25T00:00:00Z" });
        let off = garage.post(&format!("/resources/{}/time-off", garage.resource), off).await.expect(201);
        let issued =
            garage.post("/api-keys", json!({ "name": "other", "scope": "auditor" })).await.expect(201);
        let operator_key =
            app.operator().post("/api/v1/operator-keys", json!({ "name": "other" })).await.expect(201);
        garage.post(&format!("/resources/{}/calendar-feed", garage.resource), json!({})).await.expect(201);
        garage.answer("call-1", "t1", "get_business_hours", json!({})).await;
        let delivery = garage.get("/deliveries").await.expect(200).body["items"][0]["id"].clone();
        let whatsapp = Whatsapp::open(&garage.client, &garage.business, "1").await;
        Self {
            conversation: whatsapp.begin("573000000001").await,
            slots,
            appointment: booked.id(),
            appointment_of_series: id(&series.body["occurrences"][0]["appointment"]["id"]),
            series: series.id(),
            contact_point: id(&known.body["contact_points"][0]["id"]),
            note: note.id(),
            entry: entry.id(),
            customer,
            other_customer: other.id(),
            time_off: off.id(),
            key: issued.id(),
            operator_key: operator_key.id(),
            delivery: id(&delivery),
            job: job_about(app, &hold).await,
            hold,
            garage,
        }
    }

    /// What nobody else may hear of.
    pub fn private(&self) -> Vec<&str> {
        let Self { garage, slots: _, operator_key: _, job: _, .. } = self;
        vec![
            &garage.business,
            &garage.resource,
            &garage.service,
            &garage.channel,
            &self.appointment,
            &self.series,
            &self.appointment_of_series,
            &self.hold,
            &self.customer,
            &self.other_customer,
            &self.contact_point,
            &self.note,
            &self.entry,
            &self.conversation,
            &self.time_off,
            &self.key,
            &self.delivery,
        ]
    }

    /// What a parameter of an address stands for.
    pub fn value(&self, operation: &Operation, name: &str) -> String {
        let value = match name {
            "business_id" => &self.garage.business,
            "service_id" => &self.garage.service,
            "resource_id" => &self.garage.resource,
            "channel_id" => &self.garage.channel,
            "appointment_id" => &self.appointment,
            "series_id" => &self.series,
            "hold_id" => &self.hold,
            "entry_id" => &self.entry,
            "conversation_id" => &self.conversation,
            "label" => "vip",
            "customer_id" => &self.customer,
            "contact_point_id" => &self.contact_point,
            "note_id" => &self.note,
            "time_off_id" => &self.time_off,
            "delivery_id" => &self.delivery,
            "job_id" => &self.job,
            "key_id" if operation.is_operators() => &self.operator_key,
            "key_id" => &self.key,
            "date" => DATE,
            "name" => "customers",
            "queue" => "marketing",
            other => panic!("{} has a parameter {other} that these things do not have", operation.id),
        };
        value.to_owned()
    }

    /// The address of an operation on these things, with what it needs in its query.
    pub fn address(&self, operation: &Operation) -> String {
        let filled = |part: &str| match part.strip_prefix('{').and_then(|part| part.strip_suffix('}')) {
            Some(name) => self.value(operation, name),
            None => part.to_owned(),
        };
        let path: Vec<String> = operation.path.split('/').map(filled).collect();
        let required = operation.queries.iter().filter(|query| query.required);
        let query: Vec<String> =
            required.map(|query| format!("{}={}", query.name, self.value(operation, &query.name))).collect();
        format!("{}?{}", path.join("/"), query.join("&"))
    }

    /// The body of a request that is carried out, as far as these things allow it.
    pub fn body(&self, operation: &Operation) -> Option<Value> {
        operation.takes_body.then(|| self.body_of(&operation.id))
    }

    fn body_of(&self, operation_id: &str) -> Value {
        let attendee = json!({ "customer_id": self.customer });
        // As before: what was offered stays open.
        let day = json!([{ "opens": "09:00", "closes": "17:00" }]);
        let profile = json!({ "name": "Garage", "zone": "America/Bogota" });
        match operation_id {
            "register_business" => json!({ "profile": profile }),
            "change_business" => profile,
            "change_business_hours" => json!({ "monday": day, "tuesday": day }),
            "set_business_date_override" | "set_resource_date_override" => json!({ "windows": day }),
            "issue_api_key" => json!({ "name": "new", "scope": "tenant_read" }),
            "issue_operator_key" => json!({ "name": "new" }),
            "add_channel" => json!({ "name": "new", "authentication": "hmac" }),
            "add_resource" | "change_resource" => json!({ "name": "Bea" }),
            "add_time_off" => json!({ "start": "2026-12-26T00:00:00Z", "end": "2026-12-27T00:00:00Z" }),
            "issue_calendar_feed" => json!({ "names_customers": true }),
            "add_service" | "change_service" => {
                json!({ "name": "Tyres", "duration_minutes": 60, "needs": [{ "any_of": [self.garage.resource] }] })
            }
            "hold_slot" => json!({ "slot_token": self.slots[0] }),
            "book_appointment" => json!({ "slot_token": self.slots[1], "attendee": attendee }),
            "reschedule_appointment" => json!({ "slot_token": self.slots[2] }),
            "cancel_appointment" | "decline_appointment" | "record_no_show" => json!({ "reason": "a test" }),
            "book_series" => {
                json!({ "slot_token": self.slots[3], "rule": "FREQ=WEEKLY;COUNT=2", "attendee": attendee })
            }
            "reschedule_series" => {
                json!({ "slot_token": self.slots[4], "appointment_id": self.appointment_of_series, "scope": "all" })
            }
            "cancel_series" => json!({ "from": self.appointment_of_series }),
            "join_waitlist" => {
                json!({ "service_id": self.garage.service, "attendee": attendee, "first_date": "2026-12-29" })
            }
            "accept_waitlist_offer" => json!({ "note": "a test" }),
            "register_customer" => json!({ "name": "Customer 3", "phone": "+573000000003" }),
            "rename_customer" => json!({ "name": "Customer 4" }),
            "add_contact_point" => json!({ "kind": "phone", "address": "+573000000005" }),
            "merge_customer" => json!({ "into": self.other_customer }),
            "undo_customer_merge" | "redact_note" => json!({ "reason": "a test" }),
            "assign_conversation" => json!({ "to": { "kind": "assistant" } }),
            "hand_over_conversation" => json!({ "to": { "kind": "anybody" }, "reason": "asked" }),
            "snooze_conversation" => json!({ "until": "2026-12-24T00:00:00Z" }),
            "label_conversation" => json!({ "label": "vip" }),
            "write_note" => json!({ "text": "a test" }),
            "retry_parked_events" => json!({}),
            "change_projection" => json!({ "change": "rebuild" }),
            "skip_delivery" | "discard_job" => json!({ "reason": "a test" }),
            other => panic!("{other} takes a body, and there is no example of one here"),
        }
    }

    /// Tries an operation out on these things.
    pub async fn try_out(&self, operation: &Operation, client: &Client) -> Reply {
        let seen = operation.needs_version.then_some(FIRST);
        self.send(operation, client, &self.address(operation), seen).await
    }

    /// Sends the request of an operation to an address; where that can be said, as somebody who has read the
    /// first version.
    pub async fn send_to(&self, operation: &Operation, client: &Client, address: &str) -> Reply {
        self.send(operation, client, address, operation.takes_version.then_some(FIRST)).await
    }

    async fn send(&self, operation: &Operation, client: &Client, address: &str, seen: Option<&str>) -> Reply {
        let headers: Vec<(&str, &str)> = seen.iter().map(|seen| ("if-match", *seen)).collect();
        let body = self.body(operation).map(|body| body.to_string().into());
        client.send(operation.method.clone(), address, &headers, body).await
    }
}

/// The job that ends a hold.
async fn job_about(app: &TestApp, hold: &str) -> String {
    let operator = app.operator();
    let find = async || {
        let jobs = operator.get("/api/v1/jobs?limit=200").await.expect(200);
        jobs.body["items"]
            .as_array()
            .into_iter()
            .flatten()
            .find(|job| job["key"] == hold)
            .map(|job| id(&job["id"]))
    };
    until(|| async { find().await.is_some() }).await;
    find().await.expect("a job")
}
