//! Visits: booked a few days before, and what becomes of each.

use chrono::{DateTime, Datelike, NaiveDate, TimeDelta, Timelike, Utc, Weekday};
use frontdesk_domain::booking::appointment::Source;
use frontdesk_domain::booking::commands::booking::{
    BookAppointment, CancelAppointment, RescheduleAppointment, Who,
};
use frontdesk_domain::booking::commands::lifecycle::{CheckIn, CompleteAppointment, RecordNoShow};
use frontdesk_domain::booking::commands::waitlist::JoinWaitlist;
use frontdesk_domain::booking::waitlist::Wish;
use frontdesk_domain::kernel::ids::{AppointmentId, ResourceId};
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::commands::customers::Person;
use frontdesk_domain::scheduling::availability::offer::SlotOffer;
use frontdesk_domain::scheduling::service::Terms;
use frontdesk_domain::values::hours::Dates;
use frontdesk_domain::values::text::Note;
use frontdesk_domain::values::time::{TimeOfDay, Zone};

use super::dealer::{Dealer, ON_THE_LIFT, SERVICES};
use super::stage::{DemoError, Stage, read};

/// So long the history is.
pub const HISTORY_DAYS: i64 = 28;
/// How many days are booked ahead.
const DAYS_AHEAD: i64 = 5;
/// When visits of a day begin. The mechanics take turns.
const STARTS: [&str; 4] = ["09:00", "11:00", "14:00", "16:00"];
/// Where a visit goes that is moved. The first mechanic has nobody else then.
const MOVED_TO: &str = "17:00";
/// When people cancel and move, the day before.
const CHANGED_AT: &str = "17:30";
const OFFER_MINUTES: i64 = 30;

const CUSTOMERS: [(&str, &str); 12] = [
    ("Ada Moreno", "+573005550101"),
    ("Camilo Rojas", "+573005550102"),
    ("Daniela Vargas", "+573005550103"),
    ("Esteban Quintero", "+573005550104"),
    ("Gabriela Suárez", "+573005550105"),
    ("Hernán Castaño", "+573005550106"),
    ("Isabel Ortega", "+573005550107"),
    ("Julián Restrepo", "+573005550108"),
    ("Laura Cárdenas", "+573005550109"),
    ("Mateo Giraldo", "+573005550110"),
    ("Natalia Peña", "+573005550111"),
    ("Óscar Villegas", "+573005550112"),
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Kept,
    Moved,
    Cancelled,
    NotKept,
}

/// A visit, and its appointment once it is booked.
#[derive(Debug)]
struct Visit {
    customer: usize,
    service: usize,
    mechanic: usize,
    date: NaiveDate,
    start: DateTime<Utc>,
    outcome: Outcome,
    booked_at: DateTime<Utc>,
    changed_at: DateTime<Utc>,
    moved_to: DateTime<Utc>,
    appointment: Option<AppointmentId>,
}

impl Visit {
    fn planned(
        number: usize,
        place: usize,
        date: NaiveDate,
        zone: Zone,
        start: &str,
    ) -> Result<Self, DemoError> {
        let service = number % SERVICES.len();
        let can_move = service != ON_THE_LIFT && date.weekday() != Weekday::Sat;
        let outcome = match number {
            _ if number % 11 == 3 => Outcome::Cancelled,
            _ if number % 13 == 6 => Outcome::NotKept,
            _ if number % 7 == 4 && can_move => Outcome::Moved,
            _ => Outcome::Kept,
        };
        let spread = (number % 6) as i64;
        let booked_at = at(zone, date - TimeDelta::days(1 + spread), "10:15")?;
        Ok(Self {
            customer: number * 5 % CUSTOMERS.len(),
            service,
            mechanic: place % 2,
            date,
            start: at(zone, date, start)?,
            outcome,
            booked_at: booked_at + TimeDelta::minutes(25 * spread),
            changed_at: at(zone, date - TimeDelta::days(1), CHANGED_AT)?,
            moved_to: at(zone, date, MOVED_TO)?,
            appointment: None,
        })
    }

    /// When it takes place.
    fn begin(&self) -> DateTime<Utc> {
        if self.outcome == Outcome::Moved { self.moved_to } else { self.start }
    }

