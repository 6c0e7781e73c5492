//! The steps of a history, and how a business takes them. Numbers count what there is by then, and begin
//! again after the last.

use super::shop::{POOL, Shop, who};
use crate::booking::appointment::{Appointment, BookedSlot, Source};
use crate::booking::commands::booking::{
    BookAppointment, CancelAppointment, ConfirmHold, HoldSlot, ReleaseHold, RescheduleAppointment, Who,
};
use crate::booking::commands::lifecycle::{
    ApproveRequest, CheckIn, CompleteAppointment, DeclineRequest, RecordNoShow,
};
use crate::booking::commands::series::{BookSeries, CancelSeries, RescheduleSeries, Scope};
use crate::booking::commands::waitlist::{AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist};
use crate::booking::policies::completion::CompleteUnattended;
use crate::booking::policies::hold_expiry::LapseHold;
use crate::booking::policies::request_expiry::ExpireRequest;
use crate::booking::policies::waitlist_expiry::ExpireEntry;
use crate::booking::series::Series;
use crate::booking::series::rule::RecurrenceRule;
use crate::booking::waitlist_entry::WaitlistEntry;
use crate::kernel::ids::{AppointmentId, SeriesId};
use crate::kernel::personal::Personal;
use crate::kernel::work::testing::ready;
use crate::kernel::work::{Failure, Work};
use crate::people::customer::Customer;
use crate::scheduling::agenda_day::Buffers;
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::commands::resources::AddTimeOff;
use crate::scheduling::service::{Approval, Choice, Limit, LimitOf, Overlap, Period, ServiceDetails};
use crate::values::interval::Interval;
use crate::values::text::Note;

#[derive(Debug, Clone)]
pub enum Step {
    Appointment(OfAppointment),
    Series(OfSeries),
    Waitlist(OfWaitlist),
    Business(OfBusiness),
    /// Those of one kind that are due.
    Jobs(JobKind),
    Wait(u8),
}

#[derive(Debug, Clone)]
pub enum OfAppointment {
    Book { who: u8, ask: Ask, overrides: bool, accepts: bool },
    Hold { ask: Ask, minutes: u8 },
    Confirm { hold: u8, who: u8 },
    Release { hold: u8 },
    Move { which: u8, ask: Ask, hold: Option<u8>, overrides: bool },
    Record { which: u8, what: Outcome },
}

/// What slot somebody asks for. What is not said is as it is for an appointment that is moved.
#[derive(Debug, Clone)]
pub struct Ask {
    pub service: Option<u8>,
    pub at: Option<u8>,
    /// Which of the lengths of the service.
    pub length: Option<u8>,
    pub seats: u8,
    /// With which of the resources, and with no other.
    pub with: Option<u8>,
}

#[derive(Debug, Clone, Copy)]
pub enum Outcome {
    Cancelled,
    Approved,
    Declined,
    CheckedIn,
    Completed,
    NoShow,
}

#[derive(Debug, Clone)]
pub enum OfSeries {
    Book { who: u8, ask: Ask, count: u8, skips: bool },
    Move { which: u8, from: u8, ask: Ask, all: bool },
    Cancel { which: u8, from: Option<u8> },
}

#[derive(Debug, Clone)]
pub enum OfWaitlist {
    Join { who: u8, service: u8, seats: u8, days: u8 },
    Answer { entry: u8, how: Answer },
    OfferFreedTime(u8),
}

#[derive(Debug, Clone, Copy)]
pub enum Answer {
    Accept,
    Decline,
    Leave,
}

#[derive(Debug, Clone)]
pub enum OfBusiness {
    Change { service: u8, what: Change },
    ChangeCapacity { resource: u8, capacity: u8 },
    AddTimeOff { resource: u8, at: u8 },
    MoveToZone(u8),
    Merge { one: u8, into: u8 },
    UndoMerge(u8),
}

#[derive(Debug, Clone, Copy)]
pub enum Change {
    Buffers {
        before: u8,
        after: u8,
    },
    /// Those of [`LIMITS`] whose bits are set.
    Limits(u8),
    Seats(u8),
    Length(u8),
    Approval(bool),
    Completion(bool),
    /// How long an offer of the waitlist stands.
    OfferHours(u8),
    Overlap(Overlap),
    Choice(Choice),
}

#[derive(Debug, Clone, Copy)]
pub enum JobKind {
    LapseHolds,
    ExpireRequests,
    CompleteUnattended,
    ExpireEntries,
}

