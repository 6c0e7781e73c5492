//! Which appointments a caller is told of, which they may change, and whether it has to be said whose each is.
//!
//! A number belongs to one customer, and may be a family's telephone: an appointment that was booked on it
//! keeps the name of whoever it is for. Who calls from the number hears of all that was booked on it. Who
//! says it from elsewhere has to say a name, too: that of the customer, for all of them, or that of an
//! appointment. A business can ask for more ([`CallerProof`]).

use chrono::NaiveDate;

use crate::people::names::is_same_name;
use crate::scheduling::business::{CallerProof, Proof};

/// What somebody knows who asks for the appointments of a number.
#[derive(Debug, Default)]
pub struct Asker {
    /// They call from it.
    pub calls_from_it: bool,
    pub name: Option<String>,
    pub day: Option<NaiveDate>,
}

impl Asker {
    /// What they have shown to know of an appointment on that number, for somebody and on a day. A name that
    /// is not known is nobody's.
    pub fn shown(&self, customer: Option<&str>, attendee: Option<&str>, day: NaiveDate) -> Option<Proof> {
        let shown = self.shown_of_names(customer, attendee)?;
        let knows_day = shown == Proof::Name && self.day == Some(day);
        Some(if knows_day { Proof::NameAndDay } else { shown })
    }

    /// Whether somebody's name is said.
    pub fn is_named(&self, name: Option<&str>) -> bool {
        name.zip(self.name.as_deref()).is_some_and(|(name, said)| is_same_name(name, said))
    }

    fn shown_of_names(&self, customer: Option<&str>, attendee: Option<&str>) -> Option<Proof> {
        let knows_name = self.is_named(customer) || self.is_named(attendee);
        if knows_name { Some(Proof::Name) } else { self.calls_from_it.then_some(Proof::Number) }
    }

    /// Whether they may hear of a time that the waitlist keeps for somebody, and answer the offer. Nobody knows
    /// its day before they are told.
    pub fn may_answer_offer(&self, proof: CallerProof, customer: Option<&str>, name: Option<&str>) -> bool {
        let needed = proof.to_hear.min(Proof::Name);
        proof.to_hear != Proof::Staff && self.shown_of_names(customer, name) >= Some(needed)
    }

    /// What they say they know of an appointment, of what the business asks for, and could be guessed.
    pub fn claims(&self, proof: CallerProof) -> Option<Proof> {
        let asked_for = [proof.to_hear, proof.to_change()].into_iter().filter(|asked| *asked != Proof::Staff);
        let said = if self.day.is_some() { Proof::NameAndDay } else { Proof::Name };
        let claimed = said.min(asked_for.max()?);
        (self.name.is_some() && (claimed > Proof::Number || !self.calls_from_it)).then_some(claimed)
    }

    /// What is still to be asked for before this much is shown.
    pub fn lacks(&self, proof: Proof) -> Vec<&'static str> {
        let name = (proof >= Proof::Name || !self.calls_from_it) && self.name.is_none();
        let day = proof >= Proof::NameAndDay && self.day.is_none();
        [(name, "name"), (day, "day")].into_iter().filter(|(lacks, _)| *lacks).map(|(_, what)| what).collect()
    }
}

/// What has to be said, rightly, before somebody who has shown this much has shown what is needed: arguments of
/// the tool.
pub fn still_to_say(shown: Proof, needed: Proof) -> Vec<&'static str> {
    let steps = [(Proof::Name, "name"), (Proof::NameAndDay, "day")];
    steps.into_iter().filter(|(step, _)| shown < *step && *step <= needed).map(|(_, what)| what).collect()
}

