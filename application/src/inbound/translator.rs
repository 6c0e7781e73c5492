//! Translates webhooks that nobody waits for: from the log, in order within each call and with each person, side
//! by side across them.
//!
//! Businesses take turns: one with a heap of calls keeps no other from beginning, and where one of them
//! fails, the others still get as far as they can. While a business fills batches, those that come behind its
//! heap are looked for ahead of it. When the reader gets there, they are found done.
//!
//! It is a reader of the log. What becomes of a delivery is an event in its own stream, committed with its
//! effects, so the checkpoint is a low-water mark: after a crash some deliveries are looked at again and
//! found done. A delivery that cannot be translated is parked. It holds back only what comes after it in its
//! own call, until a person retries or skips it.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_adapters::command_bus::{Bus, BusError, Context};
use frontdesk_adapters::event_log::appender::AppendError;
use frontdesk_adapters::event_log::keys::KeyError;
use frontdesk_adapters::event_log::subscribe::SubscribeError;
use frontdesk_adapters::event_log::{CommitError, ReadError};
use frontdesk_adapters::providers;
use frontdesk_domain::conversations::call::CallStart;
use frontdesk_domain::conversations::chapter::Charge;
use frontdesk_domain::conversations::commands::receive_message::{AmendMessage, Amendment, ReceiveMessage};
use frontdesk_domain::conversations::commands::receive_status::ReceiveStatus;
use frontdesk_domain::conversations::commands::translate_webhook::{TranslateWebhook, Translation};
use frontdesk_domain::conversations::correspondent::Correspondent;
use frontdesk_domain::conversations::inbound::{Act, Content, Inbound, InboundMessage};
use frontdesk_domain::conversations::outbound_message::DeliveryReport;
use frontdesk_domain::integrations::webhook::{Receipt, Webhook, WebhookEvent};
use frontdesk_domain::kernel::ids::{BusinessId, CallId, ChannelId, StreamId, WebhookId};
use frontdesk_domain::kernel::metadata::{Actor, ActorKind, CORRELATION_ID, ORDERING_KEY};
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Unreadable};
use frontdesk_domain::kernel::work::Unavailable;
use frontdesk_domain::scheduling::business::Business;
use frontdesk_projections::checkpoints::Checkpoint;
use frontdesk_projections::reader::{Pace, Reader, ReaderError};
use futures::future::BoxFuture;
use futures::{StreamExt, stream};
use serde::{Deserialize, Serialize};
use sqlx::PgConnection;
use sqlx::types::Json;
use tokio::sync::Semaphore;
use uuid::Uuid;

use super::body;
use super::caller;

pub(crate) const CHECKPOINT: Checkpoint = Checkpoint::of("intake", 1);
/// How many calls are worked on at once.
const PARALLEL_KEYS: usize = 16;
/// What the bodies that are worked on at once may have, as they came. Expanded and decoded they take some
/// times as much.
const BODY_BYTES_MAX: u32 = 4 << 20;
const PATIENCE: Duration = Duration::from_secs(10);
/// From so many deliveries in a batch on it is a heap.
const HEAP_MIN: usize = 32;
/// How many deliveries of others are taken from behind a heap at once.
const AHEAD_MAX: i64 = 64;

#[derive(Debug, thiserror::Error)]
enum IntakeError {
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Unreadable(#[from] Unreadable),
    #[error("what is held back cannot be read or written")]
    Database(#[from] sqlx::Error),
    #[error("a translation cannot be committed")]
    Bus(#[from] BusError),
}

/// What is to be done about a delivery.
enum Task {
    Translate(Due),
    /// A person has given it up: what waits behind it may go on.
    Skipped(WebhookId),
}

#[derive(Clone, Serialize, Deserialize)]
struct Due {
    id: WebhookId,
    tenant: BusinessId,
    position: Position,
    correlation_id: String,
    receipt: Receipt,
}

/// What a batch asks for, by business and ordering key.
type Tasks = BTreeMap<(BusinessId, String), Vec<Task>>;

pub struct Translator {
    bus: Bus,
    /// Bytes of bodies that may still be worked on.
    room: Semaphore,
}

impl Reader for Translator {
    fn name(&self) -> &'static str {
        CHECKPOINT.name
    }

    /// One for ever: what was translated stays translated.
    fn version(&self) -> i32 {
        CHECKPOINT.version
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Webhook::TYPE]
    }

    /// Nobody waits for it, and it mostly waits itself, for its commits.
    fn pace(&self) -> Pace {
        Pace {
            batch_events: 500,
            rest: Duration::from_millis(25),
            retry_pauses: [Duration::from_secs(1); 4],
            shares_turns: false,
        }
    }

    fn take<'a>(
        &'a self,
        transaction: &'a mut PgConnection,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            self.translate_all(transaction, events).await.map_err(|error| match error {
                IntakeError::Unreadable(error) | IntakeError::Read(ReadError::Unreadable(error)) => {
                    error.into()
                }
                error => ReaderError::Effect(Box::new(error)),
            })
        })
    }
}

