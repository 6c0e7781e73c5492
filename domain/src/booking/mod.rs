//! Appointments from the hold or request to the visit, series of appointments, and the waitlist.

pub mod affected;
pub mod appointment;
pub mod commands;
pub mod customer_agenda;
pub mod no_shows;
pub mod policies;
pub mod series;
pub mod waitlist;
pub mod waitlist_entry;

#[cfg(test)]
mod tests;
