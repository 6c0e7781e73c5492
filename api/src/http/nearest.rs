//! Names that are not known, and the known one that was meant.

use frontdesk_domain::values::nearest::nearest;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_nothing_is_near_all_are_named() {
        assert_eq!(
            unknown("page", ["cursor", "limit"].into_iter()),
            "is unknown; these are known: cursor, limit"
        );
        assert_eq!(unknown("page", [].into_iter()), "is unknown; none is taken here");
    }
}
