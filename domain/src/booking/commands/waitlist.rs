//! The waitlist: joining it, being offered a freed time, answering.
//!
//! An offer is a hold. A job makes it when time becomes free ([`offer_freed_time`]). Entry, line and hold
//! change in one commit, so a second or late answer finds the outcome.

mod offering;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use self::offering::open_now;
pub(crate) use self::offering::{Freed, offer_freed_time};
use crate::booking::appointment::{Attendee, Source};
use crate::booking::commands::booking::{
    AppointmentView, ConfirmHold, GivenAnswer, OrOffer, Who, attendee, confirm, give_up, view,
};
use crate::booking::waitlist::{Place, Waitlist, WaitlistCommand, Wish};
use crate::booking::waitlist_entry::{
    Joined, JoinedEntry, Stage, TimeOffer, WaitlistEntry, WaitlistEntryCommand,
};
use crate::kernel::ids::{AppointmentId, BusinessId, CustomerId, StreamId, WaitlistEntryId, WaitlistId};
use crate::kernel::personal::Personal;
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::{Class, OpenInstead, Refusal};
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customers::find;
use crate::people::names::is_same_name;
use crate::scheduling::business::Business;
use crate::scheduling::service::{Service, ServiceDetails};
use crate::values::interval::Interval;
use crate::values::text::Note;
use crate::values::time::Zone;

/// The most dates of a wish.
pub const WISH_DAYS_MAX: i64 = 366;

/// Every command about the line queues for it: it is one stream.
fn line(tenant: BusinessId) -> Vec<Uuid> {
    vec![WaitlistId::of(tenant).uuid()]
}

/// An entry at its version.
#[derive(Debug, Clone)]
pub struct EntryView {
    pub id: WaitlistEntryId,
    pub version: i64,
    pub entry: JoinedEntry,
    /// The customer who joined, or the survivor of a merge.
    pub customer_id: CustomerId,
    /// Its number among the entries of its service, from 1. `None` while it has an offer.
    pub number: Option<usize>,
}

/// An entry, and the slots that are open for its wish already.
#[derive(Debug, Clone)]
pub struct JoinedView {
    pub view: EntryView,
    pub open: OpenInstead,
}

/// Puts a customer on the waitlist. A customer with a like wish keeps their entry and their place.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct JoinWaitlist {
    pub wish: Wish,
    pub who: Who,
    pub source: Source,
}

