use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{ResourceId, StreamId};

fn issue(secret_hash: &str) -> FeedIssue {
    let resource_id = ResourceId::from_uuid(Uuid::from_u128(1));
    FeedIssue { resource_id, secret_hash: secret_hash.into(), names_customers: false }
}

fn issued(secret_hash: &str) -> CalendarFeedEvent {
    CalendarFeedEvent::CalendarFeedIssued { issue: issue(secret_hash) }
}

fn given(events: Vec<CalendarFeedEvent>) -> AggregateTestExecutor<CalendarFeed> {
    TestFramework::<CalendarFeed>::with(()).given(events)
}

#[test]
fn an_address_is_issued_issued_anew_and_revoked() {
    let (revoked, command) = (
        || CalendarFeedEvent::CalendarFeedRevoked {},
        |hash| CalendarFeedCommand::Issue { issue: issue(hash) },
    );
    given(vec![]).when(command("00")).then_expect_events(vec![issued("00")]);
    given(vec![issued("00")]).when(command("01")).then_expect_events(vec![issued("01")]);
    given(vec![issued("00")]).when(CalendarFeedCommand::Revoke).then_expect_events(vec![revoked()]);
    given(vec![issued("00"), revoked()]).when(CalendarFeedCommand::Revoke).then_expect_events(vec![]);
    given(vec![issued("00"), revoked()]).when(command("01")).then_expect_events(vec![issued("01")]);
    given(vec![]).when(CalendarFeedCommand::Revoke).then_expect_error(CalendarFeedError::NotFound);
}
