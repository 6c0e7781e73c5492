//! Which service a caller means.
//!
//! In this order: the one whose name is said; the one all of whose words are said, as Corte y barba in "un
//! corte y barba por favor", where Corte is only a part of that; the one whose name has all that is said. Where
//! several are as likely ("a root canal or a cleaning"), the caller is asked about these.

use std::collections::BTreeSet;

use crate::values::words::{runs, words};

/// Words that names of services are put together with.
#[rustfmt::skip]
const CONNECTIVES: &[&str] = &[
    "a", "al", "an", "and", "con", "de", "del", "e", "el", "for", "in", "la", "las", "los", "o", "of", "or",
    "para", "the", "un", "una", "with", "y",
];
/// Between two services of which one is wanted.
const DISJUNCTIONS: &[&str] = &["o", "or", "ou", "u"];
/// A shorter word brings nothing close.
const TELLING_LETTERS_MIN: usize = 3;

/// The number of the service that is meant, or of those that come close.
pub fn meant(said: &str, names: &[&str]) -> Result<usize, Vec<usize>> {
    let (said, names) = (words(said), names.iter().map(|name| words(name)).collect::<Vec<_>>());
    let is_disjunction = |word: &String| DISJUNCTIONS.contains(&word.as_str());
    if names.contains(&said) || !said.iter().any(is_disjunction) {
        return one_meant(&said, &names);
    }
    // "Corte o barba" is not Corte y barba.
    let wanted = said.split(is_disjunction).filter(|part| !part.is_empty());
    let meant: BTreeSet<usize> = wanted
        .flat_map(|part| one_meant(part, &names).map_or_else(|close| close, |number| vec![number]))
        .collect();
    let meant = Vec::from_iter(meant);
    <[usize; 1]>::try_from(meant).map(|[one]| one)
}

fn one_meant(said: &[String], names: &[Vec<String>]) -> Result<usize, Vec<usize>> {
    let numbers = |is_meant: &dyn Fn(&[String]) -> bool| -> Vec<usize> {
        let meant = names.iter().enumerate().filter(|(_, name)| is_meant(name));
        meant.map(|(number, _)| number).collect()
    };
    let heard: Vec<String> = said.iter().cloned().chain(runs(said).map(|(_, _, run)| run)).collect();
    let all_said = |name: &[String]| {
        !name.is_empty() && (telling(name).all(|word| has(&heard, word)) || has(said, &name.concat()))
    };
    let is_part = |part: &[String], of: &[String]| {
        telling(part).count() < telling(of).count() && telling(part).all(|word| has(of, word))
    };
    let is_part_of_another =
        |name: &[String]| names.iter().any(|other| all_said(other) && is_part(name, other));
    let has_all = |name: &[String]| {
        !said.is_empty()
            && (telling(said).all(|word| has(name, word)) || name.concat().contains(&said.concat()))
    };
    let is_close = |name: &[String]| {
        telling(name).any(|word| word.chars().count() >= TELLING_LETTERS_MIN && has(&heard, word))
    };
    let exact = numbers(&|name| !name.is_empty() && name == said);
    let within = numbers(&|name| all_said(name) && !is_part_of_another(name));
    let (around, close) = (numbers(&has_all), numbers(&is_close));
    match [exact, within, around].into_iter().find(|numbers| !numbers.is_empty()) {
        Some(numbers) => <[usize; 1]>::try_from(numbers).map(|[one]| one),
        None => Err(close),
    }
}

/// The words that tell services apart; all of them, if there are no others.
fn telling(name: &[String]) -> impl Iterator<Item = &String> {
    let is_connective = |word: &String| CONNECTIVES.contains(&word.as_str());
    let has_others = !name.iter().all(is_connective);
    name.iter().filter(move |word| !has_others || !is_connective(word))
}

/// Whether a word is there, in the singular or the plural.
fn has(words: &[String], word: &str) -> bool {
    let is_plural = |many: &str, one: &str| {
        many.strip_prefix(one).is_some_and(|ending| matches!(ending, "s" | "es")) && one.len() > 1
    };
    words.iter().any(|other| other == word || is_plural(other, word) || is_plural(word, other))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_service_is_understood_by_what_is_said_of_it() {
        let names =
            ["Corte", "Corte y barba", "Depilación láser", "Masaje sueco", "Masaje tailandés", "Haircut"];
        for (said, name) in [
            ("corte", "Corte"),
            ("CORTE!", "Corte"),
            ("un corte y barba por favor", "Corte y barba"),
            ("corte con barba", "Corte y barba"),
            ("quiero un corte de cabello", "Corte"),
            ("cortes", "Corte"),
            ("barba", "Corte y barba"),
            ("depilacion laser", "Depilación láser"),
            ("láser", "Depilación láser"),
            ("un masaje sueco", "Masaje sueco"),
            ("hair cut", "Haircut"),
            ("a haircut, please", "Haircut"),
            ("cut", "Haircut"),
            ("un corte o corte", "Corte"),
        ] {
            assert_eq!(meant(said, &names).map(|number| names[number]), Ok(name), "{said}");
        }
    }

    #[test]
    fn of_services_as_likely_those_are_asked_about() {
        let names = ["Corte", "Masaje sueco", "Masaje tailandés", "Corte de puntas y tinte", "Corte y tinte"];
        for (said, close) in [
            ("masaje", &[1, 2][..]),
            ("un masaje relajante", &[1, 2]),
            ("tinte", &[3, 4]),
            ("un masaje sueco o un corte y tinte", &[1, 4]),
            ("corte o tinte", &[0, 3, 4]),
            ("manicura", &[]),
            ("", &[]),
            ("?", &[]),
        ] {
            assert_eq!(meant(said, &names), Err(close.to_vec()), "{said}");
        }
        assert_eq!(meant("Corte", &["Corte", "corte"]), Err(vec![0, 1]));
        assert_eq!(meant("corte", &[]), Err(vec![]));
        assert_eq!(meant("corte", &["☂"]), Err(vec![]));
    }
}
