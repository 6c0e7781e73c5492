//! The conversation that a tool call belongs to.

use chrono::{DateTime, Utc};
use frontdesk_domain::conversations::tools::arguments::Arguments;
use frontdesk_domain::conversations::tools::speech::Speech;
use frontdesk_domain::kernel::ids::{BusinessId, CallId};
use frontdesk_domain::languages::when::Setting;
use frontdesk_domain::languages::{Language, Mistake};
use frontdesk_domain::scheduling::business::Registered;
use frontdesk_domain::values::phone::PhoneNumber;

use super::found::Unanswered;
use crate::app::App;
use crate::inbound::caller::is_line_of;

/// The argument of a number that is said.
const PHONE: &str = "phone_number";

/// Who speaks with which business, and in which call.
pub struct ToolContext<'a> {
    pub call_id: CallId,
    pub tenant: BusinessId,
    /// As the network says.
    pub caller_number: Option<&'a PhoneNumber>,
    pub business: &'a Registered,
}

impl ToolContext<'_> {
    pub fn language(&self) -> Language {
        self.business.profile.language
    }

    /// The number that the caller says is theirs; the one that they call from, if they say none. A number that
    /// is not one person's, or is the business's own, would make one person of many.
    pub async fn number(
        &self,
        app: &App,
        arguments: &Arguments<'_>,
    ) -> Result<Option<PhoneNumber>, Unanswered> {
        let Some(said) = arguments.phone(PHONE, self.business.profile.country)? else {
            return Ok(self.caller_number.cloned());
        };
        if !said.is_subscribers() || is_line_of(&app.bus, self.tenant, self.business, &said).await? {
            return Err(Mistake::NobodysNumber(PHONE).into());
        }
        Ok(Some(said))
    }

    /// What is said of days and times is to be understood by it. An appointment that is moved starts then.
    pub fn setting(&self, now: DateTime<Utc>, moving: Option<DateTime<Utc>>) -> Setting<'_> {
        let Registered { profile, schedule, .. } = self.business;
        let (zone, language, country) = (profile.zone, profile.language, profile.country);
        Setting { now, zone, language, country, schedule, moving, is_typed: false }
    }

    pub fn speech(&self, now: DateTime<Utc>) -> Speech {
        Speech::of(&self.business.profile, self.caller_number).at(now)
    }
}
