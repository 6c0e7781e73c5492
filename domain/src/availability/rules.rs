//! The rules of a booking, free of everything else that the aggregates know.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::business;
use crate::resource;
use crate::service::ServiceDetails;
use crate::shared::hours::{DayHours, Schedule, WeeklyHours, Window};
use crate::shared::ids::ResourceId;
use crate::shared::interval::{Interval, intersected, merged, subtracted};
use crate::shared::time::{TimeOfDay, Zone};

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

/// When a resource can be booked.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ResourceRules {
    pub id: ResourceId,
    /// The business's, unless it has its own.
    pub zone: Option<Zone>,
    pub schedule: Schedule,
    pub ignores_business_hours: bool,
    /// Sorted and disjoint.
    pub time_off: Vec<Interval>,
}

impl ResourceRules {
    pub fn of(id: ResourceId, resource: &resource::Known) -> Self {
        let mut schedule = resource.schedule.clone();
        if resource.details.hours.is_none() {
            schedule.weekly = always();
        }
        Self {
            id,
            zone: resource.details.zone,
            schedule,
            ignores_business_hours: resource.details.ignores_business_hours,
            time_off: merged(resource.time_off.iter().map(|time_off| time_off.period).collect()),
        }
    }

    /// When it can be booked within a span, were nothing booked: sorted and disjoint.
    pub fn open_within(&self, span: Interval, business: &BusinessRules, business_open: &[Interval]) -> Vec<Interval> {
        let own = self.schedule.open_within(span, self.zone.unwrap_or(business.zone));
        let open = if self.ignores_business_hours { own } else { intersected(&own, business_open) };
        subtracted(&open, &self.time_off)
    }
}

fn always() -> WeeklyHours {
    let all_day = || DayHours::try_from(vec![Window { opens: TimeOfDay::START, closes: TimeOfDay::END }]).unwrap_or_default();
    WeeklyHours {
        monday: all_day(),
        tuesday: all_day(),
        wednesday: all_day(),
        thursday: all_day(),
        friday: all_day(),
        saturday: all_day(),
        sunday: all_day(),
    }
}

/// All that decides whether a slot can be offered.
#[derive(Debug, Clone)]
pub struct Rules<'a> {
    pub business: &'a BusinessRules,
    pub service: &'a ServiceDetails,
    /// Those of the service's resources that can be booked at all, in any order.
    pub resources: &'a [ResourceRules],
}

impl Rules<'_> {
    pub fn resource(&self, id: ResourceId) -> Option<&ResourceRules> {
        self.resources.iter().find(|resource| resource.id == id)
    }

    pub fn duration(&self) -> TimeDelta {
        minutes(self.service.duration_minutes)
    }

    pub fn buffer_before(&self) -> TimeDelta {
        minutes(self.service.buffer_before_minutes)
    }

    pub fn buffer_after(&self) -> TimeDelta {
        minutes(self.service.buffer_after_minutes)
    }

    pub fn notice(&self) -> TimeDelta {
        minutes(self.service.minimum_notice_minutes)
    }

    pub fn horizon(&self) -> TimeDelta {
        TimeDelta::days(self.service.horizon_days.into())
    }
}

fn minutes(minutes: u32) -> TimeDelta {
    TimeDelta::minutes(minutes.into())
}
