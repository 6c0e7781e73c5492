use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{CustomerId, StreamId};

fn given(events: Vec<ContactPointEvent>) -> AggregateTestExecutor<ContactPoint> {
    TestFramework::<ContactPoint>::with(()).given(events)
}

#[test]
fn an_address_belongs_to_one_customer_at_a_time() {
    let (ada, ben) = (CustomerId::from_uuid(Uuid::from_u128(1)), CustomerId::from_uuid(Uuid::from_u128(2)));
    let claim = |customer_id| ContactPointCommand::Claim { customer_id };
    let release = |customer_id| ContactPointCommand::Release { customer_id };
    let claimed = |customer_id| ContactPointEvent::ContactPointClaimed { customer_id };
    let released = |customer_id| ContactPointEvent::ContactPointReleased { customer_id };
    given(vec![]).when(claim(ada)).then_expect_events(vec![claimed(ada)]);
    given(vec![claimed(ada)]).when(claim(ada)).then_expect_events(vec![]);
    given(vec![claimed(ada)]).when(claim(ben)).then_expect_error(ContactPointError::Taken { owner: ada });
    given(vec![claimed(ada)]).when(release(ben)).then_expect_events(vec![]);
    given(vec![claimed(ada)]).when(release(ada)).then_expect_events(vec![released(ada)]);
    given(vec![claimed(ada), released(ada)]).when(claim(ben)).then_expect_events(vec![claimed(ben)]);
}

#[test]
fn an_address_moves_with_a_merge_from_its_owner_only() {
    let (ada, ben) = (CustomerId::from_uuid(Uuid::from_u128(1)), CustomerId::from_uuid(Uuid::from_u128(2)));
    let claimed = ContactPointEvent::ContactPointClaimed { customer_id: ada };
    let moved = |from, to| ContactPointEvent::ContactPointMoved { from, to };
    let moving = |from, to| ContactPointCommand::Move { from, to };
    given(vec![claimed.clone()]).when(moving(ada, ben)).then_expect_events(vec![moved(ada, ben)]);
    given(vec![claimed.clone(), moved(ada, ben)])
        .when(moving(ben, ada))
        .then_expect_events(vec![moved(ben, ada)]);
    given(vec![claimed.clone(), moved(ada, ben)]).when(moving(ada, ben)).then_expect_events(vec![]);
    given(vec![]).when(moving(ada, ben)).then_expect_events(vec![]);
    given(vec![claimed, moved(ada, ben)])
        .when(ContactPointCommand::Claim { customer_id: ada })
        .then_expect_error(ContactPointError::Taken { owner: ben });
}
