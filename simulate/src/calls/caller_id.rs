//! Who calls, as networks and platforms write it.

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;

/// A number that is withheld: in words, as these words on a telephone's keys, or as a SIP URI.
const WITHHELD: &[&str] = &[
    "anonymous",
    "Anonymous",
    "Restricted",
    "Unavailable",
    "Unknown",
    "Blocked",
    "Private",
    "No Caller ID",
    "+266696687",
    "266696687",
    "+7378742833",
    "+2562533",
    "+8656696",
    "+86282452253",
    "sip:anonymous@anonymous.invalid",
    "sip:anonymous@192.0.2.1:5060",
    "sip:Restricted@carrier.example;user=phone",
    "\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1",
    "",
];

/// What the network shows of somebody who withholds their number. Some platforms leave the field out.
pub fn withheld(rng: &mut StdRng) -> Option<String> {
    let shown: Vec<Option<&str>> = WITHHELD.iter().copied().map(Some).chain([None]).collect();
    shown.choose(rng).copied().flatten().map(str::to_owned)
}

/// What the network shows of a number in E.164.
pub fn number(phone: &str, rng: &mut StdRng) -> String {
    let digits = phone.trim_start_matches('+');
    let shown = [
        phone.to_owned(),
        digits.to_owned(),
        format!("sip:{phone}@carrier.example;user=phone"),
        format!("tel:{phone}"),
    ];
    shown.choose(rng).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use rand::SeedableRng;

    use super::*;

    #[test]
    fn a_number_is_shown_in_every_spelling_or_not_at_all() {
        let mut rng = StdRng::seed_from_u64(1);
        let hidden: BTreeSet<_> = (0..1_000).map(|_| withheld(&mut rng)).collect();
        assert_eq!(hidden.len(), WITHHELD.len() + 1);
        let shown: BTreeSet<_> = (0..100).map(|_| number("+12015550100", &mut rng)).collect();
        assert_eq!(shown.len(), 4);
        assert!(shown.iter().all(|shown| shown.contains("12015550100")));
    }
}
