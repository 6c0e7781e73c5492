//! Tool calls of voice assistants: what is asked, and the answers that only need to be looked up.
//!
//! Tools that change something become a [`ToolRequest`] that is decided and committed with the receipt of the
//! call. Tools that only read are answered here, from the read models; the answer is committed all the same,
//! because the first answer to a tool call stands.

mod context;
mod finding;
mod found;
mod open_times;
mod reading;
pub mod recognised;

use frontdesk_domain::booking::appointment::{AppointmentError, Source};
use frontdesk_domain::booking::commands::booking::{
    BookAppointment, CancelAppointment, GivenAnswer, RescheduleAppointment, Who, answered,
};
use frontdesk_domain::booking::commands::waitlist::{AcceptOffer, DeclineOffer, JoinWaitlist};
use frontdesk_domain::booking::waitlist_entry::WaitlistEntry;
use frontdesk_domain::conversations::commands::tool_request::ToolRequest;
use frontdesk_domain::conversations::inbound::InboundToolCall;
use frontdesk_domain::conversations::tools::arguments::Arguments;
use frontdesk_domain::conversations::tools::catalogue::Tool;
use frontdesk_domain::kernel::ids::ServiceId;
use frontdesk_domain::kernel::personal::{Personal, SubjectId};
use frontdesk_domain::languages::{Conjunction, Language, Mistake};
use frontdesk_domain::people::commands::customers::Person;

pub use self::context::ToolContext;
use self::found::{Found, Unanswered};
use crate::app::App;
use crate::reads::ReadError;

/// What a tool call comes down to. An error is something that the platform should try again.
pub async fn understand(
    app: &App,
    context: &ToolContext<'_>,
    call: &InboundToolCall,
) -> Result<ToolRequest, ReadError> {
    match request(app, context, call).await {
        Ok(request) => Ok(request),
        Err(Unanswered::NotUnderstood(mistake)) => {
            let reason = context.language().mistake(&mistake);
            Ok(ToolRequest::NotUnderstood { reason: Personal::new(SubjectId::of(context.call_id), reason) })
        }
        Err(Unanswered::Failed(error)) => Err(error),
    }
}

async fn request(
    app: &App,
    context: &ToolContext<'_>,
    call: &InboundToolCall,
) -> Result<ToolRequest, Unanswered> {
    let tool: Tool = call.name.parse().map_err(|_| unknown_tool(&call.name, context.language()))?;
    let arguments = Arguments::of(&call.arguments)?;
    arguments.must_be_known(tool)?;
    let now = app.bus.clock().now();
    let source = Source::Call { call_id: context.call_id };
    let answered = |found: Found| ToolRequest::Answered {
        text: Personal::new(SubjectId::of(context.call_id), found.text.to_string()),
        discloses: found.discloses,
        is_wrong_proof: found.is_wrong_proof,
        proven_for: found.proven_for,
    };
    let note = |name| Ok::<_, Mistake>(arguments.note(name)?.map(Personal::in_command));
    let offer = || {
        let token = arguments.copied("slot_token")?.ok_or(Mistake::NoSlotToken)?;
        app.offer(context.tenant, &token).map_err(|_| Mistake::NotSlotToken)
    };
    Ok(match tool {
        Tool::CheckAvailability => {
            answered(open_times::check_availability(app, context, &arguments, now).await?)
        }
        Tool::FindAppointments => answered(finding::find_appointments(app, context, &arguments, now).await?),
        Tool::GetBusinessHours => answered(reading::business_hours(context, &arguments, now)?),
        Tool::GetServices => answered(reading::services(app, context, &arguments).await?),
        Tool::BookAppointment => {
            let name = arguments.name("name")?.ok_or(Mistake::Missing("name"))?;
            let person = Person::new(name, context.number(app, &arguments).await?, arguments.email("email")?);
            let (offer, answers) = (offer()?, arguments.answers("answers")?);
            let answers = answers_asked(app, context, offer.service_id, answers).await?;
            let book = BookAppointment::new(offer, Who::Person(person), source);
            let accepts_overlap = arguments.flag("accept_overlap")?;
            ToolRequest::Book(BookAppointment { note: note("note")?, answers, accepts_overlap, ..book })
        }
        Tool::RescheduleAppointment => {
            let reschedule =
                RescheduleAppointment::new(arguments.required_appointment_id("appointment_id")?, offer()?);
            let (reason, accepts_fee) = (note("reason")?, arguments.flag("accept_fee")?);
            let accepts_overlap = arguments.flag("accept_overlap")?;
            ToolRequest::Reschedule(RescheduleAppointment {
                reason,
                accepts_fee,
                accepts_overlap,
                ..reschedule
            })
        }
        Tool::CancelAppointment => {
            let cancel = CancelAppointment::new(arguments.required_appointment_id("appointment_id")?);
            let (reason, accepts_fee) = (note("reason")?, arguments.flag("accept_fee")?);
            ToolRequest::Cancel(CancelAppointment { reason, accepts_fee, ..cancel })
        }
        Tool::JoinWaitlist => {
            let name = arguments.name("name")?.ok_or(Mistake::Missing("name"))?;
            let wish = reading::wish(app, context, &arguments, now).await?;
            let number = context.number(app, &arguments).await?;
            let who = Who::Person(Person::new(name, number, arguments.email("email")?));
            ToolRequest::JoinWaitlist(JoinWaitlist { wish, who, source })
        }
        Tool::AcceptOffer => {
            let (entry_id, answers) =
                (arguments.waitlist_entry_id("entry_id")?, arguments.answers("answers")?);
            let entry = app.bus.current::<WaitlistEntry>(entry_id).await?;
            let answers = match entry.known() {
                Ok(entry) => answers_asked(app, context, entry.joined.wish.service_id, answers).await?,
                Err(_) => answers,
            };
            ToolRequest::AcceptOffer(AcceptOffer { answers, ..AcceptOffer::new(entry_id) })
        }
        Tool::DeclineOffer => {
            ToolRequest::DeclineOffer(DeclineOffer { entry_id: arguments.waitlist_entry_id("entry_id")? })
        }
        Tool::TakeMessage => ToolRequest::TakeMessage {
            from: arguments.name("name")?.map(Personal::in_command),
            // Wherever they want to be called back.
            phone: arguments
                .phone("phone_number", context.business.profile.country)?
                .or_else(|| context.caller_number.cloned())
                .map(Personal::in_command),
            text: note("message")?.ok_or(Mistake::Missing("message"))?,
        },
    })
}

/// The answers to what the service asks; models add more than is asked.
async fn answers_asked(
    app: &App,
    context: &ToolContext<'_>,
    service_id: ServiceId,
    given: Vec<GivenAnswer>,
) -> Result<Vec<GivenAnswer>, Unanswered> {
    let offered = app.open_slots.offer(context.tenant, service_id).await?;
    let questions = &offered.rules.service.questions;
    let is_asked = |given: &GivenAnswer| questions.iter().any(|question| question.id == given.question_id);
    let given: Vec<GivenAnswer> = given.into_iter().filter(is_asked).collect();
    match answered(&given, questions, SubjectId::OF_THE_COMMAND) {
        Err(AppointmentError::BadAnswer { id, question, reason }) => {
            Err(Mistake::Answer { id, question: question.to_string(), reason }.into())
        }
        _ => Ok(given),
    }
}

fn unknown_tool(name: &str, language: Language) -> Mistake {
    let tools: Vec<String> = Tool::all().map(|tool| tool.name().to_owned()).collect();
    Mistake::UnknownTool {
        name: name.chars().take(64).collect(),
        tools: language.list(&tools, Conjunction::And),
    }
}
