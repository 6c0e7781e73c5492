//! Who is on the phone, with whom.

use frontdesk_domain::conversations::tools::speech::Speech;
use frontdesk_domain::kernel::ids::{BusinessId, CallId};
use frontdesk_domain::languages::Language;
use frontdesk_domain::scheduling::business::Registered;
use frontdesk_domain::values::phone::PhoneNumber;

pub struct Caller<'a> {
    pub call_id: CallId,
    pub tenant: BusinessId,
    /// As the network says.
    pub number: Option<&'a PhoneNumber>,
    pub business: &'a Registered,
}

impl Caller<'_> {
    pub fn language(&self) -> Language {
        self.business.profile.language
    }

    pub fn speech(&self) -> Speech {
        Speech::of(&self.business.profile, self.number)
    }
}
