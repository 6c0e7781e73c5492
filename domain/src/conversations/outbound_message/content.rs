//! What a message says, and what each medium has room for.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::error::OutboundMessageError;
use crate::kernel::personal::{Personal, SubjectId};
use crate::values::code::Code;
use crate::values::medium::Medium;
use crate::values::text::{Name, Text};

/// The longest text that any medium takes.
const TEXT_MAX: usize = 4_096;
pub type MessageText = Text<TEXT_MAX>;

/// What gateways take as one message: ten parts.
const SMS_TEXT_MAX: usize = 1_600;
/// WhatsApp's buttons: so many at most, else it is a list.
const BUTTONS_MAX: usize = 3;
const OPTIONS_MAX: usize = 10;
const BUTTON_TITLE_MAX: usize = 20;
const ROW_TITLE_MAX: usize = 24;
const ROW_DESCRIPTION_MAX: usize = 72;
/// The text above WhatsApp's buttons or list, and below its pictures.
const INTERACTIVE_TEXT_MAX: usize = 1_024;

/// An answer that is offered to be tapped, or to be named by its number where nothing can be tapped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Offered {
    /// It comes back when it is chosen.
    pub id: Code,
    pub title: Personal<Name>,
    pub description: Option<Personal<Name>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema, strum::IntoStaticStr)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum MediaKind {
    Image,
    Audio,
    Video,
    Document,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum OutboundContent {
    Text {
        text: Personal<MessageText>,
    },
    Choices {
        text: Personal<MessageText>,
        options: Vec<Offered>,
    },
    /// A text that the platform has approved. It may be sent outside of the window.
    Template {
        name: Code,
        language: Code,
        parameters: Vec<Personal<String>>,
    },
    Media {
        media: MediaKind,
        link: Personal<String>,
        caption: Option<Personal<MessageText>>,
    },
}

impl OutboundContent {
    pub fn of_text(text: MessageText) -> Self {
        Self::Text { text: Personal::in_command(text) }
    }

    pub fn is_template(&self) -> bool {
        matches!(self, Self::Template { .. })
    }

    /// The same, now known to be about this person.
    pub fn about(&self, subject: SubjectId) -> Self {
        match self {
            Self::Text { text } => Self::Text { text: text.about(subject) },
            Self::Choices { text, options } => {
                let about = |option: &Offered| Offered {
                    id: option.id.clone(),
                    title: option.title.about(subject),
                    description: option.description.as_ref().map(|text| text.about(subject)),
                };
                Self::Choices { text: text.about(subject), options: options.iter().map(about).collect() }
            }
            Self::Template { name, language, parameters } => Self::Template {
                name: name.clone(),
                language: language.clone(),
                parameters: parameters.iter().map(|parameter| parameter.about(subject)).collect(),
            },
            Self::Media { media, link, caption } => Self::Media {
                media: *media,
                link: link.about(subject),
                caption: caption.as_ref().map(|text| text.about(subject)),
            },
        }
    }

    /// Refuses what the medium has no room for.
    pub fn must_fit(&self, medium: Medium) -> Result<(), OutboundMessageError> {
        if medium == Medium::Voice {
            return Err(OutboundMessageError::NotByThisMedium);
        }
        let text_max = if medium == Medium::Sms { SMS_TEXT_MAX } else { TEXT_MAX };
        let short_max = if medium == Medium::Whatsapp { INTERACTIVE_TEXT_MAX } else { text_max };
        match self {
            Self::Text { text } => at_most(length(text), text_max),
            Self::Choices { text, options } => {
                if options.is_empty() || options.len() > OPTIONS_MAX {
                    return Err(OutboundMessageError::WrongNumberOfChoices);
                }
                match medium {
                    Medium::Whatsapp => {
                        let is_list = options.len() > BUTTONS_MAX
                            || options.iter().any(|option| option.description.is_some());
                        let title_max = if is_list { ROW_TITLE_MAX } else { BUTTON_TITLE_MAX };
                        for option in options {
                            at_most(length(&option.title), title_max)?;
                            let description = option.description.as_ref().map_or(0, length);
                            at_most(description, ROW_DESCRIPTION_MAX)?;
                        }
                        at_most(length(text), short_max)
                    }
                    // Each on a line of its own: "10. ", its title, its description.
                    Medium::Sms | Medium::WebChat | Medium::Email | Medium::Voice => {
                        let line = |option: &Offered| {
                            5 + length(&option.title) + option.description.as_ref().map_or(0, length) + 2
                        };
                        at_most(length(text) + options.iter().map(line).sum::<usize>(), text_max)
                    }
                }
            }
            Self::Template { .. } if medium == Medium::Whatsapp => Ok(()),
            Self::Template { .. } => Err(OutboundMessageError::NotByThisMedium),
            Self::Media { media: _, link: _, caption } => {
                at_most(caption.as_ref().map_or(0, length), short_max)
            }
        }
    }
}

/// In UTF-16 units: that is how text messages are counted.
fn length<const MAX: usize>(text: &Personal<Text<MAX>>) -> usize {
    text.known().map_or(0, |text| text.as_str().encode_utf16().count())
}

fn at_most(got: usize, max: usize) -> Result<(), OutboundMessageError> {
    if got <= max { Ok(()) } else { Err(OutboundMessageError::TooLong { max, got }) }
}
