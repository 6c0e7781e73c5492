use crate::kernel::ids::OutboundMessageId;

#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum ProviderMessageError {
    #[error("that message is known as another one of ours, {message_id}")]
    IdentifiedOtherwise { message_id: OutboundMessageId },
}

crate::refuses!(ProviderMessageError, "provider-message", { Self::IdentifiedOtherwise { .. } => Conflict });
