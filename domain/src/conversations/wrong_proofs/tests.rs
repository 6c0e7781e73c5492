use chrono::{DateTime, TimeDelta, Utc};
use cqrs_es::Aggregate;
use cqrs_es::test::TestFramework;

use super::*;

fn at(hour: i64) -> DateTime<Utc> {
    "2026-11-24T00:00:00Z".parse::<DateTime<Utc>>().expect("an instant") + TimeDelta::hours(hour)
}

fn given(hours: impl IntoIterator<Item = i64>) -> Vec<WrongProofsEvent> {
    hours.into_iter().map(|hour| WrongProofsEvent::WrongProofGiven { at: at(hour) }).collect()
}

#[test]
fn after_nine_wrong_proofs_in_a_day_nothing_is_proved_for_a_day() {
    let prove = |hour, is_wrong| WrongProofsCommand::Prove { at: at(hour), is_wrong };
    let framework = |hours| TestFramework::<WrongProofs>::with(()).given(given(hours));
    framework(0..8).when(prove(8, true)).then_expect_events(given([8]));
    framework(0..8).when(prove(8, false)).then_expect_events(vec![]);
    for is_wrong in [true, false] {
        framework(0..9).when(prove(9, is_wrong)).then_expect_error(WrongProofsError::TooMany);
    }
    // The first one is a day old.
    framework(0..9).when(prove(24, true)).then_expect_events(given([24]));
}

#[test]
fn what_is_kept_is_bounded() {
    let mut proofs = WrongProofs::default();
    given(0..1_000).into_iter().for_each(|event| proofs.apply(event));
    assert_eq!(proofs.may_prove(at(999)), Err(WrongProofsError::TooMany));
    assert!(serde_json::to_string(&proofs).expect("JSON").len() < 400);
}
