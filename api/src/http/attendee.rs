//! For whom something is booked, and what they answer to the service's questions.

use frontdesk_domain::booking::commands::booking::{GivenAnswer, Who};
use frontdesk_domain::kernel::ids::CustomerId;
use frontdesk_domain::kernel::personal::Personal;
use frontdesk_domain::people::commands::customers::Person;
use frontdesk_domain::values::email::Email;
use frontdesk_domain::values::phone::PhoneNumber;
use frontdesk_domain::values::question::Answer;
use frontdesk_domain::values::text::{Name, Note};
use frontdesk_domain::values::whatsapp::WhatsappUserId;
use poem_openapi::Object;

use super::fault::Fault;
use super::field::Field;

/// Who it is for: a customer by id, or a person with a name and a phone number, an email address or WhatsApp
/// user ids.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "Attendee", deny_unknown_fields, skip_serializing_if_is_none)]
pub struct AttendeeIn {
    /// A customer who is known already. Then nothing else is taken.
    pub customer_id: Option<Field<CustomerId>>,
    /// What the person is called. It is needed without a customer_id.
    pub name: Option<Field<Name>>,
    /// In E.164. Whoever has this number already is taken for the same person.
    pub phone: Option<Field<PhoneNumber>>,
    /// Whoever has it already is taken for the same person.
    pub email: Option<Field<Email>>,
    /// Whoever has one of them already is taken for the same person.
    #[oai(default, validator(max_items = 5))]
    pub whatsapp_user_ids: Vec<Field<WhatsappUserId>>,
}

impl AttendeeIn {
    pub fn read(self) -> Result<Who, Fault> {
        match (self.customer_id, self.name) {
            (Some(id), None)
                if self.phone.is_none() && self.email.is_none() && self.whatsapp_user_ids.is_empty() =>
            {
                Ok(Who::Customer(id.0))
            }
            (Some(_), _) => Err(Fault::body(
                "/attendee",
                "must have either customer_id, or name with phone, email or whatsapp_user_ids",
            )),
            (None, None) => Err(Fault::body("/attendee/name", "is needed, unless customer_id is given")),
            (None, Some(name)) => {
                let person =
                    Person::new(name.0, self.phone.map(|phone| phone.0), self.email.map(|email| email.0));
                Ok(Who::Person(person.with_whatsapp(self.whatsapp_user_ids.into_iter().map(|id| id.0))))
            }
        }
    }
}

/// An answer to a question of the service.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "NewAnswer", deny_unknown_fields)]
pub struct AnswerIn {
    /// Lower case letters, digits and underscores.
    #[oai(validator(min_length = 1, max_length = 40, pattern = "^[a-z0-9_]+$"))]
    pub question_id: String,
    /// As a text: true or false, a number, an option or words.
    pub answer: Field<Note>,
}

impl AnswerIn {
    pub fn read(self) -> GivenAnswer {
        GivenAnswer {
            question_id: self.question_id,
            answer: Personal::in_command(Answer::Text(self.answer.0)),
        }
    }
}
