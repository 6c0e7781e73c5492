//! What can be booked, and when: businesses, services, resources, their hours and limits, and the search for
//! open slots.

pub mod agenda_day;
pub mod availability;
pub mod business;
pub mod commands;
pub mod quota;
pub mod resource;
pub mod service;
