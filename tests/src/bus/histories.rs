//! Random histories: many writers of two processes at one day, over connections that break, among commits
//! that the database refuses. Afterwards the log says whether each of them was told the truth.

use std::collections::HashMap;

use frontdesk_adapters::command_bus::{Bus, BusError};
use frontdesk_adapters::crypto::MasterKey;
use frontdesk_adapters::event_log::CommitError;
use frontdesk_adapters::event_log::appender::AppendError;
use frontdesk_domain::booking::commands::booking::{AppointmentView, BookAppointment};
use frontdesk_domain::kernel::ids::{AppointmentId, BusinessId};
use frontdesk_domain::kernel::personal::SubjectId;
use frontdesk_domain::kernel::recorded::{Position, RecordedEvent, Stream};
use frontdesk_domain::kernel::work::{Attachment, Command, Failure, Work};
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaDayEvent};
use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{Rng, SeedableRng};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;
use uuid::Uuid;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::{Process, context};
use crate::support::proxy::{Fault, Proxy};
use crate::support::shop::Shop;
use crate::support::within;

const WRITERS: usize = 12;
const STEPS: usize = 25;
const SLOTS: i64 = 30;

/// A booking that comes with an attachment. A second one for the same stream is refused by the database, and
/// with it the whole commit.
#[derive(Debug, Clone, Serialize, Deserialize)]
struct BookWithAttachment {
    booking: BookAppointment,
    of: Uuid,
}

impl Command for BookWithAttachment {
    const NAME: &'static str = "BookWithAttachment";
    type Output = AppointmentView;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        self.booking.contended(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let booked = self.booking.decide(work).await?;
        let content = b"content".to_vec().into();
        let (subject, kept_for) = (SubjectId(self.of), chrono::TimeDelta::days(1));
        work.attach(Attachment { of: self.of, subject, content, kept_for });
        Ok(booked)
    }
}

/// What a writer was told.
#[derive(Debug)]
enum Told {
    Booked {
        slot: i64,
        id: AppointmentId,
        position: Position,
    },
    Cancelled {
        id: AppointmentId,
        position: Position,
    },
    /// Between these heads of the log.
    Taken {
        slot: i64,
        from: Position,
        to: Position,
    },
    /// The database refuses the commit. Nothing of it may be there.
    Rejected,
    /// Nobody knows.
    Unknown,
}

struct Writer {
    bus: Bus,
    shop: Shop,
    number: usize,
    random: StdRng,
    attached: Uuid,
    /// How many customers it has booked for.
    customers: usize,
    booked: Vec<AppointmentId>,
    told: Vec<Told>,
}

impl Writer {
    async fn write(mut self) -> Vec<Told> {
        for _ in 0..STEPS {
            let told = match self.random.random_range(0..10) {
                0..6 => self.book().await,
                6..9 => self.cancel().await,
                _ => self.book_what_cannot_be_written().await,
            };
            self.told.extend(told);
        }
        self.told
    }

    /// Somebody who has booked nothing yet.
    fn customer(&mut self) -> usize {
        self.customers += 1;
        self.number * 1_000 + self.customers
    }

    async fn head(&self) -> Position {
        self.bus.log().head().await.expect("a head")
    }

    async fn book(&mut self) -> Option<Told> {
        let (slot, from) = (self.random.random_range(0..SLOTS), self.head().await);
        let customer = self.customer();
        let told = match within(self.shop.book(&self.bus, slot, customer)).await {
            Ok(booked) => {
                self.booked.push(booked.output.id);
                Told::Booked { slot, id: booked.output.id, position: booked.position.expect("a position") }
            }
            Err(BusError::Refused(refusal)) if refusal.slug == "agenda-time-taken" => {
                Told::Taken { slot, from, to: self.head().await }
            }
            Err(error) => unknown(error),
        };
        Some(told)
    }

    async fn cancel(&mut self) -> Option<Told> {
        let id = *self.booked.choose(&mut self.random)?;
        self.booked.retain(|booked| *booked != id);
        let told = match within(self.shop.cancel(&self.bus, id)).await {
            Ok(cancelled) => Told::Cancelled { id, position: cancelled.position.expect("a position") },
            Err(error) => unknown(error),
        };
        Some(told)
    }

    async fn book_what_cannot_be_written(&mut self) -> Option<Told> {
        let (slot, from) = (self.random.random_range(0..SLOTS), self.head().await);
        let customer = self.customer();
        let booking = self.shop.booking(slot, customer);
        let command = BookWithAttachment { booking, of: self.attached };
        let told = match within(self.bus.execute(&context(self.shop.tenant), &command)).await {
            Ok(booked) => panic!("the database does not take it: {booked:?}"),
            Err(BusError::Commit(CommitError::Append(AppendError::Rejected(_)))) => Told::Rejected,
            Err(BusError::Refused(refusal)) if refusal.slug == "agenda-time-taken" => {
                Told::Taken { slot, from, to: self.head().await }
            }
            Err(error) => unknown(error),
        };
        Some(told)
    }
}

