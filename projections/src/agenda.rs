//! What is taken of each resource on each UTC day, and of each limit in each period: what the search for open
//! slots reads.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId, StreamId};
use frontdesk_domain::kernel::recorded::RecordedEvent;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaDayEvent, Occupation};
use frontdesk_domain::scheduling::quota::{Quota, QuotaEvent};
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::PgPool;
use sqlx::types::Json;
use uuid::Uuid;

use crate::read_model::{ReadModel, Tables};
use crate::reader::ReaderError;

#[derive(Debug)]
pub struct Agenda;

const TABLES: &str = "
-- A day of a resource, or a limit's period.
create table if not exists {schema}.streams (
    stream_id uuid primary key,
    tenant_id uuid not null,
    version   bigint not null
);
create table if not exists {schema}.entries (
    stream_id      uuid not null,
    appointment_id uuid not null,
    -- What it takes: of a day its time with resource, service, buffers and seats; of a limit its minutes.
    taken          json not null,
    -- A hold counts until then; a booking always.
    held_until     timestamptz,
    primary key (stream_id, appointment_id)
);
";

impl ReadModel for Agenda {
    fn name(&self) -> &'static str {
        "agenda"
    }

    fn version(&self) -> i32 {
        1
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[AgendaDay::TYPE, Quota::TYPE]
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
            let mut changes = Changes::default();
            for event in events {
                let stream = event.aggregate_id;
                if let Some(change) = event.event::<AgendaDay>()? {
                    changes.take_day(stream, change);
                } else if let Some(change) = event.event::<Quota>()? {
                    changes.take_quota(stream, change);
                }
                changes.streams.insert(stream, (event.tenant.uuid(), event.sequence));
            }
            Ok(changes.save(&mut tables).await?)
        })
    }
}

/// What an appointment takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Taken {
    Time(Occupation),
    Minutes(u32),
}

type Key = (Uuid, Uuid);

/// What a batch comes down to: for each appointment on each stream, its last state.
#[derive(Default)]
struct Changes {
    streams: BTreeMap<Uuid, (Uuid, i64)>,
    present: BTreeMap<Key, (Taken, Option<DateTime<Utc>>)>,
    confirmed: BTreeSet<Key>,
    gone: BTreeSet<Key>,
}