    fn end(&self) -> DateTime<Utc> {
        self.begin() + TimeDelta::minutes(SERVICES[self.service].1.into())
    }

    /// What is done about it, and when.
    fn steps(&self) -> Vec<(DateTime<Utc>, Step)> {
        let mut steps = vec![(self.booked_at, Step::Book)];
        match self.outcome {
            Outcome::Kept => {}
            Outcome::Moved | Outcome::Cancelled => steps.push((self.changed_at, Step::Change)),
            Outcome::NotKept => steps.push((self.end(), Step::Miss)),
        }
        if matches!(self.outcome, Outcome::Kept | Outcome::Moved) {
            steps.extend([(self.begin() - TimeDelta::minutes(5), Step::Arrive), (self.end(), Step::Leave)]);
        }
        steps
    }
}

#[derive(Debug, Clone, Copy)]
enum Step {
    Book,
    Change,
    Arrive,
    Leave,
    Miss,
}

/// What there is to see.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Tally {
    pub kept: usize,
    pub moved: usize,
    pub cancelled: usize,
    pub not_kept: usize,
    pub to_come: usize,
    pub waiting: usize,
}

/// The visits of the last weeks and of the next days.
pub struct Visits<'a> {
    dealer: &'a Dealer,
    now: DateTime<Utc>,
    visits: Vec<Visit>,
    waiting: usize,
}

impl<'a> Visits<'a> {
    pub(super) fn of(dealer: &'a Dealer, now: DateTime<Utc>) -> Result<Self, DemoError> {
        let today = dealer.zone.date(now);
        let mut visits = Vec::new();
        for ahead in -HISTORY_DAYS..=DAYS_AHEAD {
            let date = today + TimeDelta::days(ahead);
            let count = match date.weekday() {
                Weekday::Sun => 0,
                Weekday::Sat => 2,
                weekday => 2 + weekday.num_days_from_monday() as usize % 3,
            };
            for (place, start) in STARTS.into_iter().take(count).enumerate() {
                visits.push(Visit::planned(visits.len(), place, date, dealer.zone, start)?);
            }
        }
        Ok(Self { dealer, now, visits, waiting: 0 })
    }

    /// Does everything up to now, in the order of time.
    pub(super) async fn play(
        &mut self,
        stage: &Stage,
        progress: &impl Fn(usize, usize),
    ) -> Result<(), DemoError> {
        let mut steps: Vec<_> = (self.visits.iter().enumerate())
            .flat_map(|(number, visit)| visit.steps().into_iter().map(move |(at, step)| (at, number, step)))
            .filter(|(at, ..)| *at < self.now)
            .collect();
        steps.sort_by_key(|(at, ..)| *at);
        let count = steps.len();
        for (done, (at, number, step)) in steps.into_iter().enumerate() {
            self.take(stage, at, number, step).await?;
            progress(done + 1, count);
        }
        Ok(())
    }

    async fn take(
        &mut self,
        stage: &Stage,
        at: DateTime<Utc>,
        number: usize,
        step: Step,
    ) -> Result<(), DemoError> {
        let visit = &self.visits[number];
        match (step, visit.appointment) {
            (Step::Book, _) => {
                let offer = self.offer(visit, visit.start, visit.mechanic, at);
                let command = BookAppointment::new(offer, Who::Person(person(visit.customer)?), Source::Api);
                let appointment = stage.run(at, &command).await?.id;
                self.visits[number].appointment = Some(appointment);
            }
            (Step::Change, Some(id)) if visit.outcome == Outcome::Moved => {
                let reason = Some(note("They come from work.")?);
                let offer = self.offer(visit, visit.moved_to, 0, at);
                stage
                    .run(at, &RescheduleAppointment { reason, ..RescheduleAppointment::new(id, offer) })
                    .await?;
            }
            (Step::Change, Some(id)) => {
                let reason = Some(note("Something came up.")?);
                stage.run(at, &CancelAppointment { reason, ..CancelAppointment::new(id) }).await?;
            }
            (Step::Arrive, Some(id)) => {
                stage.run(at, &CheckIn { appointment_id: id, seen_version: None }).await?;
            }
            (Step::Leave, Some(id)) => {
                stage.run(at, &CompleteAppointment { appointment_id: id, seen_version: None }).await?;
            }
            (Step::Miss, Some(id)) => {
                let missed = RecordNoShow {
                    appointment_id: id,
                    reason: None,
                    override_reason: None,
                    seen_version: None,
                };
                stage.run(at, &missed).await?;
            }
            (_, None) => {}
        }
        Ok(())
    }

