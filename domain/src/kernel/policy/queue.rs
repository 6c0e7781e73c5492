//! The queues that jobs wait in.
//!
//! Each has a weight: while several have jobs that are due, a worker takes from each in proportion to it. So
//! what somebody waits for goes before what is only to be done, and no queue starves.

/// A queue of jobs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, strum::VariantArray)]
#[repr(i16)]
pub enum Queue {
    // Releases from before there were queues take from the first three only.
    Replies = 1,
    Appointments = 2,
    Housekeeping = 3,
    Webhooks = 4,
    Handovers = 5,
    Offers = 6,
    Confirmations = 7,
    Reminders = 8,
    Receipts = 9,
    Media = 10,
    Calendars = 11,
    Assistants = 12,
    Marketing = 13,
}

/// Every queue: its name, its weight, and what is in it.
const TABLE: [(Queue, &str, u16, &str); 13] = [
    (Queue::Webhooks, "webhooks", 32, "what follows from webhooks at once"),
    (Queue::Replies, "replies", 32, "messages to people who wait for an answer"),
    (Queue::Assistants, "assistants", 32, "turns of assistants that write to people"),
    (Queue::Handovers, "handovers", 16, "alerts of the people of a business that somebody wants them"),
    (
        Queue::Appointments,
        "appointments",
        16,
        "what time does to appointments: holds, requests and offers that end",
    ),
    (Queue::Offers, "offers", 16, "messages about times that have become free"),
    (Queue::Confirmations, "confirmations", 8, "messages about what was booked, moved or cancelled"),
    (Queue::Receipts, "receipts", 8, "what became of messages whose sending is in doubt"),
    (Queue::Reminders, "reminders", 8, "messages before and after an appointment"),
    (Queue::Calendars, "calendars", 4, "changes in the calendars of other systems"),
    (Queue::Media, "media", 4, "pictures, recordings and files to be fetched"),
    (Queue::Marketing, "marketing", 2, "messages that nobody has asked for"),
    (Queue::Housekeeping, "housekeeping", 1, "everything that can wait"),
];

impl Queue {
    /// The most urgent ones first.
    pub const ALL: [Self; 13] = {
        let mut all = [Self::Replies; 13];
        let mut at = 0;
        while at < 13 {
            all[at] = TABLE[at].0;
            at += 1;
        }
        all
    };

    /// Its number in the database, for good.
    pub fn number(self) -> i16 {
        self as i16
    }

    pub fn of_number(number: i16) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.number() == number)
    }

    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|queue| queue.name() == name)
    }

    pub fn name(self) -> &'static str {
        self.row().1
    }

    pub fn weight(self) -> u16 {
        self.row().2
    }

    /// What is in it.
    pub fn purpose(self) -> &'static str {
        self.row().3
    }

    fn row(self) -> &'static (Self, &'static str, u16, &'static str) {
        TABLE.iter().find(|(queue, ..)| *queue == self).unwrap_or(&TABLE[12])
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use strum::VariantArray;

    use super::*;

    #[test]
    fn every_queue_has_its_row() {
        let listed: BTreeSet<Queue> = Queue::ALL.into_iter().collect();
        assert_eq!(listed, Queue::VARIANTS.iter().copied().collect());
        let names: BTreeSet<&str> = Queue::ALL.into_iter().map(Queue::name).collect();
        assert_eq!(names.len(), Queue::ALL.len());
        for queue in Queue::ALL {
            assert_eq!(Queue::of_number(queue.number()), Some(queue));
            assert_eq!(Queue::named(queue.name()), Some(queue));
            assert!(queue.weight() > 0);
        }
        assert!(Queue::ALL.is_sorted_by_key(|queue| std::cmp::Reverse(queue.weight())));
        assert_eq!((Queue::of_number(0), Queue::named("vip")), (None, None));
    }
}
