//! Conversations as they stand, and what was written in them.
//!
//! One that was joined into another stays as a row that leads to the one which stands for it. What was written
//! in it stays there, too, and is read together with that one's: so joining moves no messages.

pub mod messages;

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::conversations::chapter::{
    Chapter, ChapterEvent, ChargeKind, Label, Situation, StatusKind,
};
use frontdesk_domain::conversations::conversation::{Conversation, ConversationEvent, Open};
use frontdesk_domain::conversations::outbound_message::OutboundMessage;
use frontdesk_domain::conversations::provider_message::{ProviderMessage, ProviderMessageEvent};
use frontdesk_domain::kernel::ids::{BusinessId, ChannelId, ConversationId, StreamId};
use frontdesk_domain::kernel::metadata::DECIDED_AT;
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::kernel::recorded::{RecordedEvent, Unreadable};
use frontdesk_domain::values::text::Name;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::page::{After, Page, PageRequest};
use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Conversations;

const TABLES: &str = "
create table if not exists {schema}.conversations (
    id          uuid primary key,
    tenant_id   uuid not null,
    -- The current one.
    chapter_id  uuid unique,
    -- Empty once it is joined into another one. It is listed no more then.
    channel_id  uuid,
    status      text not null,
    in_charge   text not null,
    labels      text[] not null,
    -- When the last message was written; when it began, if none was.
    moved_at    timestamptz not null,
    joined_into uuid,
    -- Which one stands for it in the end: itself, if it was not joined.
    survivor_id uuid not null,
    -- As the aggregates hold it; the columns above are for searching.
    state       json not null
);
create index if not exists conversations_by_move on {schema}.conversations (tenant_id, moved_at, id) where channel_id is not null;
create index if not exists conversations_by_survivor on {schema}.conversations (survivor_id);

create table if not exists {schema}.messages (
    id              uuid primary key,
    tenant_id       uuid not null,
    -- Empty of a provider's name under which nothing was received: that of a message of ours, or of one that is
    -- still to come.
    conversation_id uuid,
    -- When it was written.
    at              timestamptz,
    -- The provider's name of a message of ours. What is done to it stands there.
    named           uuid unique,
    reply_to        uuid,
    state           json not null
);
create index if not exists messages_of_conversation on {schema}.messages (conversation_id, at, id) where conversation_id is not null;
";

impl ReadModel for Conversations {
    fn name(&self) -> &'static str {
        "conversations"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[Conversation::TYPE, Chapter::TYPE, ProviderMessage::TYPE, OutboundMessage::TYPE]
    }

    fn tables(&self) -> &'static str {
        TABLES
    }

    fn take<'a>(
        &'a self,
        mut tables: Tables<'a>,
        events: &'a [Arc<RecordedEvent>],
    ) -> BoxFuture<'a, Result<(), ReaderError>> {
        Box::pin(async move {
            let news = events.iter().map(|recorded| News::of(recorded));
            let news = news.collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect::<Vec<_>>();
            let ids: Vec<Uuid> = news.iter().map(|news| news.about).collect();
            let mut rows = load(&mut tables, &ids).await?;
            let mut chapters: BTreeMap<Uuid, Uuid> =
                rows.values().filter_map(|row| Some((row.chapter_id?, row.id))).collect();
            for News { about, recorded, what } in news {
                let id = chapters.get(&about).copied().unwrap_or(about);
                // Of a chapter whose beginning could not be taken, nothing can be.
                if matches!(what, What::Happened(_)) && id == about {
                    continue;
                }
                let row = rows.entry(id).or_insert_with(|| Row::before(id, recorded));
                if let What::Begun(_) = what {
                    chapters.insert(recorded.aggregate_id, id);
                }
                row.take(recorded, what);
            }
            save(&mut tables, &rows).await?;
            let joined = rows.values().filter(|row| row.joined_into().is_some());
            find_survivors(&mut tables, &joined.map(|row| row.id).collect::<Vec<_>>()).await?;
            messages::take(&mut tables, events).await
        })
    }
}

/// What an event says of a conversation, or of a chapter.
struct News<'e> {
    about: Uuid,
    recorded: &'e RecordedEvent,
    what: What,
}

enum What {
    Conversation(ConversationEvent),
    /// A chapter has begun.
    Begun(ChapterEvent),
    /// Something has happened in a chapter.
    Happened(ChapterEvent),
    Called(Personal<Name>),
}

