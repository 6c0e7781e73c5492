use super::event::ChannelDetails;

#[derive(Debug, Clone, PartialEq)]
pub enum ChannelCommand {
    Add { details: ChannelDetails },
    Remove,
}
