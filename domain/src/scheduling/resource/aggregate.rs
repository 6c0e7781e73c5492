use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use super::command::ResourceCommand;
use super::error::{CAPACITY_MAX, ResourceError, STAYS_MAX, TIME_OFF_DAYS_MAX, TIME_OFF_MAX};
use super::event::{ResourceDetails, ResourceEvent, TimeOff};
use crate::kernel::ids::ResourceId;
use crate::values::hours::{Dates, Hours, OVERRIDES_MAX, Schedule};

#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub enum Resource {
    #[default]
    Unknown,
    #[serde(rename = "Known")]
    Added(AddedResource),
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct AddedResource {
    pub details: ResourceDetails,
    /// Its own hours and the dates on which others hold. Without own hours only the dates count.
    pub schedule: Schedule,
    pub time_off: Vec<TimeOff>,
    pub retired: bool,
}

impl Resource {
    /// The resource, retired or not.
    pub fn known(&self) -> Result<&AddedResource, ResourceError> {
        match self {
            Self::Unknown => Err(ResourceError::NotFound),
            Self::Added(known) => Ok(known),
        }
    }

    /// The resource as it can be booked.
    pub fn bookable(&self) -> Result<&AddedResource, ResourceError> {
        let known = self.known()?;
        if known.retired { Err(ResourceError::Retired) } else { Ok(known) }
    }

    pub fn decide(&self, command: ResourceCommand) -> Result<Vec<ResourceEvent>, ResourceError> {
        match command {
            ResourceCommand::Add { details } => {
                if *self != Self::Unknown {
                    return Err(ResourceError::AlreadyAdded);
                }
                check(&details)?;
                Ok(vec![ResourceEvent::ResourceAdded { details }])
            }
            ResourceCommand::Retire => {
                Ok(if self.known()?.retired { vec![] } else { vec![ResourceEvent::ResourceRetired {}] })
            }
            command => self.bookable()?.decide(command),
        }
    }

    pub fn evolve(&mut self, event: ResourceEvent) {
        match (self, event) {
            (this, ResourceEvent::ResourceAdded { details }) => {
                let schedule =
                    Schedule { hours: details.hours.clone().unwrap_or_default(), ..Schedule::default() };
                *this =
                    Self::Added(AddedResource { details, schedule, time_off: Vec::new(), retired: false });
            }
            (Self::Added(known), event) => known.evolve(event),
            // Nothing happens to a resource before it is added.
            (Self::Unknown, _) => {}
        }
    }
}

impl AddedResource {
    fn decide(&self, command: ResourceCommand) -> Result<Vec<ResourceEvent>, ResourceError> {
        // What is so already needs no event.
        let if_new = |is_new: bool, event| Ok(if is_new { vec![event] } else { vec![] });
        match command {
            ResourceCommand::Add { .. } => Err(ResourceError::AlreadyAdded),
            ResourceCommand::Retire => Ok(vec![ResourceEvent::ResourceRetired {}]),
            ResourceCommand::Change { details } => {
                check(&details)?;
                if_new(self.details != details, ResourceEvent::ResourceChanged { details })
            }
            ResourceCommand::SetDateOverride { date, hours } => {
                let present = self.schedule.overrides.get(&date);
                if present.is_none() && self.schedule.overrides.len() >= OVERRIDES_MAX {
                    return Err(ResourceError::TooManyDateOverrides);
                }
                if_new(present != Some(&hours), ResourceEvent::ResourceDateOverrideSet { date, hours })
            }
            ResourceCommand::RemoveDateOverride { date } => {
                if !self.schedule.overrides.contains_key(&date) {
                    return Err(ResourceError::NoDateOverride(date));
                }
                Ok(vec![ResourceEvent::ResourceDateOverrideRemoved { date }])
            }
            ResourceCommand::AddTimeOff { time_off } => {
                let length = time_off.period.end - time_off.period.start;
                if length <= TimeDelta::zero() || length > TimeDelta::days(TIME_OFF_DAYS_MAX) {
                    return Err(ResourceError::BadPeriod);
                }
                if self.time_off.len() >= TIME_OFF_MAX {
                    return Err(ResourceError::TooMuchTimeOff);
                }
                Ok(vec![ResourceEvent::TimeOffAdded { time_off }])
            }
            ResourceCommand::RemoveTimeOff { time_off_id } => {
                if !self.time_off.iter().any(|time_off| time_off.id == time_off_id) {
                    return Err(ResourceError::NoTimeOff(time_off_id));
                }
                Ok(vec![ResourceEvent::TimeOffRemoved { time_off_id }])
            }
        }
    }

    fn evolve(&mut self, event: ResourceEvent) {
        match event {
            ResourceEvent::ResourceAdded { .. } => {}
            ResourceEvent::ResourceChanged { details } => {
                self.schedule.hours = details.hours.clone().unwrap_or_default();
                self.details = details;
            }
            ResourceEvent::ResourceRetired {} => self.retired = true,
            ResourceEvent::ResourceDateOverrideSet { date, hours } => {
                self.schedule.overrides.insert(date, hours);
            }
            ResourceEvent::ResourceDateOverrideRemoved { date } => {
                self.schedule.overrides.remove(&date);
            }
            ResourceEvent::TimeOffAdded { time_off } => self.time_off.push(time_off),
            ResourceEvent::TimeOffRemoved { time_off_id } => {
                self.time_off.retain(|time_off| time_off.id != time_off_id)
            }
        }
    }
}

fn check(details: &ResourceDetails) -> Result<(), ResourceError> {
    if details.ignores_business_hours && details.hours.is_none() {
        return Err(ResourceError::NoHoursOfItsOwn);
    }
    if !(1..=CAPACITY_MAX).contains(&details.capacity) {
        return Err(ResourceError::BadCapacity(details.capacity));
    }
    details.hours.as_ref().map_or(Ok(()), Hours::check)?;
    details.stays.iter().try_for_each(|stay| stay.dates.check("a stay"))?;
    let mut stays: Vec<Dates> = details.stays.iter().map(|stay| stay.dates).collect();
    stays.sort_unstable();
    let overlap = stays.windows(2).any(|pair| pair[1].first <= pair[0].last);
    if overlap || stays.len() > STAYS_MAX { Err(ResourceError::BadStays) } else { Ok(()) }
}

crate::aggregate!(Resource, "resource", ResourceId, ResourceCommand, ResourceEvent, ResourceError);
