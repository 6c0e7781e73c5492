use frontdesk_adapters::command_bus::BusError;
use frontdesk_adapters::providers::provider::{BadMessage, NotAuthentic};
use frontdesk_domain::kernel::ids::IdError;

use crate::reads::ReadError;

/// Why a webhook is not taken in.
#[derive(Debug, thiserror::Error)]
pub enum ReceiveError {
    /// The address names a channel that cannot be one.
    #[error("channel: {0}")]
    BadChannel(IdError),
    #[error(transparent)]
    NotAuthentic(#[from] NotAuthentic),
    #[error(transparent)]
    BadMessage(#[from] BadMessage),
    #[error(transparent)]
    Read(#[from] ReadError),
    #[error(transparent)]
    Bus(#[from] BusError),
}
