//! A booking whose zone has changed its rules since: it keeps its instant and its limits, and can be
//! cancelled.

use chrono::{NaiveDateTime, TimeDelta};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::booking::appointment::{
    Appointment, AppointmentCommand, Attendee, BookedSlot, RuleVersions, Source,
};
use frontdesk_domain::booking::commands::booking::CancelAppointment;
use frontdesk_domain::kernel::ids::{AgendaDayId, AppointmentId, QuotaId};
use frontdesk_domain::kernel::personal::SubjectId;
use frontdesk_domain::kernel::work::{Command, Failure, Work};
use frontdesk_domain::people::commands::customers::find_or_create;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaDayCommand, Room};
use frontdesk_domain::scheduling::quota::{Quota, QuotaCommand, Share};
use frontdesk_domain::scheduling::service::{Limit, LimitOf, Period};
use frontdesk_domain::values::interval::Interval;
use frontdesk_domain::values::time::{LocalTime, Zone};
use serde::{Deserialize, Serialize};

use crate::support::database::TestDatabase;
use crate::support::process::{Process, context, morning};
use crate::support::shop::{SLOT_MINUTES, Shop, person, refused};

const LIMIT: Limit = Limit { of: LimitOf::Service, per: Period::Day, bookings: Some(1), minutes: None };

/// What a booking wrote when the clocks of its zone were to go differently.
#[derive(Serialize, Deserialize)]
struct BookedUnderOldRules {
    slot: BookedSlot,
}

impl Command for BookedUnderOldRules {
    const NAME: &'static str = "BookedUnderOldRules";
    type Output = AppointmentId;

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentId, Failure> {
        let (id, now, slot) = (work.new_id(), work.now(), self.slot.clone());
        let person = person(1);
        let customer_id = find_or_create(work, &person).await?.id;
        let room = Room { appointments: 1, seats: 1 };
        for occupation in slot.occupations() {
            for day in occupation.padded().utc_days() {
                let day = AgendaDayId::of(work.tenant(), occupation.resource_id, day);
                work.execute::<AgendaDay>(
                    day,
                    AgendaDayCommand::Book { appointment_id: id, occupation, room, now },
                )
                .await?;
            }
        }
        let quota = QuotaId::of(work.tenant(), slot.service_id, &LIMIT, None, slot.local_start.wall.date());
        let share = Share { minutes: SLOT_MINUTES as u32, held_until: None };
        work.execute::<Quota>(quota, QuotaCommand::Take { appointment_id: id, share, limit: LIMIT, now })
            .await?;
        let name = person.name.about(SubjectId::of(customer_id));
        let attendee = Attendee { customer_id, name, note: None, answers: vec![] };
        let by = work.actor().clone();
        let book = AppointmentCommand::Book {
            slot,
            attendee,
            source: Source::Api,
            by,
            overridden: None,
            series_id: None,
            now,
        };
        work.execute::<Appointment>(id, book).await?;
        Ok(id)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_made_before_a_rule_change_keeps_its_instant_and_gives_back_what_it_took() {
    let database = TestDatabase::create().await;
    let Process { bus, .. } = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&bus).await;
    // Under the old rules this was still the day before; under today's it is after midnight.
    let start = Shop::start(0);
    let yesterday: NaiveDateTime = (start - TimeDelta::days(1)).naive_utc();
    let today = LocalTime::of(start, Zone::UTC);
    let time = Interval::starting(start, TimeDelta::minutes(SLOT_MINUTES));
    let versions = RuleVersions { business: 1, service: 1, resources: vec![1] };
    let slot = BookedSlot {
        local_start: LocalTime { wall: yesterday, offset_seconds: -24 * 3600, tzdb: "2018g".into(), ..today },
        limits: vec![LIMIT],
        ..BookedSlot::new(shop.service, vec![shop.resource], time, Zone::UTC, versions)
    };
    let quota = QuotaId::of(shop.tenant, shop.service, &LIMIT, None, yesterday.date());
    let booked =
        bus.execute(&context(shop.tenant), &BookedUnderOldRules { slot }).await.expect("booked").output;
    assert_eq!(refused(shop.book(&bus, 0, 2).await), "agenda-time-taken");
    assert_eq!(bus.current::<Quota>(quota).await.expect("a quota").used(morning()).bookings, 1);

    bus.execute(&context(shop.tenant), &CancelAppointment::new(booked)).await.expect("cancelled");
    assert_eq!(
        bus.current::<Quota>(quota).await.expect("a quota").used(morning()).bookings,
        0,
        "of the day that it was counted for"
    );
    shop.book(&bus, 0, 2).await.expect("the time is free");
}