impl Command for JoinWaitlist {
    const NAME: &'static str = "JoinWaitlist";
    type Output = JoinedView;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        line(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<JoinedView, Failure> {
        let (wish, line) = (self.wish, WaitlistId::of(work.tenant()));
        let mut streams = vec![
            Stream::of::<Business>(work.tenant()),
            Stream::of::<Service>(wish.service_id),
            Stream::of::<Waitlist>(line),
        ];
        streams.extend(self.who.streams(work));
        work.preload(&streams).await?;
        let business = work.load::<Business>(work.tenant()).await?.state;
        let zone = business.registered().map_err(Failure::refused)?.profile.zone;
        let service = work.load::<Service>(wish.service_id).await?.state;
        check(work, &wish, service.bookable().map_err(Failure::refused)?, zone)?;
        let open = open_now(work, &wish, zone).await?;
        let Attendee { customer_id, name, .. } = attendee(work, &self.who, None, &[], &[]).await?;
        let waitlist = work.load::<Waitlist>(line).await?.state;
        // A number may be a family's: each waits under their own name.
        let (mut own, mut of_others) = (None, Vec::new());
        for id in waitlist.like(customer_id, &wish) {
            let of = entry(work, id).await?.joined.name;
            let is_own = of
                .known()
                .zip(name.known())
                .is_some_and(|(of, name)| is_same_name(of.as_str(), name.as_str()));
            if is_own { own = Some(id) } else { of_others.push(id) }
        }
        let entry_id = match own {
            Some(entry_id) => entry_id,
            None => {
                let entry_id = work.new_id();
                let until = wish.span(zone).end;
                let joined =
                    Joined { customer_id, name, wish, zone, at: work.now(), until, source: self.source };
                let join = WaitlistEntryCommand::Join { joined, by: work.actor().clone() };
                work.execute::<WaitlistEntry>(entry_id, join).await?;
                let queue =
                    WaitlistCommand::Queue { place: Place { entry_id, customer_id, wish }, of_others };
                work.execute::<Waitlist>(line, queue).await?;
                entry_id
            }
        };
        Ok(JoinedView { view: entry_view(work, entry_id).await?, open })
    }
}

/// A wish must be bookable once time is free.
fn check(work: &impl Work, wish: &Wish, service: &ServiceDetails, zone: Zone) -> Result<(), Failure> {
    let bad =
        |detail: String| Err(Failure::Refused(Refusal::new("waitlist-bad-wish", Class::Invalid, detail)));
    let (dates, today) = (wish.dates, zone.date(work.now()));
    if dates.last < dates.first || (dates.last - dates.first).num_days() >= WISH_DAYS_MAX {
        return bad(format!(
            "last_date: it must be at or after first_date, for {WISH_DAYS_MAX} days at most"
        ));
    }
    if dates.last < today {
        return bad(format!("last_date: {} has passed", dates.last));
    }
    let bookable = service.horizon.dates(today);
    if bookable.last < dates.first || dates.last < bookable.first {
        return bad(format!(
            "first_date: the service can be booked from {} to {} now",
            bookable.first, bookable.last
        ));
    }
    if wish.from_time >= wish.to_time {
        return bad("to_time: it must be after from_time".into());
    }
    service.allows(&wish.terms).or_else(|error| bad(format!("{}: {error}", error.field())))
}

async fn entry_view(work: &impl Work, id: WaitlistEntryId) -> Result<EntryView, Failure> {
    let loaded = work.load::<WaitlistEntry>(id).await?;
    let entry = loaded.state.known().map_err(Failure::refused)?.clone();
    let customer_id = find(work, entry.joined.customer_id).await?.id;
    let number = work.peek::<Waitlist>(WaitlistId::of(work.tenant())).await?.state.number(id);
    Ok(EntryView { id, version: loaded.version, entry, customer_id, number })
}

async fn entry(work: &impl Work, id: WaitlistEntryId) -> Result<JoinedEntry, Failure> {
    Ok(work.load::<WaitlistEntry>(id).await?.state.known().map_err(Failure::refused)?.clone())
}

/// Whose limits the hold of an offer counts towards, whoever stands for the customer now.
async fn offered_to(work: &impl Work, entry: &JoinedEntry, offer: &TimeOffer) -> Result<CustomerId, Failure> {
    match offer.customer_id {
        Some(customer_id) => Ok(customer_id),
        None => Ok(find(work, entry.joined.customer_id).await?.id),
    }
}

/// Books the offered time for the customer. A second acceptance gets the same appointment.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AcceptOffer {
    pub entry_id: WaitlistEntryId,
    pub note: Option<Personal<Note>>,
    pub answers: Vec<GivenAnswer>,
}

impl AcceptOffer {
    /// Without note or answers.
    pub fn new(entry_id: WaitlistEntryId) -> Self {
        Self { entry_id, note: None, answers: vec![] }
    }
}

