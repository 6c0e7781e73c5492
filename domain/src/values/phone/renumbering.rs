//! Countries that have changed their numbers, so that old and new ones are about for years.
//!
//! Argentina is special: a subscriber is known with and without the 9 of mobile numbers, and no plan tells
//! whose number is mobile. So both forms are read as they are, and both are looked for.

/// The old beginning, how many digits follow, and what it is today.
const RENUMBERED: [(&str, usize, &str); 5] = [
    // Mexico, 2019: no 1 before mobile numbers, and none of the prefixes 044, 045 and 01.
    ("+521", 10, "+52"),
    ("+52044", 10, "+52"),
    ("+52045", 10, "+52"),
    ("+5201", 10, "+52"),
    // Benin, 2024.
    ("+229", 8, "+22901"),
];

/// Today's form of an old number.
pub fn current(number: &str) -> Option<String> {
    let renumbered = RENUMBERED.iter().find_map(|(old, digits, new)| {
        let rest = number.strip_prefix(old).filter(|rest| rest.len() == *digits)?;
        Some(format!("{new}{rest}"))
    });
    renumbered.or_else(|| {
        // Brazil, 2012 to 2016: a ninth digit for mobile numbers, which begin with 6 to 9.
        let (area, subscriber) = number.strip_prefix("+55")?.split_at_checked(2)?;
        let is_mobile = subscriber.len() == 8 && subscriber.starts_with(['6', '7', '8', '9']);
        is_mobile.then(|| format!("+55{area}9{subscriber}"))
    })
}

/// All forms of a number: today's, and those from before.
pub fn forms(number: &str) -> Vec<String> {
    let current = current(number).unwrap_or_else(|| number.to_owned());
    let mut forms = former(&current);
    forms.insert(0, current);
    forms
}

fn former(number: &str) -> Vec<String> {
    let put = |new: &str, digits: usize, old: &str| {
        let rest = number.strip_prefix(new).filter(|rest| rest.len() == digits)?;
        Some(format!("{old}{rest}"))
    };
    let brazil = || {
        let (area, subscriber) = number.strip_prefix("+55")?.split_at_checked(2)?;
        let old = subscriber.strip_prefix('9').filter(|old| old.len() == 8)?;
        old.starts_with(['6', '7', '8', '9']).then(|| format!("+55{area}{old}"))
    };
    [
        put("+52", 10, "+521"),
        put("+22901", 8, "+229"),
        put("+549", 10, "+54"),
        put("+54", 10, "+549"),
        brazil(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
