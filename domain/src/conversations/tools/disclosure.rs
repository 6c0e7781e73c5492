//! Which appointments a caller is told of, and whether it has to be said whose each is.
//!
//! A number belongs to one customer, and may be a family's telephone: an appointment that was booked on it
//! keeps the name of whoever it is for. Who calls from the number hears of all that was booked on it. Who
//! says it from elsewhere has to say a name, too: that of the customer, for all of them, or that of an
//! appointment.

use crate::people::names::is_same_name;

/// Who asks for the appointments of a number.
#[derive(Debug)]
pub enum Asker {
    /// Calls from it.
    Caller,
    /// Says it, and this name.
    Named(String),
}

impl Asker {
    /// Whether they hear of an appointment for somebody, on the number of a customer. A name that is not
    /// known is nobody's.
    pub fn may_hear(&self, customer: Option<&str>, attendee: Option<&str>) -> bool {
        match self {
            Self::Caller => true,
            Self::Named(said) => {
                [customer, attendee].into_iter().flatten().any(|name| is_same_name(name, said))
            }
        }
    }
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
    fn whoever_says_a_number_hears_what_is_under_their_name() {
        let (ada, byron) = (Some("Ada Lovelace"), Some("Byron King"));
        let named = |name: &str| Asker::Named(name.into());
        assert!(Asker::Caller.may_hear(ada, byron) && Asker::Caller.may_hear(None, None));
        assert!(named("ada lovelace").may_hear(ada, ada) && named("Ada").may_hear(ada, byron));
        assert!(named("byron").may_hear(ada, byron) && !named("byron").may_hear(ada, ada));
        assert!(!named("Charles").may_hear(ada, byron) && !named("de").may_hear(ada, Some("María de Soto")));
        assert!(!named("Ada").may_hear(None, None));
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
