//! The groups of operations in the OpenAPI document.

use poem_openapi::Tags;

#[derive(Tags)]
pub enum Tag {
    /// The tenants: profiles, opening hours, and the channels by which callers reach them. Begin here.
    Businesses,
    /// Keys to this API, of a business and of operators.
    ApiKeys,
    /// Who works at a business, and what is used there: when it can be booked, and when it is off.
    Resources,
    /// What a business offers: how long it takes, what it needs, what it costs, and the rules for booking it.
    Services,
    /// Open slots, holds, appointments and series: booked, moved, cancelled, and what becomes of them.
    Appointments,
    /// Those who wait for a time to become free, and what they are offered.
    Waitlist,
    /// The people served: their addresses, notes about them, and customers who turn out to be one person.
    Customers,
    /// Appointments for calendar programs, as iCalendar.
    Calendars,
    /// What people write to a business and what it writes to them, how that stands, and who answers.
    Conversations,
    /// What callers have left, and webhooks that need somebody.
    Inbox,
    /// The deployment itself: its health, its jobs, its readers of the log, the tools of assistants.
    Operations,
}

impl Tag {
    /// All of them, in the order of a first use.
    pub const IN_ORDER: [Self; 11] = [
        Self::Businesses,
        Self::ApiKeys,
        Self::Resources,
        Self::Services,
        Self::Appointments,
        Self::Waitlist,
        Self::Customers,
        Self::Calendars,
        Self::Conversations,
        Self::Inbox,
        Self::Operations,
    ];
}
