//! The streams of bookings held together: what several of them say of one thing is the same.

#[allow(dead_code)]
mod agreement;
#[allow(dead_code)]
mod shop;

use self::agreement::{assert_own_time_counts_as_free, assert_what_is_offered_can_be_taken};
use self::shop::{CLASS, PAIR, Shop};
use crate::kernel::metadata::ActorKind;
use crate::scheduling::availability::offer::SlotOffer;

fn shop() -> Shop {
    Shop::new(ActorKind::Staff, "2026-11-24T08:00:00Z", "Europe/Berlin")
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