const fn limit(of: LimitOf, per: Period, bookings: Option<u32>, minutes: Option<u32>) -> Limit {
    Limit { of, per, bookings, minutes }
}

const LIMITS: [Limit; 6] = [
    limit(LimitOf::Service, Period::Day, Some(3), None),
    limit(LimitOf::Service, Period::Month, None, Some(400)),
    limit(LimitOf::Resource, Period::Day, Some(2), Some(240)),
    limit(LimitOf::Resource, Period::Year, Some(9), None),
    limit(LimitOf::Customer, Period::Week, Some(4), None),
    limit(LimitOf::Customer, Period::Day, Some(2), None),
];

const ZONES: [&str; 4] = ["Europe/Berlin", "America/New_York", "Pacific/Auckland", "UTC"];

/// One of those that there are, if there are any.
fn pick<T: Clone>(from: impl IntoIterator<Item = T>, number: u8) -> Option<T> {
    let all: Vec<T> = from.into_iter().collect();
    all.get(usize::from(number) % all.len().max(1)).cloned()
}

/// `None` if there is nothing to take it with.
type Taken = Option<Result<(), Failure>>;

impl Shop {
    pub fn step(&mut self, step: &Step) -> Taken {
        match step {
            Step::Appointment(step) => self.step_of_appointment(step),
            Step::Series(step) => self.step_of_series(step),
            Step::Waitlist(step) => self.step_of_waitlist(step),
            Step::Business(step) => self.step_of_business(step),
            Step::Jobs(kind) => Some(self.run_jobs(*kind)),
            Step::Wait(how_long) => {
                self.wait(pick([1, 20, 35, 300, 900], *how_long)?);
                Some(Ok(()))
            }
        }
    }

    fn step_of_appointment(&mut self, step: &OfAppointment) -> Taken {
        let reason = |overrides: bool| {
            overrides.then(|| Personal::in_command(Note::parse("The owner says so").expect("a note")))
        };
        Some(match *step {
            OfAppointment::Book { who, ref ask, overrides, accepts } => {
                let book = BookAppointment::new(self.asked(ask, None), self.somebody(who), Source::Api);
                let (override_reason, accepts_overlap) = (reason(overrides), accepts);
                self.run(BookAppointment { override_reason, accepts_overlap, ..book }).map(drop)
            }
            OfAppointment::Hold { ref ask, minutes } => {
                let (offer, seconds) = (self.asked(ask, None), u32::from(minutes) * 60);
                self.run(HoldSlot { offer, seconds, source: Source::Api }).map(drop)
            }
            OfAppointment::Confirm { hold, who } => {
                let confirm = ConfirmHold::new(self.held(hold)?, self.somebody(who), Source::Api);
                self.run(ConfirmHold { accepts_overlap: true, ..confirm }).map(drop)
            }
            OfAppointment::Release { hold } => {
                let hold_id = self.held(hold)?;
                self.run(ReleaseHold { hold_id })
            }
            OfAppointment::Move { which, ref ask, hold, overrides } => {
                let id = self.appointment(which, |one| one.coming().is_some())?;
                let hold_id = hold.and_then(|hold| self.held(hold));
                let offer = match hold_id.and_then(|hold| self.kept(hold)) {
                    Some(offer) => offer,
                    None => self.asked(ask, self.slot(id).as_ref()),
                };
                let reschedule = RescheduleAppointment::new(id, offer);
                let (override_reason, accepts_overlap) = (reason(overrides), true);
                self.run(RescheduleAppointment { hold_id, override_reason, accepts_overlap, ..reschedule })
                    .map(drop)
            }
            OfAppointment::Record { which, what } => self.record(which, what)?,
        })
    }

    fn record(&mut self, which: u8, what: Outcome) -> Taken {
        let now = self.work.now();
        let appointment_id = self.appointment(which, |one| match what {
            Outcome::Approved | Outcome::Declined => matches!(one, Appointment::Requested { .. }),
            Outcome::Completed | Outcome::NoShow => {
                one.standing().is_ok_and(|booking| booking.slot.time.start <= now)
            }
            Outcome::Cancelled | Outcome::CheckedIn => one.coming().is_some(),
        })?;
        let (reason, override_reason, seen_version) = (None, None, None);
        Some(match what {
            Outcome::Cancelled => self.run(CancelAppointment::new(appointment_id)).map(drop),
            Outcome::Approved => {
                let seen_version = Some(ready(self.work.load::<Appointment>(appointment_id)).ok()?.version);
                self.run(ApproveRequest { appointment_id, seen_version }).map(drop)
            }
            Outcome::Declined => self.run(DeclineRequest { appointment_id, reason, seen_version }).map(drop),
            Outcome::CheckedIn => self.run(CheckIn { appointment_id, seen_version }).map(drop),
            Outcome::Completed => self.run(CompleteAppointment { appointment_id, seen_version }).map(drop),
            Outcome::NoShow => {
                self.run(RecordNoShow { appointment_id, reason, override_reason, seen_version }).map(drop)
            }
        })
    }

