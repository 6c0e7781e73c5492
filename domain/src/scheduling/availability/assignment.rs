//! The resources that an appointment gets.

use chrono::{DateTime, Utc};

use super::agenda::Agenda;
use super::grid;
use super::pool::{Candidate, Member, Pool, TICK};
use super::query::Slot;
use super::rules::ServiceRules;
use crate::kernel::ids::ResourceId;
use crate::scheduling::service::Terms;
use crate::scheduling::service::{Grid, GridKind, LimitOf};
use crate::values::interval::{Interval, intersected, merged};

/// The candidates for each need, for starts on one day of the business.
pub struct DayPlan<'p> {
    pool: &'p Pool<'p>,
    /// For each need, in the order of choice.
    needs: Vec<Vec<Candidate>>,
    starts: Interval,
}

impl<'p> DayPlan<'p> {
    pub fn of(pool: &'p Pool<'p>, agenda: &impl Agenda, starts: Interval) -> Option<Self> {
        let rules = pool.rules;
        let date = rules.business.zone.date(starts.start);
        let minutes = u32::try_from(pool.duration.num_minutes()).unwrap_or(u32::MAX);
        let allows = |of: LimitOf, resource: Option<ResourceId>| {
            let mut limits = rules.service.limits.iter().filter(|limit| limit.of == of);
            limits.all(|limit| agenda.used(limit, resource, limit.per.start(date)).allows(limit, minutes))
        };
        // Of a customer whom the search does not know, nothing is used.
        if !allows(LimitOf::Service, None) || !allows(LimitOf::Customer, None) {
            return None;
        }
        let hours = pool.hours(starts);
        let mut needs = Vec::with_capacity(pool.needs.len());
        for need in 0..pool.needs.len() {
            let members = pool.in_order(need, agenda, date).into_iter();
            let suit = members.filter(|member| allows(LimitOf::Resource, Some(member.resource.id)));
            let candidate =
                |member: Member<'_>| pool.candidate(member.resource, agenda, &hours[member.hours]);
            let candidates: Vec<Candidate> = suit.filter_map(candidate).collect();
            if candidates.is_empty() {
                return None;
            }
            needs.push(candidates);
        }
        Some(Self { pool, needs, starts })
    }

    /// The starts on the grid, in order. Each need has a free candidate then, but two needs may have the same
    /// one.
    pub fn starts(&self) -> Vec<DateTime<Utc>> {
        self.starts_on(self.pool.rules.service.grid, self.starts)
    }

    /// The starts of a grid that begins at the notice. Where nothing of the day's own grid is left after it,
    /// a caller would get nothing although time is free.
    pub fn starts_from(&self, notice: DateTime<Utc>) -> Vec<DateTime<Utc>> {
        let grid = Grid { kind: GridKind::Clock, ..self.pool.rules.service.grid };
        self.starts_on(grid, Interval::new(self.starts.start.max(notice), self.starts.end))
    }

    fn starts_on(&self, grid: Grid, within: Interval) -> Vec<DateTime<Utc>> {
        let rules = self.pool.rules;
        let common = |of: &dyn Fn(&Candidate) -> &[Interval]| {
            let any_of =
                |need: &Vec<Candidate>| merged(need.iter().flat_map(|one| of(one).iter().copied()).collect());
            self.needs.iter().map(any_of).reduce(|all, one| intersected(&all, &one)).unwrap_or_default()
        };
        let free = intersected(&common(&|candidate| &candidate.free), &[within]);
        let openings = match grid.kind {
            GridKind::Opening => intersected(&common(&|candidate| &candidate.open), &[within]),
            GridKind::Clock | GridKind::Tight => Vec::new(),
        };
        let mut starts = grid::starts(grid, rules.business.zone, &free, &openings);
        let classes =
            self.needs.iter().take(1).flatten().flat_map(|candidate| candidate.classes.keys().copied());
        // One that begins at the next midnight fits, too, and is of the next day.
        starts.extend(classes.filter(|start| within.start <= *start && *start < within.end));
        starts.sort_unstable();
        starts.dedup();
        starts
    }

    /// One resource for each need, none twice. A class keeps the resources that it has.
    pub fn assign(&self, start: DateTime<Utc>) -> Option<(Vec<ResourceId>, Option<u32>)> {
        let seats_left =
            self.needs.iter().flatten().filter_map(|candidate| candidate.classes.get(&start)).min();
        if let Some(left) = seats_left
            && let Some(resources) = self.fill(|candidate| candidate.classes.contains_key(&start))
        {
            return Some((resources, Some(*left)));
        }
        let free =
            |candidate: &Candidate| candidate.free.iter().any(|free| free.start <= start && start < free.end);
        self.fill(free).map(|resources| (resources, None))
    }

    fn fill(&self, suits: impl Fn(&Candidate) -> bool) -> Option<Vec<ResourceId>> {
        fn fill(
            needs: &[Vec<Candidate>],
            suits: &impl Fn(&Candidate) -> bool,
            chosen: &mut Vec<ResourceId>,
        ) -> bool {
            let Some(need) = needs.get(chosen.len()) else { return true };
            for candidate in need.iter().filter(|candidate| suits(candidate)) {
                if !chosen.contains(&candidate.id) {
                    chosen.push(candidate.id);
                    if fill(needs, suits, chosen) {
                        return true;
                    }
                    chosen.pop();
                }
            }
            false
        }
        let mut chosen = Vec::with_capacity(self.needs.len());
        fill(&self.needs, &suits, &mut chosen).then_some(chosen)
    }
}

/// Assigns resources at a start. The preferred ones go before all others.
pub fn assign(
    rules: &ServiceRules,
    agenda: &impl Agenda,
    terms: Terms,
    start: DateTime<Utc>,
    preferred: &[ResourceId],
) -> Option<Slot> {
    let pool = Pool::of(rules, terms)?;
    let mut plan = DayPlan::of(&pool, agenda, Interval::starting(start, TICK))?;
    for (place, need) in plan.needs.iter_mut().enumerate() {
        need.sort_by_key(|candidate| preferred.get(place) != Some(&candidate.id));
    }
    let (resources, seats_left) = plan.assign(start)?;
    Some(Slot { time: Interval::starting(start, pool.duration), resources, seats_left })
}