impl Translator {
    pub fn new(bus: Bus) -> Self {
        Self { bus, room: Semaphore::new(BODY_BYTES_MAX as usize) }
    }

    async fn translate_all(
        &self,
        transaction: &mut PgConnection,
        events: &[Arc<RecordedEvent>],
    ) -> Result<(), IntakeError> {
        let mut tasks = self.tasks(events).await?;
        if let (heaps @ [_, ..], Some(last)) = (heaps(&tasks).as_slice(), events.last()) {
            let ahead = self.ahead(last.position, heaps).await?;
            for (key, more) in self.tasks(&ahead).await? {
                tasks.entry(key).or_default().extend(more);
            }
        }
        let keys: Vec<String> = tasks.keys().map(|(_, key)| key.clone()).collect();
        let held = held(transaction, &keys).await?;
        let outcomes: Vec<(String, Result<Vec<Due>, IntakeError>)> = stream::iter(taking_turns(tasks))
            .map(|(key, tasks)| {
                let held = held.get(&key).cloned().unwrap_or_default();
                async move { (key, self.work_off(held, tasks).await) }
            })
            .buffer_unordered(PARALLEL_KEYS)
            .collect()
            .await;
        for (key, still_held) in outcomes {
            hold(transaction, &key, &still_held?).await?;
        }
        Ok(())
    }

    /// What a batch asks for. Deliveries that were done with when they came ask for nothing.
    async fn tasks(&self, events: &[Arc<RecordedEvent>]) -> Result<Tasks, IntakeError> {
        let mut tasks = Tasks::new();
        let mut events = events.iter().peekable();
        while let Some(recorded) = events.next() {
            let Some(event) = recorded.event::<Webhook>()? else { continue };
            let done_at_once = events.peek().is_some_and(|next| {
                next.aggregate_id == recorded.aggregate_id && next.commit_id == recorded.commit_id
            });
            let id = WebhookId::from_uuid(recorded.aggregate_id);
            let (key, task) = match event {
                WebhookEvent::WebhookReceived { receipt } if !done_at_once => {
                    (key_of(recorded), Task::Translate(due(recorded, receipt)))
                }
                WebhookEvent::DeliveryRetryRequested {} | WebhookEvent::DeliverySkipped { .. } => {
                    let Some(first) = self.receipt_of(id).await? else { continue };
                    let WebhookEvent::WebhookReceived { receipt } = first.decode()? else { continue };
                    let is_retry = event == WebhookEvent::DeliveryRetryRequested {};
                    (
                        key_of(&first),
                        if is_retry { Task::Translate(due(&first, receipt)) } else { Task::Skipped(id) },
                    )
                }
                WebhookEvent::WebhookReceived { .. }
                | WebhookEvent::DeliveryTranslated {}
                | WebhookEvent::DeliveryIgnored { .. }
                | WebhookEvent::DeliveryParked { .. } => continue,
            };
            tasks.entry((recorded.tenant, key)).or_default().push(task);
        }
        Ok(tasks)
    }

