//! Booking a slot that was offered.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::alternatives::OrOffer;
use super::attendee::{Booker, GivenAnswer, Who, booker};
use super::own::Own;
use super::plan::{Leeway, Plan, contended, offer_streams};
use super::time::take;
use super::view::{AppointmentView, view};
use crate::booking::appointment::{Appointment, AppointmentCommand, OverriddenRule, Override, Source};
use crate::kernel::ids::{AppointmentId, BusinessId, SeriesId};
use crate::kernel::personal::Personal;
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::availability::offer::SlotOffer;
use crate::values::text::Note;

/// Books a slot that was offered.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct BookAppointment {
    pub offer: SlotOffer,
    pub who: Who,
    pub note: Option<Personal<Note>>,
    #[serde(default)]
    pub answers: Vec<GivenAnswer>,
    pub source: Source,
    /// Why the business overrides its rules of notice, horizon, hours or no-shows. Taken time cannot be
    /// booked.
    #[serde(default)]
    pub override_reason: Option<Personal<Note>>,
    /// The customer wants it although they have another appointment at that time.
    #[serde(default)]
    pub accepts_overlap: bool,
    /// The caller must not hear that there are appointments of before their call.
    #[serde(skip)]
    pub hides_others: bool,
}

impl BookAppointment {
    /// Without note, answers or override.
    pub fn new(offer: SlotOffer, who: Who, source: Source) -> Self {
        let (note, override_reason) = (None, None);
        let (accepts_overlap, hides_others) = (false, false);
        Self { offer, who, note, answers: vec![], source, override_reason, accepts_overlap, hides_others }
    }
}

impl Command for BookAppointment {
    const NAME: &'static str = "BookAppointment";
    type Output = AppointmentView;

    fn contended(&self, _: BusinessId) -> Vec<Uuid> {
        contended(&self.offer)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<AppointmentView, Failure> {
        preload_booking(work, &self.offer, &self.who).await?;
        let id = work.new_id();
        let (service_id, overrides) = (self.offer.service_id, self.override_reason.as_ref());
        let booker =
            booker(work, service_id, &self.who, self.note.as_ref(), &self.answers, overrides).await?;
        let attendee = &booker.attendee;
        let own = Own::of(work, &self.who, attendee, self.source).await?.hiding(self.hides_others);
        let own = own.at(work, self.offer.time()).await?;
        if let Some(id) = own.booked_already(&self.offer, self.accepts_overlap) {
            return view(work, id).await;
        }
        own.must_be_fine(booker.overlap, self.accepts_overlap)?;
        let leeway = Leeway::overriding(overrides.is_some());
        let plan = take(work, id, &self.offer, Some(attendee.customer_id), None, leeway).await;
        let (start, terms) = (self.offer.start, self.offer.terms());
        let plan = plan.or_offer(work, service_id, start, terms, Some(attendee.customer_id)).await?;
        book_one(work, id, plan, &booker, self.source, None).await?;
        view(work, id).await
    }
}

/// Loads what booking an offer reads, in one round trip.
pub(crate) async fn preload_booking(work: &impl Work, offer: &SlotOffer, who: &Who) -> Result<(), Failure> {
    let mut streams = offer_streams(work, offer);
    streams.extend(who.streams(work));
    Ok(work.preload(&streams).await?)
}

/// Books a new appointment after its time was taken.
pub(crate) async fn book_one(
    work: &impl Work,
    id: AppointmentId,
    plan: Plan,
    booker: &Booker,
    source: Source,
    series_id: Option<SeriesId>,
) -> Result<(), Failure> {
    let Plan { slot, overridden: mut rules, .. } = plan;
    rules.extend(booker.has_missed_too_many.then_some(OverriddenRule::NoShowLimit));
    let overridden =
        booker.override_reason.clone().filter(|_| !rules.is_empty()).map(|reason| Override { reason, rules });
    let (attendee, by) = (booker.attendee.clone(), work.actor().clone());
    let now = work.now();
    work.execute::<Appointment>(
        id,
        AppointmentCommand::Book { slot, attendee, source, by, overridden, series_id, now },
    )
    .await?;
    Ok(())
}