    fn step_of_series(&mut self, step: &OfSeries) -> Taken {
        Some(match *step {
            OfSeries::Book { who, ref ask, count, skips } => {
                let rule = RecurrenceRule::parse(&format!("FREQ=DAILY;COUNT={count}")).expect("a rule");
                let book = BookSeries::new(self.asked(ask, None), rule, self.somebody(who), Source::Api);
                self.run(BookSeries { skip_conflicts: skips, accepts_overlap: true, ..book }).map(drop)
            }
            OfSeries::Move { which, from, ref ask, all } => {
                let (id, from) = (self.series(which)?, self.occurrence(which, from)?);
                let offer = self.asked(ask, self.slot(from).as_ref());
                let scope = if all { Scope::All } else { Scope::Following };
                self.run(RescheduleSeries::new(id, from, offer, scope)).map(drop)
            }
            OfSeries::Cancel { which, from } => {
                let from = from.and_then(|from| self.occurrence(which, from));
                self.run(CancelSeries::new(self.series(which)?, from)).map(drop)
            }
        })
    }

    fn step_of_waitlist(&mut self, step: &OfWaitlist) -> Taken {
        Some(match *step {
            OfWaitlist::Join { who, service, seats, days } => {
                let seats = u32::from(seats).min(self.service(service.into()).seats);
                let (wish, who) = (self.wish(service.into(), seats, days), self.somebody(who));
                self.run(JoinWaitlist { wish, who, source: Source::Api }).map(drop)
            }
            OfWaitlist::Answer { entry, how } => {
                let is_asked = |entry: &WaitlistEntry| match how {
                    Answer::Accept | Answer::Decline => entry.known().is_ok_and(|one| one.offer().is_ok()),
                    Answer::Leave => true,
                };
                let asked = self.work.all::<WaitlistEntry>().into_iter().filter(|(_, one)| is_asked(one));
                let entry_id = pick(asked, entry)?.0;
                match how {
                    Answer::Accept => self.run(AcceptOffer::new(entry_id)).map(drop),
                    Answer::Decline => self.run(DeclineOffer { entry_id }).map(drop),
                    Answer::Leave => self.run(LeaveWaitlist { entry_id }),
                }
            }
            OfWaitlist::OfferFreedTime(number) => {
                let job = pick(&self.freed, number)?.clone();
                self.perform(&job).map(drop)
            }
        })
    }

    fn step_of_business(&mut self, step: &OfBusiness) -> Taken {
        Some(match *step {
            OfBusiness::Change { service, what } => {
                self.change(service.into(), |details| what.apply_to(details))
            }
            OfBusiness::ChangeCapacity { resource, capacity } => {
                self.change_capacity(resource.into(), capacity.into())
            }
            OfBusiness::AddTimeOff { resource, at } => {
                let period = Interval::new(self.at(at), self.at(at + 3));
                let resource_id = self.resources[usize::from(resource)];
                self.run(AddTimeOff { resource_id, period, reason: None }).map(drop)
            }
            OfBusiness::MoveToZone(zone) => self.move_to_zone(pick(ZONES, zone)?),
            OfBusiness::Merge { one, into } => {
                let one = pick(self.work.all::<Customer>().into_keys(), one)?;
                let others = self.work.all::<Customer>().into_keys().filter(|other| *other != one);
                let into = pick(others, into)?;
                self.merge(one, into)
            }
            OfBusiness::UndoMerge(one) => {
                let merged = self.work.all::<Customer>().into_iter();
                let merged = merged.filter(|(_, customer)| customer.merged_into().is_some());
                self.undo_merge(pick(merged, one)?.0)
            }
        })
    }

    /// Each job decides on what is true when it runs, so all of a kind may run at any time.
    fn run_jobs(&mut self, kind: JobKind) -> Result<(), Failure> {
        if let JobKind::ExpireEntries = kind {
            for entry_id in self.work.all::<WaitlistEntry>().into_keys() {
                self.perform(&ExpireEntry { entry_id })?;
            }
        }
        for appointment_id in self.work.all::<Appointment>().into_keys() {
            let (hold_id, resources) = (appointment_id, vec![]);
            match kind {
                JobKind::LapseHolds => self.perform(&LapseHold { hold_id, resources })?,
                JobKind::ExpireRequests => self.perform(&ExpireRequest { appointment_id, resources })?,
                JobKind::CompleteUnattended => self.perform(&CompleteUnattended { appointment_id })?,
                JobKind::ExpireEntries => break,
            };
        }
        Ok(())
    }

