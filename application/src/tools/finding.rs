//! What somebody has booked, for a caller who asks.

use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_domain::booking::waitlist_entry::Status as EntryStatus;
use frontdesk_domain::conversations::tools::answers::{
    self, FoundAppointment, FoundForCaller, ToChange, ToldAppointment, ToldOffer,
};
use frontdesk_domain::conversations::tools::arguments::Arguments;
use frontdesk_domain::conversations::tools::disclosure::{Asker, still_to_say};
use frontdesk_domain::conversations::wrong_proofs::WrongProofs;
use frontdesk_domain::kernel::ids::{BusinessId, CustomerId, ServiceId, StreamId, WrongProofsId};
use frontdesk_domain::languages::Mistake;
use frontdesk_domain::people::contact_address::ContactAddress;
use frontdesk_domain::people::contact_point::ContactPoint;
use frontdesk_domain::people::customer::Customer;
use frontdesk_domain::scheduling::business::Proof;
use frontdesk_domain::scheduling::service::Service;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::text::Name;
use frontdesk_projections::appointments::{self, AppointmentRow, Appointments, Filter, Status};
use frontdesk_projections::customers::Customers;
use frontdesk_projections::page::PageRequest;
use frontdesk_projections::waitlist::{self, Waitlist};

use super::context::ToolContext;
use super::found::{Found, Unanswered};
use super::reading::when_named;
use crate::app::App;
use crate::reads::ReadError;

/// How many coming appointments are told of.
const APPOINTMENTS_MAX: usize = 5;
/// Among how many of a number those are looked for that the caller may hear of.
const APPOINTMENTS_READ_MAX: u16 = 50;
/// How long a caller waits for the list to show what they have just done.
const READ_PATIENCE: Duration = Duration::from_millis(800);

