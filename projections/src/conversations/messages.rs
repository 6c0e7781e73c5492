//! What was written in conversations, in and out, with what became of it.
//!
//! What came in has a row by its provider's name, and so has whatever is done to a message: it may come before
//! the message, and before anybody knows that it is one of ours. What goes out has a row of its own, which names
//! that one from when the provider has taken it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::outbound_message::{
    Failure, OutboundMessage, OutboundMessageEvent, OutboundRequest,
};
use frontdesk_domain::conversations::provider_message::{
    ProviderMessage, ProviderMessageEvent, Reactor, ReceivedContent, ReceivedMessage,
};
use frontdesk_domain::kernel::ids::{
    BusinessId, ConversationId, OutboundMessageId, ProviderMessageId, StreamId,
};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::recorded::RecordedEvent;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::Tables;
use crate::reader::ReaderError;

/// What is known under a provider's name.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Named {
    pub received: Option<ReceivedMessage>,
    pub edited: Option<Edited>,
    pub removed_at: Option<DateTime<Utc>>,
    pub reactions: BTreeMap<Reactor, Reaction>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Edited {
    pub content: ReceivedContent,
    pub at: DateTime<Utc>,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Reaction {
    /// `None`: it was taken back.
    pub emoji: Option<Personal<String>>,
    pub at: DateTime<Utc>,
}

impl Named {
    /// Of several edits or reactions only those are recorded that were written later than the one before.
    fn evolve(&mut self, event: ProviderMessageEvent) {
        match event {
            ProviderMessageEvent::MessageReceived { message } => self.received = Some(message),
            ProviderMessageEvent::MessageEdited { content, moment } => {
                self.edited = Some(Edited { content, at: moment.at });
            }
            ProviderMessageEvent::MessageRemoved { moment } => self.removed_at = Some(moment.at),
            ProviderMessageEvent::ReactionChanged { by, emoji, moment } => {
                self.reactions.insert(by, Reaction { emoji, at: moment.at });
            }
            ProviderMessageEvent::MessageIdentified { .. }
            | ProviderMessageEvent::ReceiptArrivedEarly { .. } => {}
        }
    }
}

/// A message of ours.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Outbound {
    pub message: OutboundMessage,
    /// The last thing that went wrong, until the provider took it.
    pub failure: Option<Failure>,
}

impl Outbound {
    fn evolve(&mut self, event: OutboundMessageEvent) {
        match &event {
            OutboundMessageEvent::SendingDeferred { failure, .. }
            | OutboundMessageEvent::SendingFailed { failure } => self.failure = Some(failure.clone()),
            OutboundMessageEvent::DeliveryReported { report } => {
                self.failure = report.failure.clone().or(self.failure.take());
            }
            OutboundMessageEvent::MessageAccepted { .. } => self.failure = None,
            OutboundMessageEvent::MessageQueued { .. }
            | OutboundMessageEvent::MessageSuppressed { .. }
            | OutboundMessageEvent::MessageWithdrawn { .. }
            | OutboundMessageEvent::SendingBegun { .. }
            | OutboundMessageEvent::OutcomeLost {}
            | OutboundMessageEvent::FoundNotSent {} => {}
        }
        self.message.evolve(event);
    }

    fn request(&self) -> Option<&OutboundRequest> {
        self.message.request().ok()
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Said {
    Named(Box<Named>),
    Outbound(Box<Outbound>),
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    state: Json<Said>,
}

impl Row {
    fn conversation_id(&self) -> Option<Uuid> {
        match &self.state.0 {
            Said::Named(named) => Some(named.received.as_ref()?.conversation_id.uuid()),
            Said::Outbound(outbound) => Some(outbound.request()?.conversation_id.uuid()),
        }
    }

    fn at(&self) -> Option<DateTime<Utc>> {
        match &self.state.0 {
            Said::Named(named) => Some(named.received.as_ref()?.at),
            Said::Outbound(outbound) => Some(outbound.request()?.at),
        }
    }

    fn named(&self) -> Option<Uuid> {
        match &self.state.0 {
            Said::Named(_) => None,
            Said::Outbound(outbound) => Some(outbound.message.provider_message_id?.uuid()),
        }
    }

    fn reply_to(&self) -> Option<Uuid> {
        let reply_to = match &self.state.0 {
            Said::Named(named) => named.received.as_ref()?.reply_to,
            Said::Outbound(outbound) => outbound.request()?.reply_to,
        };
        reply_to.map(StreamId::uuid)
    }
}

pub(super) async fn take(tables: &mut Tables<'_>, events: &[Arc<RecordedEvent>]) -> Result<(), ReaderError> {
    let told = |event: &&Arc<RecordedEvent>| event.is::<ProviderMessage>() || event.is::<OutboundMessage>();
    let ids: Vec<Uuid> = events.iter().filter(told).map(|event| event.aggregate_id).collect();
    let mut rows = load(tables, &ids).await?;
    for recorded in events {
        if let Some(event) = recorded.event::<ProviderMessage>()? {
            if let Said::Named(named) = row(&mut rows, recorded, || Said::Named(Box::default())) {
                named.evolve(event);
            }
        } else if let Some(event) = recorded.event::<OutboundMessage>()?
            && let Said::Outbound(outbound) = row(&mut rows, recorded, || Said::Outbound(Box::default()))
        {
            outbound.evolve(event);
        }
    }
    Ok(save(tables, rows).await?)
}

fn row<'r>(
    rows: &'r mut BTreeMap<Uuid, Row>,
    recorded: &RecordedEvent,
    new: impl Fn() -> Said,
) -> &'r mut Said {
    let (id, tenant_id) = (recorded.aggregate_id, recorded.tenant.uuid());
    &mut rows.entry(id).or_insert_with(|| Row { id, tenant_id, state: Json(new()) }).state.0
}