    fn appointment(&self, number: u8, suits: impl Fn(&Appointment) -> bool) -> Option<AppointmentId> {
        let suit = self.work.all::<Appointment>().into_iter().filter(|(_, one)| suits(one));
        pick(suit.map(|(id, _)| id), number)
    }

    fn held(&self, number: u8) -> Option<AppointmentId> {
        self.appointment(number, |one| one.held().is_ok())
    }

    fn series(&self, number: u8) -> Option<SeriesId> {
        pick(self.work.all::<Series>().into_keys(), number)
    }

    fn occurrence(&self, series: u8, number: u8) -> Option<AppointmentId> {
        let (_, series) = pick(self.work.all::<Series>(), series)?;
        Some(pick(&series.booked().ok()?.occurrences, number)?.appointment_id)
    }

    /// Somebody by their number, or a customer by their id, merged perhaps.
    fn somebody(&self, number: u8) -> Who {
        match number.checked_sub(128).and_then(|number| pick(self.work.all::<Customer>().into_keys(), number))
        {
            Some(customer) => Who::Customer(customer),
            None => who(number.into()),
        }
    }

    fn asked(&self, ask: &Ask, own: Option<&BookedSlot>) -> SlotOffer {
        let own_service = own.and_then(|slot| self.services.iter().position(|id| *id == slot.service_id));
        let service = ask.service.map(usize::from).or(own_service).unwrap_or(POOL);
        let start = match (ask.at, own) {
            (None, Some(slot)) => slot.time.start,
            (at, _) => self.at(at.unwrap_or_default()),
        };
        let offer = self.offer(service, start, ask.seats.into());
        let details = self.service(service);
        let minutes = match (ask.length, own) {
            (None, Some(slot)) => slot.minutes(),
            (length, _) => pick(details.durations(), length.unwrap_or_default()).expect("a length"),
        };
        let of_own =
            own.filter(|slot| slot.service_id == offer.service_id).map(|slot| slot.resources.clone());
        let resources = match ask.with {
            Some(with) => details.needs.iter().filter_map(|need| pick(need.any_of.clone(), with)).collect(),
            None => of_own.unwrap_or(offer.resources),
        };
        let duration_minutes = u16::try_from(minutes).expect("a length");
        SlotOffer { duration_minutes, resources, fixed: ask.with.is_some(), ..offer }
    }

    /// The offer that a hold keeps.
    fn kept(&self, hold: AppointmentId) -> Option<SlotOffer> {
        let slot = self.slot(hold)?;
        let service = self.services.iter().position(|id| *id == slot.service_id)?;
        let offer = self.offer(service, slot.time.start, slot.terms().seats.try_into().ok()?);
        let duration_minutes = slot.minutes().try_into().ok()?;
        Some(SlotOffer { duration_minutes, resources: slot.resources, ..offer })
    }
}

impl Change {
    fn apply_to(self, details: &mut ServiceDetails) {
        match self {
            Self::Buffers { before, after } => {
                let minutes = |number| u32::from(number) * 20;
                let (before_minutes, after_minutes) = (minutes(before), minutes(after));
                details.buffers = Buffers { before_minutes, after_minutes, shared: before == after };
            }
            Self::Limits(bits) => {
                let is_set = |(bit, _): &(usize, Limit)| bits & 1 << bit != 0;
                let limits = LIMITS.into_iter().enumerate().filter(is_set);
                details.limits = limits.map(|(_, limit)| limit).collect();
            }
            Self::Seats(seats) => details.seats = seats.into(),
            Self::Length(quarters) => details.duration_minutes = u32::from(quarters) * 15,
            Self::Approval(is_needed) => {
                details.policy.approval = is_needed.then_some(Approval { within_minutes: 240 });
            }
            Self::Completion(is_automatic) => {
                details.policy.complete_after_minutes = is_automatic.then_some(30);
            }
            Self::OfferHours(hours) => details.waitlist_offer_minutes = u32::from(hours) * 60,
            Self::Overlap(overlap) => details.policy.overlap = overlap,
            Self::Choice(choice) => details.needs.iter_mut().for_each(|need| need.choice = choice),
        }
    }
}