pub async fn find_appointments(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<Found, Unanswered> {
    let (speech, proof) = (context.speech(now), context.business.profile.caller_proof);
    if proof.to_hear == Proof::Staff {
        return Ok(Found::of(answers::staff_only(speech.language)));
    }
    let (number, asker) = asker(app, context, arguments, now).await?;
    if let Some(missing) = asker.lacks(proof.to_hear).first() {
        return Err(Mistake::Missing(missing).into());
    }
    let Some(customer_id) = customer_of(app, context.tenant, number).await? else {
        let text = answers::found(&FoundForCaller::default(), &speech);
        return Ok(Found { is_wrong_proof: asker.claims(proof).is_some(), ..Found::of(text) });
    };
    // Where too much was guessed of somebody, what is said proves nothing. Their telephone still does.
    let proofs = app.bus.current::<WrongProofs>(WrongProofsId::of(context.tenant, customer_id)).await?;
    let is_spent = asker.claims(proof).is_some() && proofs.may_prove(now).is_err();
    let asker = if is_spent && asker.calls_from_it && proof.to_hear == Proof::Number {
        Asker { name: None, day: None, ..asker }
    } else {
        asker
    };
    // All that this business has written about its customers. Late is better than never: after a while, what
    // there is.
    let followed = app.cache.follows(app.log().head().await?, READ_PATIENCE).await;
    let last = if followed { app.cache.last_event_of(context.tenant) } else { app.cache.followed() };
    let _ = app.positions.reach(&Appointments, last, READ_PATIENCE).await;
    let _ = app.positions.reach(&Customers, last, READ_PATIENCE).await;
    let _ = app.positions.reach(&Waitlist, last, READ_PATIENCE).await;
    let (coming, offered) = (coming(customer_id, now), kept_for(customer_id));
    let some = PageRequest { after: None, limit: APPOINTMENTS_READ_MAX };
    let (page, entries) = tokio::try_join!(
        appointments::list(&app.pool, context.tenant, &coming, some),
        waitlist::list(&app.pool, context.tenant, &offered, some),
    )?;
    let customer = customer_name(app, customer_id).await?;
    let shown = |row: AppointmentRow| {
        let day = row.slot.local_start.wall.date();
        Some((asker.shown(customer.as_deref(), row.name.as_deref(), day)?, row))
    };
    let shown: Vec<_> = page.items.into_iter().filter_map(shown).collect();
    let offered_to = entries.items.iter().filter_map(|row| row.entry.joined.name.known().map(Name::as_str));
    let is_known = offered_to.chain(customer.as_deref()).any(|name| asker.is_named(Some(name)));
    let proven = shown.iter().map(|(shown, _)| *shown).chain(is_known.then_some(Proof::Name)).max();
    // Of a name that has no appointment, no day can be right.
    let has_no_day = is_known && shown.iter().all(|(shown, _)| *shown < Proof::Name);
    let claimed =
        asker.claims(proof).map(|claimed| if has_no_day { claimed.min(Proof::Name) } else { claimed });
    let is_wrong_proof = claimed.is_some_and(|claimed| proven < Some(claimed));
    let heard = |(shown, row)| (shown >= proof.to_hear).then_some((row, shown));
    let mut rows: Vec<_> = shown.into_iter().filter_map(heard).collect();
    // On a family's telephone, those of whoever gives a name come first.
    rows.sort_by_key(|(row, _)| !asker.is_named(row.name.as_deref()));
    let are_more = rows.len() > APPOINTMENTS_MAX;
    rows.truncate(APPOINTMENTS_MAX);
    let offers = entries.items.iter().filter_map(|row| {
        let (joined, offer) = (&row.entry.joined, row.entry.standing_offer(now)?);
        let name = joined.name.known().map(Name::as_str);
        asker.may_answer_offer(proof, customer.as_deref(), name).then_some((row.id, joined, offer))
    });
    let offers: Vec<_> = offers.take(APPOINTMENTS_MAX).collect();
    let services_told = rows.iter().map(|(row, _)| row.slot.service_id);
    let services_told = services_told.chain(offers.iter().map(|(_, joined, _)| joined.wish.service_id));
    let mut ids: Vec<_> = services_told.map(StreamId::uuid).collect();
    ids.sort_unstable();
    ids.dedup();
    let services = app.cache.states::<Service>(context.tenant, &ids).await?;
    let known = |id: ServiceId| services.get(&id.uuid()).and_then(|service| service.known().ok());
    let service = |id| known(id).map(|offered| offered.details.name.to_string()).unwrap_or_default();
    let questions = |id| known(id).map(|offered| offered.details.questions.clone()).unwrap_or_default();
    let to_change = |shown: Proof| match proof.to_change() {
        Proof::Staff => ToChange::StaffOnly,
        needed if is_spent && shown < needed => ToChange::StaffOnly,
        needed if shown >= needed => ToChange::Free,
        needed => ToChange::AskFor(still_to_say(shown, needed)),
    };
    let told = rows.into_iter().map(|(row, shown)| {
        let (start, zone) = (row.slot.time.start, row.slot.local_start.zone);
        let service = service(row.slot.service_id);
        let is_requested = row.status == Status::Requested;
        let appointment = ToldAppointment { id: row.id, service, start, zone, name: row.name };
        FoundAppointment { appointment, to_change: to_change(shown), is_requested }
    });
    let told: Vec<_> = told.collect();
    let is_free =
        |found: &FoundAppointment| (found.to_change == ToChange::Free).then_some(found.appointment.id);
    // Whoever may hear of an offer may answer it.
    let kept = offers.iter().map(|(_, _, offer)| offer.hold_id);
    let discloses = told.iter().filter_map(is_free).chain(kept).collect();
    let offers: Vec<_> = offers
        .into_iter()
        .map(|(entry_id, joined, offer)| ToldOffer {
            entry_id,
            service: service(joined.wish.service_id),
            questions: questions(joined.wish.service_id),
            name: joined.name.known().map(Name::to_string).unwrap_or_default(),
            start: offer.time.start,
        })
        .collect();
    let found = FoundForCaller { appointments: told, are_more, offers, customer };
    let proven_for = claimed.map(|_| customer_id);
    Ok(Found { discloses, is_wrong_proof, proven_for, text: answers::found(&found, &speech) })
}

/// Whose number is meant, and what whoever asks says of the appointments: the number, a name, a day.
async fn asker(
    app: &App,
    context: &ToolContext<'_>,
    arguments: &Arguments<'_>,
    now: DateTime<Utc>,
) -> Result<(PhoneNumber, Asker), Unanswered> {
    let number = context.number(app, arguments).await?.ok_or(Mistake::HiddenNumber)?;
    let calls_from_it = context.caller_number.is_some_and(|caller| caller.is_same_subscriber(&number));
    let name = arguments.name("name")?.map(|name| name.to_string());
    // Where no day is asked for, what is said of one does not matter.
    let proof = context.business.profile.caller_proof;
    let is_asked_for = [proof.to_hear, proof.to_change()].contains(&Proof::NameAndDay);
    let day = if is_asked_for { when_named(arguments, &context.setting(now, None))?.dates } else { None };
    let day = day.filter(|dates| dates.last == Some(dates.first)).map(|dates| dates.first);
    Ok((number, Asker { calls_from_it, name, day }))
}

/// Whose number it is.
pub(super) async fn customer_of(
    app: &App,
    tenant: BusinessId,
    number: PhoneNumber,
) -> Result<Option<CustomerId>, ReadError> {
    let hash = |purpose: &str, value: &[u8]| app.bus.hasher().hash(purpose, value);
    let claims = ContactAddress::Phone(number).claims(hash, tenant);
    let points = app.bus.current_of::<ContactPoint>(&claims).await?;
    Ok(points.iter().find_map(|point| point.owner))
}

/// What the waitlist keeps for them.
pub(super) fn kept_for(customer_id: CustomerId) -> waitlist::Filter {
    let status = Some(EntryStatus::Offered);
    waitlist::Filter { customer_id: Some(customer_id), status, ..waitlist::Filter::default() }
}

/// The appointments that are still to come.
pub(super) fn coming(customer_id: CustomerId, now: DateTime<Utc>) -> Filter {
    let statuses = vec![Status::Requested, Status::Booked, Status::CheckedIn];
    Filter { from: Some(now), customer_id: Some(customer_id), statuses, ..Filter::default() }
}

pub(super) async fn customer_name(app: &App, customer_id: CustomerId) -> Result<Option<String>, ReadError> {
    let customer = app.bus.current::<Customer>(customer_id).await?;
    let details = customer.details().ok();
    Ok(details.and_then(|details| details.name.known().map(|name| name.as_str().to_owned())))
}
