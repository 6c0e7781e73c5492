//! What happens in calls: tool calls, answered in the request, and everything else that the platform tells, translated from the log.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::booking::appointment::{Appointment, Booking, Source};
use crate::booking::commands::booking::{
    AppointmentView, BookAppointment, CancelAppointment, GivenAnswer, RescheduleAppointment, Who, open_instead,
};
use crate::booking::commands::waitlist::{JoinWaitlist, JoinedView};
use crate::booking::waitlist::Wish;
use crate::conversations::call::{Call, CallCommand, CallReport, CallStart, TakenMessage, ToolAnswer, ToolCall};
use crate::conversations::tools::answers::{self, ToldAppointment, ToldEntry};
use crate::conversations::tools::speech::Speech;
use crate::integrations::commands::webhooks::Arrival;
use crate::integrations::webhook::{Delivery, DeliveryCommand};
use crate::kernel::ids::{AppointmentId, BusinessId, CallId, DeliveryId, ServiceId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::recorded::Stream;
use crate::kernel::refusal::{Class, Refusal};
use crate::kernel::work::{Command, Failure, Work};
use crate::languages::Reason;
use crate::people::commands::customers::{Person, streams_of};
use crate::scheduling::availability::offer::SlotOffer;
use crate::scheduling::business::Business;
use crate::scheduling::service::Service;
use crate::values::phone::PhoneNumber;
use crate::values::text::{Name, Note};

/// What a tool call comes down to.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ToolRequest {
    /// It only reads, and was answered from the read models.
    Answered {
        text: Personal<String>,
        discloses: Vec<AppointmentId>,
    },
    /// It cannot be understood; the text tells the model why.
    NotUnderstood {
        reason: String,
    },
    Book {
        offer: SlotOffer,
        person: Person,
        note: Option<Personal<Note>>,
        #[serde(default)]
        answers: Vec<GivenAnswer>,
    },
    Reschedule {
        appointment_id: AppointmentId,
        offer: SlotOffer,
        reason: Option<Personal<Note>>,
        #[serde(default)]
        accepts_fee: bool,
    },
    Cancel {
        appointment_id: AppointmentId,
        reason: Option<Personal<Note>>,
        #[serde(default)]
        accepts_fee: bool,
    },
    JoinWaitlist {
        wish: Wish,
        person: Person,
    },
    TakeMessage {
        from: Option<Personal<Name>>,
        phone: Option<Personal<PhoneNumber>>,
        text: Personal<Note>,
    },
}

/// Answers a tool call, once: the call remembers its answers, and the first one stands.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AnswerToolCall {
    pub arrival: Arrival,
    pub call_id: CallId,
    pub start: CallStart,
    pub tool_call: ToolCall,
    pub request: ToolRequest,
}

impl Command for AnswerToolCall {
    const NAME: &'static str = "AnswerToolCall";
    type Output = ToolAnswer;

    fn contended(&self, _: BusinessId) -> Vec<uuid::Uuid> {
        match &self.request {
            ToolRequest::Book { offer, .. } | ToolRequest::Reschedule { offer, .. } => {
                offer.resources.iter().map(|resource| crate::kernel::ids::StreamId::uuid(*resource)).collect()
            }
            ToolRequest::Answered { .. }
            | ToolRequest::NotUnderstood { .. }
            | ToolRequest::Cancel { .. }
            | ToolRequest::JoinWaitlist { .. }
            | ToolRequest::TakeMessage { .. } => Vec::new(),
        }
    }

    async fn decide<W: Work>(&self, work: &W) -> Result<ToolAnswer, Failure> {
        work.about(SubjectId::of(self.call_id));
        let mut streams = vec![Stream::of::<Call>(self.call_id), Stream::of::<Business>(work.tenant())];
        if let ToolRequest::Book { person, .. } | ToolRequest::JoinWaitlist { person, .. } = &self.request {
            streams.extend(streams_of(work, person));
        }
        work.prepare(&streams).await?;
        let call = work.load::<Call>(self.call_id).await?.state;
        if let Some(answer) = call.answer(&self.tool_call.id) {
            return Ok(answer.clone());
        }
        self.arrival.receive(work).await?;
        work.act::<Call>(self.call_id, CallCommand::Start { start: self.start.clone() }).await?;
        let mark = work.mark();
        let answer = match self.perform(work, &call).await {
            Err(Failure::Refused(refusal)) => {
                work.rewind(mark);
                self.refused(work, refusal).await?
            }
            answer => answer?,
        };
        let recorded = CallCommand::Answer { call: self.tool_call.clone(), answer: answer.clone() };
        work.act::<Call>(self.call_id, recorded).await?;
        work.act::<Delivery>(self.arrival.delivery_id, DeliveryCommand::MarkTranslated).await?;
        Ok(answer)
    }
}

