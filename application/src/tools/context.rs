//! The conversation that a tool call belongs to.

use chrono::{DateTime, NaiveDate, Utc};
use frontdesk_domain::conversations::tools::catalogue::Arguments;
use frontdesk_domain::conversations::tools::speech::Speech;
use frontdesk_domain::kernel::ids::{BusinessId, CallId};
use frontdesk_domain::languages::{Language, when};
use frontdesk_domain::scheduling::business::Registered;
use frontdesk_domain::values::phone::PhoneNumber;

use super::answer::Unanswered;

/// Who speaks with which business, and in which call.
pub struct ToolContext<'a> {
    pub call_id: CallId,
    pub tenant: BusinessId,
    /// As the network says.
    pub caller_number: Option<&'a PhoneNumber>,
    pub business: &'a Registered,
}

impl ToolContext<'_> {
    pub(super) fn language(&self) -> Language {
        self.business.profile.language
    }

    pub(super) fn speech(&self) -> Speech {
        Speech::of(&self.business.profile, self.caller_number)
    }

    /// The day that the caller has named.
    pub(super) fn day_named(&self, arguments: &Arguments<'_>, now: DateTime<Utc>) -> Result<Option<NaiveDate>, Unanswered> {
        let Some(text) = arguments.text("day")? else { return Ok(None) };
        let today = self.business.profile.zone.date(now);
        Ok(Some(when::day(&text, today, self.language())?))
    }
}
