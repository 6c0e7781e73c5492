//! What came of the calls.

use std::collections::BTreeMap;
use std::fmt;
use std::time::Duration;

use serde::Serialize;

use crate::promises::verdict::Verdict;
use crate::report::tally::{Habits, Latency, Tally, get, table};

#[derive(Debug, Serialize)]
pub struct Summary {
    calls: u64,
    booked: u64,
    moved: u64,
    cancelled: u64,
    refused: u64,
    errors: u64,
    retries: u64,
    overlaps: usize,
    lost: usize,
    repeated: u64,
    twice: usize,
    mistold: usize,
    overheard: usize,
    taken_twice: usize,
    untranslated: usize,
    seconds: f64,
    #[serde(skip_serializing_if = "Option::is_none")]
    habits: Option<Played>,
    latency_ms: BTreeMap<&'static str, Latency>,
}

/// How often callers did what some of them do.
#[derive(Debug, Serialize)]
pub struct Played {
    /// Asked for the same again, under another tool-call id.
    repeats: u64,
    /// Calls without a number.
    withheld: u64,
    /// Calls from a family's telephone.
    shared: u64,
    changes_of_mind: u64,
    /// Answers to what had been done before.
    done_already: u64,
}

impl Played {
    pub fn of(tally: &Tally) -> Self {
        let Habits { repeats, withheld, shared, changes_of_mind } = &tally.habits;
        Self {
            repeats: get(repeats),
            withheld: get(withheld),
            shared: get(shared),
            changes_of_mind: get(changes_of_mind),
            done_already: get(&tally.done_already),
        }
    }
}

impl Summary {
    pub fn of(
        tally: &Tally,
        retries: u64,
        verdict: &Verdict,
        took: Duration,
        habits: Option<Played>,
    ) -> Self {
        Self {
            calls: get(&tally.calls),
            booked: get(&tally.booked),
            moved: get(&tally.moved),
            cancelled: get(&tally.cancelled),
            refused: get(&tally.refused),
            errors: get(&tally.errors),
            retries,
            overlaps: verdict.overlaps,
            lost: verdict.lost,
            repeated: get(&tally.changed_answers) + verdict.unknown as u64,
            twice: verdict.twice,
            mistold: verdict.mistold,
            overheard: verdict.overheard,
            taken_twice: verdict.taken_twice,
            untranslated: verdict.untranslated,
            seconds: (took.as_secs_f64() * 10.0).round() / 10.0,
            habits,
            latency_ms: tally.latencies(),
        }
    }

    /// The checks that failed.
    pub fn failed(&self, tally: &Tally, verdict: &Verdict) -> Vec<String> {
        let mut failed = verdict.failed();
        let changed = get(&tally.changed_answers);
        if changed > 0 {
            failed.push(format!("{changed} tool calls were answered differently when they were repeated"));
        }
        if self.errors > 0 {
            failed.push(format!("{} requests failed", self.errors));
        }
        if self.booked == 0 {
            failed.push("nothing was booked".into());
        }
        if !failed.is_empty() {
            failed.extend(tally.complaints());
        }
        failed
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { calls, booked, moved, cancelled, refused, errors, retries, .. } = self;
        let Self { overlaps, lost, repeated, seconds, .. } = self;
        writeln!(f, "{}", table(&self.latency_ms))?;
        write!(f, "{calls} calls in {seconds} seconds: ")?;
        writeln!(f, "{booked} booked, {moved} moved, {cancelled} cancelled, {refused} refused;")?;
        write!(
            f,
            "{errors} errors, {retries} retries, {overlaps} overlaps, {lost} lost, {repeated} repeated."
        )?;
        let Some(played) = &self.habits else { return Ok(()) };
        let Self { twice, mistold, overheard, .. } = self;
        let Played { repeats, withheld, shared, changes_of_mind, done_already } = played;
        write!(f, "\n{repeats} repeats under other ids, {withheld} calls with a withheld number, ")?;
        write!(f, "{shared} from a shared telephone, {changes_of_mind} changes of mind; ")?;
        write!(f, "{done_already} answers that it is done already, {twice} done twice, {mistold} mistold, ")?;
        write!(f, "{overheard} overheard.")
    }
}

/// How far the calls are.
pub fn progress(tally: &Tally) -> String {
    let Tally { calls, booked, refused, errors, .. } = tally;
    let (calls, booked) = (get(calls), get(booked));
    let (refused, errors) = (get(refused), get(errors));
    format!("{calls} calls, {booked} booked, {refused} refused, {errors} errors")
}
