use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::scheduling::business::LegacyChannel;
use crate::values::sender::{Authentication, ChannelNumber};
use crate::values::text::Name;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct ChannelDetails {
    pub name: Name,
    /// The name of the provider whose platform it is on.
    pub provider: String,
    pub authentication: Authentication,
    /// The numbers and assistants by which the provider's messages name this business.
    pub numbers: Vec<ChannelNumber>,
    /// The assistant to answer a provider that asks which one to use.
    pub assistant_id: Option<String>,
}

impl From<LegacyChannel> for ChannelDetails {
    fn from(channel: LegacyChannel) -> Self {
        let LegacyChannel { id: _, name, provider, authentication, numbers, assistant_id } = channel;
        Self { name, provider, authentication, numbers, assistant_id }
    }
}

#[derive(
    Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr, strum::VariantNames,
)]
#[serde(tag = "type")]
pub enum ChannelEvent {
    ChannelAdded { details: ChannelDetails },
    ChannelRemoved {},
}

crate::domain_event!(ChannelEvent);
