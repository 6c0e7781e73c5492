//! The starts of appointments within free time.

use chrono::{DateTime, TimeDelta, Timelike, Utc};

use crate::scheduling::service::{Grid, GridKind};
use crate::values::interval::Interval;
use crate::values::time::Zone;

/// Round minutes past the hour are the multiples of the largest of these that divides the step.
const ROUND_MINUTES: [u32; 6] = [60, 30, 20, 15, 10, 5];

/// The starts of one day of the business.
///
/// `free` is when an appointment can start, as half-open intervals in order. `openings` is when it is open,
/// booked or not.
pub fn starts(grid: Grid, zone: Zone, free: &[Interval], openings: &[Interval]) -> Vec<DateTime<Utc>> {
    let step = TimeDelta::minutes((grid.step_minutes + grid.offset_minutes).into());
    let offset = TimeDelta::minutes(grid.offset_minutes.into());
    let mut starts: Vec<DateTime<Utc>> = Vec::new();
    match grid.kind {
        GridKind::Opening => {
            for opening in openings {
                let mut stretches = free.iter().peekable();
                let mut start = whole_minute(opening.start) + offset;
                while start < opening.end {
                    while stretches.next_if(|stretch| stretch.end <= start).is_some() {}
                    match stretches.peek() {
                        None => break,
                        Some(stretch) if stretch.start <= start => starts.push(start),
                        Some(_) => {}
                    }
                    start += step;
                }
            }
            starts.sort_unstable();
            starts.dedup();
        }
        GridKind::Clock | GridKind::Tight => {
            let round = round_minutes(grid.step_minutes);
            for stretch in free {
                let first = match grid.kind {
                    GridKind::Tight => tight(zone, round, step, *stretch),
                    GridKind::Clock | GridKind::Opening => round_up(zone, round, stretch.start),
                };
                // Starts are at least a step apart, also across a booking between them.
                let mut start =
                    (first + offset).max(starts.last().map_or(first + offset, |last| *last + step));
                while start < stretch.end {
                    starts.push(start);
                    let next = start + step;
                    // Where the clock jumps, the grid follows it.
                    let jumps = zone.offset_seconds(next) != zone.offset_seconds(start);
                    start = if jumps { round_up(zone, round, next) } else { next };
                }
            }
        }
    }
    starts
}

fn round_minutes(step_minutes: u32) -> u32 {
    ROUND_MINUTES.into_iter().find(|minutes| step_minutes.is_multiple_of(*minutes)).unwrap_or(1)
}

/// The first start of a stretch for which as many appointments fit as without rounding. It is a round time if
/// possible, else a quarter of an hour, else a multiple of five minutes, else the beginning.
fn tight(zone: Zone, round: u32, step: TimeDelta, stretch: Interval) -> DateTime<Utc> {
    let first = whole_minute(stretch.start);
    let room = stretch.end - first;
    let left_over = TimeDelta::seconds(
        (room - TimeDelta::seconds(1)).num_seconds().rem_euclid(step.num_seconds().max(1)),
    );
    let rounded = [round, 15, 5].map(|minutes| round_up(zone, minutes, first));
    rounded.into_iter().find(|start| *start - first <= left_over).unwrap_or(first)
}

/// The first instant, from another one on, at which the clock shows a multiple of so many minutes past the
/// hour.
fn round_up(zone: Zone, minutes: u32, from: DateTime<Utc>) -> DateTime<Utc> {
    let at = whole_minute(from);
    let is_round = |at: DateTime<Utc>| zone.wall(at).minute().is_multiple_of(minutes);
    let next = at + TimeDelta::minutes(((minutes - zone.wall(at).minute() % minutes) % minutes).into());
    if is_round(next) {
        return next;
    }
    // The clock jumps on the way.
    (1..=120).map(|minute| at + TimeDelta::minutes(minute)).find(|at| is_round(*at)).unwrap_or(next)
}

fn whole_minute(at: DateTime<Utc>) -> DateTime<Utc> {
    let whole = at.with_second(0).and_then(|at| at.with_nanosecond(0)).unwrap_or(at);
    if whole == at { at } else { whole + TimeDelta::minutes(1) }
}
