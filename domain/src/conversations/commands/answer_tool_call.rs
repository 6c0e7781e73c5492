//! Answering a tool call.

mod recorded;
#[cfg(test)]
mod tests;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use uuid::Uuid;

use self::recorded::Recorded;
use super::tool_request::ToolRequest;
use crate::booking::appointment::{Appointment, Booking, Source};
use crate::booking::commands::booking::{
    AppointmentView, BookAppointment, RescheduleAppointment, Who, open_instead,
};
use crate::booking::commands::waitlist::{JoinWaitlist, JoinedView};
use crate::booking::waitlist_entry::{JoinedEntry, Stage, WaitlistEntry};
use crate::conversations::call::{Call, CallCommand, CallStart, TakenMessage, ToolAnswer, ToolCall};
use crate::conversations::tools::answers::{self, ToldAppointment, ToldEntry};
use crate::conversations::tools::disclosure::Asker;
use crate::conversations::tools::speech::Speech;
use crate::conversations::wrong_proofs::{WrongProofs, WrongProofsCommand};
use crate::integrations::commands::webhooks::IncomingWebhook;
use crate::integrations::webhook::{Webhook, WebhookCommand};
use crate::kernel::ids::{AppointmentId, BusinessId, CallId, ServiceId, WaitlistEntryId, WrongProofsId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::{Class, Refusal};
use crate::kernel::work::{Command, Failure, Work};
use crate::languages::Reason;
use crate::scheduling::business::{Business, BusinessProfile, CallerProof, Proof};
use crate::scheduling::service::Service;
use crate::values::text::Name;

/// Answers a tool call. The call keeps its answers: the first answer to an id stands.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(from = "Recorded")]
#[schemars(!from)]
pub struct AnswerToolCall {
    #[serde(rename = "arrival")]
    pub webhook: IncomingWebhook,
    pub call_id: CallId,
    pub start: CallStart,
    pub tool_call: ToolCall,
    pub request: ToolRequest,
}

impl From<Recorded> for AnswerToolCall {
    fn from(recorded: Recorded) -> Self {
        let Recorded { arrival: webhook, call_id, start, tool_call, request } = recorded;
        Self { webhook, call_id, start, tool_call, request: request.of_call(call_id) }
    }
}

impl Command for AnswerToolCall {
    const NAME: &'static str = "AnswerToolCall";
    type Output = ToolAnswer;

    fn contended(&self, tenant: BusinessId) -> Vec<Uuid> {
        self.request.contended(tenant)
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<ToolAnswer, Failure> {
        work.about(SubjectId::of(self.call_id));
        let mut streams = vec![Stream::of::<Call>(self.call_id), Stream::of::<Business>(work.tenant())];
        streams.extend(self.request.who().into_iter().flat_map(|who| who.streams(work)));
        work.preload(&streams).await?;
        let call = work.load::<Call>(self.call_id).await?.state;
        if let Some(answer) = call.answer(&self.tool_call.id) {
            return Ok(answer.clone());
        }
        self.webhook.receive(work).await?;
        work.execute::<Call>(self.call_id, CallCommand::Start { start: self.start.clone() }).await?;
        let mark = work.mark();
        let answer = match self.perform(work, &call).await {
            Err(Failure::Refused(refusal)) => {
                work.rewind(mark);
                self.refused(work, refusal).await?
            }
            answer => answer?,
        };
        let answer = ToolAnswer { is_wrong_proof: self.request.is_wrong_proof(), ..answer };
        let recorded = CallCommand::Answer { call: self.tool_call.clone(), answer: answer.clone() };
        work.execute::<Call>(self.call_id, recorded).await?;
        work.execute::<Webhook>(self.webhook.id, WebhookCommand::MarkTranslated).await?;
        Ok(answer)
    }
}

impl AnswerToolCall {
    async fn perform(&self, work: &impl Work, call: &Call) -> Result<ToolAnswer, Failure> {
        if self.tool_call.tool.is_for_proven() {
            let is_wrong = self.request.is_wrong_proof();
            call.may_prove(is_wrong.then_some(&self.tool_call.arguments)).map_err(Failure::refused)?;
        }
        match &self.request {
            ToolRequest::Answered { text, discloses, is_wrong_proof, proven_for } => {
                if let Some(customer) = proven_for {
                    let is_wrong = *is_wrong_proof && !call.has_guessed(&self.tool_call.arguments);
                    let proof = WrongProofsCommand::Prove { at: work.now(), is_wrong };
                    let id = WrongProofsId::of(work.tenant(), *customer);
                    work.execute::<WrongProofs>(id, proof).await?;
                }
                Ok(ToolAnswer { discloses: discloses.clone(), ..ToolAnswer::of(text.clone()) })
            }
            ToolRequest::NotUnderstood { reason } => {
                let text = reason.about(SubjectId::of(self.call_id));
                Ok(ToolAnswer { is_error: true, ..ToolAnswer::of(text) })
            }
            ToolRequest::Book(book) => {
                let hides_others = self.hides_others(work, call, Some(&book.who)).await?;
                let view = BookAppointment { hides_others, ..book.clone() }.decide(work).await?;
                self.told_of_booking(work, call, &view, Some(name_given(&book.who))).await
            }
            ToolRequest::Reschedule(reschedule) => {
                self.must_be_disclosed(call, reschedule.appointment_id)?;
                let hides_others = self.hides_others(work, call, None).await?;
                let view = RescheduleAppointment { hides_others, ..reschedule.clone() }.decide(work).await?;
                match view.appointment {
                    Appointment::Requested { .. } => {
                        self.told(work, call, &view, answers::move_requested).await
                    }
                    _ => self.told(work, call, &view, answers::rescheduled).await,
                }
            }
            ToolRequest::Cancel(cancel) => {
                self.must_be_disclosed(call, cancel.appointment_id)?;
                let view = cancel.decide(work).await?;
                self.told(work, call, &view, answers::cancelled).await
            }
            ToolRequest::JoinWaitlist(join) => {
                let JoinedView { view, open } = join.decide(work).await?;
                let kept = view.entry.standing_offer(work.now());
                let kept = if self.may_answer(work, call, join, &view.entry).await? { kept } else { None };
                let entry = ToldEntry {
                    id: view.id,
                    service: service_name(work, join.wish.service_id).await?,
                    number: view.number.unwrap_or(1),
                    kept: kept.map(|offer| offer.time.start),
                };
                let answer = answers::waitlisted(
                    &entry,
                    name_given(&join.who),
                    &open.slots,
                    &self.speech(work).await?,
                );
                Ok(self.answer(answer, kept.map(|offer| offer.hold_id).into_iter().collect()))
            }
            ToolRequest::AcceptOffer(accept) => {
                self.must_be_offered(work, call, accept.entry_id).await?;
                let view = accept.decide(work).await?;
                self.told_of_booking(work, call, &view, None).await
            }
            ToolRequest::DeclineOffer(decline) => {
                let service_id = self.must_be_offered(work, call, decline.entry_id).await?;
                decline.decide(work).await?;
                let service = service_name(work, service_id).await?;
                let language = self.speech(work).await?.language;
                Ok(self.answer(answers::offer_declined(&service, language), vec![]))
            }
            ToolRequest::TakeMessage { from, phone, text } => {
                let subject = SubjectId::of(self.call_id);
                let message = TakenMessage {
                    id: work.new_id(),
                    from: from.as_ref().map(|from| from.about(subject)),
                    phone: phone.as_ref().map(|phone| phone.about(subject)),
                    text: text.about(subject),
                };
                let language = self.speech(work).await?.language;
                if let Some(taken) = call.same_message(&message) {
                    return Ok(self.answer(answers::message_taken(taken.id, language), vec![]));
                }
                let taken = answers::message_taken(message.id, language);
                work.execute::<Call>(self.call_id, CallCommand::TakeMessage { message }).await?;
                Ok(self.answer(taken, vec![]))
            }
        }
    }

    fn must_be_disclosed(&self, call: &Call, appointment_id: AppointmentId) -> Result<(), Failure> {
        if call.has_disclosed(appointment_id) {
            return Ok(());
        }
        let detail = "that appointment is not known in this call; find it with find_appointments first";
        Err(Failure::Refused(Refusal::new("appointment-not-disclosed", Class::NotFound, detail)))
    }

    /// A time that is kept for an entry, or was accepted, is one that this call knows of. Says for which service
    /// it is. Whether there is anything to answer is for the command to say.
    async fn must_be_offered(
        &self,
        work: &impl Work,
        call: &Call,
        id: WaitlistEntryId,
    ) -> Result<ServiceId, Failure> {
        let loaded = work.load::<WaitlistEntry>(id).await?.state;
        let entry = loaded.known().map_err(Failure::refused)?;
        let hold_id = match &entry.stage {
            Stage::Accepted { appointment_id } => Some(*appointment_id),
            Stage::Offered(offer) => Some(offer.hold_id),
            Stage::Waiting | Stage::Left | Stage::Expired | Stage::Dropped => None,
        };
        if let Some(hold_id) = hold_id {
            self.must_be_disclosed(call, hold_id)?;
        }
        Ok(entry.joined.wish.service_id)
    }

    fn answer(&self, answer: Value, discloses: Vec<AppointmentId>) -> ToolAnswer {
        let text = Personal::new(SubjectId::of(self.call_id), answer.to_string());
        ToolAnswer { discloses, ..ToolAnswer::of(text) }
    }

    fn error(&self, reason: String) -> ToolAnswer {
        let one_line = reason.replace(['\n', '\r'], " ");
        let text = Personal::new(SubjectId::of(self.call_id), one_line);
        ToolAnswer { is_error: true, ..ToolAnswer::of(text) }
    }

    /// Whether somebody who joins the waitlist may hear what is kept for an entry of theirs: it is of this call,
    /// or they have shown whose it is.
    async fn may_answer(
        &self,
        work: &impl Work,
        call: &Call,
        join: &JoinWaitlist,
        entry: &JoinedEntry,
    ) -> Result<bool, Failure> {
        if entry.joined.source == join.source {
            return Ok(true);
        }
        let asker = Asker {
            calls_from_it: self.is_from_number_of(&join.who),
            name: Some(name_given(&join.who).to_owned()),
            day: None,
        };
        let proof = self.proof(work, call).await?;
        // A name that is said with a number would be tried until it fits.
        if !asker.calls_from_it && proof.to_hear >= Proof::Name {
            return Ok(false);
        }
        Ok(asker.may_answer_offer(proof, None, entry.joined.name.known().map(Name::as_str)))
    }

    fn is_from_number_of(&self, who: &Who) -> bool {
        let caller = self.start.caller.as_ref().and_then(Personal::known);
        caller.zip(who.phone()).is_some_and(|(caller, said)| caller.is_same_subscriber(said))
    }

    /// Whether the caller must not hear what else there is for a person, or for whoever has an appointment that
    /// they have heard of. A name that is said with a number would be tried until it fits.
    async fn hides_others(&self, work: &impl Work, call: &Call, who: Option<&Who>) -> Result<bool, Failure> {
        let is_said = who.is_some_and(|who| !self.is_from_number_of(who));
        let to_hear = self.proof(work, call).await?.to_hear;
        Ok(to_hear == Proof::Staff || is_said && to_hear >= Proof::Name)
    }

    /// Something that was asked for is booked, or is still to be approved.
    async fn told_of_booking(
        &self,
        work: &impl Work,
        call: &Call,
        view: &AppointmentView,
        name: Option<&str>,
    ) -> Result<ToolAnswer, Failure> {
        let tell = match view.appointment {
            Appointment::Requested { .. } => answers::requested,
            _ => answers::booked,
        };
        view.appointment.standing().map_err(Failure::refused)?;
        let name = |told: &ToldAppointment| name.or(told.name.as_deref()).unwrap_or_default().to_owned();
        self.told(work, call, view, |told, speech| tell(told, &name(told), speech)).await
    }

    /// What has been done with an appointment. If it was booked before this call, and a business asks for more
    /// than its number and a name before it is changed, its id is not told.
    async fn told(
        &self,
        work: &impl Work,
        call: &Call,
        view: &AppointmentView,
        tell: impl Fn(&ToldAppointment, &Speech) -> Value + Send,
    ) -> Result<ToolAnswer, Failure> {
        let speech = self.speech(work).await?;
        let Some(booking) = view.appointment.booking() else {
            return Ok(self.error(speech.language.refusal(Reason::AppointmentNotFound).to_owned()));
        };
        let told = told(work, view.id, booking).await?;
        let mut answer = tell(&told, &speech);
        let may_change = booking.source == Source::Call { call_id: self.call_id }
            || call.has_disclosed(view.id)
            || self.proof(work, call).await?.to_change() <= Proof::Name;
        if !may_change && let Some(answer) = answer.as_object_mut() {
            answer.remove("appointment_id");
        }
        Ok(self.answer(answer, may_change.then_some(view.id).into_iter().collect()))
    }

    /// A refusal, with open slots if it has any. A refused booking always has them.
    async fn refused(&self, work: &impl Work, refusal: Refusal) -> Result<ToolAnswer, Failure> {
        let reason = Reason::of(&refusal.slug);
        let open = match (&refusal.open, &self.request) {
            // The caller decides first whether they want both. What is near would be refused, too.
            (None, _) if matches!(reason, Reason::CustomerOverlaps | Reason::CustomerOverlapForbidden) => {
                None
            }
            (None, ToolRequest::Book(BookAppointment { offer, .. })) => {
                // A time that is said to be taken is not offered in the same breath.
                let is_taken = reason == Reason::AgendaTimeTaken;
                let near = if is_taken { offer.time().end } else { offer.start };
                open_instead(work, offer.service_id, near, offer.terms(), None).await?
            }
            (open, _) => open.clone(),
        };
        let answer = answers::refused(
            reason,
            refusal.fee,
            open.as_ref().map(|open| open.slots.as_slice()),
            &self.speech(work).await?,
        );
        Ok(self.answer(answer, vec![]))
    }

    /// The language and clock of the answer. No decision rests on them.
    async fn speech(&self, work: &impl Work) -> Result<Speech, Failure> {
        let caller = self.start.caller.as_ref().and_then(Personal::known);
        Ok(Speech::of(&self.profile(work).await?, caller).at(work.now()))
    }

    /// What a caller has to show by now. Whoever has guessed too often hears of nothing more.
    async fn proof(&self, work: &impl Work, call: &Call) -> Result<CallerProof, Failure> {
        let asked_for = self.profile(work).await?.caller_proof;
        Ok(if call.may_prove(None).is_ok() { asked_for } else { CallerProof::STAFF })
    }

    async fn profile(&self, work: &impl Work) -> Result<BusinessProfile, Failure> {
        let business = work.peek::<Business>(work.tenant()).await?.state;
        Ok(business.registered().map_err(Failure::refused)?.profile.clone())
    }
}

async fn told(work: &impl Work, id: AppointmentId, booking: &Booking) -> Result<ToldAppointment, Failure> {
    Ok(ToldAppointment {
        id,
        service: service_name(work, booking.slot.service_id).await?,
        start: booking.slot.time.start,
        zone: booking.slot.local_start.zone,
        name: booking.attendee.name.known().map(Name::to_string),
    })
}

async fn service_name(work: &impl Work, id: ServiceId) -> Result<String, Failure> {
    let service = work.peek::<Service>(id).await?.state;
    Ok(service.known().map(|offered| offered.details.name.to_string()).unwrap_or_default())
}

fn name_given(who: &Who) -> &str {
    who.name().and_then(Personal::known).map(Name::as_str).unwrap_or_default()
}
