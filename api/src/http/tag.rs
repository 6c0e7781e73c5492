//! The groups of operations in the OpenAPI document.

use poem_openapi::Tags;

#[derive(Tags)]
pub enum Tag {
    /// The tenants: profile, hours, voice channels.
    Businesses,
    /// What is offered.
    Services,
    /// Who and what is booked.
    Resources,
    /// Open slots, holds and appointments.
    Appointments,
    /// Those who wait for a time to become free.
    Waitlist,
    /// Appointments for calendar programs.
    Calendars,
    /// The people served.
    Customers,
    /// What callers left, and webhooks that need somebody.
    Inbox,
    /// Keys to this API.
    ApiKeys,
    /// The process itself.
    Operations,
}
