//! After any history of commands and jobs on one business, everything agrees.

use proptest::prelude::*;

use super::agreement::{
    assert_agrees, assert_own_time_counts_as_free, assert_series_notes_what_is_done,
    assert_what_is_offered_can_be_taken,
};
use super::shop::{PAIR, POOL, Shop};
use super::steps::{
    Answer, Ask, Change, JobKind, OfAppointment, OfBusiness, OfSeries, OfWaitlist, Outcome, Step,
};
use crate::kernel::metadata::ActorKind;
use crate::kernel::work::Work;
use crate::scheduling::service::{Choice, Overlap};

fn sometimes() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.2)
}

fn ask() -> impl Strategy<Value = Ask> {
    let few = || prop::option::of(0_u8..3);
    // Often the same times, so that they meet. The others are up to those of the second day.
    let at = prop::option::of(prop_oneof![3 => 8_u8..14, 1 => 0_u8..60]);
    (few(), at, few(), 1_u8..5, prop::option::weighted(0.3, 0_u8..3))
        .prop_map(|(service, at, length, seats, with)| Ask { service, at, length, seats, with })
}

fn of_appointment() -> impl Strategy<Value = OfAppointment> {
    let outcome = prop_oneof![
        4 => Just(Outcome::Cancelled),
        1 => Just(Outcome::Approved),
        1 => Just(Outcome::Declined),
        1 => Just(Outcome::CheckedIn),
        1 => Just(Outcome::Completed),
        2 => Just(Outcome::NoShow),
    ];
    let any = any::<u8>;
    prop_oneof![
        10 => (any(), ask(), sometimes(), prop::bool::weighted(0.8)).prop_map(
            |(who, ask, overrides, accepts)| OfAppointment::Book { who, ask, overrides, accepts }
        ),
        5 => (ask(), 1_u8..60).prop_map(|(ask, minutes)| OfAppointment::Hold { ask, minutes }),
        4 => (any(), any()).prop_map(|(hold, who)| OfAppointment::Confirm { hold, who }),
        1 => any().prop_map(|hold| OfAppointment::Release { hold }),
        10 => (any(), ask(), prop::option::weighted(0.2, any()), sometimes()).prop_map(
            |(which, ask, hold, overrides)| OfAppointment::Move { which, ask, hold, overrides }
        ),
        8 => (any(), outcome).prop_map(|(which, what)| OfAppointment::Record { which, what }),
    ]
}

fn of_series() -> impl Strategy<Value = OfSeries> {
    let any = any::<u8>;
    prop_oneof![
        3 => (any(), ask(), 1_u8..4, prop::bool::ANY)
            .prop_map(|(who, ask, count, skips)| OfSeries::Book { who, ask, count, skips }),
        3 => (any(), any(), ask(), prop::bool::ANY)
            .prop_map(|(which, from, ask, all)| OfSeries::Move { which, from, ask, all }),
        1 => (any(), prop::option::of(any())).prop_map(|(which, from)| OfSeries::Cancel { which, from }),
    ]
}

fn of_waitlist() -> impl Strategy<Value = OfWaitlist> {
    let answer = prop::sample::select(vec![Answer::Accept, Answer::Decline, Answer::Leave]);
    prop_oneof![
        1 => (any::<u8>(), 0_u8..3, 1_u8..4, 1_u8..3)
            .prop_map(|(who, service, seats, days)| OfWaitlist::Join { who, service, seats, days }),
        1 => (any::<u8>(), answer).prop_map(|(entry, how)| OfWaitlist::Answer { entry, how }),
        2 => any::<u8>().prop_map(OfWaitlist::OfferFreedTime),
    ]
}

