//! The tools as models see them.
//!
//! Instructions to models are in English, which they follow best. They name the language to speak and give
//! examples in it.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::languages::Language;

/// A tool that exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, strum::EnumIter, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Tool {
    CheckAvailability,
    BookAppointment,
    RescheduleAppointment,
    CancelAppointment,
    FindAppointments,
    GetBusinessHours,
    GetServices,
    JoinWaitlist,
    AcceptOffer,
    DeclineOffer,
    TakeMessage,
}

/// Which tool an assistant has called, as the log keeps it. The name of one that does not exist is a model's
/// word and may be a caller's: it is told to the model, and not kept in clear.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum CalledTool {
    Known(Tool),
    Unknown,
}

impl CalledTool {
    const UNKNOWN: &'static str = "unknown";

    pub fn of(name: &str) -> Self {
        name.parse().map_or(Self::Unknown, Self::Known)
    }

    /// Whether it tells of appointments or offers that there are, or changes them.
    pub fn is_for_proven(self) -> bool {
        matches!(
            self,
            Self::Known(
                Tool::FindAppointments
                    | Tool::RescheduleAppointment
                    | Tool::CancelAppointment
                    | Tool::AcceptOffer
                    | Tool::DeclineOffer
            )
        )
    }

    fn name(self) -> &'static str {
        match self {
            Self::Known(tool) => tool.name(),
            Self::Unknown => Self::UNKNOWN,
        }
    }
}

/// Earlier releases recorded whatever was called.
impl From<String> for CalledTool {
    fn from(name: String) -> Self {
        Self::of(&name)
    }
}

impl From<CalledTool> for String {
    fn from(tool: CalledTool) -> Self {
        tool.name().to_owned()
    }
}

impl JsonSchema for CalledTool {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "CalledTool".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let names: Vec<&str> = Tool::all().map(Tool::name).chain([Self::UNKNOWN]).collect();
        schemars::json_schema!({ "type": "string", "enum": names })
    }
}

