//! Nobody waits for dates that have passed.

use cqrs_es::Aggregate;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::booking::commands::waitlist::expire;
use crate::booking::waitlist_entry::{WaitlistEntry, WaitlistEntryEvent};
use crate::kernel::ids::{StreamId, WaitlistEntryId};
use crate::kernel::policy::{Job, Performed, Policy, Queue, Reaction};
use crate::kernel::recorded::{RecordedEvent, Unreadable};
use crate::kernel::work::{Failure, Work};

#[derive(Debug)]
pub struct WaitlistExpiry;

impl Policy for WaitlistExpiry {
    const NAME: &'static str = "waitlist_expiry";
    const AGGREGATES: &'static [&'static str] = &[WaitlistEntry::TYPE];
    type Job = ExpireEntry;

    fn react(recorded: &RecordedEvent) -> Result<Vec<Reaction<ExpireEntry>>, Unreadable> {
        let Some(event) = recorded.event::<WaitlistEntry>()? else { return Ok(vec![]) };
        let entry_id = WaitlistEntryId::from_uuid(recorded.aggregate_id);
        let key = entry_id.to_string();
        Ok(match event {
            WaitlistEntryEvent::WaitlistJoined { joined, by: _ } => {
                vec![Reaction::Schedule { key, due_at: joined.until, job: ExpireEntry { entry_id } }]
            }
            WaitlistEntryEvent::OfferAccepted { .. }
            | WaitlistEntryEvent::WaitlistLeft { .. }
            | WaitlistEntryEvent::WaitlistEntryExpired {}
            | WaitlistEntryEvent::WaitlistEntryDropped {} => vec![Reaction::Withdraw { key }],
            WaitlistEntryEvent::WaitlistOffered { .. }
            | WaitlistEntryEvent::OfferDeclined { .. }
            | WaitlistEntryEvent::OfferLapsed {} => vec![],
        })
    }
}

/// Takes an entry off the waitlist when its dates have passed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ExpireEntry {
    pub entry_id: WaitlistEntryId,
}

impl Job for ExpireEntry {
    const NAME: &'static str = "ExpireEntry";
    const QUEUE: Queue = Queue::Housekeeping;

    async fn perform<W: Work>(&self, work: &W) -> Result<Performed, Failure> {
        let entry = work.load::<WaitlistEntry>(self.entry_id).await?.state;
        let Ok(entry) = entry.known() else { return Ok(Performed::Unneeded) };
        if !entry.is_open() {
            return Ok(Performed::Unneeded);
        }
        if work.now() < entry.ends_at() {
            return Ok(Performed::NotBefore(entry.ends_at()));
        }
        expire(work, self.entry_id).await?;
        Ok(Performed::Applied)
    }
}

#[cfg(test)]
mod tests {
    use chrono::TimeDelta;
    use uuid::Uuid;

    use super::*;
    use crate::booking::appointment::Source;
    use crate::booking::policies::testing::{by, noon, recorded};
    use crate::booking::waitlist::Wish;
    use crate::booking::waitlist_entry::Joined;
    use crate::kernel::ids::{CustomerId, ServiceId};
    use crate::kernel::personal::{Personal, SubjectId};
    use crate::scheduling::availability::Terms;
    use crate::values::hours::Dates;
    use crate::values::text::Name;
    use crate::values::time::{TimeOfDay, Zone};

    fn reactions(event: WaitlistEntryEvent) -> Vec<Reaction<ExpireEntry>> {
        WaitlistExpiry::react(&recorded::<WaitlistEntry>(serde_json::to_value(event).expect("JSON")))
            .expect("readable")
    }

    #[test]
    fn an_entry_is_scheduled_to_end_with_its_dates_and_whatever_ends_it_before_withdraws_that() {
        let entry_id = WaitlistEntryId::from_uuid(Uuid::from_u128(2));
        let key = entry_id.to_string();
        let customer_id = CustomerId::from_uuid(Uuid::from_u128(3));
        let date = noon().date_naive();
        let wish = Wish {
            service_id: ServiceId::from_uuid(Uuid::from_u128(4)),
            terms: Terms::default(),
            dates: Dates { first: date, last: date },
            from_time: TimeOfDay::START,
            to_time: TimeOfDay::END,
        };
        let name = Personal::new(SubjectId::of(customer_id), Name::parse("Ada").expect("a name"));
        let until = noon() + TimeDelta::hours(12);
        let joined =
            Joined { customer_id, name, wish, zone: Zone::UTC, at: noon(), until, source: Source::Api };
        let scheduled = Reaction::Schedule { key: key.clone(), due_at: until, job: ExpireEntry { entry_id } };
        assert_eq!(reactions(WaitlistEntryEvent::WaitlistJoined { joined, by: by() }), [scheduled]);
        for ended in [
            WaitlistEntryEvent::OfferAccepted { by: by() },
            WaitlistEntryEvent::WaitlistLeft { by: by() },
            WaitlistEntryEvent::WaitlistEntryExpired {},
            WaitlistEntryEvent::WaitlistEntryDropped {},
        ] {
            assert_eq!(reactions(ended), [Reaction::Withdraw { key: key.clone() }]);
        }
        assert_eq!(reactions(WaitlistEntryEvent::OfferLapsed {}), []);
    }
}
