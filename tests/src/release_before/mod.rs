//! The release before has ended, and this one goes on with its database.

mod continuation;
pub mod fixture;

use std::collections::BTreeMap;
use std::sync::Arc;

use frontdesk_domain::kernel::policy::{Policies, Policy, Reaction};
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_domain::registry::{aggregate_type, register_policies};
use reqwest::Method;
use serde_json::Value;
use sqlx::types::Json;
use uuid::Uuid;

use crate::support::process::Process;
use fixture::Release;

/// What differs with the moment of an answer: until when an offer stands, and the token that says so.
const OF_THE_MOMENT: [&str; 2] = ["slot_token", "token_expires_at"];

/// What this release says of something, alone or in a list, and the one before did not: a part of the path,
/// what the field stands in, and the field.
const ADDED: [(&str, &str, &str); 6] = [
    ("/channels", "", "provider"),
    ("/services", "/details", "overlap"),
    ("/businesses", "/profile", "recognise_callers"),
    ("/businesses", "/profile", "caller_proof"),
    ("/businesses", "/profile", "allowed_origins"),
    ("/time-off", "", "affected"),
];
/// What models are told to do. They read it anew each time.
const FOR_MODELS: &str = "/api/v1/assistant-tools";

#[tokio::test(flavor = "multi_thread")]
async fn every_event_of_the_release_before_is_read_by_its_aggregate_and_every_policy() {
    let release = Release::before();
    let database = release.database().await;
    let process = Process::start(&database, &release.master_key());
    let batch =
        process.log.read_after(0, i64::from(i32::MAX), None).await.expect("readable").expect("events");
    assert_eq!(batch.through, process.log.head().await.expect("a head"));

    let mut streams: BTreeMap<(&str, Uuid), Vec<RecordedEvent>> = BTreeMap::new();
    for event in &batch.events {
        process.log.command_of(event).await.expect("what was asked is readable");
        streams
            .entry((&event.aggregate_type, event.aggregate_id))
            .or_default()
            .push(RecordedEvent::clone(event));
    }
    for ((name, id), events) in &streams {
        let aggregate =
            aggregate_type(name).unwrap_or_else(|| panic!("{name} {id} is no aggregate: {:?}", events[0]));
        (aggregate.replay)(events).unwrap_or_else(|error| panic!("{name} {id}: {error}"));
    }

    let queue = "select policy, payload from jobs where tenant_id is not null";
    let queue: Vec<(String, Json<Value>)> =
        sqlx::query_as(queue).fetch_all(&database.pool).await.expect("jobs");
    let mut reader = Reader { events: &batch.events, queue, read: 0 };
    register_policies(&mut reader);
    assert_eq!(reader.read, reader.queue.len(), "a job in the queue is of no policy");
}

/// Reads the log and the queue for every policy.
struct Reader<'a> {
    events: &'a [Arc<RecordedEvent>],
    queue: Vec<(String, Json<Value>)>,
    /// How many jobs of the queue.
    read: usize,
}

impl Policies for Reader<'_> {
    fn policy<P: Policy>(&mut self) {
        let mut jobs = Vec::new();
        for event in self.events.iter().filter(|event| P::AGGREGATES.contains(&event.aggregate_type.as_str()))
        {
            for reaction in P::react(event).unwrap_or_else(|error| panic!("{}: {error}", P::NAME)) {
                match reaction {
                    Reaction::Schedule { job, .. } => jobs.push(serde_json::to_value(job).expect("JSON")),
                    Reaction::Withdraw { .. } => {}
                }
            }
        }
        assert!(!jobs.is_empty(), "{} wants nothing of all that has happened", P::NAME);
        let queued: Vec<Value> = self
            .queue
            .iter()
            .filter(|(policy, _)| policy == P::NAME)
            .map(|(_, payload)| payload.0.clone())
            .collect();
        self.read += queued.len();
        for job in jobs.into_iter().chain(queued) {
            let read: P::Job = serde_json::from_value(job.clone())
                .unwrap_or_else(|error| panic!("{}: {error}: {job}", P::NAME));
            assert_eq!(serde_json::to_value(read).expect("JSON"), job, "{}", P::NAME);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_release_before_has_answered_is_answered_alike() {
    let release = Release::before();
    let app = release.upgraded().await;
    let head = app.events().await;
    for exchange in release.exchanges.iter().filter(|exchange| !exchange.path.starts_with(FOR_MODELS)) {
        let method: Method = exchange.method.parse().expect("a method");
        let body = exchange.body.clone().map(String::into_bytes);
        let reply = app.client(None).send(method, &exchange.path, &exchange.headers(), body).await;
        let text = reply.text.replace(&app.url, &release.public_url);
        let text = without_the_added(&exchange.path, &text);
        let asked = (&exchange.method, &exchange.path, exchange.body.as_deref().unwrap_or_default());
        assert_eq!(
            (reply.status, without_the_moment(&text)),
            (exchange.status, without_the_moment(&exchange.reply)),
            "{asked:?}"
        );
        // Some replies have got tags since, and those that may be compressed are weak.
        let opaque = |etag: &Option<String>| etag.as_deref().map(|etag| etag.replace("W/", ""));
        let is_alike = exchange.etag.is_none() || opaque(&reply.etag) == opaque(&exchange.etag);
        assert!(is_alike, "{:?}, not {:?}: {asked:?}", reply.etag, exchange.etag);
    }
    assert_eq!(app.events().await, head, "what was asked has changed something");
}

/// A text of JSON without the values that are [`OF_THE_MOMENT`].
fn without_the_moment(text: &str) -> String {
    OF_THE_MOMENT.iter().fold(text.to_owned(), |text, name| {
        let name = format!("\"{name}\":\"");
        let mut parts = text.split(&name);
        let first = parts.next().unwrap_or_default().to_owned();
        parts.fold(first, |text, part| text + &name + part.find('"').map_or("", |end| &part[end..]))
    })
}

/// A reply without the fields that are [`ADDED`].
fn without_the_added(path: &str, text: &str) -> String {
    let mut text = text.to_owned();
    for (_, within, field) in ADDED.iter().filter(|(part, ..)| path.contains(part)) {
        let Ok(mut reply) = serde_json::from_str::<Value>(&text) else { continue };
        let remove = |one: &mut Value| {
            one.pointer_mut(within).and_then(Value::as_object_mut).and_then(|one| one.remove(*field))
        };
        let removed = match reply.pointer_mut("/items").and_then(Value::as_array_mut) {
            Some(items) => items.iter_mut().filter_map(remove).count(),
            None => remove(&mut reply).into_iter().count(),
        };
        if removed > 0 {
            text = reply.to_string();
        }
    }
    text
}