impl Tool {
    pub fn name(self) -> &'static str {
        self.into()
    }

    /// Every tool there is.
    pub fn all() -> impl Iterator<Item = Self> {
        <Self as strum::IntoEnumIterator>::iter()
    }

    /// What the model is told about it.
    pub fn description(self, language: Language) -> String {
        let language = language.english_name();
        format!("{} The answer is in {language}; speak {language} with the caller.", self.purpose())
    }

    fn purpose(self) -> &'static str {
        match self {
            Self::CheckAvailability => {
                "Finds open appointment times. Pass on what the caller said about the day and time; never compute a date yourself. \
                 Each time comes with a slot_token, which booking needs."
            }
            Self::BookAppointment => {
                "Books a time that check_availability has offered, once the caller has agreed to it. Copy the slot_token exactly."
            }
            Self::RescheduleAppointment => {
                "Moves an appointment to a time that check_availability has offered. Find the appointment with find_appointments first."
            }
            Self::CancelAppointment => {
                "Cancels an appointment. Find it with find_appointments first, and ask the caller to confirm."
            }
            Self::FindAppointments => {
                "Finds the caller's coming appointments, and times that the waitlist keeps for them. If the caller booked with another phone number, ask for that number and their name."
            }
            Self::GetBusinessHours => {
                "Says when the business is open, and when it is closed for holidays. Pass on what the caller said about the day; \
                 never compute a date yourself."
            }
            Self::GetServices => {
                "Says what the business offers and where it is. Of one service: how long it takes, what it costs, what a late change \
                 costs and what is asked before booking."
            }
            Self::JoinWaitlist => {
                "Puts the caller on the waitlist when check_availability has nothing that suits, and the caller agrees to wait. Pass on what \
                 the caller said about days and times; never compute a date yourself."
            }
            Self::AcceptOffer => {
                "Books a time that the waitlist keeps for the caller, once they have said that they want it. Find it with find_appointments first."
            }
            Self::DeclineOffer => {
                "Gives up a time that the waitlist keeps for the caller, if they do not want it. Find it with find_appointments first."
            }
            Self::TakeMessage => "Leaves a message for the people of the business.",
        }
    }

    /// The names of its arguments.
    pub fn arguments(self, language: Language) -> Vec<String> {
        let parameters = self.parameters(language);
        let properties = parameters["properties"].as_object();
        properties.into_iter().flat_map(|properties| properties.keys().cloned()).collect()
    }

    /// The JSON schema of its arguments.
    pub fn parameters(self, language: Language) -> Value {
        let vocabulary = language.vocabulary();
        let text = |description: &str| json!({ "type": "string", "description": description });
        let slot_token =
            || text("The slot_token of the chosen time, copied exactly from check_availability.");
        let moving = || {
            text(
                "To move an appointment: its appointment_id from find_appointments or book_appointment. Its own time is free for it then.",
            )
        };
        let appointment_id = || text("The appointment_id from find_appointments or book_appointment.");
        let day = || {
            text(&format!(
                "The day or days as the caller said it: {}. Leave it out for any day.",
                vocabulary.day_examples
            ))
        };
        let service = || {
            text(
                "The service that the caller wants, in their words. Leave it out if the business has only one.",
            )
        };
        let part_of_day = || {
            json!({
                "type": "string", "enum": vocabulary.part_examples, "description": "If the caller named a part of the day.",
            })
        };
        let reason = || text("Why, if the caller said so.");
        let accept_fee = || {
            let description = "True only once the caller has been told the fee and has accepted it. Leave it out otherwise.";
            json!({ "type": "boolean", "description": description })
        };
        let accept_overlap = || {
            let description = "True only once the caller has been told of their other appointment at that time and wants both.";
            json!({ "type": "boolean", "description": description })
        };
        let answers = || {
            let description = "If questions were listed: the caller's answer to each, by the question's id.";
            json!({ "type": "object", "description": description })
        };
        let entry_id =
            || text("The entry_id of the time that is kept, from find_appointments or join_waitlist.");
        let object = |required: &[&str], properties: Value| json!({ "type": "object", "properties": properties, "required": required });
        match self {
            Self::CheckAvailability => object(
                &[],
                json!({
                    "service": service(),
                    "appointment_id": moving(),
                    "with": text("If the caller wants somebody in particular: their name."),
                    "duration_minutes": { "type": "integer", "description": "If the service has several lengths and the caller chose one." },
                    "seats": { "type": "integer", "description": "For how many people, if the service takes several." },
                    "day": day(),
                    "part_of_day": part_of_day(),
                    "time": text(&format!(
                        "If the caller named a time or a range of times, as they said it: like {}. Open times at or after a \
                         time are found.",
                        vocabulary.time_examples
                    )),
                }),
            ),
            Self::BookAppointment => object(
                &["slot_token", "name"],
                json!({
                    "slot_token": slot_token(),
                    "name": text("The caller's full name."),
                    "phone_number": text("Only if the caller gave a number other than the one they are calling from."),
                    "email": text("Only if the caller gave one."),
                    "note": text("Anything the business should know about the appointment."),
                    "answers": answers(),
                    "accept_overlap": accept_overlap(),
                }),
            ),
            Self::RescheduleAppointment => object(
                &["appointment_id", "slot_token"],
                json!({
                    "appointment_id": appointment_id(), "slot_token": slot_token(), "reason": reason(), "accept_fee": accept_fee(),
                    "accept_overlap": accept_overlap(),
                }),
            ),
            Self::CancelAppointment => object(
                &["appointment_id"],
                json!({ "appointment_id": appointment_id(), "reason": reason(), "accept_fee": accept_fee() }),
            ),
            Self::FindAppointments => object(
                &[],
                json!({
                    "phone_number": text("Only if the appointment was made with another number than the one the caller is calling from."),
                    "name": text("The name on the appointment; needed with phone_number, and if the answer asks for it."),
                    "day": text("Only if the answer asks for it: the day of the appointment, as the caller said it."),
                }),
            ),
            Self::GetBusinessHours => object(&[], json!({ "day": day() })),
            Self::GetServices => object(
                &[],
                json!({ "service": text("The service that the caller asks about, in their words. Leave it out for all of them.") }),
            ),
            Self::JoinWaitlist => object(
                &["name"],
                json!({
                    "service": service(),
                    "day": day(),
                    "last_day": text("If several days in a row would suit: the last of them, as the caller said it."),
                    "part_of_day": part_of_day(),
                    "time": text(&format!(
                        "If only some times of the day would suit, as the caller said it: like {}. A time alone stands for \
                         that time and later ones.",
                        vocabulary.time_examples
                    )),
                    "name": text("The caller's full name."),
                    "phone_number": text("Only if the caller gave a number other than the one they are calling from."),
                    "email": text("Only if the caller gave one."),
                }),
            ),
            Self::AcceptOffer => {
                object(&["entry_id"], json!({ "entry_id": entry_id(), "answers": answers() }))
            }
            Self::DeclineOffer => object(&["entry_id"], json!({ "entry_id": entry_id() })),
            Self::TakeMessage => object(
                &["message"],
                json!({
                    "message": text("What the caller wants the business to know."),
                    "name": text("The caller's name, if they gave it."),
                    "phone_number": text("Only if the caller wants to be called back at another number."),
                }),
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_tool_is_described_and_found_by_its_name() {
        for tool in Tool::all() {
            assert_eq!(tool.name().parse(), Ok(tool));
            for language in Language::all() {
                assert!(tool.description(language).contains(language.english_name()), "{tool:?}");
                let schema = tool.parameters(language);
                for required in schema["required"].as_array().expect("a list") {
                    assert!(
                        schema["properties"].get(required.as_str().expect("a name")).is_some(),
                        "{tool:?}: {required}"
                    );
                }
            }
        }
    }

    #[test]
    fn of_a_tool_that_does_not_exist_the_log_keeps_that_it_was_called_and_no_name() {
        let known = CalledTool::of("book_appointment");
        assert_eq!(known, CalledTool::Known(Tool::BookAppointment));
        assert_eq!(serde_json::to_value(known).expect("JSON"), "book_appointment");
        assert_eq!(serde_json::to_value(CalledTool::of("ask_ada_lovelace")).expect("JSON"), "unknown");
        let recorded: CalledTool = serde_json::from_value("ask_ada_lovelace".into()).expect("it is read");
        assert_eq!(recorded, CalledTool::Unknown);
    }
}
