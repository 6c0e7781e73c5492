use cqrs_es::test::{AggregateTestExecutor, TestFramework};
use uuid::Uuid;

use super::*;
use crate::kernel::ids::{ConversationId, StreamId};

fn given(events: Vec<ConversationClaimEvent>) -> AggregateTestExecutor<ConversationClaim> {
    TestFramework::<ConversationClaim>::with(()).given(events)
}

#[test]
fn an_address_leads_to_one_conversation_and_moves_only_from_there() {
    let [one, other] = [1, 2].map(|number| ConversationId::from_uuid(Uuid::from_u128(number)));
    let claim = |conversation_id| ConversationClaimCommand::Claim { conversation_id };
    let moving = |from, to| ConversationClaimCommand::Move { from, to };
    let claimed = ConversationClaimEvent::ConversationClaimed { conversation_id: one };
    let moved = ConversationClaimEvent::ConversationClaimMoved { from: one, to: other };
    given(vec![]).when(claim(one)).then_expect_events(vec![claimed.clone()]);
    given(vec![claimed.clone()]).when(claim(one)).then_expect_events(vec![]);
    given(vec![claimed.clone()])
        .when(claim(other))
        .then_expect_error(ConversationClaimError::Taken { conversation_id: one });
    given(vec![claimed.clone()]).when(moving(one, other)).then_expect_events(vec![moved.clone()]);
    given(vec![claimed.clone()]).when(moving(other, one)).then_expect_events(vec![]);
    given(vec![claimed, moved]).when(moving(one, other)).then_expect_events(vec![]);
}
