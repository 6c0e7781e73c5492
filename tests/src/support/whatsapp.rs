//! WhatsApp, as it speaks to a channel of a business.

use chrono::{DateTime, Utc};
use hmac::{Hmac, Mac};
use reqwest::Method;
use serde_json::{Value, json};
use sha2::Sha256;

use super::app::Client;
use super::process::morning;
use super::within;

/// What the platform shows its customers, and signs with.
const SECRET: &str = "the-secret-of-the-platform";

/// A channel with one number.
#[derive(Debug, Clone)]
pub struct Whatsapp {
    pub channel: String,
    number: String,
    /// Of the business.
    client: Client,
    conversations: String,
}

impl Whatsapp {
    /// Adds a channel with a number that no other one has.
    pub async fn open(client: &Client, business: &str, number: &str) -> Self {
        let number = format!("{business}-{number}");
        let channel = json!({
            "name": "WhatsApp",
            "provider": "whatsapp",
            "authentication": "signature",
            "secret": SECRET,
            "numbers": [{ "kind": "phone_number_id", "value": number }],
        });
        let business = format!("/api/v1/businesses/{business}");
        let added = client.post(&format!("{business}/channels"), channel).await.expect(201);
        Self {
            channel: added.id(),
            number,
            client: client.clone(),
            conversations: format!("{business}/conversations?channel_id={}", added.id()),
        }
    }

    /// Tells of messages or of statuses.
    pub async fn tell(&self, mut value: Value) {
        value["metadata"] = json!({ "phone_number_id": self.number });
        let change = json!({ "field": "messages", "value": value });
        let body = json!({
            "object": "whatsapp_business_account",
            "entry": [{ "id": "account", "changes": [change] }],
        });
        let body = body.to_string().into_bytes();
        let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(SECRET.as_bytes()).expect("a key");
        mac.update(&body);
        let signature = format!("sha256={}", hex::encode(mac.finalize().into_bytes()));
        let headers = [("x-hub-signature-256", signature.as_str())];
        let path = format!("/webhooks/whatsapp?channel={}", self.channel);
        self.client.send(Method::POST, &path, &headers, Some(body)).await.expect(200);
    }

    /// Somebody sends a message; `more` is what it has beside its text, or instead of it.
    pub async fn message(&self, from: &str, id: &str, at: DateTime<Utc>, more: Value) {
        let mut message =
            json!({ "from": from, "id": id, "timestamp": at.timestamp().to_string(), "type": "text" });
        for (name, value) in more.as_object().expect("an object") {
            message[name] = value.clone();
        }
        let contact = json!({ "wa_id": from, "profile": { "name": format!("Person {from}") } });
        self.tell(json!({ "contacts": [contact], "messages": [message] })).await;
    }

    pub async fn text(&self, from: &str, id: &str, at: DateTime<Utc>, text: &str) {
        self.message(from, id, at, json!({ "text": { "body": text } })).await;
    }

    /// Somebody writes for the first time. Gives the conversation, as soon as it is listed.
    pub async fn begin(&self, from: &str) -> String {
        self.text(from, &format!("wamid.{from}"), morning(), "Hello").await;
        within(async {
            loop {
                let listed = self.client.get(&self.conversations).await.expect(200);
                if let Some(id) = listed.body["items"][0]["id"].as_str() {
                    return id.to_owned();
                }
                tokio::time::sleep(std::time::Duration::from_millis(2)).await;
            }
        })
        .await
    }
}