    /// Deliveries behind a batch that nobody has worked on yet, past those of businesses with heaps.
    async fn ahead(
        &self,
        after: Position,
        past: &[BusinessId],
    ) -> Result<Vec<Arc<RecordedEvent>>, IntakeError> {
        let log = self.bus.log();
        let positions = log.untouched_after(after, Webhook::TYPE, past, AHEAD_MAX).await?;
        match log.read_at(&positions).await {
            Ok(batch) => Ok(batch.events),
            Err(SubscribeError::Read(error)) => Err(error.into()),
            // They are found when the reader gets to them.
            Err(SubscribeError::Hole { .. }) => Ok(Vec::new()),
        }
    }

    async fn receipt_of(&self, id: WebhookId) -> Result<Option<RecordedEvent>, ReadError> {
        let stream = frontdesk_domain::kernel::recorded::Stream::of::<Webhook>(id);
        let events = self.bus.log().load(&[(stream, 0)]).await?.remove(&stream).unwrap_or_default();
        Ok(events.events.into_iter().next())
    }

    /// Does what is to be done under one key, in order; what is held in the end.
    async fn work_off(&self, mut held: Vec<Due>, tasks: Vec<Task>) -> Result<Vec<Due>, IntakeError> {
        for task in tasks {
            match task {
                Task::Translate(due) => match held.iter().position(|earlier| earlier.id == due.id) {
                    // Tried again by a person, or looked at again after a crash: with it goes what waits
                    // behind it.
                    Some(0) => held = self.translate_held(held).await?,
                    Some(_) => {}
                    None if held.is_empty() => {
                        if !self.translate(&due).await? {
                            held.push(due);
                        }
                    }
                    None => {
                        self.settle(&due, Translation::Behind { earlier: held[0].id }).await?;
                        held.push(due);
                    }
                },
                Task::Skipped(id) => {
                    held.retain(|due| due.id != id);
                    held = self.translate_held(held).await?;
                }
            }
        }
        Ok(held)
    }

    /// In order, until one cannot be translated; that one and those behind it remain.
    async fn translate_held(&self, mut held: Vec<Due>) -> Result<Vec<Due>, IntakeError> {
        while let Some(first) = held.first() {
            if !self.translate(first).await? {
                break;
            }
            held.remove(0);
        }
        Ok(held)
    }

    /// Whether it is done with.
    async fn translate(&self, due: &Due) -> Result<bool, IntakeError> {
        let known = self.bus.known::<Webhook>(due.id);
        if known.is_some_and(|webhook| webhook.received().is_ok() && !webhook.is_open()) {
            return Ok(true);
        }
        let bytes = u32::try_from(due.receipt.body_bytes).unwrap_or(u32::MAX).min(BODY_BYTES_MAX);
        // It is never closed.
        let _room = self.room.acquire_many(bytes).await.ok();
        let translation = self.translation(due).await?;
        if let Err(error) = self.settle(due, translation).await {
            let reason = lasting(&error).ok_or(error)?;
            self.settle(due, Translation::Impossible { error: reason }).await?;
        }
        // It may have been settled before: looked at again after a crash.
        Ok(!self.bus.current::<Webhook>(due.id).await?.is_open())
    }

    async fn settle(&self, due: &Due, translation: Translation) -> Result<(), IntakeError> {
        let mut context = Context::new(due.tenant, Actor::new(ActorKind::System, CHECKPOINT.name), PATIENCE);
        context.correlation_id.clone_from(&due.correlation_id);
        context.causation_id = Some(due.id.to_string());
        self.bus.execute(&context, &TranslateWebhook { webhook_id: due.id, translation }).await?;
        Ok(())
    }

