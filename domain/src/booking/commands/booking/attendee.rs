//! The customer of a booking: who it is, their answers, and whether they may book.

use chrono::{DateTime, TimeDelta, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::appointment::{Answered, AppointmentError, Attendee};
use crate::booking::customer_agenda::CustomerAgenda;
use crate::booking::no_shows::{NoShows, NoShowsError};
use crate::kernel::ids::{CustomerAgendaId, CustomerId, NoShowsId, ServiceId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Failure, Work};
use crate::people::commands::customers::{CustomerView, Person, family, find, find_or_create, streams_of};
use crate::people::customer::Customer;
use crate::scheduling::service::{Overlap, Policy, Service};
use crate::values::phone::PhoneNumber;
use crate::values::question::{Answer, BadAnswer, Question};
use crate::values::text::{Name, Note};

/// Who an appointment is for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Who {
    Customer(CustomerId),
    /// Found by their addresses, or registered.
    Person(Person),
}

impl Who {
    /// The name that the caller gave. A customer by id has none.
    pub fn name(&self) -> Option<&Personal<Name>> {
        match self {
            Self::Customer(_) => None,
            Self::Person(person) => Some(&person.name),
        }
    }

    /// The number that the caller gave.
    pub fn phone(&self) -> Option<&PhoneNumber> {
        match self {
            Self::Customer(_) => None,
            Self::Person(person) => person.phone.as_ref().and_then(Personal::known),
        }
    }

    /// The streams by which they are found.
    pub fn streams(&self, work: &impl Work) -> Vec<Stream> {
        match self {
            Self::Customer(id) => vec![Stream::of::<Customer>(*id)],
            Self::Person(person) => streams_of(work, person),
        }
    }
}

/// An answer to one of the service's questions.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct GivenAnswer {
    pub question_id: String,
    pub answer: Personal<Answer>,
}

pub async fn customer(work: &impl Work, who: &Who) -> Result<CustomerView, Failure> {
    match who {
        Who::Customer(id) => find(work, *id).await,
        Who::Person(person) => find_or_create(work, person).await,
    }
}

pub async fn attendee(
    work: &impl Work,
    who: &Who,
    note: Option<&Personal<Note>>,
    answers: &[GivenAnswer],
    questions: &[Question],
) -> Result<Attendee, Failure> {
    let customer = customer(work, who).await?;
    if customer.is_new {
        work.presume_new::<CustomerAgenda>(CustomerAgendaId::of(work.tenant(), customer.id));
    }
    let name = who.name().unwrap_or(&customer.details.name);
    let subject = SubjectId::of(customer.id);
    let answers = answered(answers, questions, subject).map_err(Failure::refused)?;
    Ok(Attendee {
        customer_id: customer.id,
        name: name.about(subject),
        note: note.map(|note| note.about(subject)),
        answers,
    })
}

/// The answers, in the order of the questions.
pub fn answered(
    given: &[GivenAnswer],
    questions: &[Question],
    subject: SubjectId,
) -> Result<Vec<Answered>, AppointmentError> {
    let is_asked = |given: &&GivenAnswer| questions.iter().any(|question| question.id == given.question_id);
    if let Some(unknown) = given.iter().find(|given| !is_asked(given)) {
        return Err(AppointmentError::UnknownQuestion { id: unknown.question_id.clone() });
    }
    let answer = |question: &Question| {
        let bad = |reason| AppointmentError::BadAnswer {
            id: question.id.clone(),
            question: question.text.clone(),
            reason,
        };
        let Some(given) = given.iter().find(|given| given.question_id == question.id) else {
            return if question.required { Err(bad(BadAnswer::Missing)) } else { Ok(None) };
        };
        let answer = match given.answer.known() {
            Some(answer) => Personal::new(subject, question.read(answer).map_err(bad)?),
            None => Personal::Erased { subject },
        };
        Ok(Some(Answered { question_id: question.id.clone(), question: question.text.clone(), answer }))
    };
    questions.iter().filter_map(|question| answer(question).transpose()).collect()
}

/// Checks the limit of no-shows. Returns whether the customer is within it: beyond it, only an override
/// admits them.
pub async fn admit(
    work: &impl Work,
    policy: &Policy,
    customer: CustomerId,
    overrides: bool,
) -> Result<bool, Failure> {
    let Some(limit) = policy.no_show.limit else { return Ok(true) };
    let missed = missed(work, customer, work.now() - TimeDelta::days(limit.within_days.into())).await?;
    match missed < limit.no_shows as usize {
        true => Ok(true),
        false if overrides => Ok(false),
        false => Err(Failure::refused(NoShowsError::TooManyNoShows { missed, days: limit.within_days })),
    }
}

/// How many appointments they have missed since an instant, merged customers included.
async fn missed(work: &impl Work, customer: CustomerId, since: DateTime<Utc>) -> Result<usize, Failure> {
    let ids: Vec<_> =
        family(work, customer).await?.iter().map(|id| NoShowsId::of(work.tenant(), *id)).collect();
    work.preload(&ids.iter().map(|id| Stream::of::<NoShows>(*id)).collect::<Vec<_>>()).await?;
    let mut missed = 0;
    for id in ids {
        missed += work.load::<NoShows>(id).await?.state.missed_since(since);
    }
    Ok(missed)
}

/// A customer who may book a service.
#[derive(Debug)]
pub(crate) struct Booker {
    pub attendee: Attendee,
    /// What the service says of two appointments at a time.
    pub overlap: Overlap,
    /// Why the business overrides its rules.
    pub override_reason: Option<Personal<Note>>,
    /// Whether the override admits them beyond the limit of no-shows.
    pub has_missed_too_many: bool,
}

pub(crate) async fn booker(
    work: &impl Work,
    service_id: ServiceId,
    who: &Who,
    note: Option<&Personal<Note>>,
    answers: &[GivenAnswer],
    override_reason: Option<&Personal<Note>>,
) -> Result<Booker, Failure> {
    let service = work.load::<Service>(service_id).await?.state;
    let details = service.bookable().map_err(Failure::refused)?;
    let attendee = attendee(work, who, note, answers, &details.questions).await?;
    let admitted = admit(work, &details.policy, attendee.customer_id, override_reason.is_some()).await?;
    let override_reason = override_reason.map(|reason| reason.about(SubjectId::of(attendee.customer_id)));
    let overlap = details.policy.overlap;
    Ok(Booker { attendee, overlap, override_reason, has_missed_too_many: !admitted })
}
