use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{ChannelId, StreamId};

fn receipt() -> Receipt {
    Receipt {
        provider: "vapi".into(),
        message_type: "status-update".into(),
        channel_id: ChannelId::from_uuid(Uuid::from_u128(1)),
        call_id: None,
        body_sha256: "00".into(),
        body_bytes: 12,
        body_subject: Uuid::from_u128(2),
    }
}

fn received() -> DeliveryEvent {
    DeliveryEvent::WebhookReceived { receipt: receipt() }
}

fn parked() -> DeliveryEvent {
    DeliveryEvent::DeliveryParked { error: "no such call".into(), behind: None }
}

fn given(events: Vec<DeliveryEvent>) -> AggregateTestExecutor<Delivery> {
    TestFramework::<Delivery>::with(()).given(events)
}

#[test]
fn a_webhook_is_taken_in_once() {
    given(vec![]).when(DeliveryCommand::Receive { receipt: receipt() }).then_expect_events(vec![received()]);
    given(vec![received()]).when(DeliveryCommand::Receive { receipt: receipt() }).then_expect_events(vec![]);
}

#[test]
fn it_is_translated_once() {
    let translated = DeliveryEvent::DeliveryTranslated {};
    given(vec![received()]).when(DeliveryCommand::MarkTranslated).then_expect_events(vec![translated.clone()]);
    given(vec![received(), translated]).when(DeliveryCommand::MarkTranslated).then_expect_events(vec![]);
    given(vec![]).when(DeliveryCommand::MarkTranslated).then_expect_events(vec![]);
}

#[test]
fn a_parked_one_is_retried_or_skipped_by_a_person() {
    let skip = || DeliveryCommand::Skip { reason: "test call".into() };
    given(vec![received(), parked()])
        .when(DeliveryCommand::Retry)
        .then_expect_events(vec![DeliveryEvent::DeliveryRetryRequested {}]);
    given(vec![received(), parked()])
        .when(skip())
        .then_expect_events(vec![DeliveryEvent::DeliverySkipped { reason: "test call".into() }]);
    given(vec![received()]).when(DeliveryCommand::Retry).then_expect_error(DeliveryError::NotParked);
    given(vec![]).when(skip()).then_expect_error(DeliveryError::NotFound);
    let behind = DeliveryEvent::DeliveryParked { error: "waits".into(), behind: Some(Uuid::from_u128(9)) };
    given(vec![received(), behind]).when(DeliveryCommand::Retry).then_expect_error(DeliveryError::Behind);
}
