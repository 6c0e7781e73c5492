//! The streams of bookings held together: what several of them say of one thing is the same.

#[allow(dead_code)]
mod agreement;
#[allow(dead_code)]
mod shop;

use self::agreement::assert_own_time_counts_as_free;
use self::shop::{CLASS, Shop};
use crate::kernel::metadata::ActorKind;

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
