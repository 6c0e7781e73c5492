//! Names that are not known, and the known one that was meant.

use strsim::osa_distance;

/// Nobody mistypes a longer one.
const NAME_BYTES_MAX: usize = 64;

/// Says that a name is unknown, and what would be right.
pub fn unknown<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    if let Some(near) = nearest(name, known.clone()) {
        return format!("is unknown; did you mean {near:?}?");
    }
    let known: Vec<&str> = known.collect();
    match known.is_empty() {
        true => "is unknown; none is taken here".to_owned(),
        false => format!("is unknown; these are known: {}", known.join(", ")),
    }
}

/// The known name that is as good as the same: few letters differ, or one begins with the other.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    if name.is_empty() || name.len() > NAME_BYTES_MAX {
        return None;
    }
    let name = name.to_lowercase().replace('-', "_");
    let distance = |known: &str| osa_distance(&name, &known.to_lowercase());
    let is_near = |known: &&str| {
        distance(known) * 3 <= name.chars().count() || known.starts_with(&name) || name.starts_with(known)
    };
    known.filter(is_near).min_by_key(|known| distance(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_that_was_meant_is_found() {
        let known = ["customer_id", "cursor", "from", "limit", "resource_id", "service_id", "status", "to"];
        for (name, meant) in [
            ("limt", Some("limit")),
            ("form", Some("from")),
            ("Status", Some("status")),
            ("serviceId", Some("service_id")),
            ("resource-id", Some("resource_id")),
            ("customer", Some("customer_id")),
            ("status[]", Some("status")),
            ("page", None),
            ("colour", None),
            ("", None),
        ] {
            assert_eq!(nearest(name, known.into_iter()), meant, "{name}");
        }
        assert_eq!(nearest(&"limit".repeat(50_000), known.into_iter()), None);
    }

    #[test]
    fn where_nothing_is_near_all_are_named() {
        assert_eq!(
            unknown("page", ["cursor", "limit"].into_iter()),
            "is unknown; these are known: cursor, limit"
        );
        assert_eq!(unknown("page", [].into_iter()), "is unknown; none is taken here");
    }
}
