//! Words as they are compared: without case, accents and punctuation.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::text::is_invisible;

/// How many words may be one word for somebody else: `de la Cruz`, `hair cut`.
const RUN_MAX: usize = 3;

/// The words of a text. What an apostrophe joins is one word, what a hyphen joins are two.
pub fn words(text: &str) -> Vec<String> {
    let is_apostrophe = |letter: &char| matches!(letter, '\'' | '’' | '‘' | 'ʼ' | '`' | '´' | '′');
    let without: String = text.chars().filter(|letter| !is_apostrophe(letter)).collect();
    let mut plain = String::with_capacity(without.len());
    for letter in without.to_lowercase().nfkd() {
        match letter {
            'ß' => plain.push_str("ss"),
            'æ' => plain.push_str("ae"),
            'œ' => plain.push_str("oe"),
            'þ' => plain.push_str("th"),
            'ø' => plain.push('o'),
            'ł' => plain.push('l'),
            'đ' | 'ð' => plain.push('d'),
            'ı' => plain.push('i'),
            // Accents. The marks of other scripts are letters: vowels.
            '\u{300}'..='\u{36f}' => {}
            letter if is_invisible(letter) => {}
            letter => plain.push(letter),
        }
    }
    let is_between = |letter: char| !letter.is_alphanumeric() && !is_combining_mark(letter);
    plain.split(is_between).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

/// What neighbouring words would be as one, with the place of the first and how many they are.
pub fn runs(words: &[String]) -> impl Iterator<Item = (usize, usize, String)> {
    (2..=RUN_MAX).flat_map(move |length| {
        words.windows(length).enumerate().map(move |(first, run)| (first, length, run.concat()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_compared_without_case_accents_and_punctuation() {
        for (text, expected) in [
            ("José  PÉREZ", &["jose", "perez"][..]),
            ("Jose\u{301}", &["jose"]),
            ("O’Neil, Sr.", &["oneil", "sr"]),
            ("García-López", &["garcia", "lopez"]),
            ("Depilación láser", &["depilacion", "laser"]),
            ("Straße & Łódź", &["strasse", "lodz"]),
            ("A\u{200b}da", &["ada"]),
            ("李 明", &["李", "明"]),
            ("' \u{200b} -", &[]),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn neighbouring_words_may_be_one() {
        let said: Vec<_> = runs(&words("de la Cruz")).map(|(_, _, run)| run).collect();
        assert_eq!(said, ["dela", "lacruz", "delacruz"]);
        assert_eq!(runs(&[]).count(), 0);
    }
}
