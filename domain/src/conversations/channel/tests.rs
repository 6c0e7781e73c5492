use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::*;
use crate::scheduling::business::BusinessEvent;
use crate::values::sender::{Authentication, ChannelAddressKind, ChannelNumber};
use crate::values::text::Name;

fn details() -> ChannelDetails {
    ChannelDetails {
        name: Name::parse("Front line").expect("a name"),
        provider: "vapi".into(),
        authentication: Authentication::Secret { hash: "00".into() },
        numbers: vec![ChannelNumber { kind: ChannelAddressKind::PhoneNumber, value: "+576017654321".into() }],
        assistant_id: Some("assistant-1".into()),
    }
}

fn given(events: Vec<ChannelEvent>) -> AggregateTestExecutor<Channel> {
    TestFramework::<Channel>::with(()).given(events)
}

#[test]
fn a_channel_is_added_and_removed_once() {
    let (added, removed) =
        (ChannelEvent::ChannelAdded { details: details() }, ChannelEvent::ChannelRemoved {});
    let add = || ChannelCommand::Add { details: details() };
    given(vec![]).when(add()).then_expect_events(vec![added.clone()]);
    given(vec![added.clone()]).when(add()).then_expect_events(vec![]);
    given(vec![added.clone()]).when(ChannelCommand::Remove).then_expect_events(vec![removed.clone()]);
    given(vec![added.clone(), removed.clone()]).when(add()).then_expect_events(vec![]);
    let gone = ChannelError::ChannelNotFound;
    given(vec![added, removed]).when(ChannelCommand::Remove).then_expect_error(gone.clone());
    given(vec![]).when(ChannelCommand::Remove).then_expect_error(gone);
}

#[test]
fn a_channel_that_stands_in_its_business_says_the_same() {
    let stored = include_str!("../../../fixtures/business-channel-added-1.json");
    let Ok(BusinessEvent::ChannelAdded { channel }) = serde_json::from_str(stored) else {
        panic!("an old channel")
    };
    assert_eq!(ChannelDetails::from(channel), details());
}