impl<'e> News<'e> {
    fn of(recorded: &'e RecordedEvent) -> Result<Option<Self>, Unreadable> {
        let news = |about: Uuid, what| Ok(Some(Self { about, recorded, what }));
        if let Some(event) = recorded.event::<Conversation>()? {
            return news(recorded.aggregate_id, What::Conversation(event));
        }
        if let Some(event) = recorded.event::<Chapter>()? {
            return match event {
                ChapterEvent::ChapterBegun { conversation_id, .. } => {
                    news(conversation_id.uuid(), What::Begun(event))
                }
                event => news(recorded.aggregate_id, What::Happened(event)),
            };
        }
        if let Some(ProviderMessageEvent::MessageReceived { message }) =
            recorded.event::<ProviderMessage>()?
            && let Some(name) = message.profile_name
        {
            return news(message.conversation_id.uuid(), What::Called(name));
        }
        Ok(None)
    }
}

#[derive(Debug, Default, Serialize, Deserialize)]
struct Held {
    conversation: Conversation,
    chapter: Chapter,
    /// What they call themselves, as of their last message.
    profile_name: Option<Personal<Name>>,
    last_message_at: Option<DateTime<Utc>>,
}

#[derive(Debug, sqlx::FromRow)]
struct Row {
    id: Uuid,
    tenant_id: Uuid,
    chapter_id: Option<Uuid>,
    moved_at: DateTime<Utc>,
    state: Json<Held>,
}

impl Row {
    fn before(id: Uuid, recorded: &RecordedEvent) -> Self {
        let (tenant_id, moved_at) = (recorded.tenant.uuid(), decided_at(recorded));
        Self { id, tenant_id, chapter_id: None, moved_at, state: Json::default() }
    }

    fn take(&mut self, recorded: &RecordedEvent, what: What) {
        let held = &mut self.state.0;
        match what {
            What::Conversation(event) => held.conversation.evolve(event),
            What::Begun(event) => {
                (self.chapter_id, held.chapter) = (Some(recorded.aggregate_id), Chapter::default());
                held.chapter.evolve(event);
            }
            What::Happened(event) => {
                if let Some(at) = written_at(recorded, &event) {
                    held.last_message_at = held.last_message_at.max(Some(at));
                    self.moved_at = held.last_message_at.unwrap_or(at);
                }
                held.chapter.evolve(event);
            }
            What::Called(name) => held.profile_name = Some(name),
        }
    }

    fn open(&self) -> Option<&Open> {
        self.state.conversation.open().ok()
    }

    fn joined_into(&self) -> Option<Uuid> {
        match self.state.conversation {
            Conversation::Joined { into } => Some(into.uuid()),
            Conversation::Unknown | Conversation::Open(_) => None,
        }
    }

    fn situation(&self) -> &Situation {
        &self.state.chapter.situation
    }
}

fn decided_at(recorded: &RecordedEvent) -> DateTime<Utc> {
    recorded.metadata.instant(DECIDED_AT).unwrap_or(recorded.recorded_at)
}

/// When the message was written that an event tells of.
fn written_at(recorded: &RecordedEvent, event: &ChapterEvent) -> Option<DateTime<Utc>> {
    match event {
        ChapterEvent::MessageTakenIn { at, .. } => Some(*at),
        ChapterEvent::MessageSent { .. } => Some(decided_at(recorded)),
        ChapterEvent::ChapterBegun { .. }
        | ChapterEvent::QuestionSettled { .. }
        | ChapterEvent::HandedOver { .. }
        | ChapterEvent::Assigned { .. }
        | ChapterEvent::Snoozed { .. }
        | ChapterEvent::Resolved { .. }
        | ChapterEvent::Reopened { .. }
        | ChapterEvent::LabelAdded { .. }
        | ChapterEvent::LabelRemoved { .. } => None,
    }
}

