//! Callers who ask for the same again: at once, because a model sends a tool call twice, after a while, or in
//! another call. It is done once, and answered as done.

use std::time::Duration;

use futures::future::join;
use rand::Rng;

use crate::calls::caller::Caller;
use crate::calls::lookup;
use crate::promises::record::Note;
use crate::report::tally::add;
use crate::voice::message::ToolCall;
use crate::voice::session::{ChangeOutcome, Repeat, Request};

/// So many of a hundred requests are made again by those who repeat themselves.
const AGAIN_PERCENT: u32 = 60;
const PAUSE_MAX_MS: u64 = 500;

/// Asks for a booking or for a change, perhaps twice. Returns what became of it.
pub async fn change(caller: &mut Caller, request: &Request) -> ChangeOutcome {
    let repeats = caller.habits.is_some_and(|habits| habits.repeats) && caller.chance(AGAIN_PERCENT);
    if repeats && caller.chance(30) {
        return at_once(caller, request).await;
    }
    let first = caller.change(request).await;
    if !repeats || !matches!(first, ChangeOutcome::Made(_)) {
        return first;
    }
    // What is cancelled is not found in another call.
    if request.call.tool != "cancel_appointment" && caller.chance(50) {
        caller.call_again().await;
        if request.appointment_id.is_some() {
            lookup::find_own(caller).await;
        }
    } else {
        let pause = caller.rng.random_range(1..PAUSE_MAX_MS);
        tokio::time::sleep(Duration::from_millis(pause)).await;
    }
    again(caller, request, first).await
}

/// A model sends two tool calls side by side. Either can be answered first.
async fn at_once(caller: &mut Caller, request: &Request) -> ChangeOutcome {
    add(&caller.tally().habits.repeats);
    caller.talk().await;
    let (one, other) = (request.again(), request.again());
    let session = &caller.session;
    let (first, second) =
        join(session.change(&one, Repeat::Never), session.change(&other, Repeat::Never)).await;
    compare(caller, request, &first, &second);
    if matches!(second, ChangeOutcome::Made(_)) { second } else { first }
}

/// Asks once more for what was done. In another call, the network may show no number.
async fn again(caller: &mut Caller, request: &Request, first: ChangeOutcome) -> ChangeOutcome {
    add(&caller.tally().habits.repeats);
    let mut request = request.again();
    if request.appointment_id.is_none() {
        request.call.arguments = caller.with_name(request.call.arguments);
    }
    let second = caller.change(&request).await;
    compare(caller, &request, &first, &second);
    first
}

/// Leaves a message, perhaps twice in one call. With the same words it is one.
pub async fn leave_message(caller: &mut Caller, call: &ToolCall, note: &Note, repeat: Repeat) {
    let repeats = caller.habits.is_some_and(|habits| habits.repeats);
    let at_once = caller.rng.random();
    let session = &caller.session;
    if !repeats {
        session.leave_message(call, note, repeat).await;
        return;
    }
    add(&caller.tally().habits.repeats);
    let again = call.again();
    let first = session.leave_message(call, note, repeat);
    let second = session.leave_message(&again, note, Repeat::Never);
    let answers = if at_once { join(first, second).await } else { (first.await, second.await) };
    if let (Some(first), Some(second)) = answers
        && first != second
    {
        complain(caller, call.tool, &format!("{first}, then {second}"));
    }
}

/// What was asked again must be answered as the first time, unless there was no answer.
pub fn compare(caller: &Caller, request: &Request, first: &ChangeOutcome, second: &ChangeOutcome) {
    if !is_same(first, second) {
        complain(caller, request.call.tool, &format!("{first}, then {second}"));
    }
}

fn is_same(first: &ChangeOutcome, second: &ChangeOutcome) -> bool {
    match (first, second) {
        (ChangeOutcome::Made(first), ChangeOutcome::Made(second)) => first == second,
        (ChangeOutcome::Refused(_), ChangeOutcome::Refused(_)) => true,
        (ChangeOutcome::Failed, _) | (_, ChangeOutcome::Failed) => true,
        (ChangeOutcome::Made(_), ChangeOutcome::Refused(_))
        | (ChangeOutcome::Refused(_), ChangeOutcome::Made(_)) => false,
    }
}

fn complain(caller: &Caller, tool: &str, answers: &str) {
    add(&caller.tally().changed_answers);
    let complaint =
        format!("{tool}: what was asked again under another id was answered differently: {answers}");
    caller.tally().complain(&complaint);
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;
    use crate::voice::session::Made;

    #[test]
    fn what_is_asked_again_is_the_same_appointment_at_the_same_time() {
        let made = |id: &str, minute| {
            let start = DateTime::UNIX_EPOCH + TimeDelta::minutes(minute);
            ChangeOutcome::Made(Made { appointment_id: id.into(), start })
        };
        let refused = || ChangeOutcome::Refused(vec![]);
        assert!(is_same(&made("a", 0), &made("a", 0)) && is_same(&refused(), &refused()));
        assert!(is_same(&made("a", 0), &ChangeOutcome::Failed));
        for other in [made("b", 0), made("a", 15), refused()] {
            assert!(!is_same(&made("a", 0), &other) && !is_same(&other, &made("a", 0)), "{other}");
        }
    }
}