    async fn translation(&self, due: &Due) -> Result<Translation, IntakeError> {
        let impossible = |error: String| Ok(Translation::Impossible { error });
        let Some(provider) = providers::find(&due.receipt.provider) else {
            return impossible(format!("the provider {} is not known to this release", due.receipt.provider));
        };
        let subject = SubjectId(due.receipt.body_subject);
        let body = match self.bus.log().attachment(due.tenant, due.id.uuid(), subject).await {
            Ok(Some(body)) => body,
            Ok(None) => return impossible("its body is no longer kept".into()),
            Err(ReadError::Key(KeyError::WrongMasterKey)) => {
                return impossible("its body cannot be decrypted".into());
            }
            Err(error) => return Err(error.into()),
        };
        let content = match body::expand(&body) {
            Ok(content) => content,
            Err(error) => return impossible(format!("its body cannot be expanded: {error}")),
        };
        let inbound = match provider.restore(&content) {
            Ok(inbound) => inbound,
            Err(error) => return impossible(error.to_string()),
        };
        if let Content::Unanswerable = inbound.content {
            return impossible("a tool call in it has no id, so that it could not be answered".into());
        }
        let start = self.call_start(provider.name(), due, &inbound).await?;
        let (channel_id, at) =
            (due.receipt.channel_id, inbound.sent_at.unwrap_or_else(|| self.bus.clock().now()));
        Ok(match (start, inbound.content) {
            (Some((call_id, start)), Content::CallNews(news)) => {
                Translation::Call { call_id, start, news: news.about(subject) }
            }
            (_, Content::Message(message)) => written(channel_id, message, at),
            (_, Content::Receipt(receipt)) => Translation::Receipt(ReceiveStatus {
                channel_id,
                name: Personal::in_command(receipt.name),
                ours: receipt.ours,
                report: DeliveryReport { status: receipt.status, at, failure: receipt.failure },
            }),
            (_, Content::Unreadable { reason }) => Translation::Impossible { error: reason.into() },
            (Some(_) | None, _) => Translation::Nothing { reason: "it changes nothing here".into() },
        })
    }

    /// The call that a message is about, as it begins for us if nobody has heard of it yet.
    async fn call_start(
        &self,
        provider: &str,
        due: &Due,
        inbound: &Inbound,
    ) -> Result<Option<(CallId, CallStart)>, IntakeError> {
        let about = due.receipt.call_id.zip(inbound.provider_call_id.as_deref());
        let Some((call_id, provider_call_id)) = about else { return Ok(None) };
        let business = self.bus.current::<Business>(due.tenant).await?;
        let caller = match business.registered() {
            Ok(business) => caller::number(&self.bus, due.tenant, business, inbound).await?,
            Err(_) => None,
        };
        let start = inbound.call_start(provider, provider_call_id, due.receipt.channel_id, call_id, caller);
        Ok(Some((call_id, start)))
    }
}

/// What somebody has written or done, as a command.
fn written(channel_id: ChannelId, message: InboundMessage, at: DateTime<Utc>) -> Translation {
    let InboundMessage { medium, from, profile_name, name, act, keyword } = message;
    let from: Vec<Personal<Correspondent>> = from.into_iter().map(Personal::in_command).collect();
    // Until an assistant is set up that writes, the people of the business answer.
    let (name, in_charge) = (Personal::in_command(name), Charge::Anybody);
    let (of, amendment) = match act {
        Act::Written { content, reply_to } => {
            let (reply_to, profile_name) =
                (reply_to.map(Personal::in_command), profile_name.map(Personal::in_command));
            return Translation::Message(ReceiveMessage {
                channel_id,
                medium,
                from,
                profile_name,
                name,
                content,
                reply_to,
                at,
                keyword,
                in_charge,
            });
        }
        Act::Edited { of, content } => (of, Amendment::Edited { content }),
        Act::Removed { of } => (of, Amendment::Removed),
        Act::Reacted { to, emoji } => (to, Amendment::Reacted { emoji: emoji.map(Personal::in_command) }),
    };
    let of = Personal::in_command(of);
    Translation::Amendment(AmendMessage { channel_id, medium, from, of, name, amendment, at, in_charge })
}

/// Why a translation will fail tomorrow as it does today, if it will. It stands in clear in the log: in our
/// own words, and without what an event says.
fn lasting(error: &IntakeError) -> Option<String> {
    let IntakeError::Bus(error) = error else { return None };
    match error {
        BusError::Refused(refusal) => Some(refusal.detail.clone()),
        BusError::Unavailable(Unavailable::Unreadable(error))
        | BusError::Commit(CommitError::Read(ReadError::Unreadable(error))) => {
            let Unreadable { position, event_type, reason: _ } = error;
            Some(format!("the event at position {position} ({event_type}) cannot be read"))
        }
        BusError::TooMuchWork => Some(error.to_string()),
        BusError::Commit(
            error @ (CommitError::Erased(_)
            | CommitError::Append(AppendError::TooLarge | AppendError::Rejected(_))),
        ) => Some(error.to_string()),
        BusError::Unavailable(Unavailable::Log(_))
        | BusError::Commit(_)
        | BusError::Crowded
        | BusError::Contended => None,
    }
}

