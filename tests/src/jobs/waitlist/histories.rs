//! Any history of many writers.

use super::*;

/// What one of many does.
#[derive(Debug, Clone, Copy)]
enum Act {
    Book { service: usize, slot: i64 },
    Cancel,
    Join { service: usize, slot: i64 },
    Accept,
    Decline,
    Leave,
}

fn act() -> impl Strategy<Value = Act> {
    let what = || (0_usize..3, 0_i64..3);
    prop_oneof![
        4 => what().prop_map(|(service, slot)| Act::Book { service, slot }),
        3 => Just(Act::Cancel),
        3 => what().prop_map(|(service, slot)| Act::Join { service, slot }),
        4 => Just(Act::Accept),
        2 => Just(Act::Decline),
        1 => Just(Act::Leave),
    ]
}

/// Any history of many writers, over two processes, while what is freed is offered: nothing is overbooked,
/// who was told yes has the time, and every entry comes to an end.
#[tokio::test(flavor = "multi_thread")]
async fn no_history_of_many_writers_overbooks_or_loses_an_entry() {
    let mut runner =
        TestRunner::new(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() });
    let histories = prop::collection::vec(prop::collection::vec(act(), 10..30), 6);
    let (mut offers, mut accepts) = (0, 0);
    for _ in 0..4 {
        let writers = histories.new_tree(&mut runner).expect("histories").current();
        let scene = Arc::new(Scene::set().await);
        let long = ServiceDetails {
            duration_minutes: 2 * SLOT_MINUTES as u32,
            ..service_details(scene.shop.resource)
        };
        let class = ServiceDetails { seats: 2, ..service_details(scene.shop.resource) };
        let services = [scene.shop.service, scene.service(long).await, scene.service(class).await];
        let mut running = JoinSet::new();
        for (number, acts) in writers.iter().cloned().enumerate() {
            let scene = scene.clone();
            running.spawn(async move { play(&scene, number, services, acts).await });
        }
        let (mut kept, mut entries) = (BTreeSet::new(), BTreeSet::new());
        for (own, joined) in within(running.join_all()).await {
            kept.extend(own);
            entries.extend(joined);
        }
        // Their day is over. A process that has seen nothing yet looks at what has come of it.
        let mut scene = Arc::into_inner(scene).expect("nobody else is left");
        scene.processes[0] = Process::start(&scene.database, &scene.master);
        scene.settle_at(16 * 60).await;
        assert!(scene.line().await.is_empty());
        for id in entries {
            let entry = scene.entry(id).await;
            assert!(!entry.is_open(), "{id}: {entry:?}");
        }
        let jobs = queue::list(&scene.database.pool, None, None, 100).await.expect("jobs");
        assert!(jobs.is_empty(), "{jobs:?}");
        let day = AgendaDayId::of(scene.shop.tenant, scene.shop.resource, utc_day(Shop::start(0)));
        let day = scene.processes[0].bus.current::<AgendaDay>(day).await.expect("a day");
        let occupying = day.entries().filter(|(_, entry)| entry.occupies(at(16 * 60)));
        let taken: Vec<_> = occupying.map(|(id, entry)| (id, entry.occupation)).collect();
        assert_eq!(
            taken.iter().map(|(id, _)| *id).collect::<BTreeSet<_>>(),
            kept,
            "who was told yes has it, and nobody else"
        );
        for (id, one) in &taken {
            let beside = taken.iter().filter(|(other, _)| other != id);
            let seats: u32 = beside
                .clone()
                .filter(|(_, other)| other.same_class(one))
                .filter_map(|(_, other)| other.seats)
                .sum();
            assert!(one.seats.is_none_or(|own| own + seats <= 2), "a class has two seats");
            assert!(
                beside.filter(|(_, other)| !other.same_class(one)).all(|(_, other)| !other.conflicts(one)),
                "nothing overlaps"
            );
        }
        sound_rows(&scene.database.pool).await;
        offers += scene.count("WaitlistOffered").await;
        accepts += scene.count("OfferAccepted").await;
    }
    println!("{offers} offers, {accepts} accepted");
    assert!(offers > 0, "these histories try nothing");
}

/// Plays the acts of one writer. What they have booked in the end, and the entries that they have made.
async fn play(
    scene: &Scene,
    number: usize,
    services: [ServiceId; 3],
    acts: Vec<Act>,
) -> (Vec<AppointmentId>, Vec<WaitlistEntryId>) {
    let bus = &scene.processes[number % 2].bus;
    let context = || context(scene.shop.tenant);
    let (mut own, mut entries) = (Vec::new(), Vec::new());
    for act in acts {
        match act {
            Act::Book { service, slot } => {
                let duration_minutes = SLOT_MINUTES as u16 * if service == 1 { 2 } else { 1 };
                let offer =
                    SlotOffer { service_id: services[service], duration_minutes, ..scene.shop.offer(slot) };
                let booking =
                    BookAppointment { offer, accepts_overlap: true, ..scene.shop.booking(slot, number) };
                let booked = told(bus.execute(&context(), &booking).await).map(|booked| booked.id);
                // What is booked again is the appointment that there is.
                own.extend(booked.filter(|id| !own.contains(id)));
            }
            Act::Cancel => {
                let Some(id) = own.pop() else { continue };
                scene.shop.cancel(bus, id).await.expect("one's own can be cancelled");
                settle(&scene.database, &scene.processes[number % 2]).await;
            }
            Act::Join { service, slot } => {
                let wish = wish(services[service], slot..slot + 2);
                let joined = bus.execute(&context(), &joining(wish, number)).await.expect("joined").output;
                entries.push(joined.view.id);
            }
            Act::Accept => {
                for entry_id in entries.clone() {
                    let accepted = told(bus.execute(&context(), &AcceptOffer::new(entry_id)).await);
                    // Said again of one that was cancelled since, it is the same appointment and no other.
                    let accepted = accepted.filter(|view| matches!(view.appointment, Appointment::Booked(_)));
                    let new = accepted.map(|view| view.id).filter(|id| !own.contains(id));
                    own.extend(new);
                }
            }
            Act::Decline => {
                let Some(entry_id) = entries.last().copied() else { continue };
                told(bus.execute(&context(), &DeclineOffer { entry_id }).await);
            }
            Act::Leave => {
                let Some(entry_id) = entries.last().copied() else { continue };
                told(bus.execute(&context(), &LeaveWaitlist { entry_id }).await);
            }
        }
    }
    (own, entries)
}

/// What came of it, if anything: no is an answer, and nothing else may go wrong.
fn told<T>(result: Result<Executed<T>, BusError>) -> Option<T> {
    match result {
        Ok(executed) => Some(executed.output),
        Err(BusError::Refused(_)) => None,
        Err(error) => panic!("{error}"),
    }
}
