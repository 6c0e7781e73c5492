//! The streams of bookings held together: what several of them say of one thing is the same.

mod agreement;
mod histories;
mod shop;
mod steps;

use chrono::TimeDelta;

use self::agreement::{
    assert_agrees, assert_own_time_counts_as_free, assert_series_notes_what_is_done,
    assert_what_is_offered_can_be_taken,
};
use self::shop::{CLASS, PAIR, POOL, Shop, who};
use crate::booking::appointment::Source;
use crate::booking::commands::booking::{CancelAppointment, RescheduleAppointment, open_slots, rules_of};
use crate::booking::commands::series::{BookSeries, RescheduleSeries, Scope};
use crate::booking::commands::waitlist::{AcceptOffer, DeclineOffer, LeaveWaitlist};
use crate::booking::policies::waitlist_expiry::ExpireEntry;
use crate::booking::series::Series;
use crate::booking::series::rule::RecurrenceRule;
use crate::booking::waitlist_entry::Stage;
use crate::kernel::ids::WaitlistEntryId;
use crate::kernel::metadata::ActorKind;
use crate::kernel::policy::Performed;
use crate::kernel::work::testing::ready;
use crate::kernel::work::{Failure, Work};
use crate::scheduling::availability::Query;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::service::{Limit, LimitOf, Overlap, Period};
use crate::values::interval::Interval;

fn shop() -> Shop {
    Shop::new(ActorKind::Staff, "2026-11-24T08:00:00Z", "Europe/Berlin")
}

#[test]
fn a_series_that_stays_where_it_is_notes_no_move() {
    let mut shop = shop();
    let offer = shop.offer(POOL, shop.at(0), 1);
    let rule = RecurrenceRule::parse("FREQ=DAILY;COUNT=2").expect("a rule");
    let series = shop.must(BookSeries::new(offer.clone(), rule, who(0), Source::Api));
    let first = series.appointments[0].id;
    let again = shop.must(RescheduleSeries::new(series.id, first, offer.clone(), Scope::All));
    assert_eq!((again.version, shop.work.events_after::<Series>(0).len()), (series.version, 1));
    // With a buffer that was added since, it changes; the first has it already.
    shop.change(POOL, |details| details.buffers.after_minutes = 5).expect("changed");
    shop.must(RescheduleAppointment::new(first, offer.clone()));
    let before = shop.work.appended();
    shop.must(RescheduleSeries::new(series.id, first, offer, Scope::All));
    assert_eq!(shop.work.events_after::<Series>(before).len(), 1);
    assert_series_notes_what_is_done(&shop, before);
}

/// Somebody who waits for a class that is limited for each customer has an offer.
fn offered(shop: &mut Shop, person: usize) -> WaitlistEntryId {
    let booked = shop.book(3, shop.offer(CLASS, shop.at(0), 5));
    let entry_id = shop.join(person, shop.wish(CLASS, 1, 2));
    shop.must(CancelAppointment::new(booked));
    let job = shop.freed.pop().expect("it has become free");
    assert_eq!(shop.perform(&job).expect("performed"), Performed::InPart);
    assert!(matches!(shop.entry(entry_id).stage, Stage::Offered(_)));
    entry_id
}

#[test]
fn an_offer_gives_back_the_limits_of_whoever_it_was_made_to_whoever_stands_for_them_now() {
    let limit = Limit { of: LimitOf::Customer, per: Period::Week, bookings: Some(1), minutes: None };
    let answers: [fn(&mut Shop, WaitlistEntryId); 3] = [
        |shop, entry_id| drop(shop.must(AcceptOffer::new(entry_id))),
        |shop, entry_id| drop(shop.must(DeclineOffer { entry_id })),
        |shop, entry_id| shop.must(LeaveWaitlist { entry_id }),
    ];
    for answer in answers {
        for is_undone in [false, true] {
            let mut shop = shop();
            shop.change(CLASS, |details| details.limits = vec![limit]).expect("changed");
            let [ada, ben] = [0, 2].map(|person| {
                let booked = shop.book(person, shop.offer(POOL, shop.at(4), 1));
                shop.customer_of(booked).expect("booked")
            });
            if is_undone {
                shop.merge(ada, ben).expect("merged");
            }
            let entry_id = offered(&mut shop, 0);
            if is_undone { shop.undo_merge(ada) } else { shop.merge(ada, ben) }.expect("done");
            assert_agrees(&shop);
            answer(&mut shop, entry_id);
            assert_agrees(&shop);
        }
    }
}