fn unknown(error: BusError) -> Told {
    assert!(
        matches!(error, BusError::Commit(CommitError::Append(AppendError::OutcomeUnknown(_)))),
        "nothing else can happen: {error:?}"
    );
    Told::Unknown
}

/// When a slot was taken, and by whom: from a position to another.
#[derive(Debug)]
struct Taken {
    slot: i64,
    id: AppointmentId,
    from: Position,
    to: Position,
}

/// What the log says, folded from its beginning.
fn history(events: &[RecordedEvent]) -> Vec<Taken> {
    let mut taken: Vec<Taken> = Vec::new();
    for event in events {
        match event.decode::<AgendaDayEvent>().expect("readable") {
            AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                let slot =
                    (0..SLOTS).find(|slot| Shop::start(*slot) == occupation.padded().start).expect("a slot");
                let free = |other: &Taken| other.slot != slot || other.to < event.position;
                assert!(taken.iter().all(free), "slot {slot} was booked twice");
                taken.push(Taken { slot, id: appointment_id, from: event.position, to: Position::MAX });
            }
            AgendaDayEvent::TimeFreed { appointment_id } => {
                let freed = taken.iter_mut().find(|taken| taken.id == appointment_id);
                freed.expect("it was booked").to = event.position;
            }
            other => panic!("only bookings: {other:?}"),
        }
    }
    taken
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_in_the_middle_of_a_chain_everybody_is_told_what_the_log_says() {
    let (database, master) = (TestDatabase::create().await, MasterKey::generate());
    let proxies = [0, 1].map(|_| Proxy::before(database.database.options()));
    let processes = proxies.each_ref().map(|proxy| Process::start_with(&database, &master, proxy.options()));
    let shop = Shop::open(&processes[0].bus).await;
    // Takes the attachment's place, on another day.
    let attached = Uuid::now_v7();
    let first = BookWithAttachment { booking: shop.booking(250, 999), of: attached };
    processes[0].bus.execute(&context(shop.tenant), &first).await.expect("booked");

    let seed: u64 = rand::random();
    println!("seed {seed}");
    let mut writers = JoinSet::new();
    for number in 0..WRITERS {
        let writer = Writer {
            bus: processes[number % 2].bus.clone(),
            shop: shop.clone(),
            number,
            random: StdRng::seed_from_u64(seed.wrapping_add(number as u64)),
            attached,
            booked: Vec::new(),
            customers: 0,
            told: Vec::new(),
        };
        writers.spawn(writer.write());
    }
    let breaking = tokio::spawn(async move {
        let mut random = StdRng::seed_from_u64(seed);
        loop {
            tokio::time::sleep(std::time::Duration::from_millis(random.random_range(5..60))).await;
            let faults = [Fault::LoseAnswer, Fault::LoseQuery, Fault::LoseHalf, Fault::LoseConnection];
            proxies[random.random_range(0..2)].arm(*faults.choose(&mut random).expect("a fault"));
        }
    });
    let told: Vec<Told> = within(writers.join_all()).await.into_iter().flatten().collect();
    breaking.abort();

    sound_rows(&database.pool).await;
    let stream = Stream::of::<AgendaDay>(shop.day(0));
    let events = processes[0].log.load(&[(stream, 0)]).await.expect("loaded").remove(&stream).expect("a day");
    let history = history(&events.events);
    let by_id: HashMap<AppointmentId, &Taken> = history.iter().map(|taken| (taken.id, taken)).collect();
    let (mut booked, mut unknown, mut rejected) = (0, 0, 0);
    for told in &told {
        match told {
            Told::Booked { slot, id, position } => {
                booked += 1;
                let taken = by_id.get(id).unwrap_or_else(|| panic!("{told:?} is not in the log"));
                assert!(taken.slot == *slot && taken.from <= *position, "{told:?} {taken:?}");
            }
            Told::Cancelled { id, position } => {
                assert!(by_id[id].to <= *position, "{told:?} is not in the log: {:?}", by_id[id]);
            }
            Told::Taken { slot, from, to } => {
                let was_so = |taken: &Taken| taken.slot == *slot && taken.from <= *to && taken.to > *from;
                assert!(history.iter().any(was_so), "{told:?}: nobody had it");
            }
            Told::Rejected => rejected += 1,
            Told::Unknown => unknown += 1,
        }
    }
    println!("{} told, {booked} booked, {rejected} rejected, {unknown} unknown", told.len());
    assert!(booked > 0 && rejected > 0);
    let extra = history.len() - booked;
    assert!(extra <= unknown, "{extra} bookings that nobody was told of, {unknown} unknown");
}