impl AnswerToolCall {
    async fn perform(&self, work: &impl Work, call: &Call) -> Result<ToolAnswer, Failure> {
        let source = Source::Call { call_id: self.call_id };
        match &self.request {
            ToolRequest::Answered { text, discloses } => {
                Ok(ToolAnswer { text: text.clone(), is_error: false, discloses: discloses.clone() })
            }
            ToolRequest::NotUnderstood { reason } => Ok(self.error(reason.clone())),
            ToolRequest::Book { offer, person, note, answers } => {
                let (note, answers) = (note.clone(), answers.clone());
                let book = BookAppointment::new(offer.clone(), Who::Person(person.clone()), source);
                let book = BookAppointment { note, answers, ..book };
                let view = book.decide(work).await?;
                let name = person.name.known().map(Name::as_str).unwrap_or_default();
                match view.appointment {
                    Appointment::Requested { .. } => {
                        self.told(work, &view, |told, speech| answers::requested(told, name, speech)).await
                    }
                    _ => self.told(work, &view, |told, speech| answers::booked(told, name, speech)).await,
                }
            }
            ToolRequest::Reschedule { appointment_id, offer, reason, accepts_fee } => {
                self.must_be_disclosed(call, *appointment_id)?;
                let reschedule = RescheduleAppointment::new(*appointment_id, offer.clone());
                let reschedule = RescheduleAppointment { reason: reason.clone(), accepts_fee: *accepts_fee, ..reschedule };
                let view = reschedule.decide(work).await?;
                match view.appointment {
                    Appointment::Requested { .. } => self.told(work, &view, answers::move_requested).await,
                    _ => self.told(work, &view, answers::rescheduled).await,
                }
            }
            ToolRequest::Cancel { appointment_id, reason, accepts_fee } => {
                self.must_be_disclosed(call, *appointment_id)?;
                let cancel = CancelAppointment::new(*appointment_id);
                let cancel = CancelAppointment { reason: reason.clone(), accepts_fee: *accepts_fee, ..cancel };
                let view = cancel.decide(work).await?;
                self.told(work, &view, answers::cancelled).await
            }
            ToolRequest::JoinWaitlist { wish, person } => {
                let who = Who::Person(person.clone());
                let JoinedView { view, open } = JoinWaitlist { wish: *wish, who, source }.decide(work).await?;
                let entry = ToldEntry {
                    id: view.id,
                    service: service_name(work, wish.service_id).await?,
                    number: view.number.unwrap_or(1),
                    kept: view.entry.offer().ok().map(|offer| offer.time.start),
                };
                let name = person.name.known().map(Name::as_str).unwrap_or_default();
                let answer = answers::waitlisted(&entry, name, &open.slots, &self.speech(work).await?);
                Ok(self.answer(answer, vec![]))
            }
            ToolRequest::TakeMessage { from, phone, text } => {
                let subject = SubjectId::of(self.call_id);
                let message = TakenMessage {
                    id: work.new_id(),
                    from: from.as_ref().map(|from| from.about(subject)),
                    phone: phone.as_ref().map(|phone| phone.about(subject)),
                    text: text.about(subject),
                };
                let taken = answers::message_taken(message.id, self.speech(work).await?.language);
                work.act::<Call>(self.call_id, CallCommand::TakeMessage { message }).await?;
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

    fn answer(&self, answer: Value, discloses: Vec<AppointmentId>) -> ToolAnswer {
        ToolAnswer { text: Personal::new(SubjectId::of(self.call_id), answer.to_string()), is_error: false, discloses }
    }

    fn error(&self, reason: String) -> ToolAnswer {
        let one_line = reason.replace(['\n', '\r'], " ");
        ToolAnswer { text: Personal::new(SubjectId::of(self.call_id), one_line), is_error: true, discloses: vec![] }
    }

    async fn told(
        &self,
        work: &impl Work,
        view: &AppointmentView,
        tell: impl Fn(&ToldAppointment, &Speech) -> Value + Send,
    ) -> Result<ToolAnswer, Failure> {
        let speech = self.speech(work).await?;
        let Some(booking) = view.appointment.booking() else {
            return Ok(self.error(speech.language.refusal(Reason::AppointmentNotFound).to_owned()));
        };
        let told = told(work, view.id, booking).await?;
        let zone = booking.slot.local_start.zone;
        Ok(self.answer(tell(&told, &speech.in_zone(zone)), vec![view.id]))
    }

    /// No, with what is open instead: a refused booking says so whatever the reason.
    async fn refused(&self, work: &impl Work, refusal: Refusal) -> Result<ToolAnswer, Failure> {
        let open = match (&refusal.open, &self.request) {
            (None, ToolRequest::Book { offer, .. }) => open_instead(work, offer.service_id, offer.start, offer.terms()).await?,
            (open, _) => open.clone(),
        };
        let reason = Reason::of(&refusal.slug);
        let answer =
            answers::refused(reason, refusal.fee, open.as_ref().map(|open| open.slots.as_slice()), &self.speech(work).await?);
        Ok(self.answer(answer, vec![]))
    }

    /// How the caller is spoken to. The answer says it; no decision rests on it.
    async fn speech(&self, work: &impl Work) -> Result<Speech, Failure> {
        let business = work.glance::<Business>(work.tenant()).await?.state;
        let profile = &business.registered().map_err(Failure::refused)?.profile;
        Ok(Speech::of(profile, self.start.caller.as_ref().and_then(Personal::known)))
    }
}

async fn told(work: &impl Work, id: AppointmentId, booking: &Booking) -> Result<ToldAppointment, Failure> {
    Ok(ToldAppointment { id, service: service_name(work, booking.slot.service_id).await?, start: booking.slot.time.start })
}

async fn service_name(work: &impl Work, id: ServiceId) -> Result<String, Failure> {
    let service = work.glance::<Service>(id).await?.state;
    Ok(service.known().map(|offered| offered.details.name.to_string()).unwrap_or_default())
}

/// Takes in a webhook that nobody waits for. Those that change nothing are done with at once.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ReceiveWebhook {
    pub arrival: Arrival,
    /// Why it changes nothing, if it does not.
    pub ignore: Option<String>,
    /// The call that it begins, if it does.
    pub start: Option<(CallId, CallStart)>,
}

impl Command for ReceiveWebhook {
    const NAME: &'static str = "ReceiveWebhook";
    /// Whether it was there already.
    type Output = bool;

    async fn decide<W: Work>(&self, work: &W) -> Result<bool, Failure> {
        work.about(SubjectId(self.arrival.receipt.body_subject));
        let known = self.arrival.receive(work).await?;
        if known {
            return Ok(true);
        }
        if let Some((call_id, start)) = &self.start {
            work.act::<Call>(*call_id, CallCommand::Start { start: start.clone() }).await?;
            work.act::<Delivery>(self.arrival.delivery_id, DeliveryCommand::MarkTranslated).await?;
        }
        if let Some(reason) = &self.ignore {
            work.act::<Delivery>(self.arrival.delivery_id, DeliveryCommand::Ignore { reason: reason.clone() }).await?;
        }
        Ok(false)
    }
}

/// What a webhook says of a call.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallNews {
    Progressed { status: String },
    Ended { reason: Option<String> },
    Reported { report: CallReport },
}

/// Applies a received webhook to its call. With an error instead of news, the delivery is parked.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct TranslateDelivery {
    pub delivery_id: DeliveryId,
    pub translation: Translation,
}