#[test]
fn what_a_merged_customer_has_is_not_moved_onto_what_the_same_person_has() {
    let mut shop = shop();
    shop.change(POOL, |details| details.policy.overlap = Overlap::Forbidden).expect("changed");
    let [first, second] = [0, 1].map(|person| {
        let offer = shop.offer(POOL, shop.at(person as u8), 1);
        shop.book(person, offer)
    });
    let [ada, also_ada] = [first, second].map(|id| shop.customer_of(id).expect("booked"));
    let onto_the_second = |shop: &mut Shop| {
        let offer = shop.offer(POOL, shop.at(1), 1);
        shop.run(RescheduleAppointment::new(first, offer))
    };
    shop.merge(ada, also_ada).expect("merged");
    let Err(Failure::Refused(refusal)) = onto_the_second(&mut shop) else { panic!("she has two at a time") };
    assert_eq!(refusal.slug, "customer-overlap-forbidden");
    shop.undo_merge(ada).expect("undone");
    onto_the_second(&mut shop).expect("another person's");
    assert_agrees(&shop);
}

#[test]
fn an_entry_does_not_end_under_its_offer_though_the_business_has_moved_to_another_zone() {
    let mut shop = Shop::new(ActorKind::Staff, "2026-11-24T06:00:00Z", "Pacific/Auckland");
    shop.change(CLASS, |details| details.waitlist_offer_minutes = 24 * 60).expect("changed");
    let entry_id = shop.join(0, shop.wish(CLASS, 1, 1));
    shop.move_to_zone("America/New_York").expect("moved");
    let booked = shop.book(3, shop.offer(CLASS, shop.at(20), 5));
    shop.must(CancelAppointment::new(booked));
    let job = shop.freed.pop().expect("it has become free");
    shop.perform(&job).expect("performed");
    let until = shop.entry(entry_id).joined.until;
    shop.wait((until - shop.work.now()).num_minutes());
    shop.perform(&ExpireEntry { entry_id }).expect("performed");
    assert_agrees(&shop);
}

#[test]
fn the_seats_of_an_appointment_are_free_for_its_move_beside_a_hold_that_has_run_out() {
    let mut shop = shop();
    let two_seats = shop.offer(CLASS, shop.at(4), 2);
    shop.hold(two_seats.clone());
    shop.book(0, two_seats);
    assert_own_time_counts_as_free(&shop);
    shop.wait(10);
    assert_own_time_counts_as_free(&shop);
}

#[test]
fn no_class_is_offered_that_is_full_or_whose_resource_has_no_room_for_it() {
    let mut shop = shop();
    shop.change_capacity(2, 3).expect("changed");
    // One is full. Another one is not, and two other appointments have its resource at that time.
    for (person, service, half_hours, seats) in [(0, CLASS, 0, 5), (0, CLASS, 3, 2), (2, PAIR, 3, 1)] {
        let offer = shop.offer(service, shop.at(half_hours), seats);
        shop.book(person, offer);
    }
    let resources = [0, 2].map(|number| shop.resources[number]).to_vec();
    let pair = SlotOffer { resources, ..shop.offer(PAIR, shop.at(3), 1) };
    shop.book(3, pair);
    for capacity in 1..4 {
        shop.change_capacity(2, capacity).expect("changed");
        assert_what_is_offered_can_be_taken(&shop);
    }
}

#[test]
fn a_class_at_midnight_is_offered_once_and_under_the_limits_of_its_own_day() {
    let mut shop = Shop::new(ActorKind::Staff, "2026-11-24T20:00:00Z", "UTC");
    let (now, midnight) = (shop.work.now(), shop.at(7));
    let offer = shop.offer(CLASS, midnight, 1);
    shop.book(0, offer);
    let starts = |shop: &Shop| {
        let rules = ready(rules_of(&shop.work, shop.services[CLASS])).expect("rules").expect("offered");
        let query = Query::within(Interval::new(now, midnight + TimeDelta::hours(2)), now, usize::MAX);
        let open = ready(open_slots(&shop.work, &rules, query, None)).expect("searched");
        open.into_iter()
            .filter(|slot| slot.time.start >= midnight)
            .map(|slot| slot.time.start)
            .collect::<Vec<_>>()
    };
    assert_eq!(starts(&shop)[..2], [midnight, midnight + TimeDelta::hours(1)]);
    let limit = Limit { of: LimitOf::Service, per: Period::Day, bookings: Some(1), minutes: None };
    shop.change(CLASS, |details| details.limits = vec![limit]).expect("changed");
    let later = shop.offer(CLASS, shop.at(20), 1);
    shop.book(2, later);
    assert!(starts(&shop).is_empty());
}
