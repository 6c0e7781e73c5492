//! The rules of a booking, without the rest of the aggregates.

use chrono::{NaiveDate, TimeDelta};
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{ResourceId, ServiceId};
use crate::scheduling::business;
use crate::scheduling::resource::{AddedResource, Resource, Stay};
use crate::scheduling::service::ServiceDetails;
use crate::values::hours::Schedule;
use crate::values::interval::{Interval, intersected, merged, subtracted};
use crate::values::time::Zone;

/// When a business is open.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BusinessRules {
    pub zone: Zone,
    pub schedule: Schedule,
}

impl From<&business::Registered> for BusinessRules {
    fn from(business: &business::Registered) -> Self {
        Self { zone: business.profile.zone, schedule: business.schedule.clone() }
    }
}

/// When a resource can be booked, and for how many appointments at a time.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceRules {
    pub id: ResourceId,
    /// Its own zone, if it has one.
    pub zone: Option<Zone>,
    /// The dates on which it is in another zone.
    pub stays: Vec<Stay>,
    /// Without own hours it follows the business.
    pub has_hours: bool,
    pub schedule: Schedule,
    pub ignores_business_hours: bool,
    /// Sorted and disjoint.
    pub time_off: Vec<Interval>,
    /// How many appointments it takes at a time.
    pub capacity: u32,
}

impl ResourceRules {
    /// Follows the business, and takes one appointment at a time.
    pub fn new(id: ResourceId) -> Self {
        Self {
            id,
            zone: None,
            stays: vec![],
            has_hours: false,
            schedule: Schedule::default(),
            ignores_business_hours: false,
            time_off: vec![],
            capacity: 1,
        }
    }

    pub fn of(id: ResourceId, resource: &AddedResource) -> Self {
        Self {
            id,
            zone: resource.details.zone,
            stays: resource.details.stays.clone(),
            has_hours: resource.details.hours.is_some(),
            schedule: resource.schedule.clone(),
            ignores_business_hours: resource.details.ignores_business_hours,
            time_off: merged(resource.time_off.iter().map(|time_off| time_off.period).collect()),
            capacity: resource.details.capacity,
        }
    }

    /// When it is open within a span: sorted and disjoint.
    pub fn open_within(
        &self,
        span: Interval,
        business: &BusinessRules,
        business_open: &[Interval],
    ) -> Vec<Interval> {
        subtracted(&self.hours_within(span, business, business_open), &self.time_off)
    }

    /// The same, without its time off.
    pub fn hours_within(
        &self,
        span: Interval,
        business: &BusinessRules,
        business_open: &[Interval],
    ) -> Vec<Interval> {
        match self.own_hours_within(span, business.zone) {
            Some(own) if self.ignores_business_hours => own,
            Some(own) => intersected(&own, business_open),
            None => business_open.to_vec(),
        }
    }

    /// Whether it always has the same hours as another one.
    pub fn has_hours_of(&self, other: &Self) -> bool {
        let Self {
            id: _,
            zone,
            stays,
            has_hours,
            schedule,
            ignores_business_hours,
            time_off: _,
            capacity: _,
        } = self;
        *zone == other.zone
            && *has_hours == other.has_hours
            && *ignores_business_hours == other.ignores_business_hours
            && *stays == other.stays
            && *schedule == other.schedule
    }

    /// Its own hours, in its zone of each date. `None` if it has none.
    fn own_hours_within(&self, span: Interval, business_zone: Zone) -> Option<Vec<Interval>> {
        if !self.has_hours && self.schedule.overrides.is_empty() {
            return None;
        }
        let home = self.zone.unwrap_or(business_zone);
        let away = |date: NaiveDate| self.stays.iter().any(|stay| stay.dates.contains(date));
        let mut open = self.hours_where(span, home, |date| !away(date));
        for stay in &self.stays {
            open.extend(self.hours_where(span, stay.zone, |date| stay.dates.contains(date)));
        }
        Some(merged(open))
    }

    fn hours_where(&self, span: Interval, zone: Zone, holds: impl Fn(NaiveDate) -> bool) -> Vec<Interval> {
        if self.has_hours {
            return self.schedule.open_where(span, zone, holds);
        }
        // Only its date overrides differ from the business's day.
        let mut open = self
            .schedule
            .open_where(span, zone, |date| holds(date) && self.schedule.overrides.contains_key(&date));
        let (first, last) =
            (zone.date(span.start) - TimeDelta::days(1), zone.date(span.end) + TimeDelta::days(1));
        let follows = |date: &NaiveDate| holds(*date) && !self.schedule.overrides.contains_key(date);
        let whole =
            |date: NaiveDate| Interval::new(zone.midnight(date), zone.midnight(date + TimeDelta::days(1)));
        let days = first.iter_days().take_while(|date| *date <= last).filter(follows);
        open.extend(days.filter_map(|date| whole(date).intersection(span)));
        merged(open)
    }
}

/// The rules that decide whether a slot of a service is offered.
#[derive(Debug, Clone)]
pub struct ServiceRules {
    pub business: BusinessRules,
    pub service_id: ServiceId,
    pub service: ServiceDetails,
    /// The service's resources that can be booked, in any order.
    pub resources: Vec<ResourceRules>,
}

impl ServiceRules {
    /// From the aggregates. It leaves out resources that cannot be booked.
    pub fn of<'r>(
        business: &business::Registered,
        service_id: ServiceId,
        service: &ServiceDetails,
        resources: impl IntoIterator<Item = (ResourceId, &'r Resource)>,
    ) -> Self {
        let bookable =
            |(id, resource): (ResourceId, &Resource)| Some(ResourceRules::of(id, resource.bookable().ok()?));
        let resources = resources.into_iter().filter_map(bookable).collect();
        Self { business: business.into(), service_id, service: service.clone(), resources }
    }

    pub fn resource(&self, id: ResourceId) -> Option<&ResourceRules> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    pub fn notice(&self) -> TimeDelta {
        TimeDelta::minutes(self.service.minimum_notice_minutes.into())
    }

    /// The longest time that an appointment takes before and after its start, buffers included.
    pub fn reach(&self) -> (TimeDelta, TimeDelta) {
        let longest = self.service.durations().max().unwrap_or_default();
        let buffers = &self.service.buffers;
        (buffers.before(), TimeDelta::minutes(longest.into()) + buffers.after())
    }
}
