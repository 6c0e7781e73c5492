use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{ChannelId, StreamId};

fn id(number: u128) -> ChannelId {
    ChannelId::from_uuid(Uuid::from_u128(number))
}

fn enroll(number: u128, legacy: usize) -> ChannelRosterCommand {
    ChannelRosterCommand::Enroll { channel_id: id(number), legacy }
}

fn enrolled(number: u128) -> ChannelRosterEvent {
    ChannelRosterEvent::ChannelEnrolled { channel_id: id(number) }
}

fn given(events: Vec<ChannelRosterEvent>) -> AggregateTestExecutor<ChannelRoster> {
    TestFramework::<ChannelRoster>::with(()).given(events)
}

#[test]
fn fifty_channels_are_enough_and_old_ones_count() {
    let many = |count: u128| (0..count).map(enrolled).collect::<Vec<_>>();
    given(many(49)).when(enroll(49, 0)).then_expect_events(vec![enrolled(49)]);
    given(many(50)).when(enroll(50, 0)).then_expect_error(ChannelRosterError::TooManyChannels);
    given(many(19)).when(enroll(19, 30)).then_expect_events(vec![enrolled(19)]);
    given(many(20)).when(enroll(20, 30)).then_expect_error(ChannelRosterError::TooManyChannels);
}

#[test]
fn one_that_is_struck_makes_room() {
    let (strike, struck) = (
        ChannelRosterCommand::Strike { channel_id: id(1) },
        ChannelRosterEvent::ChannelStruck { channel_id: id(1) },
    );
    given(vec![enrolled(1)]).when(strike.clone()).then_expect_events(vec![struck.clone()]);
    given(vec![enrolled(1), struck.clone()]).when(strike).then_expect_events(vec![]);
    given((0..50).map(enrolled).chain([struck]).collect())
        .when(enroll(50, 0))
        .then_expect_events(vec![enrolled(50)]);
}
