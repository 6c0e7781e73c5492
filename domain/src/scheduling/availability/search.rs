//! The search for open slots.
//!
//! A slot is open if
//!
//! * it starts after the notice and within the horizon,
//! * the service's limits leave room for it,
//! * each need of the service has a resource of its own, open for all of the slot, with room for it and its
//!   buffers.
//!
//! The search finds the open slots that start on the grid.

use chrono::{NaiveDate, TimeDelta};

use super::agenda::Agenda;
use super::assignment::DayPlan;
use super::pool::{Pool, TICK};
use super::query::{Query, Slot};
use super::rules::ServiceRules;
use crate::scheduling::service::Horizon;
use crate::values::interval::Interval;
use crate::values::time::minute_of_day;

/// The open slots, in order of time.
pub fn search(rules: &ServiceRules, agenda: &impl Agenda, query: &Query) -> Vec<Slot> {
    let mut search = Search::new(rules, *query);
    while search.is_under_way() {
        search.search_days(agenda, i64::MAX);
    }
    search.into_slots()
}

/// A search in steps of some days, so that the agenda is read one step at a time.
#[derive(Debug)]
pub struct Search<'a> {
    rules: &'a ServiceRules,
    query: Query,
    pool: Option<Pool<'a>>,
    /// The starts that the query asks for and the rules allow.
    starts: Interval,
    next: NaiveDate,
    last: NaiveDate,
    /// How many open days the horizon still allows.
    days_left: u32,
    slots: Vec<Slot>,
}

impl<'a> Search<'a> {
    pub fn new(rules: &'a ServiceRules, query: Query) -> Self {
        let zone = rules.business.zone;
        let today = zone.date(query.now);
        let allowed = rules.service.horizon.dates(today);
        let earliest = query.span.start.max(query.now + rules.notice()).max(zone.midnight(allowed.first));
        let latest = query.span.end.min(zone.midnight(allowed.last + TimeDelta::days(1)));
        let (first, days_left) = match rules.service.horizon {
            // Open days before the query count, too.
            Horizon::AvailableDays { days } => (today, days),
            Horizon::Days { .. } | Horizon::BusinessDays { .. } | Horizon::Dates(_) => {
                (zone.date(earliest), u32::MAX)
            }
        };
        let (starts, pool) = (Interval::new(earliest, latest), Pool::of(rules, query.terms));
        let never = starts.is_empty() || pool.is_none();
        let last = if never { first - TimeDelta::days(1) } else { zone.date(latest - TICK) };
        Self { rules, query, pool, starts, next: first, last, days_left, slots: Vec::new() }
    }

    /// The span of the next step: it skips days on which nobody is open, then takes up to `days` days. The
    /// caller gathers the agenda over it, then calls [`Self::search_days`]. `None` at the end of the search.
    pub fn next_span(&mut self, days: i64) -> Option<Interval> {
        while self.is_under_way() {
            let last = self.last.min(self.next + TimeDelta::days(days - 1));
            let dates = self.next.iter_days().take_while(|date| *date <= last);
            if let Some(first) = self.open_on(self.next) {
                return Some(dates.skip(1).filter_map(|date| self.open_on(date)).fold(first, Interval::hull));
            }
            self.next += TimeDelta::days(1);
        }
        None
    }

    fn is_under_way(&self) -> bool {
        self.next <= self.last && self.days_left > 0 && self.slots.len() < self.query.limit
    }

    /// From the first opening of the pool on a date to its last closing.
    fn open_on(&self, date: NaiveDate) -> Option<Interval> {
        self.pool.as_ref()?.hours(self.day(date)).into_iter().flatten().reduce(Interval::hull)
    }

    fn day(&self, date: NaiveDate) -> Interval {
        let zone = self.rules.business.zone;
        Interval::new(zone.midnight(date), zone.midnight(date + TimeDelta::days(1)))
    }

    /// Searches up to `days` of the next days.
    pub fn search_days(&mut self, agenda: &impl Agenda, days: i64) {
        for _ in 0..days {
            if !self.is_under_way() {
                return;
            }
            let date = self.next;
            self.next += TimeDelta::days(1);
            if self.search_day(agenda, date) {
                self.days_left -= 1;
            }
        }
    }

    pub fn into_slots(self) -> Vec<Slot> {
        self.slots
    }

    /// Adds the slots of a day. Returns whether anything is open on it.
    fn search_day(&mut self, agenda: &impl Agenda, date: NaiveDate) -> bool {
        let (rules, zone) = (self.rules, self.rules.business.zone);
        let Some(pool) = &self.pool else { return false };
        let Some(plan) = DayPlan::of(pool, agenda, self.day(date)) else { return false };
        let soonest = self.query.now + rules.notice();
        let times = u32::from(self.query.from_time.minutes())..u32::from(self.query.to_time.minutes());
        let mut starts = plan.starts();
        let day = self.day(date);
        let is_day_of_notice = day.start < soonest && soonest < day.end;
        if is_day_of_notice && starts.last().is_none_or(|last| *last < soonest) {
            starts = plan.starts_from(soonest);
        }
        let mut anything = false;
        for start in starts {
            let asked_for = self.starts.start <= start && start < self.starts.end;
            if start < soonest || (anything && !asked_for) {
                continue;
            }
            let Some((resources, seats_left)) = plan.assign(start) else { continue };
            anything = true;
            if asked_for
                && times.contains(&minute_of_day(zone.wall(start)))
                && self.slots.len() < self.query.limit
            {
                self.slots.push(Slot {
                    time: Interval::starting(start, pool.duration),
                    resources,
                    seats_left,
                });
            }
            if self.slots.len() >= self.query.limit {
                break;
            }
        }
        anything
    }
}