fn change() -> impl Strategy<Value = Change> {
    let overlap = prop::sample::select(vec![Overlap::Allowed, Overlap::Asked, Overlap::Forbidden]);
    let choice = prop::sample::select(vec![Choice::Preferred, Choice::LeastBusy, Choice::Balanced]);
    prop_oneof![
        2 => (0_u8..8, 0_u8..8).prop_map(|(before, after)| Change::Buffers { before, after }),
        3 => any::<u8>().prop_map(Change::Limits),
        1 => (1_u8..6).prop_map(Change::Seats),
        1 => (1_u8..7).prop_map(Change::Length),
        1 => any::<bool>().prop_map(Change::Approval),
        1 => any::<bool>().prop_map(Change::Completion),
        1 => (1_u8..25).prop_map(Change::OfferHours),
        1 => overlap.prop_map(Change::Overlap),
        1 => choice.prop_map(Change::Choice),
    ]
}

fn of_business() -> impl Strategy<Value = OfBusiness> {
    let any = any::<u8>;
    prop_oneof![
        5 => (0_u8..3, change()).prop_map(|(service, what)| OfBusiness::Change { service, what }),
        1 => (0_u8..4, 1_u8..4)
            .prop_map(|(resource, capacity)| OfBusiness::ChangeCapacity { resource, capacity }),
        1 => (0_u8..4, 0_u8..60).prop_map(|(resource, at)| OfBusiness::AddTimeOff { resource, at }),
        1 => any().prop_map(OfBusiness::MoveToZone),
        3 => (any(), any()).prop_map(|(one, into)| OfBusiness::Merge { one, into }),
        2 => any().prop_map(OfBusiness::UndoMerge),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let kinds = vec![
        JobKind::LapseHolds,
        JobKind::ExpireRequests,
        JobKind::CompleteUnattended,
        JobKind::ExpireEntries,
    ];
    prop_oneof![
        38 => of_appointment().prop_map(Step::Appointment),
        7 => of_series().prop_map(Step::Series),
        16 => of_waitlist().prop_map(Step::Waitlist),
        13 => of_business().prop_map(Step::Business),
        4 => prop::sample::select(kinds).prop_map(Step::Jobs),
        4 => (0_u8..5).prop_map(Step::Wait),
    ]
}

/// Limits, and a service each whose bookings are approved and completed.
fn prepared(by: ActorKind, (opened, zone): (&str, &str), limits: [u8; 3]) -> Shop {
    let mut shop = Shop::new(by, opened, zone);
    let limits = (0..).zip(limits).map(|(service, bits)| (service, Change::Limits(bits)));
    let policies = [(PAIR as u8, Change::Approval(true)), (POOL as u8, Change::Completion(true))];
    for (service, what) in limits.chain(policies) {
        let change = Step::Business(OfBusiness::Change { service, what });
        shop.step(&change).expect("there is such a service").expect("changed");
    }
    shop
}

proptest! {
    /// The streams of a commit never say different things, whatever has happened before.
    #[test]
    fn after_any_history_everything_that_is_said_of_an_appointment_agrees(
        by in prop::sample::select(vec![ActorKind::Staff, ActorKind::Assistant]),
        // Some hours before clocks change.
        opened in prop::sample::select(vec![
            ("2027-03-27T18:00:00Z", "Europe/Berlin"), ("2026-10-24T18:00:00Z", "Europe/Berlin"),
            ("2026-10-31T23:00:00Z", "America/New_York"), ("2027-04-03T09:00:00Z", "Pacific/Auckland"),
        ]),
        limits: [u8; 3], steps in prop::collection::vec(step(), 1..60),
    ) {
        let mut shop = prepared(by, opened, limits);
        for step in steps {
            let before = shop.work.appended();
            if shop.step(&step).is_some() {
                assert_agrees(&shop);
                assert_series_notes_what_is_done(&shop, before);
            }
            // Holds have run out meanwhile.
            if let Step::Wait(_) = step {
                assert_own_time_counts_as_free(&shop);
            }
        }
        assert_own_time_counts_as_free(&shop);
        assert_what_is_offered_can_be_taken(&shop);
    }
}