fn due(recorded: &RecordedEvent, receipt: Receipt) -> Due {
    let id = WebhookId::from_uuid(recorded.aggregate_id);
    let correlation_id = recorded.metadata.get(CORRELATION_ID).map_or_else(|| id.to_string(), str::to_owned);
    Due { id, tenant: recorded.tenant, position: recorded.position, correlation_id, receipt }
}

/// The businesses that fill a batch.
fn heaps(tasks: &Tasks) -> Vec<BusinessId> {
    let mut counts: BTreeMap<BusinessId, usize> = BTreeMap::new();
    for ((tenant, _), tasks) in tasks {
        *counts.entry(*tenant).or_default() += tasks.len();
    }
    counts.into_iter().filter(|(_, count)| *count >= HEAP_MIN).map(|(tenant, _)| tenant).collect()
}

/// The first key of every business, then the second of each, and so on.
fn taking_turns(tasks: Tasks) -> Vec<(String, Vec<Task>)> {
    let mut turns: BTreeMap<BusinessId, usize> = BTreeMap::new();
    let mut in_turn: BTreeMap<(usize, BusinessId), (String, Vec<Task>)> = BTreeMap::new();
    for ((tenant, key), tasks) in tasks {
        let turn = turns.entry(tenant).or_default();
        *turn += 1;
        in_turn.insert((*turn, tenant), (key, tasks));
    }
    in_turn.into_values().collect()
}

/// What has no key waits for nothing.
fn key_of(recorded: &RecordedEvent) -> String {
    recorded.metadata.get(ORDERING_KEY).map_or_else(|| recorded.aggregate_id.to_string(), str::to_owned)
}

/// What is held back under some keys, in order.
async fn held(
    transaction: &mut PgConnection,
    keys: &[String],
) -> Result<BTreeMap<String, Vec<Due>>, IntakeError> {
    let rows: Vec<(String, Json<Due>)> = sqlx::query_as(
        "select ordering_key, delivery from held_deliveries where ordering_key = any ($1) order by position",
    )
    .bind(keys)
    .fetch_all(&mut *transaction)
    .await?;
    let mut held: BTreeMap<String, Vec<Due>> = BTreeMap::new();
    for (key, Json(due)) in rows {
        held.entry(key).or_default().push(due);
    }
    Ok(held)
}

async fn hold(transaction: &mut PgConnection, key: &str, held: &[Due]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = held.iter().map(|due| due.id.uuid()).collect();
    sqlx::query("delete from held_deliveries where ordering_key = $1 and delivery_id <> all ($2)")
        .bind(key)
        .bind(&ids)
        .execute(&mut *transaction)
        .await?;
    if held.is_empty() {
        return Ok(());
    }
    sqlx::query(
        "insert into held_deliveries (delivery_id, ordering_key, position, delivery)
         select id, $2, position, delivery from unnest($1::uuid[], $3::bigint[], $4::json[]) as d (id, position, delivery)
         on conflict (delivery_id) do nothing",
    )
    .bind(&ids)
    .bind(key)
    .bind(held.iter().map(|due| due.position).collect::<Vec<_>>())
    .bind(held.iter().map(Json).collect::<Vec<_>>())
    .execute(&mut *transaction)
    .await
    .map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn businesses_take_turns() {
        let business = |number| BusinessId::from_uuid(Uuid::from_u128(number));
        let of = |number: u128, key: &str| ((business(number), key.to_owned()), Vec::new());
        let tasks = Tasks::from([of(1, "a"), of(1, "b"), of(1, "c"), of(2, "x"), of(3, "y"), of(3, "z")]);
        let keys: Vec<String> = taking_turns(tasks).into_iter().map(|(key, _)| key).collect();
        assert_eq!(keys, ["a", "x", "y", "b", "z", "c"]);
    }
}