impl Command for AcceptOffer {
    const NAME: &'static str = "AcceptOffer";
    type Output = AppointmentView;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        line(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        let entry = entry(work, self.entry_id).await?;
        if let Stage::Accepted { appointment_id } = entry.stage {
            return view(work, appointment_id).await;
        }
        let wish = &entry.joined.wish;
        let from = wish.span(entry.joined.zone).start;
        let offer = entry
            .offer()
            .map_err(Failure::refused)
            .or_offer(work, wish.service_id, from, wish.terms, None)
            .await?;
        let hold = ConfirmHold {
            hold_id: offer.hold_id,
            who: Who::Customer(entry.joined.customer_id),
            note: self.note.clone(),
            answers: self.answers.clone(),
            source: Source::Waitlist { entry_id: self.entry_id },
            // They have said that they want this time.
            accepts_overlap: true,
        };
        let offered_to = offered_to(work, &entry, offer).await?;
        let booked = confirm(work, &hold, Some((&entry.joined.name, offered_to))).await?;
        let accept = WaitlistEntryCommand::Accept { by: work.actor().clone() };
        work.execute::<WaitlistEntry>(self.entry_id, accept).await?;
        dequeue(work, self.entry_id).await?;
        Ok(booked)
    }
}

/// Declines the offered time. The entry waits on, at the end of the line.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct DeclineOffer {
    pub entry_id: WaitlistEntryId,
}

impl Command for DeclineOffer {
    const NAME: &'static str = "DeclineOffer";
    type Output = EntryView;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        line(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<EntryView, Failure> {
        let entry = entry(work, self.entry_id).await?;
        let decline = WaitlistEntryCommand::Decline { by: work.actor().clone() };
        work.execute::<WaitlistEntry>(self.entry_id, decline).await?;
        if let Ok(offer) = entry.offer() {
            give_up(work, offer.hold_id, Some(offered_to(work, &entry, offer).await?)).await?;
            not_taken(work, self.entry_id, offer.time).await?;
        }
        entry_view(work, self.entry_id).await
    }
}

/// Takes a customer off the waitlist, and releases the offered time.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct LeaveWaitlist {
    pub entry_id: WaitlistEntryId,
}

impl Command for LeaveWaitlist {
    const NAME: &'static str = "LeaveWaitlist";
    type Output = ();

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        line(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let entry = entry(work, self.entry_id).await?;
        let leave = WaitlistEntryCommand::Leave { by: work.actor().clone() };
        work.execute::<WaitlistEntry>(self.entry_id, leave).await?;
        if let Ok(offer) = entry.offer() {
            give_up(work, offer.hold_id, Some(offered_to(work, &entry, offer).await?)).await?;
        }
        dequeue(work, self.entry_id).await
    }
}

/// Lapses an offer together with its hold, in the same commit.
pub(crate) async fn offer_lapsed(
    work: &impl Work,
    entry_id: WaitlistEntryId,
    hold_id: AppointmentId,
) -> Result<(), Failure> {
    let entry = entry(work, entry_id).await?;
    work.execute::<WaitlistEntry>(entry_id, WaitlistEntryCommand::Lapse { hold_id }).await?;
    match entry.offer() {
        Ok(offer) if offer.hold_id == hold_id => not_taken(work, entry_id, offer.time).await,
        Ok(_) | Err(_) => Ok(()),
    }
}

/// Takes an entry off the waitlist when its dates have passed. Its offers have lapsed by then.
pub(crate) async fn expire(work: &impl Work, entry_id: WaitlistEntryId) -> Result<(), Failure> {
    work.execute::<WaitlistEntry>(entry_id, WaitlistEntryCommand::Expire { now: work.now() }).await?;
    dequeue(work, entry_id).await
}

/// Moves an entry to the end of the line. After the last offer, it leaves the line.
async fn not_taken(work: &impl Work, entry_id: WaitlistEntryId, time: Interval) -> Result<(), Failure> {
    if !entry(work, entry_id).await?.is_open() {
        return dequeue(work, entry_id).await;
    }
    let back = WaitlistCommand::MoveBack { entry_id, not_taken: time };
    work.execute::<Waitlist>(WaitlistId::of(work.tenant()), back).await.map(drop)
}

async fn dequeue(work: &impl Work, entry_id: WaitlistEntryId) -> Result<(), Failure> {
    work.execute::<Waitlist>(WaitlistId::of(work.tenant()), WaitlistCommand::Dequeue { entry_id })
        .await
        .map(drop)
}
