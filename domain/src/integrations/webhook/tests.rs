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

fn received() -> WebhookEvent {
    WebhookEvent::WebhookReceived { receipt: receipt() }
}

fn parked() -> WebhookEvent {
    WebhookEvent::DeliveryParked { error: "no such call".into(), behind: None }
}

fn given(events: Vec<WebhookEvent>) -> AggregateTestExecutor<Webhook> {
    TestFramework::<Webhook>::with(()).given(events)
}

#[test]
fn a_webhook_is_taken_in_once() {
    given(vec![]).when(WebhookCommand::Receive { receipt: receipt() }).then_expect_events(vec![received()]);
    given(vec![received()]).when(WebhookCommand::Receive { receipt: receipt() }).then_expect_events(vec![]);
}

#[test]
fn it_is_translated_once() {
    let translated = WebhookEvent::DeliveryTranslated {};
    given(vec![received()]).when(WebhookCommand::MarkTranslated).then_expect_events(vec![translated.clone()]);
    given(vec![received(), translated]).when(WebhookCommand::MarkTranslated).then_expect_events(vec![]);
    given(vec![]).when(WebhookCommand::MarkTranslated).then_expect_events(vec![]);
}

#[test]
fn a_parked_one_is_retried_or_skipped_by_a_person() {
    let skip = || WebhookCommand::Skip { reason: "test call".into() };
    given(vec![received(), parked()])
        .when(WebhookCommand::Retry)
        .then_expect_events(vec![WebhookEvent::DeliveryRetryRequested {}]);
    given(vec![received(), parked()])
        .when(skip())
        .then_expect_events(vec![WebhookEvent::DeliverySkipped { reason: "test call".into() }]);
    given(vec![received()]).when(WebhookCommand::Retry).then_expect_error(WebhookError::NotParked);
    given(vec![]).when(skip()).then_expect_error(WebhookError::NotFound);
    let behind = WebhookEvent::DeliveryParked { error: "waits".into(), behind: Some(Uuid::from_u128(9)) };
    given(vec![received(), behind]).when(WebhookCommand::Retry).then_expect_error(WebhookError::Behind);
}
