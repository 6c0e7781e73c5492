//! Finding the conversation of whoever writes, and its current chapter.

use crate::conversations::chapter::{Chapter, ChapterCommand, Charge, Situation};
use crate::conversations::conversation::{
    Conversation, ConversationCommand, ConversationError, JOINED_MAX, KnownAs, Open,
};
use crate::conversations::conversation_claim::{ConversationClaim, ConversationClaimCommand};
use crate::conversations::correspondent::{Correspondent, CorrespondentKind};
use crate::kernel::ids::{ChannelId, ChapterId, ConversationClaimId, ConversationId};
use crate::kernel::personal::{Personal, SubjectId};
use crate::kernel::work::{Failure, Work};
use crate::values::medium::Medium;

/// A conversation as it stands.
pub(crate) struct Current {
    pub id: ConversationId,
    pub open: Open,
    pub chapter_id: ChapterId,
    pub situation: Situation,
}

/// The conversation that an id stands for: itself, or the one that it was joined into.
pub(crate) async fn find(work: &impl Work, id: ConversationId) -> Result<(ConversationId, Open), Failure> {
    let mut id = id;
    for _ in 0..=JOINED_MAX {
        match &*work.load::<Conversation>(id).await?.state {
            Conversation::Joined { into } => id = *into,
            conversation => {
                let open = conversation.open().map_err(Failure::refused)?.clone();
                work.about(SubjectId::of(id));
                return Ok((id, open));
            }
        }
    }
    Err(Failure::refused(ConversationError::JoinedTooDeep))
}

/// Its current chapter. If that is full, the next one begins.
pub(crate) async fn current(work: &impl Work, id: ConversationId) -> Result<Current, Failure> {
    let (id, open) = find(work, id).await?;
    let chapter_id = ChapterId::of(work.tenant(), id, open.chapter);
    let chapter = work.load::<Chapter>(chapter_id).await?.state;
    if !chapter.is_full() {
        return Ok(Current { id, open, chapter_id, situation: chapter.situation.clone() });
    }
    let number = open.chapter + 1;
    work.execute::<Conversation>(id, ConversationCommand::OpenChapter { number }).await?;
    let situation = chapter.situation.clone();
    let chapter_id = begin(work, id, number, chapter.events_so_far(), situation.clone()).await?;
    Ok(Current { id, open: Open { chapter: number, ..open }, chapter_id, situation })
}

async fn begin(
    work: &impl Work,
    conversation_id: ConversationId,
    number: u32,
    events_before: i64,
    situation: Situation,
) -> Result<ChapterId, Failure> {
    let chapter_id = ChapterId::of(work.tenant(), conversation_id, number);
    let begin = ChapterCommand::Begin { conversation_id, number, events_before, situation };
    work.execute::<Chapter>(chapter_id, begin).await?;
    Ok(chapter_id)
}

/// An address in the form in which it is claimed, and the conversation that it leads to.
struct Found {
    correspondent: Correspondent,
    claim_id: ConversationClaimId,
    leads_to: Option<ConversationId>,
}

async fn look_up(
    work: &impl Work,
    channel_id: ChannelId,
    correspondent: &Correspondent,
) -> Result<Found, Failure> {
    let mut found = None;
    // All forms are guarded: nobody may claim another one meanwhile.
    for form in correspondent.forms() {
        let claim_id = form.claim(work, channel_id);
        let leads_to = work.load::<ConversationClaim>(claim_id).await?.state.conversation_id;
        let is_better = found.as_ref().is_none_or(|found: &Found| found.leads_to.is_none());
        if found.is_none() || (is_better && leads_to.is_some()) {
            found = Some(Found { correspondent: form, claim_id, leads_to });
        }
    }
    Ok(found.unwrap_or_else(|| {
        let claim_id = correspondent.claim(work, channel_id);
        Found { correspondent: correspondent.clone(), claim_id, leads_to: None }
    }))
}

/// The conversation of whoever writes, which begins if there is none. The provider vouches that all of these
/// addresses are the same person's, the strongest first.
///
/// A number that comes with another account than before has a new owner, and so leaves its conversation. A
/// conversation with a number alone is joined into that of the account that turns out to have it.
pub(crate) async fn open(
    work: &impl Work,
    channel_id: ChannelId,
    medium: Medium,
    from: &[Personal<Correspondent>],
    in_charge: &Charge,
) -> Result<ConversationId, Failure> {
    let mut found = Vec::new();
    for correspondent in from.iter().filter_map(Personal::known) {
        found.push(look_up(work, channel_id, correspondent).await?);
    }
    let accounts: Vec<ConversationClaimId> = found
        .iter()
        .filter(|found| found.correspondent.kind() == CorrespondentKind::WhatsappUser)
        .map(|found| found.claim_id)
        .collect();
    let mut target = None;
    for found in &found {
        if let Some(id) = found.leads_to
            && target.is_none()
            && is_of(&accounts, &find(work, id).await?.1)
        {
            target = Some(find(work, id).await?.0);
        }
    }
    let id = target.unwrap_or_else(|| work.new_id());
    let known_as = |found: &Found| KnownAs {
        claim_id: found.claim_id,
        kind: found.correspondent.kind(),
        contact_point_id: found.correspondent.contact_point(work),
        correspondent: Personal::new(SubjectId::of(id), found.correspondent.clone()),
    };
    if target.is_none() {
        let known_as = found.iter().map(known_as).collect();
        work.execute::<Conversation>(id, ConversationCommand::Begin { channel_id, medium, known_as }).await?;
        let situation = Situation { in_charge: in_charge.clone(), ..Situation::default() };
        begin(work, id, 1, 0, situation).await?;
    }
    for found in &found {
        // One that was joined on the way leads here by now.
        let leads_to = work.load::<ConversationClaim>(found.claim_id).await?.state.conversation_id;
        match leads_to {
            None => {
                let claim = ConversationClaimCommand::Claim { conversation_id: id };
                work.execute::<ConversationClaim>(found.claim_id, claim).await?;
            }
            Some(other) if other != id => {
                let (_, open) = find(work, other).await?;
                if is_of(&accounts, &open) {
                    join(work, other, &open, id).await?;
                } else {
                    let pass_on = ConversationCommand::PassOn { claim_id: found.claim_id, to: id };
                    work.execute::<Conversation>(other, pass_on).await?;
                    let moving = ConversationClaimCommand::Move { from: other, to: id };
                    work.execute::<ConversationClaim>(found.claim_id, moving).await?;
                }
            }
            Some(_) => {}
        }
        work.execute::<Conversation>(id, ConversationCommand::Add { known_as: known_as(found) }).await?;
    }
    work.about(SubjectId::of(id));
    Ok(id)
}

/// Whether a conversation is that of these accounts, as far as is known.
fn is_of(accounts: &[ConversationClaimId], open: &Open) -> bool {
    let mut known = open.accounts().peekable();
    accounts.is_empty() || known.peek().is_none() || known.any(|known| accounts.contains(&known.claim_id))
}

async fn join(
    work: &impl Work,
    from: ConversationId,
    open: &Open,
    into: ConversationId,
) -> Result<(), Failure> {
    for known_as in &open.known_as {
        let moving = ConversationClaimCommand::Move { from, to: into };
        work.execute::<ConversationClaim>(known_as.claim_id, moving).await?;
        // The address stays about the conversation in which it came.
        work.execute::<Conversation>(into, ConversationCommand::Add { known_as: known_as.clone() }).await?;
    }
    work.execute::<Conversation>(from, ConversationCommand::Join { into }).await.map(drop)
}
