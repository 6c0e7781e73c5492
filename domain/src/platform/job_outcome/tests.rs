use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::*;
use crate::kernel::metadata::{Actor, ActorKind};

fn origin() -> JobOrigin {
    JobOrigin { policy: "hold_expiry".into(), job: "LapseHold".into(), position: 7, number: 0 }
}

fn discard() -> JobOutcomeCommand {
    JobOutcomeCommand::Discard {
        origin: origin(),
        reason: "a test".into(),
        by: Actor::new(ActorKind::Operator, "key"),
    }
}

fn given(events: Vec<JobOutcomeEvent>) -> AggregateTestExecutor<JobOutcome> {
    TestFramework::<JobOutcome>::with(()).given(events)
}

#[test]
fn it_is_settled_once() {
    let applied = JobOutcomeEvent::EffectApplied { origin: origin() };
    let unneeded = JobOutcomeEvent::EffectUnneeded { origin: origin() };
    given(vec![])
        .when(JobOutcomeCommand::Apply { origin: origin() })
        .then_expect_events(vec![applied.clone()]);
    given(vec![])
        .when(JobOutcomeCommand::DropUnneeded { origin: origin() })
        .then_expect_events(vec![unneeded.clone()]);
    for settled in [applied, unneeded] {
        let again = given(vec![settled.clone()]).when(JobOutcomeCommand::Apply { origin: origin() });
        again.then_expect_error(JobOutcomeError::AlreadySettled);
        given(vec![settled]).when(discard()).then_expect_error(JobOutcomeError::AlreadySettled);
    }
}

#[test]
fn what_a_person_has_discarded_is_not_done() {
    let discarded = JobOutcomeEvent::EffectDiscarded {
        origin: origin(),
        reason: "a test".into(),
        by: Actor::new(ActorKind::Operator, "key"),
    };
    given(vec![]).when(discard()).then_expect_events(vec![discarded.clone()]);
    given(vec![discarded.clone()]).when(discard()).then_expect_events(vec![]);
    given(vec![discarded])
        .when(JobOutcomeCommand::Apply { origin: origin() })
        .then_expect_error(JobOutcomeError::AlreadySettled);
}
