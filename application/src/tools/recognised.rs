//! What is known of whoever calls, before they say a word.

use std::collections::BTreeMap;
use std::time::Duration;

use chrono::{DateTime, Utc};
use frontdesk_domain::kernel::ids::StreamId;
use frontdesk_domain::scheduling::business::Proof;
use frontdesk_domain::scheduling::service::Service;
use frontdesk_projections::appointments;
use frontdesk_projections::page::PageRequest;
use frontdesk_projections::waitlist;

use super::context::ToolContext;
use super::finding::{coming, customer_name, customer_of, kept_for};
use crate::app::App;
use crate::reads::ReadError;

/// The phone rings meanwhile.
const PATIENCE: Duration = Duration::from_millis(50);

/// What a caller proves by their name.
const NAMED: [Proof; 2] = [Proof::Name, Proof::NameAndDay];

/// Variables for the assistant that takes a call, if the business wants its callers recognised: `language`,
/// and of a known caller `caller_name`, `next_appointment` and `waitlist_offer`, as far as the business lets
/// a caller hear of them who has shown no more than their number. Whatever takes too long is left out.
pub async fn variables(
    app: &App,
    context: &ToolContext<'_>,
    now: DateTime<Utc>,
) -> BTreeMap<&'static str, String> {
    if !context.business.profile.recognises_callers {
        return BTreeMap::new();
    }
    let mut variables = BTreeMap::from([("language", context.language().tag().to_owned())]);
    match tokio::time::timeout(PATIENCE, of_caller(app, context, now)).await {
        Ok(Ok(known)) => variables.extend(known),
        Ok(Err(error)) => tracing::warn!(%error, "a caller is not recognised"),
        Err(_) => tracing::warn!("a caller is not recognised in time"),
    }
    variables
}

async fn of_caller(
    app: &App,
    context: &ToolContext<'_>,
    now: DateTime<Utc>,
) -> Result<Vec<(&'static str, String)>, ReadError> {
    let Some(number) = context.caller_number.cloned() else { return Ok(vec![]) };
    let Some(customer_id) = customer_of(app, context.tenant, number).await? else { return Ok(vec![]) };
    let (coming, offered) = (coming(customer_id, now), kept_for(customer_id));
    let first = || PageRequest { after: None, limit: 1 };
    let (name, coming, offered) = tokio::try_join!(
        customer_name(app, customer_id),
        async { Ok(appointments::list(&app.pool, context.tenant, &coming, first()).await?) },
        async { Ok(waitlist::list(&app.pool, context.tenant, &offered, first()).await?) },
    )?;
    let speech = context.speech(now);
    let said = async |service, start| {
        let services = app.cache.states::<Service>(context.tenant, &[service]).await?;
        let service = services.get(&service).and_then(|service| service.known().ok());
        let service = service.map(|offered| offered.details.name.to_string()).unwrap_or_default();
        Ok::<_, ReadError>(format!("{service}, {}", speech.moment(start)))
    };
    let proof = context.business.profile.caller_proof;
    // A name that is asked for is not given away.
    let is_asked_for = [proof.to_hear, proof.to_change()].iter().any(|proof| NAMED.contains(proof));
    let mut known: Vec<_> =
        name.filter(|_| !is_asked_for).map(|name| ("caller_name", name)).into_iter().collect();
    if proof.to_hear != Proof::Number {
        return Ok(known);
    }
    if let Some(row) = coming.items.first() {
        known.push(("next_appointment", said(row.slot.service_id.uuid(), row.slot.time.start).await?));
    }
    if let Some(row) = offered.items.first()
        && let Some(offer) = row.entry.standing_offer(now)
    {
        known
            .push(("waitlist_offer", said(row.entry.joined.wish.service_id.uuid(), offer.time.start).await?));
    }
    Ok(known)
}
