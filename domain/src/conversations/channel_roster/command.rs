use crate::kernel::ids::ChannelId;

#[derive(Debug, Clone, PartialEq)]
pub enum ChannelRosterCommand {
    Enroll {
        channel_id: ChannelId,
        /// How many stand in the stream of the business, from before there was a roster.
        legacy: usize,
    },
    Strike {
        channel_id: ChannelId,
    },
}
