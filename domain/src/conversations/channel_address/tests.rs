use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{BusinessId, ChannelId, StreamId};

fn given(events: Vec<ChannelAddressEvent>) -> AggregateTestExecutor<ChannelAddress> {
    TestFramework::<ChannelAddress>::with(()).given(events)
}

#[test]
fn an_address_leads_to_one_channel_at_a_time() {
    let owner = |business: u128, channel: u128| ChannelOwner {
        business_id: BusinessId::from_uuid(Uuid::from_u128(business)),
        channel_id: ChannelId::from_uuid(Uuid::from_u128(channel)),
    };
    let (ours, theirs) = (owner(1, 1), owner(2, 2));
    let claim = |owner| ChannelAddressCommand::Claim { owner };
    let release = |owner| ChannelAddressCommand::Release { owner };
    let claimed = |owner| ChannelAddressEvent::ChannelAddressClaimed { owner };
    let released = |owner| ChannelAddressEvent::ChannelAddressReleased { owner };
    given(vec![]).when(claim(ours)).then_expect_events(vec![claimed(ours)]);
    given(vec![claimed(ours)]).when(claim(theirs)).then_expect_error(ChannelAddressError::Taken);
    given(vec![claimed(ours)]).when(claim(owner(1, 2))).then_expect_error(ChannelAddressError::Taken);
    given(vec![claimed(ours)]).when(release(theirs)).then_expect_events(vec![]);
    given(vec![claimed(ours)]).when(release(ours)).then_expect_events(vec![released(ours)]);
    given(vec![claimed(ours), released(ours)]).when(claim(theirs)).then_expect_events(vec![claimed(theirs)]);
}
