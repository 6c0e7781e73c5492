//! Who writes on a channel: an address, or a visitor of the web chat.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::kernel::ids::{BusinessId, ChannelId, ContactPointId, ConversationClaimId, StreamId, VisitorId};
use crate::kernel::work::Work;
use crate::people::contact_address::ContactAddress;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "who", rename_all = "snake_case")]
pub enum Correspondent {
    Address(ContactAddress),
    Visitor(VisitorId),
}

/// What a correspondent is known by. Messages go to the first of these that a conversation has.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum CorrespondentKind {
    Phone,
    /// A `wa_id`: a number, which may get a new owner.
    WhatsappNumber,
    /// A business-scoped user id: an account, which may hide its number.
    WhatsappUser,
    Email,
    Visitor,
}

impl Correspondent {
    pub fn kind(&self) -> CorrespondentKind {
        match self {
            Self::Address(ContactAddress::Phone(_)) => CorrespondentKind::Phone,
            Self::Address(ContactAddress::Whatsapp(id)) if id.as_str().contains('.') => {
                CorrespondentKind::WhatsappUser
            }
            Self::Address(ContactAddress::Whatsapp(_)) => CorrespondentKind::WhatsappNumber,
            Self::Address(ContactAddress::Email(_)) => CorrespondentKind::Email,
            Self::Visitor(_) => CorrespondentKind::Visitor,
        }
    }

    /// The address, unless it is a visitor's.
    pub fn address(&self) -> Option<&ContactAddress> {
        match self {
            Self::Address(address) => Some(address),
            Self::Visitor(_) => None,
        }
    }

    pub fn contact_point(&self, work: &impl Work) -> Option<ContactPointId> {
        Some(self.address()?.claim(|purpose, value| work.hash(purpose, value), work.tenant()))
    }

    /// The forms under which a conversation may be theirs, this one first.
    pub fn forms(&self) -> Vec<Self> {
        match self {
            Self::Address(address) => address.forms().into_iter().map(Self::Address).collect(),
            Self::Visitor(_) => vec![self.clone()],
        }
    }

    /// The stream that says which conversation is theirs on a channel.
    pub fn claim(&self, work: &impl Work, channel_id: ChannelId) -> ConversationClaimId {
        let tenant: BusinessId = work.tenant();
        let hash = match self {
            Self::Address(address) => work.hash(address.kind(), address.as_str().as_bytes()),
            Self::Visitor(id) => work.hash("visitor", id.uuid().as_bytes()),
        };
        ConversationClaimId::of(tenant, channel_id, hash)
    }
}