async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Row>, sqlx::Error> {
    let rows: Vec<Row> =
        sqlx::query_as(&tables.sql("select id, tenant_id, state from {schema}.messages where id = any ($1)"))
            .bind(ids)
            .fetch_all(&mut *tables.connection)
            .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn save(tables: &mut Tables<'_>, rows: BTreeMap<Uuid, Row>) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(&tables.sql(
        "insert into {schema}.messages (id, tenant_id, conversation_id, at, named, reply_to, state)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::uuid[], $6::uuid[], $7::json[])
         on conflict (id) do update set
             conversation_id = excluded.conversation_id, at = excluded.at, named = excluded.named,
             reply_to = excluded.reply_to, state = excluded.state",
    ))
    .bind(rows.keys().copied().collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.values().map(Row::conversation_id).collect::<Vec<_>>())
    .bind(rows.values().map(Row::at).collect::<Vec<_>>())
    .bind(rows.values().map(Row::named).collect::<Vec<_>>())
    .bind(rows.values().map(Row::reply_to).collect::<Vec<_>>())
    .bind(rows.values().map(|row| &row.state).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// A message, whoever has written it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AnyMessageId {
    Theirs(ProviderMessageId),
    Ours(OutboundMessageId),
}

/// A message of a conversation.
#[derive(Debug, Clone)]
pub struct MessageRow {
    pub id: AnyMessageId,
    /// The one in which it was written; another one may stand for that.
    pub conversation_id: ConversationId,
    pub at: DateTime<Utc>,
    pub reply_to: Option<AnyMessageId>,
    pub message: Message,
    /// What was done to it.
    pub named: Named,
}

#[derive(Debug, Clone)]
pub enum Message {
    Theirs(Box<ReceivedMessage>),
    Ours(Box<Outbound>),
}

#[derive(Debug, sqlx::FromRow)]
struct Found {
    id: Uuid,
    conversation_id: Uuid,
    at: DateTime<Utc>,
    reply_to: Option<Uuid>,
    /// The message of ours that it replies to.
    reply_to_ours: Option<Uuid>,
    state: Json<Said>,
    named: Option<Json<Said>>,
}

impl Found {
    fn shown(self) -> Option<MessageRow> {
        let theirs = |id| AnyMessageId::Theirs(ProviderMessageId::from_uuid(id));
        let ours = |id| AnyMessageId::Ours(OutboundMessageId::from_uuid(id));
        let (id, message, named) = match (self.state.0, self.named) {
            (Said::Named(mut named), _) => {
                (theirs(self.id), Message::Theirs(Box::new(named.received.take()?)), *named)
            }
            (Said::Outbound(outbound), Some(Json(Said::Named(named)))) => {
                (ours(self.id), Message::Ours(outbound), *named)
            }
            (Said::Outbound(outbound), _) => (ours(self.id), Message::Ours(outbound), Named::default()),
        };
        let conversation_id = ConversationId::from_uuid(self.conversation_id);
        let reply_to = self.reply_to_ours.map(ours).or(self.reply_to.map(theirs));
        Some(MessageRow { id, conversation_id, at: self.at, reply_to, message, named })
    }
}

/// Those of a conversation, and of all that were joined into it; the newest first.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    id: ConversationId,
    request: PageRequest,
) -> Result<Page<MessageRow>, sqlx::Error> {
    let found: Vec<Found> = sqlx::query_as(
        "select m.id, m.conversation_id, m.at, m.reply_to, m.state,
             (select ours.id from conversations_v1.messages ours where ours.named = m.reply_to) as reply_to_ours,
             (select name.state from conversations_v1.messages name where name.id = m.named) as named
         from conversations_v1.conversations c
         cross join lateral (
             select * from conversations_v1.messages
             where conversation_id = c.id and ($3::timestamptz is null or (at, id) < ($3, $4))
             order by at desc, id desc limit $5
         ) m
         where c.survivor_id = (select survivor_id from conversations_v1.conversations where tenant_id = $1 and id = $2)
         order by m.at desc, m.id desc limit $5",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .bind(request.after.map(After::instant))
    .bind(request.after.map(|after| after.id))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    let place = |found: &Found| After { key: found.at.timestamp_micros(), id: found.id };
    let Page { items, next } = request.page(found, place);
    Ok(Page { items: items.into_iter().filter_map(Found::shown).collect(), next })
}
