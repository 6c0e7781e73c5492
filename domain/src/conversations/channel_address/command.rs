use super::event::ChannelOwner;

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ChannelAddressCommand {
    Claim { owner: ChannelOwner },
    Release { owner: ChannelOwner },
}
