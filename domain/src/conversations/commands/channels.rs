//! Channels: added and removed, with the claims on their addresses.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::conversations::channel::{Channel, ChannelCommand, ChannelDetails, ChannelError};
use crate::conversations::channel_address::{ChannelAddress, ChannelAddressCommand, ChannelOwner};
use crate::conversations::channel_roster::{ChannelRoster, ChannelRosterCommand};
use crate::kernel::ids::{ChannelAddressId, ChannelId, ChannelRosterId, KeyedHash, StreamId};
use crate::kernel::recorded::Stream;
use crate::kernel::work::{Command, Failure, Work};
use crate::scheduling::business::{Business, BusinessCommand};
use crate::values::sender::{Authentication, ChannelNumber};
use crate::values::text::Name;

/// A channel that was added.
#[derive(Debug, Clone)]
pub struct ChannelView {
    pub id: ChannelId,
    pub details: ChannelDetails,
}

/// Adds a channel and claims its numbers and its secret for this business.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct AddChannel {
    pub name: Name,
    pub provider: String,
    pub authentication: Authentication,
    pub numbers: Vec<ChannelNumber>,
    pub assistant_id: Option<String>,
}

impl AddChannel {
    fn details(&self) -> ChannelDetails {
        let Self { name, provider, authentication, numbers, assistant_id } = self.clone();
        ChannelDetails { name, provider, authentication, numbers, assistant_id }
    }
}

impl Command for AddChannel {
    const NAME: &'static str = "AddChannel";
    type Output = ChannelView;

    async fn decide<W: Work>(&self, work: &W) -> Result<ChannelView, Failure> {
        let (tenant, channel_id, details) = (work.tenant(), work.new_id(), self.details());
        let roster_id = ChannelRosterId::of(tenant);
        let claims = claims(work, channel_id, &details);
        let mut streams = vec![Stream::of::<Business>(tenant), Stream::of::<ChannelRoster>(roster_id)];
        streams.extend(claims.iter().map(|claim| Stream::of::<ChannelAddress>(*claim)));
        work.preload(&streams).await?;
        let legacy = work
            .load::<Business>(tenant)
            .await?
            .state
            .registered()
            .map_err(Failure::refused)?
            .legacy_channels
            .len();
        work.execute::<ChannelRoster>(roster_id, ChannelRosterCommand::Enroll { channel_id, legacy }).await?;
        work.execute::<Channel>(channel_id, ChannelCommand::Add { details: details.clone() }).await?;
        let owner = ChannelOwner { business_id: tenant, channel_id };
        for claim in claims {
            work.execute::<ChannelAddress>(claim, ChannelAddressCommand::Claim { owner }).await?;
        }
        Ok(ChannelView { id: channel_id, details })
    }
}

#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
pub struct RemoveChannel {
    pub channel_id: ChannelId,
}

impl Command for RemoveChannel {
    const NAME: &'static str = "RemoveChannel";
    type Output = ();

    async fn decide<W: Work>(&self, work: &W) -> Result<(), Failure> {
        let (tenant, channel_id) = (work.tenant(), self.channel_id);
        let roster_id = ChannelRosterId::of(tenant);
        let (business, roster) = (Stream::of::<Business>(tenant), Stream::of::<ChannelRoster>(roster_id));
        work.preload(&[business, roster, Stream::of::<Channel>(channel_id)]).await?;
        let channel = work.load::<Channel>(channel_id).await?.state;
        let details = match channel.open() {
            Ok(details) => {
                work.execute::<Channel>(channel_id, ChannelCommand::Remove).await?;
                work.execute::<ChannelRoster>(roster_id, ChannelRosterCommand::Strike { channel_id }).await?;
                details.clone()
            }
            Err(_) => remove_legacy(work, channel_id).await?,
        };
        let owner = ChannelOwner { business_id: tenant, channel_id };
        for claim in claims(work, channel_id, &details) {
            work.execute::<ChannelAddress>(claim, ChannelAddressCommand::Release { owner }).await?;
        }
        Ok(())
    }
}

/// Removes a channel that stands in the stream of its business.
async fn remove_legacy(work: &impl Work, channel_id: ChannelId) -> Result<ChannelDetails, Failure> {
    let business = work.load::<Business>(work.tenant()).await?.state;
    let channel = business.registered().map_err(Failure::refused)?.legacy_channel(channel_id);
    let channel = channel.ok_or_else(|| Failure::refused(ChannelError::ChannelNotFound))?;
    work.execute::<Business>(work.tenant(), BusinessCommand::RemoveChannel { channel_id }).await?;
    Ok(channel.clone().into())
}

/// Every address by which a webhook can find a channel.
fn claims(work: &impl Work, id: ChannelId, details: &ChannelDetails) -> Vec<ChannelAddressId> {
    let hash = |purpose: &str, value: &[u8]| work.hash(purpose, value);
    let number = |number: &ChannelNumber| number_claim(hash, &details.provider, number);
    let mut claims: Vec<_> = details.numbers.iter().map(number).collect();
    claims.push(channel_claim(hash, &details.provider, id));
    match &details.authentication {
        Authentication::Secret { hash: secret } | Authentication::Bearer { hash: secret } => {
            claims.push(secret_claim(hash, &details.provider, secret));
        }
        // A signature names no key: the address or the message must name the channel.
        Authentication::Hmac { .. } | Authentication::Signature { .. } => {}
    }
    claims.sort_unstable();
    claims.dedup();
    claims
}

/// The claim on a number or assistant.
pub fn number_claim(
    hash: impl Fn(&str, &[u8]) -> KeyedHash,
    provider: &str,
    number: &ChannelNumber,
) -> ChannelAddressId {
    let kind: &'static str = number.kind.into();
    ChannelAddressId::of(provider, hash(kind, number.value.as_bytes()))
}

/// The claim that leads from a channel's own id to it.
pub fn channel_claim(
    hash: impl Fn(&str, &[u8]) -> KeyedHash,
    provider: &str,
    channel_id: ChannelId,
) -> ChannelAddressId {
    ChannelAddressId::of(provider, hash("channel", channel_id.uuid().as_bytes()))
}

/// The claim on a shared secret, by its hash.
pub fn secret_claim(
    hash: impl Fn(&str, &[u8]) -> KeyedHash,
    provider: &str,
    secret_hash: &str,
) -> ChannelAddressId {
    ChannelAddressId::of(provider, hash("channel-secret", secret_hash.as_bytes()))
}
