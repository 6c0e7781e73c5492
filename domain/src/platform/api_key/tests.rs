use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{BusinessId, StreamId};
use crate::values::text::Name;

fn now() -> DateTime<Utc> {
    "2026-11-22T12:00:00Z".parse().expect("an instant")
}

fn issue(scope: Scope) -> Issue {
    let business_id = (scope != Scope::Operator).then(|| BusinessId::from_uuid(Uuid::from_u128(1)));
    Issue {
        business_id,
        scope,
        name: Name::parse("Console").expect("a name"),
        secret_hash: "00".into(),
        expires_at: None,
    }
}

fn given(events: Vec<ApiKeyEvent>) -> AggregateTestExecutor<ApiKey> {
    TestFramework::<ApiKey>::with(()).given(events)
}

#[test]
fn a_key_is_issued_and_revoked() {
    let issued = || ApiKeyEvent::ApiKeyIssued { issue: issue(Scope::TenantAdmin) };
    let command = || ApiKeyCommand::Issue { issue: issue(Scope::TenantAdmin), now: now() };
    given(vec![]).when(command()).then_expect_events(vec![issued()]);
    given(vec![issued()]).when(command()).then_expect_error(ApiKeyError::AlreadyIssued);
    given(vec![issued()]).when(ApiKeyCommand::Revoke).then_expect_events(vec![ApiKeyEvent::ApiKeyRevoked {}]);
    given(vec![issued(), ApiKeyEvent::ApiKeyRevoked {}])
        .when(ApiKeyCommand::Revoke)
        .then_expect_events(vec![]);
    given(vec![]).when(ApiKeyCommand::Revoke).then_expect_error(ApiKeyError::NotFound);
}

#[test]
fn only_operators_keys_belong_to_no_business() {
    for wrong in [
        Issue { business_id: None, ..issue(Scope::TenantRead) },
        Issue { business_id: issue(Scope::Auditor).business_id, ..issue(Scope::Operator) },
    ] {
        given(vec![])
            .when(ApiKeyCommand::Issue { issue: wrong, now: now() })
            .then_expect_error(ApiKeyError::WrongScope);
    }
}

#[test]
fn a_key_is_valid_until_it_expires_or_is_revoked() {
    let expiring = Issue { expires_at: Some(now() + TimeDelta::hours(1)), ..issue(Scope::TenantAdmin) };
    let mut key = IssuedKey { issue: expiring, revoked: false };
    assert!(key.is_valid(now()));
    assert!(!key.is_valid(now() + TimeDelta::hours(1)));
    key.revoked = true;
    assert!(!key.is_valid(now()));
    let late = Issue { expires_at: Some(now()), ..issue(Scope::TenantAdmin) };
    given(vec![])
        .when(ApiKeyCommand::Issue { issue: late, now: now() })
        .then_expect_error(ApiKeyError::AlreadyExpired);
}
