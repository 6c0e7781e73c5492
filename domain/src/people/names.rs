//! Whether somebody says the name of a customer.
//!
//! People say their names in either order, leave some of them out, and are heard without accents. Every name
//! that one of both has must be in the other. Particles and titles are no names: `de` does not find María de
//! los Ángeles Ruiz. An initial stands for a name that begins with it, beside a name that is the same in
//! full.

use crate::values::words::{runs, words};

#[rustfmt::skip]
const PARTICLES: &[&str] = &[
    "a", "af", "al", "av", "bin", "bint", "d", "da", "das", "de", "del", "della", "den", "der", "des", "di",
    "do", "dos", "du", "e", "el", "i", "ibn", "la", "las", "le", "les", "lo", "los", "of", "saint", "san",
    "santa", "sao", "st", "ten", "ter", "the", "van", "vom", "von", "y", "zu", "zum", "zur",
];

#[rustfmt::skip]
const TITLES: &[&str] = &[
    "arq", "dame", "doctor", "doctora", "don", "dona", "dr", "dra", "frau", "herr", "ing", "lic", "madam",
    "madame", "miss", "mister", "mlle", "mme", "monsieur", "mr", "mrs", "ms", "mx", "prof", "profesor",
    "profesora", "professor", "senor", "senora", "senorita", "signor", "signora", "sir", "sr", "sra",
    "srta",
];

/// Whoever says more names for each one of another name is guessing.
const NAMES_PER_NAME_MAX: usize = 4;

pub fn is_same_name(one: &str, other: &str) -> bool {
    let (mut one, mut other) = (words(one), words(other));
    if one == other {
        return !one.is_empty();
    }
    let has_names = |words: &[String]| words.iter().any(|word| is_name(word));
    if has_names(&one) && has_names(&other) {
        return is_within(&one, &other) || is_within(&other, &one);
    }
    // All that somebody is called may look like particles: Le Van.
    one.sort_unstable();
    other.sort_unstable();
    !one.is_empty() && one == other
}

fn is_name(word: &str) -> bool {
    !PARTICLES.contains(&word) && !TITLES.contains(&word)
}

/// Whether every name of the one is in the other, and one of them in full.
fn is_within(short: &[String], long: &[String]) -> bool {
    let is_part = |at: usize| {
        runs(short).any(|(first, length, run)| (first..first + length).contains(&at) && long.contains(&run))
    };
    let is_in_full = |at: usize, word: &String| {
        !is_initial(word) && (long.contains(word) || runs(long).any(|(_, _, run)| run == *word))
            || is_part(at)
    };
    let is_abbreviated = |word: &String| {
        long.iter().filter(|other| is_name(other)).any(|other| {
            is_initial(word) && other.starts_with(word.as_str())
                || is_initial(other) && word.starts_with(other.as_str())
        })
    };
    let names = || short.iter().enumerate().filter(|(_, word)| is_name(word));
    let has_too_many =
        long.iter().filter(|word| is_name(word)).count() > NAMES_PER_NAME_MAX * names().count();
    !has_too_many
        && names().any(|(at, word)| is_in_full(at, word))
        && names().all(|(at, word)| is_in_full(at, word) || is_abbreviated(word))
}

/// Of scripts whose words are longer than a letter.
fn is_initial(word: &str) -> bool {
    word.len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_known_by_its_words() {
        for (name, said) in [
            ("Ada Lovelace", "ada  LOVELACE"),
            ("Ada Lovelace", "Lovelace, Ada"),
            ("Ada Lovelace", "Lovelace"),
            ("José Pérez", "jose perez"),
            ("Jose\u{301} Pérez García", "perez jose"),
            ("María de los Ángeles Ruiz", "Maria Ruiz"),
            ("María de los Ángeles Ruiz", "María Angeles"),
            ("Ana García-López", "ana garcia"),
            ("Ana García-López", "Ana López"),
            ("Ana García-López", "Ana Garcialopez"),
            ("Sean O'Neil", "sean oneil"),
            ("Sean O’Neil", "Sean O Neil"),
            ("Sean Patrick O'Neil", "Sean O Neil"),
            ("Ronald McDonald", "ronald mc donald"),
            ("Juan de la Cruz", "Juan Delacruz"),
            ("Juan Delacruz", "Juan de la Cruz"),
            ("Ada Lovelace", "Dr. Ada Lovelace"),
            ("Sr. Juan Pérez", "Juan Pérez"),
            ("José Pérez", "J. Pérez"),
            ("Ruiz", "Dr. María de los Ángeles Concepción Ruiz"),
            ("J. Pérez", "José Pérez"),
            ("Le Van", "van le"),
            ("李明", "李 明"),
            ("Владимир Петров", "петров"),
        ] {
            assert!(is_same_name(name, said) && is_same_name(said, name), "{name}, {said}");
        }
    }

    #[test]
    fn what_is_no_name_or_anothers_finds_nobody() {
        for (name, said) in [
            ("Ada Lovelace", "Ada Byron"),
            ("Ada Lovelace", " "),
            ("Ada Lovelace", "Ad"),
            ("María de los Ángeles Ruiz", "de"),
            ("María de los Ángeles Ruiz", "de los"),
            ("Juan San Martín", "san"),
            ("Dr. Ada Lovelace", "Dr."),
            ("Ludwig van Beethoven", "van"),
            ("José Pérez", "M. Pérez"),
            ("José Pérez", "J. P."),
            ("José Pérez", "j"),
            ("J. P.", "José Pérez"),
            ("Max", "Max Ada Ben Leo Tom"),
            ("Max", "Ada Ben Leo Tom Kim Ann Bob Eve Ian Joe Liz Max Ned Pam Ray Sue Ted Una"),
            ("", ""),
            ("\u{200b}", "\u{200b}"),
        ] {
            assert!(!is_same_name(name, said) && !is_same_name(said, name), "{name}, {said}");
        }
    }
}
