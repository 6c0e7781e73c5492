//! Every command that is recorded with what it caused.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::booking::commands::booking::{
    BookAppointment, CancelAppointment, ConfirmHold, HoldSlot, ReleaseHold, RescheduleAppointment,
};
use crate::booking::commands::lifecycle::{
    ApproveRequest, CheckIn, CompleteAppointment, DeclineRequest, RecordNoShow,
};
use crate::booking::commands::series::{BookSeries, CancelSeries, RescheduleSeries};
use crate::booking::commands::waitlist::{AcceptOffer, DeclineOffer, JoinWaitlist, LeaveWaitlist};
use crate::booking::policies::completion::CompleteUnattended;
use crate::booking::policies::hold_expiry::LapseHold;
use crate::booking::policies::request_expiry::ExpireRequest;
use crate::booking::policies::waitlist_expiry::ExpireEntry;
use crate::booking::policies::waitlist_offers::OfferFreedTime;
use crate::conversations::commands::answer_tool_call::AnswerToolCall;
use crate::conversations::commands::channels::{AddChannel, RemoveChannel};
use crate::conversations::commands::charge::ChargeConversation;
use crate::conversations::commands::consents::RecordConsent;
use crate::conversations::commands::receive_message::{AmendMessage, ReceiveMessage};
use crate::conversations::commands::receive_status::{ReceiveStatus, RecordHanding};
use crate::conversations::commands::receive_webhook::ReceiveWebhook;
use crate::conversations::commands::send_message::SendMessage;
use crate::conversations::commands::translate_webhook::TranslateWebhook;
use crate::integrations::commands::calendar_feeds::{IssueCalendarFeed, RevokeCalendarFeed};
use crate::integrations::commands::webhooks::{RetryWebhook, SkipWebhook};
use crate::kernel::work::Command;
use crate::people::commands::customer_merges::{MergeCustomer, UndoMerge};
use crate::people::commands::customer_notes::{RedactNote, WriteNote};
use crate::people::commands::customers::{
    AddContactAddress, RegisterCustomer, RemoveContactAddress, RenameCustomer,
};
use crate::platform::commands::api_keys::{IssueApiKey, RevokeApiKey};
use crate::platform::commands::jobs::{DiscardJob, PerformJob};
use crate::scheduling::commands::businesses::{
    ChangeBusinessHours, ChangeBusinessProfile, RegisterBusiness, RemoveBusinessDateOverride,
    SetBusinessDateOverride,
};
use crate::scheduling::commands::resources::{
    AddResource, AddTimeOff, ChangeResource, RemoveResourceDateOverride, RemoveTimeOff, RetireResource,
    SetResourceDateOverride,
};
use crate::scheduling::commands::services::{AddService, ChangeService, RetireService};

/// A command, for the log and the documentation.
#[derive(Debug, Clone, Copy)]
pub struct CommandType {
    /// Its name in the log.
    pub name: &'static str,
    /// The JSON schema of what is recorded.
    pub schema: fn() -> Schema,
}

const fn command<C: Command + JsonSchema>() -> CommandType {
    CommandType { name: C::NAME, schema: written::<C> }
}

/// As it is written: older forms that are read, too, are not among it.
fn written<T: JsonSchema>() -> Schema {
    SchemaSettings::draft2020_12().for_serialize().into_generator().into_root_schema_for::<T>()
}

/// Every command there is, room by room, and every job.
pub const COMMANDS: &[CommandType] = &[
    command::<AddService>(),
    command::<ChangeService>(),
    command::<RetireService>(),
    command::<AddResource>(),
    command::<ChangeResource>(),
    command::<RetireResource>(),
    command::<SetResourceDateOverride>(),
    command::<RemoveResourceDateOverride>(),
    command::<AddTimeOff>(),
    command::<RemoveTimeOff>(),
    command::<RegisterBusiness>(),
    command::<ChangeBusinessProfile>(),
    command::<ChangeBusinessHours>(),
    command::<SetBusinessDateOverride>(),
    command::<RemoveBusinessDateOverride>(),
    command::<RegisterCustomer>(),
    command::<RenameCustomer>(),
    command::<AddContactAddress>(),
    command::<RemoveContactAddress>(),
    command::<MergeCustomer>(),
    command::<UndoMerge>(),
    command::<WriteNote>(),
    command::<RedactNote>(),
    command::<HoldSlot>(),
    command::<ReleaseHold>(),
    command::<BookAppointment>(),
    command::<ConfirmHold>(),
    command::<RescheduleAppointment>(),
    command::<CancelAppointment>(),
    command::<ApproveRequest>(),
    command::<DeclineRequest>(),
    command::<CheckIn>(),
    command::<CompleteAppointment>(),
    command::<RecordNoShow>(),
    command::<BookSeries>(),
    command::<RescheduleSeries>(),
    command::<CancelSeries>(),
    command::<JoinWaitlist>(),
    command::<AcceptOffer>(),
    command::<DeclineOffer>(),
    command::<LeaveWaitlist>(),
    command::<RetryWebhook>(),
    command::<SkipWebhook>(),
    command::<IssueCalendarFeed>(),
    command::<RevokeCalendarFeed>(),
    command::<AddChannel>(),
    command::<RemoveChannel>(),
    command::<AnswerToolCall>(),
    command::<ReceiveMessage>(),
    command::<AmendMessage>(),
    command::<ReceiveStatus>(),
    command::<RecordHanding>(),
    command::<SendMessage>(),
    command::<ChargeConversation>(),
    command::<RecordConsent>(),
    command::<ReceiveWebhook>(),
    command::<TranslateWebhook>(),
    command::<IssueApiKey>(),
    command::<RevokeApiKey>(),
    command::<DiscardJob>(),
    command::<PerformJob<CompleteUnattended>>(),
    command::<PerformJob<LapseHold>>(),
    command::<PerformJob<ExpireRequest>>(),
    command::<PerformJob<ExpireEntry>>(),
    command::<PerformJob<OfferFreedTime>>(),
];

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    /// How many types of the domain are commands or jobs, by their source.
    fn declared(folder: &Path) -> usize {
        let entries = std::fs::read_dir(folder).expect("a folder").flatten();
        let count = |path: &Path| {
            let text = std::fs::read_to_string(path).expect("a text");
            let is_one =
                |line: &str| line.starts_with("impl Command for ") || line.starts_with("impl Job for ");
            text.lines().filter(|line| is_one(line)).count()
        };
        entries
            .map(|entry| entry.path())
            .map(|path| if path.is_dir() { declared(&path) } else { count(&path) })
            .sum()
    }

    #[test]
    fn every_command_and_every_job_is_here_once() {
        let mut names: Vec<_> = COMMANDS.iter().map(|command| command.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), COMMANDS.len());
        assert_eq!(COMMANDS.len(), declared(&Path::new(env!("CARGO_MANIFEST_DIR")).join("src")));
    }
}
