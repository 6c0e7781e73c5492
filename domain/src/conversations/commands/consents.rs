//! Recording what people agree to, and looking it up before anything is sent.

use std::collections::BTreeSet;

use chrono::{DateTime, Utc};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conversations::conversation::Open;
use crate::conversations::correspondent::Correspondent;
use crate::kernel::ids::{ConsentId, ContactPointId, CustomerId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Command, Failure, Work};
use crate::people::commands::customers::survivor;
use crate::people::consent::{
    Consent, ConsentChange, ConsentCommand, ConsentError, ConsentSource, Purpose, Standing,
};
use crate::people::contact_address::ContactAddress;
use crate::people::contact_point::ContactPoint;
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::text::Note;

/// Records that somebody has agreed, or has taken it back.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RecordConsent {
    pub address: Personal<ContactAddress>,
    pub medium: Medium,
    pub purposes: BTreeSet<Purpose>,
    pub granted: bool,
    /// When they said it.
    pub at: DateTime<Utc>,
    pub source: ConsentSource,
    pub text_version: Option<Code>,
    pub wording: Option<Personal<Note>>,
    /// In whose name.
    pub customer_id: Option<CustomerId>,
}

impl Command for RecordConsent {
    const NAME: &'static str = "RecordConsent";
    type Output = Option<ConsentId>;

    async fn decide<W: Work>(&self, work: &W) -> Result<Option<ConsentId>, Failure> {
        let Some(address) = self.address.known() else { return Ok(None) };
        let id = record(work, address, self).await?;
        work.about(SubjectId::of(id));
        Ok(Some(id))
    }
}

/// Records it in the ledger of this address.
async fn record(
    work: &impl Work,
    address: &ContactAddress,
    said: &RecordConsent,
) -> Result<ConsentId, Failure> {
    let id = ledger(work, address.claim(|purpose, value| work.hash(purpose, value), work.tenant()));
    let subject = SubjectId::of(id);
    let change = ConsentChange {
        address: Personal::new(subject, address.clone()),
        medium: said.medium,
        purposes: said.purposes.clone(),
        at: said.at,
        source: said.source.clone(),
        text_version: said.text_version.clone(),
        wording: said.wording.as_ref().map(|wording| wording.about(subject)),
        customer_id: said.customer_id,
        by: work.actor().clone(),
    };
    let now = work.now();
    let command = if said.granted {
        ConsentCommand::Grant { change, now }
    } else {
        ConsentCommand::Withdraw { change, now }
    };
    work.execute::<Consent>(id, command).await?;
    Ok(id)
}

fn ledger(work: &impl Work, contact_point_id: ContactPointId) -> ConsentId {
    ConsentId::of(work.tenant(), contact_point_id)
}

/// Records for every address of somebody that they want no more messages, or want them again. A word that
/// starts them again gives nothing that needs an agreement of its own.
pub(crate) async fn stop_or_start(
    work: &impl Work,
    who: impl IntoIterator<Item = &Correspondent>,
    medium: Medium,
    granted: bool,
    at: DateTime<Utc>,
    source: ConsentSource,
    wording: Option<&str>,
) -> Result<(), Failure> {
    let purposes = Purpose::OF_MESSAGES.into_iter().filter(|purpose| !(granted && purpose.needs_grant()));
    let said = RecordConsent {
        // The ledger's own.
        address: Personal::Erased { subject: SubjectId::OF_THE_COMMAND },
        medium,
        purposes: purposes.collect(),
        granted,
        at,
        source,
        text_version: None,
        wording: wording.and_then(|text| Note::parse(text).ok()).map(Personal::in_command),
        customer_id: None,
    };
    for address in who.into_iter().filter_map(Correspondent::address) {
        record(work, address, &said).await?;
    }
    Ok(())
}

/// Refuses what whoever is in the conversation does not want. Of what was said of their addresses there, the
/// latest counts.
pub(crate) async fn must_be_wanted(
    work: &impl Work,
    conversation: &Open,
    purpose: Purpose,
    wrote_at: Option<DateTime<Utc>>,
) -> Result<Result<(), ConsentError>, Failure> {
    let medium = conversation.medium;
    let mut latest: Option<(Standing, ContactPointId)> = None;
    for contact_point_id in conversation.known_as.iter().filter_map(|known| known.contact_point_id) {
        let consent = work.load::<Consent>(ledger(work, contact_point_id)).await?.state;
        if let Some(standing) = consent.standing(medium, purpose)
            && latest.is_none_or(|(present, _)| standing.is_later_than(present))
        {
            latest = Some((standing, contact_point_id));
        }
    }
    let is_theirs = match latest {
        Some((Standing { customer_id: Some(customer_id), .. }, contact_point_id)) => {
            owns(work, contact_point_id, customer_id).await?
        }
        Some(_) | None => true,
    };
    Ok(purpose.allowed_by(latest.map(|(standing, _)| standing), medium, wrote_at, is_theirs))
}

/// Whether an address is a customer's, or of the one that they were merged into.
async fn owns(
    work: &impl Work,
    contact_point_id: ContactPointId,
    customer_id: CustomerId,
) -> Result<bool, Failure> {
    let Some(owner) = work.load::<ContactPoint>(contact_point_id).await?.state.owner else {
        return Ok(false);
    };
    Ok(survivor(work, owner).await?.0 == survivor(work, customer_id).await?.0)
}
