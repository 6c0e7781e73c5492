//! A business in memory: three services that share four resources, and what is asked of it.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::booking::appointment::{Appointment, BookedSlot, Source, TimeEffect};
use crate::booking::commands::booking::{BookAppointment, HOLD_SECONDS, HoldSlot, Who};
use crate::booking::commands::waitlist::{Freed, JoinWaitlist};
use crate::booking::policies::waitlist_offers::OfferFreedTime;
use crate::booking::waitlist::Wish;
use crate::booking::waitlist_entry::{JoinedEntry, WaitlistEntry, WaitlistEntryEvent};
use crate::kernel::decider::Decider;
use crate::kernel::ids::{AppointmentId, CustomerId, ResourceId, ServiceId, WaitlistEntryId};
use crate::kernel::metadata::ActorKind;
use crate::kernel::policy::{Job, Performed};
use crate::kernel::work::testing::{MemoryWork, ready};
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customer_merges::{MergeCustomer, UndoMerge};
use crate::people::commands::customers::Person;
use crate::people::customer::Customer;
use crate::scheduling::availability::Terms;
use crate::scheduling::availability::offer::{OFFER_MINUTES, SlotOffer};
use crate::scheduling::business::{Business, BusinessProfile};
use crate::scheduling::commands::businesses::{ChangeBusinessProfile, RegisterBusiness};
use crate::scheduling::commands::resources::{AddResource, ChangeResource};
use crate::scheduling::commands::services::{AddService, ChangeService};
use crate::scheduling::resource::{Resource, ResourceDetails};
use crate::scheduling::service::{Need, Service, ServiceDetails};
use crate::values::hours::{Dates, DayHours, Hours, WeeklyHours, Window};
use crate::values::phone::PhoneNumber;
use crate::values::text::Name;
use crate::values::time::{TimeOfDay, Zone};

/// One appointment of one of two, a class, and one that takes two resources.
pub const POOL: usize = 0;
pub const CLASS: usize = 1;
pub const PAIR: usize = 2;

/// Two of them have the same name.
pub const PEOPLE: [(&str, &str); 4] = [
    ("Ada Byron", "+4930901820"),
    ("Ada Byron", "+4930901821"),
    ("Ben Okri", "+4930901822"),
    ("Cleo Diaz", "+4930901823"),
];

pub struct Shop {
    pub work: MemoryWork,
    pub resources: Vec<ResourceId>,
    pub services: Vec<ServiceId>,
    /// When it was opened.
    pub opened: DateTime<Utc>,
    /// The jobs that offer the time that has become free.
    pub freed: Vec<OfferFreedTime>,
    /// Who had each offer of the waitlist, as it was made.
    pub offered_to: BTreeMap<AppointmentId, CustomerId>,
}

fn name(text: &str) -> Name {
    Name::parse(text).expect("a name")
}

pub fn profile(zone: &str) -> BusinessProfile {
    BusinessProfile::new(name("Shop"), zone.parse::<Zone>().expect("a zone"))
}

fn always() -> Hours {
    let all_day = Window { opens: TimeOfDay::START, closes: TimeOfDay::END };
    let day = DayHours::try_from(vec![all_day]).expect("hours");
    let [monday, tuesday, wednesday, thursday, friday, saturday, sunday] = [(); 7].map(|()| day.clone());
    WeeklyHours { monday, tuesday, wednesday, thursday, friday, saturday, sunday }.into()
}

pub fn who(number: usize) -> Who {
    let (called, number) = PEOPLE[number % PEOPLE.len()];
    let phone = PhoneNumber::parse(number, None).expect("a number");
    Who::Person(Person::new(name(called), Some(phone), None))
}

impl Shop {
    pub fn new(by: ActorKind, opened: &str, zone: &str) -> Self {
        let opened = opened.parse().expect("an instant");
        let work = MemoryWork::by(by);
        let (resources, services, freed, offered_to) = (vec![], vec![], vec![], BTreeMap::new());
        let mut shop = Self { work, resources, services, opened, freed, offered_to };
        shop.work.set_now(opened);
        shop.must(RegisterBusiness { profile: profile(zone), hours: always() });
        for number in ["One", "Two", "Three", "Four"] {
            let details = ResourceDetails::new(name(number));
            let added = shop.must(AddResource { details });
            shop.resources.push(added.id);
        }
        let [one, two, three, four] = shop.resources[..] else { unreachable!("four were added") };
        let pair = [Need::any_of([two, one]), Need::any_of([three, four])];
        for details in [
            ServiceDetails {
                other_durations: vec![90],
                ..ServiceDetails::new(name("Pool"), 30, vec![Need::any_of([one, two])])
            },
            ServiceDetails {
                seats: 5,
                ..ServiceDetails::new(name("Class"), 60, vec![Need::any_of([three])])
            },
            ServiceDetails::new(name("Pair"), 45, pair.to_vec()),
        ] {
            let added = shop.must(AddService { details });
            shop.services.push(added.id);
        }
        shop
    }

    fn state<A: Decider>(&self, id: A::Id) -> Arc<A> {
        ready(self.work.load::<A>(id)).expect("in memory").state
    }

    /// Does what is asked, or refuses it.
    pub fn run<C: Command>(&mut self, command: C) -> Result<C::Output, Failure> {
        let before = self.work.appended();
        let done = self.work.commit(command.decide(&self.work));
        self.note(before);
        done
    }

    pub fn must<C: Command>(&mut self, command: C) -> C::Output {
        self.run(command).unwrap_or_else(|failure| panic!("{}: {failure}", C::NAME))
    }

