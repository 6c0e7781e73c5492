//! The agenda by resource and UTC day: what the search for open slots reads.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, Utc};
use cqrs_es::Aggregate;
use frontdesk_domain::agenda_day::{AgendaDay, AgendaDayEvent, Occupation};
use frontdesk_domain::shared::ids::{AgendaDayId, AppointmentId, BusinessId, StreamId};
use frontdesk_domain::shared::interval::Interval;
use frontdesk_domain::shared::recorded::RecordedEvent;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};
use sqlx::{PgConnection, PgPool};
use uuid::Uuid;

use crate::runner::{ProjectionError, Projector};

#[derive(Debug)]
pub struct Agenda;

const TABLES: &str = "
create table if not exists {schema}.days (
    day_id    uuid primary key,
    tenant_id uuid not null,
    version   bigint not null
);
create table if not exists {schema}.entries (
    day_id         uuid not null,
    appointment_id uuid not null,
    resource_id    uuid not null,
    starts_at      timestamptz not null,
    ends_at        timestamptz not null,
    -- With its buffers.
    busy_from      timestamptz not null,
    busy_to        timestamptz not null,
    -- A hold occupies its time until then; a booking always.
    held_until     timestamptz,
    primary key (day_id, appointment_id)
);
";

impl Projector for Agenda {
    fn name(&self) -> &'static str {
        "agenda"
    }

    fn version(&self) -> i32 {
        1
    }

    fn tables(&self) -> &'static str {
        TABLES
    }

    fn aggregates(&self) -> &'static [&'static str] {
        &[AgendaDay::TYPE]
    }

    fn project<'a>(
        &'a self,
        connection: &'a mut PgConnection,
        events: &'a [RecordedEvent],
    ) -> BoxFuture<'a, Result<(), ProjectionError>> {
        Box::pin(async move {
            let mut changes = Changes::default();
            for event in events {
                if let Some(change) = event.event::<AgendaDay>()? {
                    changes.days.insert(event.aggregate_id, (event.tenant.uuid(), event.sequence));
                    changes.take(event.aggregate_id, change);
                }
            }
            Ok(changes.save(connection).await?)
        })
    }
}

type Key = (Uuid, Uuid);

/// What a batch comes down to: for each appointment on each day, its last state.
#[derive(Default)]
struct Changes {
    days: BTreeMap<Uuid, (Uuid, i64)>,
    present: BTreeMap<Key, (Occupation, Option<DateTime<Utc>>)>,
    confirmed: BTreeSet<Key>,
    gone: BTreeSet<Key>,
}

impl Changes {
    fn take(&mut self, day: Uuid, event: AgendaDayEvent) {
        match event {
            AgendaDayEvent::TimeHeld { appointment_id, occupation, expires_at } => {
                self.put((day, appointment_id.uuid()), occupation, Some(expires_at));
            }
            AgendaDayEvent::TimeBooked { appointment_id, occupation } => self.put((day, appointment_id.uuid()), occupation, None),
            AgendaDayEvent::HoldConfirmed { appointment_id } => {
                let key = (day, appointment_id.uuid());
                match self.present.get_mut(&key) {
                    Some((_, held_until)) => *held_until = None,
                    None => drop(self.confirmed.insert(key)),
                }
            }
            AgendaDayEvent::HoldLapsed { appointment_id } | AgendaDayEvent::TimeFreed { appointment_id } => {
                let key = (day, appointment_id.uuid());
                self.present.remove(&key);
                self.confirmed.remove(&key);
                self.gone.insert(key);
            }
        }
    }

    fn put(&mut self, key: Key, occupation: Occupation, held_until: Option<DateTime<Utc>>) {
        self.gone.remove(&key);
        self.present.insert(key, (occupation, held_until));
    }

    async fn save(self, connection: &mut PgConnection) -> Result<(), sqlx::Error> {
        let (gone_days, gone_ids): (Vec<Uuid>, Vec<Uuid>) = self.gone.into_iter().unzip();
        if !gone_days.is_empty() {
            sqlx::query(
                "delete from agenda_v1.entries e using unnest($1::uuid[], $2::uuid[]) as g (day, appointment)
                 where e.day_id = g.day and e.appointment_id = g.appointment",
            )
            .bind(gone_days)
            .bind(gone_ids)
            .execute(&mut *connection)
            .await?;
        }
        let (confirmed_days, confirmed_ids): (Vec<Uuid>, Vec<Uuid>) = self.confirmed.into_iter().unzip();
        if !confirmed_days.is_empty() {
            sqlx::query(
                "update agenda_v1.entries e set held_until = null from unnest($1::uuid[], $2::uuid[]) as c (day, appointment)
                 where e.day_id = c.day and e.appointment_id = c.appointment",
            )
            .bind(confirmed_days)
            .bind(confirmed_ids)
            .execute(&mut *connection)
            .await?;
        }
        save_present(connection, self.present).await?;
        let day_ids: Vec<Uuid> = self.days.keys().copied().collect();
        let (tenants, versions): (Vec<Uuid>, Vec<i64>) = self.days.into_values().unzip();
        sqlx::query(
            "insert into agenda_v1.days (day_id, tenant_id, version) select * from unnest($1::uuid[], $2::uuid[], $3::bigint[])
             on conflict (day_id) do update set version = excluded.version",
        )
        .bind(day_ids)
        .bind(tenants)
        .bind(versions)
        .execute(connection)
        .await
        .map(drop)
    }
}

