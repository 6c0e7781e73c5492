use cqrs_es::test::{AggregateTestExecutor, TestFramework};

use super::*;
use crate::kernel::metadata::{Actor, ActorKind};

fn origin() -> Origin {
    Origin { policy: "hold_expiry".into(), job: "LapseHold".into(), position: 7, number: 0 }
}

fn discard() -> EffectCommand {
    EffectCommand::Discard { origin: origin(), reason: "a test".into(), by: Actor::new(ActorKind::Operator, "key") }
}

fn given(events: Vec<EffectEvent>) -> AggregateTestExecutor<Effect> {
    TestFramework::<Effect>::with(()).given(events)
}

#[test]
fn it_is_settled_once() {
    let applied = EffectEvent::EffectApplied { origin: origin() };
    let unneeded = EffectEvent::EffectUnneeded { origin: origin() };
    given(vec![]).when(EffectCommand::Apply { origin: origin() }).then_expect_events(vec![applied.clone()]);
    given(vec![]).when(EffectCommand::DropUnneeded { origin: origin() }).then_expect_events(vec![unneeded.clone()]);
    for settled in [applied, unneeded] {
        let again = given(vec![settled.clone()]).when(EffectCommand::Apply { origin: origin() });
        again.then_expect_error(EffectError::AlreadySettled);
        given(vec![settled]).when(discard()).then_expect_error(EffectError::AlreadySettled);
    }
}

#[test]
fn what_a_person_has_discarded_is_not_done() {
    let discarded =
        EffectEvent::EffectDiscarded { origin: origin(), reason: "a test".into(), by: Actor::new(ActorKind::Operator, "key") };
    given(vec![]).when(discard()).then_expect_events(vec![discarded.clone()]);
    given(vec![discarded.clone()]).when(discard()).then_expect_events(vec![]);
    given(vec![discarded]).when(EffectCommand::Apply { origin: origin() }).then_expect_error(EffectError::AlreadySettled);
}