/// The conversations with these ids, and those whose current chapters have them.
async fn load(tables: &mut Tables<'_>, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Row>, sqlx::Error> {
    let rows: Vec<Row> = sqlx::query_as(&tables.sql(
        "select id, tenant_id, chapter_id, moved_at, state from {schema}.conversations
         where id = any ($1) or chapter_id = any ($1)",
    ))
    .bind(ids)
    .fetch_all(&mut *tables.connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

async fn save(tables: &mut Tables<'_>, rows: &BTreeMap<Uuid, Row>) -> Result<(), sqlx::Error> {
    if rows.is_empty() {
        return Ok(());
    }
    sqlx::query(&tables.sql(
        "insert into {schema}.conversations
             (id, tenant_id, chapter_id, channel_id, status, in_charge, labels, moved_at, joined_into, survivor_id, state)
         select id, tenant, chapter, channel, status, in_charge, array(select json_array_elements_text(labels)), moved_at,
             joined_into, id, state
         from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::text[], $7::json[], $8::timestamptz[],
             $9::uuid[], $10::json[])
             as c (id, tenant, chapter, channel, status, in_charge, labels, moved_at, joined_into, state)
         on conflict (id) do update set
             chapter_id = excluded.chapter_id, channel_id = excluded.channel_id, status = excluded.status,
             in_charge = excluded.in_charge, labels = excluded.labels, moved_at = excluded.moved_at,
             joined_into = excluded.joined_into, state = excluded.state",
    ))
    .bind(rows.keys().copied().collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.tenant_id).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.chapter_id).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.open().map(|open| open.channel_id.uuid())).collect::<Vec<_>>())
    .bind(rows.values().map(|row| StatusKind::from(row.situation().status).into()).collect::<Vec<&str>>())
    .bind(rows.values().map(|row| ChargeKind::from(&row.situation().in_charge).into()).collect::<Vec<&str>>())
    .bind(rows.values().map(|row| Json(&row.situation().labels)).collect::<Vec<_>>())
    .bind(rows.values().map(|row| row.moved_at).collect::<Vec<_>>())
    .bind(rows.values().map(Row::joined_into).collect::<Vec<_>>())
    .bind(rows.values().map(|row| &row.state).collect::<Vec<_>>())
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Sets anew which one stands for these, and for those that were joined into them.
async fn find_survivors(tables: &mut Tables<'_>, joined: &[Uuid]) -> Result<(), sqlx::Error> {
    if joined.is_empty() {
        return Ok(());
    }
    sqlx::query(&tables.sql(
        "with recursive above as (
             select id, id as stands_for, joined_into from {schema}.conversations where survivor_id = any ($1)
             union
             select above.id, c.id, c.joined_into from above join {schema}.conversations c on c.id = above.joined_into
         )
         update {schema}.conversations c set survivor_id = above.stands_for
         from above where above.id = c.id and above.joined_into is null",
    ))
    .bind(joined)
    .execute(&mut *tables.connection)
    .await
    .map(drop)
}

/// Which conversations are wanted; what is `None` does not matter.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<StatusKind>,
    pub in_charge: Option<ChargeKind>,
    pub channel_id: Option<ChannelId>,
    pub label: Option<Label>,
}

/// A conversation as of its version: how many events its chapters have.
#[derive(Debug, Clone)]
pub struct ConversationRow {
    pub id: ConversationId,
    pub version: i64,
    pub open: Open,
    pub situation: Situation,
    pub profile_name: Option<Personal<Name>>,
    pub last_message_at: Option<DateTime<Utc>>,
}

impl Row {
    fn shown(self) -> Option<ConversationRow> {
        let Held { conversation, chapter, profile_name, last_message_at } = self.state.0;
        let open = conversation.open().ok()?.clone();
        let (version, situation) = (chapter.events_so_far(), chapter.situation);
        let id = ConversationId::from_uuid(self.id);
        Some(ConversationRow { id, version, open, situation, profile_name, last_message_at })
    }
}

/// A conversation, or the one that stands for it.
pub async fn find(
    pool: &PgPool,
    tenant: BusinessId,
    id: ConversationId,
) -> Result<Option<ConversationRow>, sqlx::Error> {
    let found: Option<Row> = sqlx::query_as(
        "select s.id, s.tenant_id, s.chapter_id, s.moved_at, s.state
         from conversations_v1.conversations c join conversations_v1.conversations s on s.id = c.survivor_id
         where c.tenant_id = $1 and c.id = $2",
    )
    .bind(tenant.uuid())
    .bind(id.uuid())
    .fetch_optional(pool)
    .await?;
    Ok(found.and_then(Row::shown))
}

/// First those in which something was written last.
pub async fn list(
    pool: &PgPool,
    tenant: BusinessId,
    filter: &Filter,
    request: PageRequest,
) -> Result<Page<ConversationRow>, sqlx::Error> {
    let found: Vec<Row> = sqlx::query_as(
        "select id, tenant_id, chapter_id, moved_at, state from conversations_v1.conversations
         where tenant_id = $1 and channel_id is not null
           and ($2::text is null or status = $2) and ($3::text is null or in_charge = $3)
           and ($4::uuid is null or channel_id = $4) and ($5::text is null or $5 = any (labels))
           and ($6::timestamptz is null or (moved_at, id) < ($6, $7))
         order by moved_at desc, id desc limit $8",
    )
    .bind(tenant.uuid())
    .bind(filter.status.map(<&str>::from))
    .bind(filter.in_charge.map(<&str>::from))
    .bind(filter.channel_id.map(StreamId::uuid))
    .bind(filter.label.as_ref().map(Label::as_str))
    .bind(request.after.map(After::instant))
    .bind(request.after.map(|after| after.id))
    .bind(request.rows())
    .fetch_all(pool)
    .await?;
    let place = |row: &Row| After { key: row.moved_at.timestamp_micros(), id: row.id };
    let Page { items, next } = request.page(found, place);
    Ok(Page { items: items.into_iter().filter_map(Row::shown).collect(), next })
}