impl Changes {
    fn take_day(&mut self, day: Uuid, event: AgendaDayEvent) {
        match event {
            AgendaDayEvent::TimeHeld { appointment_id, occupation, expires_at } => {
                self.put((day, appointment_id.uuid()), Taken::Time(occupation), Some(expires_at));
            }
            AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                self.put((day, appointment_id.uuid()), Taken::Time(occupation), None);
            }
            AgendaDayEvent::HoldConfirmed { appointment_id } => {
                let key = (day, appointment_id.uuid());
                match self.present.get_mut(&key) {
                    Some((_, held_until)) => *held_until = None,
                    None => drop(self.confirmed.insert(key)),
                }
            }
            AgendaDayEvent::HoldLapsed { appointment_id } | AgendaDayEvent::TimeFreed { appointment_id } => {
                self.remove((day, appointment_id.uuid()));
            }
        }
    }

    fn take_quota(&mut self, quota: Uuid, event: QuotaEvent) {
        match event {
            QuotaEvent::QuotaTaken { appointment_id, share } => {
                self.put((quota, appointment_id.uuid()), Taken::Minutes(share.minutes), share.held_until);
            }
            QuotaEvent::QuotaReleased { appointment_id } => self.remove((quota, appointment_id.uuid())),
        }
    }

    fn put(&mut self, key: Key, taken: Taken, held_until: Option<DateTime<Utc>>) {
        self.gone.remove(&key);
        self.present.insert(key, (taken, held_until));
    }

    fn remove(&mut self, key: Key) {
        self.present.remove(&key);
        self.confirmed.remove(&key);
        self.gone.insert(key);
    }

    async fn save(self, tables: &mut Tables<'_>) -> Result<(), sqlx::Error> {
        let (gone_streams, gone_ids): (Vec<Uuid>, Vec<Uuid>) = self.gone.into_iter().unzip();
        if !gone_streams.is_empty() {
            sqlx::query(&tables.sql(
                "delete from {schema}.entries e using unnest($1::uuid[], $2::uuid[]) as g (stream, appointment)
                 where e.stream_id = g.stream and e.appointment_id = g.appointment",
            ))
            .bind(gone_streams)
            .bind(gone_ids)
            .execute(&mut *tables.connection)
            .await?;
        }
        let (confirmed_streams, confirmed_ids): (Vec<Uuid>, Vec<Uuid>) = self.confirmed.into_iter().unzip();
        if !confirmed_streams.is_empty() {
            sqlx::query(&tables.sql(
                "update {schema}.entries e set held_until = null from unnest($1::uuid[], $2::uuid[]) as c (stream, appointment)
                 where e.stream_id = c.stream and e.appointment_id = c.appointment",
            ))
            .bind(confirmed_streams)
            .bind(confirmed_ids)
            .execute(&mut *tables.connection)
            .await?;
        }
        if !self.present.is_empty() {
            let (streams, appointments): (Vec<Uuid>, Vec<Uuid>) = self.present.keys().copied().unzip();
            let (taken, held_until): (Vec<_>, Vec<_>) =
                self.present.into_values().map(|(taken, until)| (Json(taken), until)).unzip();
            sqlx::query(&tables.sql(
                "insert into {schema}.entries (stream_id, appointment_id, taken, held_until)
                 select * from unnest($1::uuid[], $2::uuid[], $3::json[], $4::timestamptz[])
                 on conflict (stream_id, appointment_id) do update set taken = excluded.taken, held_until = excluded.held_until",
            ))
            .bind(streams)
            .bind(appointments)
            .bind(taken)
            .bind(held_until)
            .execute(&mut *tables.connection)
            .await?;
        }
        let stream_ids: Vec<Uuid> = self.streams.keys().copied().collect();
        let (tenants, versions): (Vec<Uuid>, Vec<i64>) = self.streams.into_values().unzip();
        sqlx::query(&tables.sql(
            "insert into {schema}.streams (stream_id, tenant_id, version)
             select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])
             on conflict (stream_id) do update set version = excluded.version",
        ))
        .bind(stream_ids)
        .bind(tenants)
        .bind(versions)
        .execute(&mut *tables.connection)
        .await
        .map(drop)
    }
}

/// What is taken of a day or a limit, as of a version of its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamAgenda {
    pub version: i64,
    pub entries: Vec<Entry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    pub appointment_id: AppointmentId,
    pub taken: Taken,
    pub held_until: Option<DateTime<Utc>>,
}

impl Entry {
    /// Whether it counts: a hold does until it runs out.
    pub fn counts(&self, now: DateTime<Utc>) -> bool {
        self.held_until.is_none_or(|held_until| now < held_until)
    }
}

/// What is taken of several days and limits, in one query. Where nothing has happened yet the version is 0.
pub async fn streams(
    pool: &PgPool,
    tenant: BusinessId,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, StreamAgenda>, sqlx::Error> {
    type Row = (Uuid, i64, Option<Uuid>, Option<Json<Taken>>, Option<DateTime<Utc>>);
    let rows: Vec<Row> = sqlx::query_as(
        "select s.stream_id, s.version, e.appointment_id, e.taken, e.held_until
         from agenda_v1.streams s left join agenda_v1.entries e on e.stream_id = s.stream_id
         where s.stream_id = any ($1) and s.tenant_id = $2
         order by s.stream_id, e.appointment_id",
    )
    .bind(ids)
    .bind(tenant.uuid())
    .fetch_all(pool)
    .await?;
    let mut agendas: BTreeMap<Uuid, StreamAgenda> =
        ids.iter().map(|id| (*id, StreamAgenda::default())).collect();
    for (stream, version, appointment, taken, held_until) in rows {
        let agenda = agendas.entry(stream).or_default();
        agenda.version = version;
        if let (Some(appointment), Some(Json(taken))) = (appointment, taken) {
            agenda.entries.push(Entry {
                appointment_id: AppointmentId::from_uuid(appointment),
                taken,
                held_until,
            });
        }
    }
    Ok(agendas)
}