/// Whether appointments of a customer are for several people, or for another one than the customer.
pub fn are_of_several<'a>(
    customer: Option<&'a str>,
    attendees: impl IntoIterator<Item = Option<&'a str>>,
) -> bool {
    let mut names = customer.into_iter().chain(attendees.into_iter().flatten());
    names.next().is_some_and(|first| names.any(|name| !is_same_name(first, name)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_says_a_number_shows_what_they_know_of_each_appointment() {
        let (ada, byron) = (Some("Ada Lovelace"), Some("Byron King"));
        let day = |day| NaiveDate::from_ymd_opt(2026, 11, day).expect("a date");
        let named = |name: &str| Asker { name: Some(name.into()), ..Asker::default() };
        let shown = |asker: &Asker, customer, attendee| asker.shown(customer, attendee, day(24));
        let caller = Asker { calls_from_it: true, ..Asker::default() };
        assert_eq!(shown(&caller, ada, byron), Some(Proof::Number));
        assert_eq!(shown(&caller, None, None), Some(Proof::Number));
        assert_eq!(shown(&named("ada lovelace"), ada, ada), Some(Proof::Name));
        assert_eq!(shown(&named("Ada"), ada, byron), Some(Proof::Name));
        assert_eq!(shown(&named("byron"), ada, byron), Some(Proof::Name));
        assert_eq!(shown(&named("byron"), ada, ada), None);
        assert_eq!(shown(&named("Charles"), ada, byron), None);
        assert_eq!(shown(&named("de"), ada, Some("María de Soto")), None);
        assert_eq!(shown(&named("Ada"), None, None), None);
        for (said, expected) in [(24, Proof::NameAndDay), (25, Proof::Name)] {
            let asker = Asker { day: Some(day(said)), ..named("Ada") };
            assert_eq!(shown(&asker, ada, None), Some(expected));
        }
        // The day of somebody else's appointment proves nothing.
        let asker = Asker { calls_from_it: true, day: Some(day(24)), ..named("Charles") };
        assert_eq!(shown(&asker, ada, byron), Some(Proof::Number));
    }

    #[test]
    fn what_is_claimed_is_what_could_be_guessed() {
        let day = NaiveDate::from_ymd_opt(2026, 11, 24);
        let asker = |calls_from_it, name: &str, day| Asker {
            calls_from_it,
            name: Some(name.to_owned()).filter(|name| !name.is_empty()),
            day,
        };
        for (calls_from_it, name, day, to_hear, to_change, expected) in [
            (true, "Ada", day, Proof::Number, Proof::Number, None),
            (true, "", day, Proof::Number, Proof::NameAndDay, None),
            (false, "Ada", None, Proof::Number, Proof::Number, Some(Proof::Number)),
            (true, "Ada", None, Proof::Number, Proof::Name, Some(Proof::Name)),
            (true, "Ada", day, Proof::Number, Proof::NameAndDay, Some(Proof::NameAndDay)),
            (true, "Ada", None, Proof::NameAndDay, Proof::Number, Some(Proof::Name)),
            (true, "Ada", day, Proof::Name, Proof::Staff, Some(Proof::Name)),
            (true, "Ada", day, Proof::Number, Proof::Staff, None),
            (false, "Ada", day, Proof::Staff, Proof::Staff, None),
        ] {
            let claimed = asker(calls_from_it, name, day).claims(CallerProof { to_hear, to_change });
            assert_eq!(claimed, expected, "{calls_from_it} {name} {day:?} {to_hear:?} {to_change:?}");
        }
    }

    #[test]
    fn an_offer_is_answered_by_whoever_it_is_for() {
        let proof = |to_hear| CallerProof { to_hear, to_change: Proof::Number };
        let may = |asker: &Asker, to_hear| asker.may_answer_offer(proof(to_hear), None, Some("Ada Lovelace"));
        let caller = Asker { calls_from_it: true, ..Asker::default() };
        let ada = Asker { name: Some("Ada".into()), ..Asker::default() };
        let stranger = Asker { name: Some("Charles".into()), ..Asker::default() };
        for (to_hear, expected) in [
            (Proof::Number, [true, true, false]),
            (Proof::Name, [false, true, false]),
            (Proof::NameAndDay, [false, true, false]),
            (Proof::Staff, [false, false, false]),
        ] {
            assert_eq!([&caller, &ada, &stranger].map(|asker| may(asker, to_hear)), expected, "{to_hear:?}");
        }
    }

    #[test]
    fn what_is_lacking_is_what_is_asked_for() {
        let caller = Asker { calls_from_it: true, ..Asker::default() };
        assert!(caller.lacks(Proof::Number).is_empty());
        assert_eq!(caller.lacks(Proof::Name), ["name"]);
        assert_eq!(caller.lacks(Proof::NameAndDay), ["name", "day"]);
        assert_eq!(Asker::default().lacks(Proof::Number), ["name"]);
        let named = Asker { name: Some("Ada".into()), ..Asker::default() };
        assert_eq!(named.lacks(Proof::NameAndDay), ["day"]);
        assert_eq!(still_to_say(Proof::Number, Proof::NameAndDay), ["name", "day"]);
        assert_eq!(still_to_say(Proof::Name, Proof::NameAndDay), ["day"]);
        assert_eq!(still_to_say(Proof::Number, Proof::Name), ["name"]);
    }

    #[test]
    fn names_are_said_where_there_are_several() {
        let (ada, leo) = (Some("Ada Lovelace"), Some("Leo Lovelace"));
        assert!(
            are_of_several(ada, [ada, leo]) && are_of_several(ada, [leo]) && are_of_several(None, [ada, leo])
        );
        assert!(
            !are_of_several(ada, [ada, Some("ada")])
                && !are_of_several(ada, [None])
                && !are_of_several(None, [])
        );
    }
}
