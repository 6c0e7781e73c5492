//! Businesses, their hours and their channels.

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};

use crate::conversations::channel_address::{ChannelAddress, ChannelAddressCommand, ChannelOwner};
use crate::kernel::decider::Decider;
use crate::kernel::ids::{BusinessId, ChannelAddressId, ChannelId, StreamId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Loaded, Work};
use crate::scheduling::business::{Authentication, Business, BusinessCommand, BusinessProfile, Channel, ChannelNumber, Registered};
use crate::values::hours::{DayHours, Hours};
use crate::values::text::Note;

/// A business at its version.
#[derive(Debug, Clone)]
pub struct BusinessView {
    pub id: BusinessId,
    pub version: i64,
    pub business: Registered,
}

impl BusinessView {
    fn of(id: BusinessId, loaded: &Loaded<Business>) -> Result<Self, Failure> {
        let business = loaded.state.registered().map_err(Failure::refused)?.clone();
        Ok(Self { id, version: loaded.version, business })
    }
}

async fn changed(work: &impl Work, seen: Option<i64>, command: BusinessCommand) -> Result<BusinessView, Failure> {
    let id = work.tenant();
    work.load::<Business>(id).await?.unchanged_since(seen)?;
    work.execute::<Business>(id, command).await?;
    BusinessView::of(id, &work.load::<Business>(id).await?)
}

/// Registers the business that the context's tenant names.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RegisterBusiness {
    pub profile: BusinessProfile,
    pub hours: Hours,
}

impl Command for RegisterBusiness {
    const NAME: &'static str = "RegisterBusiness";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, None, BusinessCommand::Register { profile: self.profile.clone(), hours: self.hours.clone() }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeBusinessProfile {
    pub profile: BusinessProfile,
    pub seen_version: Option<i64>,
}

impl Command for ChangeBusinessProfile {
    const NAME: &'static str = "ChangeBusinessProfile";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, self.seen_version, BusinessCommand::ChangeProfile { profile: self.profile.clone() }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct ChangeBusinessHours {
    pub hours: Hours,
    pub seen_version: Option<i64>,
}

impl Command for ChangeBusinessHours {
    const NAME: &'static str = "ChangeBusinessHours";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, self.seen_version, BusinessCommand::ChangeHours { hours: self.hours.clone() }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SetBusinessDateOverride {
    pub date: NaiveDate,
    pub hours: DayHours,
    pub reason: Option<Note>,
}

impl Command for SetBusinessDateOverride {
    const NAME: &'static str = "SetBusinessDateOverride";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        let Self { date, hours, reason } = self.clone();
        changed(work, None, BusinessCommand::SetDateOverride { date, hours, reason }).await
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoveBusinessDateOverride {
    pub date: NaiveDate,
}

impl Command for RemoveBusinessDateOverride {
    const NAME: &'static str = "RemoveBusinessDateOverride";
    type Output = BusinessView;

    async fn decide<W: Work>(&self, work: &W) -> Result<BusinessView, Failure> {
        changed(work, None, BusinessCommand::RemoveDateOverride { date: self.date }).await
    }
}

/// Adds a channel and claims its numbers and its secret for this business.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct AddChannel {
    pub name: crate::values::text::Name,
    pub provider: String,
    pub authentication: Authentication,
    pub numbers: Vec<ChannelNumber>,
    pub assistant_id: Option<String>,
}

impl Command for AddChannel {
    const NAME: &'static str = "AddChannel";
    type Output = Channel;

    async fn decide<W: Work>(&self, work: &W) -> Result<Channel, Failure> {
        let channel = Channel {
            id: work.new_id(),
            name: self.name.clone(),
            provider: self.provider.clone(),
            authentication: self.authentication.clone(),
            numbers: self.numbers.clone(),
            assistant_id: self.assistant_id.clone(),
        };
        let (id, owner) = (work.tenant(), ChannelOwner { business_id: work.tenant(), channel_id: channel.id });
        let claims = claims(work, &channel);
        work.preload(&streams(id, &claims)).await?;
        work.execute::<Business>(id, BusinessCommand::AddChannel { channel: channel.clone() }).await?;
        for claim in claims {
            work.execute::<ChannelAddress>(claim, ChannelAddressCommand::Claim { owner }).await?;
        }
        Ok(channel)
    }
}

#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct RemoveChannel {
    pub channel_id: ChannelId,
}

impl Command for RemoveChannel {
    const NAME: &'static str = "RemoveChannel";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let (id, channel_id) = (work.tenant(), self.channel_id);
        let business = work.load::<Business>(id).await?;
        let channel = business.state.registered().ok().and_then(|business| business.channel(channel_id).cloned());
        work.execute::<Business>(id, BusinessCommand::RemoveChannel { channel_id }).await?;
        let owner = ChannelOwner { business_id: id, channel_id };
        for claim in channel.iter().flat_map(|channel| claims(work, channel)) {
            work.execute::<ChannelAddress>(claim, ChannelAddressCommand::Release { owner }).await?;
        }
        Ok(())
    }
}

/// Every address by which a webhook can find this channel.
fn claims(work: &impl Work, channel: &Channel) -> Vec<ChannelAddressId> {
    let mut claims: Vec<_> =
        channel.numbers.iter().map(|number| number_claim(|p, v| work.hash(p, v), &channel.provider, number)).collect();
    claims.push(channel_claim(|p, v| work.hash(p, v), &channel.provider, channel.id));
    match &channel.authentication {
        Authentication::Secret { hash } | Authentication::Bearer { hash } => {
            claims.push(secret_claim(|p, v| work.hash(p, v), &channel.provider, hash));
        }
        // A signature names no key: the address or the message must name the channel.
        Authentication::Hmac { .. } => {}
    }
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// The claim on a number or assistant.
pub fn number_claim(
    hash: impl Fn(&str, &[u8]) -> crate::kernel::ids::KeyedHash,
    provider: &str,
    number: &ChannelNumber,
) -> ChannelAddressId {
    let kind: &'static str = number.kind.into();
    ChannelAddressId::of(provider, hash(kind, number.value.as_bytes()))
}

/// The claim that leads from a channel's own id to it.
pub fn channel_claim(
    hash: impl Fn(&str, &[u8]) -> crate::kernel::ids::KeyedHash,
    provider: &str,
    channel_id: ChannelId,
) -> ChannelAddressId {
    ChannelAddressId::of(provider, hash("channel", channel_id.uuid().as_bytes()))
}

/// The claim on a shared secret, by its hash.
pub fn secret_claim(
    hash: impl Fn(&str, &[u8]) -> crate::kernel::ids::KeyedHash,
    provider: &str,
    secret_hash: &str,
) -> ChannelAddressId {
    ChannelAddressId::of(provider, hash("channel-secret", secret_hash.as_bytes()))
}

fn streams(business: BusinessId, claims: &[ChannelAddressId]) -> Vec<Stream> {
    let mut streams = vec![stream::<Business>(business)];
    streams.extend(claims.iter().map(|claim| stream::<ChannelAddress>(*claim)));
    streams
}

fn stream<A: Decider>(id: A::Id) -> Stream {
    Stream::of::<A>(id)
}
