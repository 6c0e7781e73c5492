//! A real read model, after everybody has written at once.

use std::collections::BTreeMap;
use std::sync::Arc;

use frontdesk_adapters::crypto::MasterKey;
use frontdesk_domain::kernel::ids::{AppointmentId, StreamId};
use frontdesk_domain::kernel::recorded::Stream;
use frontdesk_domain::scheduling::agenda_day::{AgendaDay, AgendaDayEvent};
use frontdesk_projections::agenda::{Agenda, Taken, streams};
use frontdesk_projections::edition::Edition;
use frontdesk_projections::read_model::Filling;
use frontdesk_projections::read_models;
use frontdesk_projections::runner::Runner;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::support::commits::sound_rows;
use crate::support::database::TestDatabase;
use crate::support::process::Process;
use crate::support::shop::Shop;
use crate::support::source::LogSource;
use crate::support::within;

/// The day as the log has it: what is booked, and the version.
async fn from_the_log(
    process: &Process,
    shop: &Shop,
) -> (BTreeMap<AppointmentId, chrono::DateTime<chrono::Utc>>, i64) {
    let stream = Stream::of::<AgendaDay>(shop.day(0));
    let loaded = process.log.load(&[(stream, 0)]).await.expect("loaded").remove(&stream).expect("a day");
    let mut booked = BTreeMap::new();
    for event in &loaded.events {
        match event.decode::<AgendaDayEvent>().expect("readable") {
            AgendaDayEvent::TimeBooked { appointment_id, occupation } => {
                booked.insert(appointment_id, occupation.appointment.start);
            }
            AgendaDayEvent::TimeFreed { appointment_id } => drop(booked.remove(&appointment_id)),
            other => panic!("only bookings: {other:?}"),
        }
    }
    (booked, loaded.version)
}

#[tokio::test(flavor = "multi_thread")]
async fn the_agenda_is_what_the_log_says_while_two_processes_write_and_two_project() {
    let database = TestDatabase::create().await;
    let master = MasterKey::generate();
    let processes = [Process::start(&database, &master), Process::start(&database, &master)];
    let shop = Shop::open(&processes[0].bus).await;
    let stop = CancellationToken::new();
    let runner = |process: &Process| {
        Runner::new(
            Filling::serving(Arc::new(Agenda)),
            Arc::new(LogSource(process.log.clone())),
            process.pool.clone(),
        )
    };
    let mut running = JoinSet::new();
    for process in &processes {
        let (runner, stop) = (runner(process), stop.clone());
        running.spawn(async move { runner.run(stop).await });
    }
    let mut callers = JoinSet::new();
    for number in 0..40 {
        let (bus, shop) = (processes[number % 2].bus.clone(), shop.clone());
        callers.spawn(async move {
            let booked = shop.book(&bus, number as i64, number).await.expect("booked").output.id;
            if number % 3 == 0 {
                shop.cancel(&bus, booked).await.expect("cancelled");
            }
        });
    }
    within(callers.join_all()).await;
    stop.cancel();
    within(running.join_all()).await;
    let head = processes[0].log.head().await.expect("a head");
    assert_eq!(within(runner(&processes[0]).drain()).await.expect("drained"), head);

    let (booked, version) = from_the_log(&processes[0], &shop).await;
    let id = shop.day(0).uuid();
    let day = streams(&database.pool, shop.tenant, &[id]).await.expect("read").remove(&id).expect("the day");
    let start = |taken| match taken {
        Taken::Time(occupation) => occupation.appointment.start,
        Taken::Minutes(_) => panic!("a day, not a limit"),
    };
    let projected: BTreeMap<_, _> =
        day.entries.iter().map(|entry| (entry.appointment_id, start(entry.taken))).collect();
    assert_eq!((projected, day.version), (booked, version));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_read_model_takes_in_the_log_to_its_end_as_the_application() {
    let database = TestDatabase::create().await;
    let process = Process::start(&database, &MasterKey::generate());
    let shop = Shop::open(&process.bus).await;
    let booked = shop.book(&process.bus, 0, 1).await.expect("booked").output;
    shop.cancel(&process.bus, booked.id).await.expect("cancelled");
    let head = sound_rows(&database.pool).await.len() as i64;
    for read_model in read_models() {
        let runner = Runner::new(
            Filling::serving(read_model.clone()),
            Arc::new(LogSource(process.log.clone())),
            process.pool.clone(),
        );
        assert_eq!(within(runner.drain()).await.expect("drained"), head, "{}", read_model.name());
        assert_eq!(
            read_model.checkpoint(Edition::Serving).position(&database.pool).await.expect("a checkpoint"),
            Some(head)
        );
    }
}
