use serde::{Deserialize, Serialize};

use super::command::ServiceCommand;
use super::error::{
    BUFFER_MINUTES_MAX, CHOICES_MAX, DURATION_MINUTES_MAX, HORIZON_DAYS_MAX, NEEDS_MAX, NOTICE_MINUTES_MAX, ServiceError,
};
use super::event::{ServiceDetails, ServiceEvent};
use crate::shared::ids::ServiceId;

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Service {
    #[default]
    Unknown,
    Offered(Offered),
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offered {
    pub details: ServiceDetails,
    pub retired: bool,
}

impl Service {
    /// The service, retired or not.
    pub fn known(&self) -> Result<&Offered, ServiceError> {
        match self {
            Self::Unknown => Err(ServiceError::NotFound),
            Self::Offered(offered) => Ok(offered),
        }
    }

    /// The service as it can be booked.
    pub fn bookable(&self) -> Result<&ServiceDetails, ServiceError> {
        let offered = self.known()?;
        if offered.retired { Err(ServiceError::Retired) } else { Ok(&offered.details) }
    }

    pub fn decide(&self, command: ServiceCommand) -> Result<Vec<ServiceEvent>, ServiceError> {
        match command {
            ServiceCommand::Add { details } => {
                if *self != Self::Unknown {
                    return Err(ServiceError::AlreadyAdded);
                }
                check(&details)?;
                Ok(vec![ServiceEvent::ServiceAdded { details }])
            }
            ServiceCommand::Change { details } => {
                let present = self.bookable()?;
                check(&details)?;
                Ok(if *present == details { vec![] } else { vec![ServiceEvent::ServiceChanged { details }] })
            }
            ServiceCommand::Retire => Ok(if self.known()?.retired { vec![] } else { vec![ServiceEvent::ServiceRetired {}] }),
        }
    }

    pub fn evolve(&mut self, event: ServiceEvent) {
        match (self, event) {
            (this, ServiceEvent::ServiceAdded { details }) => *this = Self::Offered(Offered { details, retired: false }),
            (Self::Offered(offered), ServiceEvent::ServiceChanged { details }) => offered.details = details,
            (Self::Offered(offered), ServiceEvent::ServiceRetired {}) => offered.retired = true,
            (Self::Unknown, ServiceEvent::ServiceChanged { .. } | ServiceEvent::ServiceRetired {}) => {}
        }
    }
}

fn check(details: &ServiceDetails) -> Result<(), ServiceError> {
    for (field, got, min, max) in [
        ("duration_minutes", details.duration_minutes, 1, DURATION_MINUTES_MAX),
        ("buffer_before_minutes", details.buffer_before_minutes, 0, BUFFER_MINUTES_MAX),
        ("buffer_after_minutes", details.buffer_after_minutes, 0, BUFFER_MINUTES_MAX),
        ("minimum_notice_minutes", details.minimum_notice_minutes, 0, NOTICE_MINUTES_MAX),
        ("horizon_days", details.horizon_days, 1, HORIZON_DAYS_MAX),
        ("step_minutes", details.step_minutes, 1, 24 * 60),
    ] {
        if !(min..=max).contains(&got) {
            return Err(ServiceError::OutOfRange { field, min, max, got });
        }
    }
    if details.minimum_notice_minutes >= details.horizon_days * 24 * 60 {
        return Err(ServiceError::NoticeBeyondHorizon);
    }
    let sizes_fit = (1..=NEEDS_MAX).contains(&details.needs.len())
        && details.needs.iter().all(|need| (1..=CHOICES_MAX).contains(&need.any_of.len()));
    if sizes_fit { Ok(()) } else { Err(ServiceError::BadNeeds) }
}

crate::aggregate!(Service, "service", ServiceId, ServiceCommand, ServiceEvent, ServiceError);
