//! The words that stop messages.

use super::super::keywords::OF_CARRIERS;
use super::super::words::plain;
use super::super::{Keyword, Language, keyword};
use crate::values::medium::Medium;

#[test]
fn a_word_stops_messages_where_its_medium_has_it() {
    for (medium, text, expected) in [
        (Medium::Sms, "STOP", Some(Keyword::Stop)),
        (Medium::Sms, " Stop. ", Some(Keyword::Stop)),
        (Medium::Sms, "cancel", Some(Keyword::Stop)),
        (Medium::Whatsapp, "cancel", None),
        (Medium::Whatsapp, "Cancelar", None),
        (Medium::Sms, "cancelar", None),
        (Medium::Whatsapp, "end", None),
        (Medium::Whatsapp, "Stop!", Some(Keyword::Stop)),
        (Medium::Whatsapp, "BAJA", Some(Keyword::Stop)),
        (Medium::Whatsapp, "Darme de baja", Some(Keyword::Stop)),
        (Medium::Sms, "Arrêt", Some(Keyword::Stop)),
        (Medium::Whatsapp, "opt-out", Some(Keyword::Stop)),
        (Medium::Whatsapp, "sair", Some(Keyword::Stop)),
        (Medium::Sms, "please stop calling me", None),
        (Medium::Sms, "UNSTOP", Some(Keyword::Start)),
        (Medium::Sms, "yes", Some(Keyword::Start)),
        (Medium::Whatsapp, "yes", None),
        (Medium::Whatsapp, "alta", Some(Keyword::Start)),
        (Medium::Sms, "INFO", Some(Keyword::Help)),
        (Medium::Whatsapp, "ayuda", Some(Keyword::Help)),
        (Medium::WebChat, "stop", None),
        (Medium::Email, "stop", None),
        (Medium::Sms, "", None),
        (Medium::Sms, "🛑", None),
    ] {
        assert_eq!(keyword(medium, text), expected, "{medium:?} {text:?}");
    }
}

#[test]
fn a_word_means_one_thing_and_is_written_as_it_is_compared() {
    let lists = [OF_CARRIERS].into_iter().chain(Language::all().map(|language| language.keywords()));
    let meanings: Vec<(&str, Keyword)> = lists
        .flat_map(|list| {
            [(list.stop, Keyword::Stop), (list.start, Keyword::Start), (list.help, Keyword::Help)]
        })
        .flat_map(|(words, keyword)| words.iter().map(move |word| (*word, keyword)))
        .collect();
    for (word, keyword) in &meanings {
        assert_eq!(plain(word), *word);
        let others = meanings.iter().filter(|(other, _)| other == word);
        assert!(others.into_iter().all(|(_, other)| other == keyword), "{word}");
    }
    for language in Language::all() {
        let words = language.keywords();
        for list in [words.stop, words.start, words.help] {
            assert!(!list.is_empty(), "{language}");
        }
    }
}
