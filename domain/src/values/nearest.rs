//! Names that are not known, and the known one that was meant.

use strsim::osa_distance;

/// Nobody mistypes a longer one.
const NAME_BYTES_MAX: usize = 64;

/// The known name that is as good as the same: all words of the one are in the other, few letters differ, or
/// one begins with the other.
pub fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return None;
    }
    let name = snake_case(name);
    let distance = |known: &str| osa_distance(&name, known);
    let shares_words = |known: &str| is_part(&name, known) || is_part(known, &name);
    let is_near = |known: &&str| {
        let begins = known.starts_with(&name) || name.starts_with(known);
        begins || distance(known) * 3 <= name.chars().count() || shares_words(known)
    };
    known.filter(is_near).min_by_key(|known| (!shares_words(known), distance(known)))
}

fn is_part(part: &str, of: &str) -> bool {
    part.split('_').all(|word| of.split('_').any(|other| other == word))
}

/// `timeOfDay` and `time-of-day` are `time_of_day`.
fn snake_case(name: &str) -> String {
    let mut snake = String::with_capacity(name.len());
    let mut is_after_small = false;
    for letter in name.chars() {
        if letter.is_uppercase() && is_after_small {
            snake.push('_');
        }
        is_after_small = letter.is_lowercase() || letter.is_ascii_digit();
        snake.extend(if letter.is_alphanumeric() { letter } else { '_' }.to_lowercase());
    }
    snake
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        let known = ["name", "last_day", "service", "service_id", "time", "to", "limit"];
        for (name, meant) in [
            ("limt", Some("limit")),
            ("Limit", Some("limit")),
            ("serviceId", Some("service_id")),
            ("service-id", Some("service_id")),
            ("limit[]", Some("limit")),
            ("last_name", Some("name")),
            ("lastDay", Some("last_day")),
            ("wishedTime", Some("time")),
            ("serv", Some("service")),
            ("page", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), meant, "{name}");
        }
        assert_eq!(nearest(&"limit".repeat(50_000), known.into_iter()), None);
    }
}
