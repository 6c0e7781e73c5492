//! Every example of openapi.json, sent as it stands in the order of a first use.
//!
//! Only what a reader could not copy is replaced: ids, slot tokens and ETags are those of earlier replies.

mod client;

use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::Method;
use serde_json::{Value, json};

use self::client::Documented;
use crate::support::app::{Reply, TestApp, tool_call};
use crate::support::whatsapp::Whatsapp;
use crate::support::within;

/// The jobs that end holds have failed for good, and stand first in the list.
const JOBS_FAIL: &str =
    "update jobs set state = 'dead', due_at = '2026-01-01' where name = 'LapseHold' and state = 'waiting'";

struct FirstDay {
    app: TestApp,
    api: Documented,
}

impl FirstDay {
    async fn send(&mut self, operation: &str) -> Reply {
        self.api.send(operation, &self.app).await
    }

    async fn send_all(&mut self, operations: &[&str]) {
        for operation in operations {
            self.send(operation).await;
        }
    }

    /// Books the first time that is open tomorrow.
    async fn book(&mut self) -> Reply {
        self.send("find_open_slots").await;
        self.send("book_appointment").await
    }

    /// Sends the example of a list or of a thing until it shows what others bring about.
    async fn see(&mut self, operation: &str, pointer: &str, wanted: &Value) {
        within(async {
            while self.send(operation).await.body.pointer(pointer) != Some(wanted) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        })
        .await;
    }

    async fn opens_a_business(&mut self) {
        self.send_all(&["health", "register_business", "list_businesses", "get_business"]).await;
        self.send_all(&["issue_api_key", "list_api_keys", "change_business", "change_business_hours"]).await;
        self.send_all(&["set_business_date_override", "remove_business_date_override"]).await;
        self.send_all(&["add_resource", "list_resources", "get_resource", "change_resource"]).await;
        self.send_all(&["set_resource_date_override", "remove_resource_date_override"]).await;
        self.send_all(&["add_time_off", "remove_time_off"]).await;
        self.send_all(&["add_service", "list_services", "get_service"]).await;
    }

    async fn books(&mut self) {
        self.send_all(&["find_open_slots", "hold_slot", "release_hold"]).await;
        self.book().await;
        self.send_all(&["get_appointment", "list_appointments", "get_agenda"]).await;
        self.send_all(&["get_appointment_calendar", "get_appointment_history"]).await;
        self.send_all(&["find_open_slots", "reschedule_appointment"]).await;
    }

    async fn knows_customers(&mut self) {
        self.send_all(&["register_customer", "list_customers", "get_customer", "rename_customer"]).await;
        self.send_all(&["add_contact_point", "get_customer_figures"]).await;
        self.send_all(&["write_note", "list_notes", "redact_note"]).await;
        self.send_all(&["merge_customer", "list_customer_merges", "undo_customer_merge"]).await;
        self.send("remove_contact_point").await;
    }

    /// Whoever waits is offered the time of an appointment that is cancelled.
    async fn is_offered_a_time(&mut self) {
        self.book().await;
        self.send_all(&["join_waitlist", "list_waitlist", "get_waitlist_entry", "cancel_appointment"]).await;
        self.see("get_waitlist_entry", "/status", &json!("offered")).await;
    }

    async fn comes_and_does_not_come(&mut self) {
        for operations in [&["check_in", "complete_appointment"][..], &["record_no_show"]] {
            let booked = self.book().await;
            let start: DateTime<Utc> =
                booked.body["start"].as_str().and_then(|start| start.parse().ok()).expect("an instant");
            self.app.clock.set(start);
            self.send_all(operations).await;
        }
    }

    async fn approves_and_declines(&mut self) {
        self.send("change_service").await;
        for operation in ["approve_appointment", "decline_appointment"] {
            self.book().await;
            self.send(operation).await;
        }
    }

    async fn is_called(&mut self) {
        let secret = self.send("add_channel").await.body["secret"].as_str().expect("a secret").to_owned();
        self.send_all(&["list_channels", "get_assistant_tools", "list_messages"]).await;
        // A tool call without an id is parked, however often it is tried.
        let mut message = tool_call("call-1", "", "get_business_hours", json!({}));
        message["toolCallList"][0].as_object_mut().expect("an object").remove("id");
        let body = json!({ "message": message }).to_string();
        let headers = [("x-vapi-secret", secret.as_str())];
        let nobody = self.app.client(None);
        nobody.send(Method::POST, "/webhooks/vapi", &headers, Some(body.into())).await.expect(200);
        for operation in ["retry_delivery", "skip_delivery"] {
            self.see("list_deliveries", "/items/0/state", &json!("parked")).await;
            self.send(operation).await;
        }
        self.send("remove_channel").await;
    }

    /// In conversations, as people write them.
    async fn is_written_to(&mut self) {
        let (client, business) = self.api.business();
        Whatsapp::open(client, business, "1").await.begin("573004445566").await;
        self.send_all(&["list_conversations", "get_conversation", "list_conversation_messages"]).await;
        self.send("list_consents").await;
        self.send_all(&["assign_conversation", "hand_over_conversation", "snooze_conversation"]).await;
        self.send_all(&["reopen_conversation", "label_conversation", "unlabel_conversation"]).await;
        self.send("resolve_conversation").await;
    }

    async fn is_operated(&mut self) {
        self.send_all(&["issue_operator_key", "list_operator_keys", "revoke_operator_key"]).await;
        self.send_all(&["list_parked_events", "retry_parked_events"]).await;
        self.send_all(&["list_projections", "change_projection", "list_projection_changes"]).await;
        self.send_all(&["list_queues", "pause_queue", "resume_queue"]).await;
        for operation in ["retry_job", "discard_job"] {
            self.send_all(&["find_open_slots", "hold_slot"]).await;
            within(async {
                while self.send("list_jobs").await.body["items"][0]["state"] != "dead" {
                    self.app.database.tamper(JOBS_FAIL).await;
                }
            })
            .await;
            self.send_all(&["get_job", operation]).await;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_carried_out_as_it_stands() {
    goes_through_the_first_day(TestApp::start().await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_example_is_carried_out_as_it_stands_in_years() {
    let now = "2033-03-01T14:00:00Z".parse().expect("an instant");
    goes_through_the_first_day(TestApp::builder().at(now).start().await).await;
}

async fn goes_through_the_first_day(app: TestApp) {
    let mut day = FirstDay { api: Documented::of(&app).await, app };
    day.opens_a_business().await;
    day.books().await;
    day.knows_customers().await;
    day.send_all(&["find_open_slots", "book_series", "list_series", "get_series"]).await;
    day.send_all(&["find_open_slots", "reschedule_series", "cancel_series"]).await;
    day.is_offered_a_time().await;
    day.send("accept_waitlist_offer").await;
    day.is_offered_a_time().await;
    day.send_all(&["decline_waitlist_offer", "leave_waitlist"]).await;
    day.comes_and_does_not_come().await;
    day.approves_and_declines().await;
    day.send_all(&["issue_calendar_feed", "get_calendar_feed", "revoke_calendar_feed"]).await;
    day.is_called().await;
    day.is_written_to().await;
    day.is_operated().await;
    day.send_all(&["retire_service", "retire_resource", "issue_api_key", "revoke_api_key"]).await;
    assert_eq!(day.api.left(), [""; 0]);
}