    pub fn perform<J: Job>(&mut self, job: &J) -> Result<Performed, Failure> {
        let before = self.work.appended();
        let performed = self.work.commit(job.perform(&self.work));
        self.note(before);
        performed
    }

    /// Notes what has become free, as the policy of the waitlist does, and what was offered.
    fn note(&mut self, before: usize) {
        for (appointment_id, event) in self.work.events_after::<Appointment>(before) {
            let moved_from = match event.effect().time {
                TimeEffect::Moved { from } => Some(Freed::from(from)),
                TimeEffect::Freed => None,
                TimeEffect::Took | TimeEffect::Unchanged => continue,
            };
            self.freed.push(OfferFreedTime { appointment_id, moved_from });
        }
        for (entry_id, event) in self.work.events_after::<WaitlistEntry>(before) {
            if let WaitlistEntryEvent::WaitlistOffered { offer } = event {
                let joined = self.entry(entry_id).joined.customer_id;
                self.offered_to.insert(offer.hold_id, self.stands_for(joined));
            }
        }
    }

    /// The customer into whom another one was merged, or the same.
    pub fn stands_for(&self, mut customer: CustomerId) -> CustomerId {
        while let Some(into) = self.state::<Customer>(customer).merged_into() {
            customer = into;
        }
        customer
    }

    pub fn entry(&self, id: WaitlistEntryId) -> JoinedEntry {
        self.state::<WaitlistEntry>(id).known().expect("joined").clone()
    }

    pub fn wait(&self, minutes: i64) {
        self.work.set_now(self.work.now() + TimeDelta::minutes(minutes));
    }

    /// So many half hours after the opening, or as many days later as it takes to be still to come.
    pub fn at(&self, half_hours: u8) -> DateTime<Utc> {
        let first = self.opened + TimeDelta::minutes(30 * (1 + i64::from(half_hours)));
        let passed = (self.work.now() - first).num_days() + 1;
        first + TimeDelta::days(if first > self.work.now() { 0 } else { passed })
    }

    pub fn service(&self, number: usize) -> ServiceDetails {
        self.state::<Service>(self.services[number]).known().expect("added").details.clone()
    }

    pub fn change(&mut self, number: usize, change: impl FnOnce(&mut ServiceDetails)) -> Result<(), Failure> {
        let mut details = self.service(number);
        change(&mut details);
        let service_id = self.services[number];
        self.run(ChangeService { service_id, details, seen_version: None }).map(drop)
    }

    pub fn change_capacity(&mut self, number: usize, capacity: u32) -> Result<(), Failure> {
        let resource_id = self.resources[number];
        let known = self.state::<Resource>(resource_id).known().expect("added").details.clone();
        let details = ResourceDetails { capacity, ..known };
        self.run(ChangeResource { resource_id, details, seen_version: None }).map(drop)
    }

    pub fn move_to_zone(&mut self, zone: &str) -> Result<(), Failure> {
        let profile = profile(zone);
        self.run(ChangeBusinessProfile { profile, seen_version: None }).map(drop)
    }

    pub fn zone(&self) -> Zone {
        self.state::<Business>(self.work.tenant()).registered().expect("registered").profile.zone
    }

    /// A time of a service with the resources that it prefers.
    pub fn offer(&self, service: usize, start: DateTime<Utc>, seats: u16) -> SlotOffer {
        let details = self.service(service);
        SlotOffer {
            service_id: self.services[service],
            start,
            duration_minutes: u16::try_from(details.duration_minutes).expect("a duration"),
            seats,
            resources: details.needs.iter().map(|need| need.any_of[0]).collect(),
            fixed: false,
            expires_at: self.work.now() + TimeDelta::minutes(OFFER_MINUTES),
        }
    }

    pub fn book(&mut self, person: usize, offer: SlotOffer) -> AppointmentId {
        let booked = BookAppointment::new(offer, who(person), Source::Api);
        self.must(BookAppointment { accepts_overlap: true, ..booked }).id
    }

    pub fn hold(&mut self, offer: SlotOffer) -> AppointmentId {
        self.must(HoldSlot { offer, seconds: HOLD_SECONDS, source: Source::Api }).id
    }

    /// A wish for a service on so many days from today on.
    pub fn wish(&self, service: usize, seats: u32, days: u8) -> Wish {
        let today = self.zone().date(self.work.now());
        Wish {
            service_id: self.services[service],
            terms: Terms { seats, ..Terms::default() },
            dates: Dates { first: today, last: today + TimeDelta::days(i64::from(days) - 1) },
            from_time: TimeOfDay::START,
            to_time: TimeOfDay::END,
        }
    }

    pub fn join(&mut self, person: usize, wish: Wish) -> WaitlistEntryId {
        self.must(JoinWaitlist { wish, who: who(person), source: Source::Api }).view.id
    }

    pub fn merge(&mut self, customer_id: CustomerId, into: CustomerId) -> Result<(), Failure> {
        self.run(MergeCustomer { customer_id, into, reason: None, seen_version: None }).map(drop)
    }

    pub fn undo_merge(&mut self, customer_id: CustomerId) -> Result<(), Failure> {
        self.run(UndoMerge { customer_id, reason: None, seen_version: None }).map(drop)
    }

    /// The slot of an appointment that takes time or has taken it.
    pub fn slot(&self, id: AppointmentId) -> Option<BookedSlot> {
        let appointment = self.state::<Appointment>(id);
        appointment.booking().map(|booking| &booking.slot).or(appointment.held().ok()).cloned()
    }

    pub fn customer_of(&self, id: AppointmentId) -> Option<CustomerId> {
        Some(self.state::<Appointment>(id).booking()?.attendee.customer_id)
    }
}
