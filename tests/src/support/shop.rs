//! A business that can be booked.

use chrono::{DateTime, TimeDelta, Utc};
use frontdesk_adapters::command_bus::{Bus, BusError, Executed};
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::booking::{
    AppointmentView, BookAppointment, CancelAppointment, Who,
};
use frontdesk_domain::kernel::ids::{
    AgendaDayId, AppointmentId, BusinessId, ResourceId, ServiceId, StreamId,
};
use frontdesk_domain::people::commands::customers::Person;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use frontdesk_domain::scheduling::business::BusinessProfile;
use frontdesk_domain::scheduling::commands::businesses::RegisterBusiness;
use frontdesk_domain::scheduling::commands::resources::AddResource;
use frontdesk_domain::scheduling::commands::services::AddService;
use frontdesk_domain::scheduling::resource::ResourceDetails;
use frontdesk_domain::scheduling::service::{Grid, GridKind, Need, ServiceDetails};
use frontdesk_domain::values::hours::{DayHours, WeeklyHours, Window};
use frontdesk_domain::values::interval::utc_day;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::text::Name;
use frontdesk_domain::values::time::{TimeOfDay, Zone};
use uuid::Uuid;

use super::process::{context, morning};

/// Appointments take this long and begin at multiples of it.
pub const SLOT_MINUTES: i64 = 5;

/// A business that is always open, with one service by one person.
#[derive(Debug, Clone)]
pub struct Shop {
    pub tenant: BusinessId,
    pub service: ServiceId,
    pub resource: ResourceId,
}

pub fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

/// Somebody whose number nobody else has.
pub fn person(number: usize) -> Person {
    let phone = PhoneNumber::parse(&format!("+57300{:07}", number), None).expect("a number");
    Person::new(name(&format!("Customer {number}")), Some(phone), None)
}

pub fn always() -> WeeklyHours {
    let day = || {
        DayHours::try_from(vec![Window { opens: TimeOfDay::START, closes: TimeOfDay::END }]).expect("hours")
    };
    WeeklyHours {
        monday: day(),
        tuesday: day(),
        wednesday: day(),
        thursday: day(),
        friday: day(),
        saturday: day(),
        sunday: day(),
    }
}

pub fn resource_details(named: &str) -> ResourceDetails {
    ResourceDetails::new(name(named))
}

pub fn service_details(resource: ResourceId) -> ServiceDetails {
    ServiceDetails {
        grid: Grid { kind: GridKind::Clock, step_minutes: SLOT_MINUTES as u32, offset_minutes: 0 },
        ..ServiceDetails::new(name("Haircut"), SLOT_MINUTES as u32, vec![need(&[resource])])
    }
}

pub fn need(any_of: &[ResourceId]) -> Need {
    Need::any_of(any_of.iter().copied())
}

impl Shop {
    pub async fn open(bus: &Bus) -> Self {
        let tenant = BusinessId::from_uuid(Uuid::now_v7());
        let profile = BusinessProfile::new(name("Shop"), Zone::UTC);
        let register = RegisterBusiness { profile, hours: always().into() };
        bus.execute(&context(tenant), &register).await.expect("registered");
        let details = resource_details("Ana");
        let resource =
            bus.execute(&context(tenant), &AddResource { details }).await.expect("added").output.id;
        let details = service_details(resource);
        let service = bus.execute(&context(tenant), &AddService { details }).await.expect("added").output.id;
        Self { tenant, service, resource }
    }

    /// When a slot begins; they are numbered from an hour after [`morning`].
    pub fn start(slot: i64) -> DateTime<Utc> {
        morning() + TimeDelta::minutes(60 + slot * SLOT_MINUTES)
    }

    pub fn offer(&self, slot: i64) -> SlotOffer {
        SlotOffer {
            service_id: self.service,
            start: Self::start(slot),
            duration_minutes: SLOT_MINUTES as u16,
            seats: 1,
            resources: vec![self.resource],
            fixed: false,
            expires_at: morning() + TimeDelta::minutes(30),
        }
    }

    pub fn day(&self, slot: i64) -> AgendaDayId {
        AgendaDayId::of(self.tenant, self.resource, utc_day(Self::start(slot)))
    }

    pub fn booking(&self, slot: i64, customer: usize) -> BookAppointment {
        BookAppointment::new(self.offer(slot), Who::Person(person(customer)), Source::Api)
    }

    pub async fn book(
        &self,
        bus: &Bus,
        slot: i64,
        customer: usize,
    ) -> Result<Executed<AppointmentView>, BusError> {
        bus.execute(&context(self.tenant), &self.booking(slot, customer)).await
    }

    pub async fn cancel(
        &self,
        bus: &Bus,
        appointment_id: AppointmentId,
    ) -> Result<Executed<AppointmentView>, BusError> {
        let cancel = CancelAppointment::new(appointment_id);
        bus.execute(&context(self.tenant), &cancel).await
    }
}

/// The stable name of a refusal.
pub fn refused<T: std::fmt::Debug>(result: Result<T, BusError>) -> String {
    match result {
        Err(BusError::Refused(refusal)) => refusal.slug,
        other => panic!("refused, not {other:?}"),
    }
}