async fn save_present(
    connection: &mut PgConnection,
    present: BTreeMap<Key, (Occupation, Option<DateTime<Utc>>)>,
) -> Result<(), sqlx::Error> {
    if present.is_empty() {
        return Ok(());
    }
    let (days, appointments): (Vec<Uuid>, Vec<Uuid>) = present.keys().copied().unzip();
    let occupations = || present.values().map(|(occupation, _)| occupation);
    let resources: Vec<Uuid> = occupations().map(|occupation| occupation.resource_id.uuid()).collect();
    let starts: Vec<_> = occupations().map(|occupation| occupation.appointment.start).collect();
    let ends: Vec<_> = occupations().map(|occupation| occupation.appointment.end).collect();
    let busy_from: Vec<_> = occupations().map(|occupation| occupation.padded().start).collect();
    let busy_to: Vec<_> = occupations().map(|occupation| occupation.padded().end).collect();
    let held_until: Vec<Option<DateTime<Utc>>> = present.values().map(|(_, held_until)| *held_until).collect();
    sqlx::query(
        "insert into agenda_v1.entries (day_id, appointment_id, resource_id, starts_at, ends_at, busy_from, busy_to, held_until)
         select * from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::timestamptz[], $6::timestamptz[],
                              $7::timestamptz[], $8::timestamptz[])
         on conflict (day_id, appointment_id) do update set
             resource_id = excluded.resource_id, starts_at = excluded.starts_at, ends_at = excluded.ends_at,
             busy_from = excluded.busy_from, busy_to = excluded.busy_to, held_until = excluded.held_until",
    )
    .bind(days)
    .bind(appointments)
    .bind(resources)
    .bind(starts)
    .bind(ends)
    .bind(busy_from)
    .bind(busy_to)
    .bind(held_until)
    .execute(connection)
    .await
    .map(drop)
}

/// What is booked on a day, as of a version of its stream.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayAgenda {
    pub version: i64,
    pub entries: Vec<DayEntry>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DayEntry {
    pub appointment_id: AppointmentId,
    pub appointment: Interval,
    /// With its buffers.
    pub busy: Interval,
    pub held_until: Option<DateTime<Utc>>,
}

impl DayEntry {
    pub fn occupies(&self, now: DateTime<Utc>) -> bool {
        self.held_until.is_none_or(|held_until| now < held_until)
    }
}

/// The agendas of several days, in one query. A day on which nothing has happened is at version 0.
pub async fn days(pool: &PgPool, tenant: BusinessId, ids: &[AgendaDayId]) -> Result<BTreeMap<AgendaDayId, DayAgenda>, sqlx::Error> {
    type Row = (
        Uuid,
        i64,
        Option<Uuid>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
        Option<DateTime<Utc>>,
    );
    let rows: Vec<Row> = sqlx::query_as(
        "select d.day_id, d.version, e.appointment_id, e.starts_at, e.ends_at, e.busy_from, e.busy_to, e.held_until
         from agenda_v1.days d left join agenda_v1.entries e on e.day_id = d.day_id
         where d.day_id = any ($1) and d.tenant_id = $2
         order by d.day_id, e.starts_at",
    )
    .bind(ids.iter().map(|id| id.uuid()).collect::<Vec<_>>())
    .bind(tenant.uuid())
    .fetch_all(pool)
    .await?;
    let mut days: BTreeMap<AgendaDayId, DayAgenda> = ids.iter().map(|id| (*id, DayAgenda::default())).collect();
    for (day, version, appointment, starts, ends, busy_from, busy_to, held_until) in rows {
        let agenda = days.entry(AgendaDayId::from_uuid(day)).or_default();
        agenda.version = version;
        if let (Some(appointment), Some(starts), Some(ends), Some(busy_from), Some(busy_to)) =
            (appointment, starts, ends, busy_from, busy_to)
        {
            agenda.entries.push(DayEntry {
                appointment_id: AppointmentId::from_uuid(appointment),
                appointment: Interval::new(starts, ends),
                busy: Interval::new(busy_from, busy_to),
                held_until,
            });
        }
    }
    Ok(days)
}
