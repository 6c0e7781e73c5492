//! The words by which people stop messages, have them start again, and ask for help.
//!
//! A word counts only if it is the whole message: "please cancel my appointment" is none. The words of all
//! languages are understood wherever a business is: whoever wants no more messages writes so in their own.
//!
//! On SMS the carrier and its gateway have words of their own. After one of them nothing arrives any more, so
//! we must take it as they do, `CANCEL`, `END` and `QUIT` included. On WhatsApp nobody stands between, and
//! those are ordinary answers to a question. The web chat and calls have no such words: their visitors leave.

use super::words::plain;
use crate::values::medium::Medium;

/// What a message that is one word asks for.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Keyword {
    /// No more messages.
    Stop,
    /// Messages again. It means something only after a stop: `YES` is such a word on SMS.
    Start,
    Help,
}

/// The words of a language, or of the carriers. They are written as [`plain`] writes them.
#[derive(Debug, Clone, Copy)]
pub struct Keywords {
    pub stop: &'static [&'static str],
    pub start: &'static [&'static str],
    pub help: &'static [&'static str],
}

/// The words that gateways act on by themselves (their help pages are named in decision 0031; one of them
/// has the Canadian ARRET, too), and those that 47 CFR 64.1200(a)(10) names.
pub(super) const OF_CARRIERS: Keywords = Keywords {
    stop: &[
        "stop",
        "stopall",
        "unsubscribe",
        "cancel",
        "end",
        "quit",
        "revoke",
        "optout",
        "opt out",
        "arret",
        "arrete",
        "arrett",
    ],
    start: &["start", "yes", "unstop"],
    help: &["help", "info"],
};

impl Keywords {
    fn meaning(&self, word: &str) -> Option<Keyword> {
        [(self.stop, Keyword::Stop), (self.start, Keyword::Start), (self.help, Keyword::Help)]
            .into_iter()
            .find_map(|(words, keyword)| words.contains(&word).then_some(keyword))
    }
}

impl Keyword {
    /// Whether messages start or stop with it.
    pub fn starts(self) -> Option<bool> {
        match self {
            Self::Stop => Some(false),
            Self::Start => Some(true),
            Self::Help => None,
        }
    }

    /// What a message asks for, if it is one word and the medium has such words.
    pub(super) fn read(
        medium: Medium,
        text: &str,
        of_languages: impl IntoIterator<Item = Keywords>,
    ) -> Option<Self> {
        let of_carriers = match medium {
            Medium::Sms => Some(OF_CARRIERS),
            Medium::Whatsapp => None,
            Medium::WebChat | Medium::Email | Medium::Voice => return None,
        };
        let word = plain(text);
        of_carriers.into_iter().chain(of_languages).find_map(|keywords| keywords.meaning(&word))
    }
}