#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Translation {
    Call { call_id: CallId, start: CallStart, news: CallNews },
    Nothing { reason: String },
    Impossible { error: String },
    Behind { earlier: DeliveryId },
}

impl Command for TranslateDelivery {
    const NAME: &'static str = "TranslateDelivery";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let delivery = work.load::<Delivery>(self.delivery_id).await?.state;
        if !delivery.is_open() {
            return Ok(());
        }
        let outcome = match &self.translation {
            Translation::Call { call_id, start, news } => {
                work.about(SubjectId::of(*call_id));
                work.act::<Call>(*call_id, CallCommand::Start { start: start.clone() }).await?;
                let command = match news.clone() {
                    CallNews::Progressed { status } => CallCommand::Progress { status },
                    CallNews::Ended { reason } => CallCommand::End { reason },
                    CallNews::Reported { report } => CallCommand::Report { report },
                };
                work.act::<Call>(*call_id, command).await?;
                DeliveryCommand::MarkTranslated
            }
            Translation::Nothing { reason } => DeliveryCommand::Ignore { reason: reason.clone() },
            Translation::Impossible { error } => DeliveryCommand::Park { error: error.clone(), behind: None },
            Translation::Behind { earlier } => {
                let error = format!("waits behind {earlier}");
                DeliveryCommand::Park { error, behind: Some(crate::kernel::ids::StreamId::uuid(*earlier)) }
            }
        };
        work.act::<Delivery>(self.delivery_id, outcome).await.map(drop)
    }
}