    fn offer(&self, visit: &Visit, start: DateTime<Utc>, mechanic: usize, at: DateTime<Utc>) -> SlotOffer {
        let lift = (visit.service == ON_THE_LIFT).then_some(self.dealer.lift);
        let resources: Vec<ResourceId> =
            std::iter::once(self.dealer.mechanics[mechanic]).chain(lift).collect();
        SlotOffer {
            service_id: self.dealer.services[visit.service],
            start,
            duration_minutes: SERVICES[visit.service].1,
            seats: 1,
            resources,
            fixed: false,
            expires_at: at + TimeDelta::minutes(OFFER_MINUTES),
        }
    }

    /// Two people wait for a time at which the lift is taken.
    pub(super) async fn wait(&mut self, stage: &Stage) -> Result<(), DemoError> {
        let taken = self.to_come().find(|visit| visit.service == ON_THE_LIFT);
        let Some(Visit { customer, date, start, .. }) = taken else { return Ok(()) };
        let minute = minute_of(self.dealer.zone, *start);
        let times = TimeOfDay::from_minutes(minute).zip(TimeOfDay::from_minutes(minute + 1));
        let Some((from_time, to_time)) = times else { return Ok(()) };
        let wish = Wish {
            service_id: self.dealer.services[ON_THE_LIFT],
            terms: Terms::default(),
            dates: Dates { first: *date, last: *date },
            from_time,
            to_time,
        };
        let others = [customer + 1, customer + 2];
        for other in others {
            let who = Who::Person(person(other % CUSTOMERS.len())?);
            stage.run(self.now, &JoinWaitlist { wish, who, source: Source::Api }).await?;
            self.waiting += 1;
        }
        Ok(())
    }

    fn to_come(&self) -> impl Iterator<Item = &Visit> {
        let stands = |visit: &&Visit| {
            visit.start > self.now && visit.appointment.is_some() && visit.outcome == Outcome::Kept
        };
        self.visits.iter().filter(stands)
    }

    /// The first one that is to come, and the number of whoever has booked it.
    pub(super) fn next(&self) -> Option<(AppointmentId, &'static str)> {
        let visit = self.to_come().next()?;
        Some((visit.appointment?, CUSTOMERS[visit.customer].1))
    }

    /// The last one that was moved and has taken place.
    pub(super) fn moved(&self) -> Option<AppointmentId> {
        let mut visits = self.visits.iter().rev();
        visits.find(|visit| visit.outcome == Outcome::Moved && visit.end() < self.now)?.appointment
    }

    pub(super) fn tally(&self) -> Tally {
        let mut tally = Tally { waiting: self.waiting, ..Tally::default() };
        for visit in self.visits.iter().filter(|visit| visit.appointment.is_some()) {
            match visit.outcome {
                Outcome::Cancelled if visit.changed_at < self.now => tally.cancelled += 1,
                _ if visit.end() >= self.now => tally.to_come += 1,
                Outcome::NotKept => tally.not_kept += 1,
                Outcome::Moved => tally.moved += 1,
                Outcome::Kept | Outcome::Cancelled => tally.kept += 1,
            }
        }
        tally
    }
}

fn person(number: usize) -> Result<Person, DemoError> {
    let (name, phone) = CUSTOMERS[number];
    Ok(Person::new(read(name)?, Some(read(phone)?), None))
}

fn note(text: &str) -> Result<Personal<Note>, DemoError> {
    Ok(Personal::in_command(read(text)?))
}

/// The instant of a time of the day.
fn at(zone: Zone, date: NaiveDate, time: &str) -> Result<DateTime<Utc>, DemoError> {
    Ok(zone.instants(read::<TimeOfDay>(time)?.on(date)).first())
}

fn minute_of(zone: Zone, instant: DateTime<Utc>) -> u16 {
    let wall = zone.wall(instant);
    u16::try_from(wall.hour() * 60 + wall.minute()).unwrap_or_default()
}
