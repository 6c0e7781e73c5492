//! Frontdesk's decisions. Pure: nothing here does I/O, reads a clock or draws a random number.

pub mod agenda_day;
pub mod api_key;
pub mod appointment;
pub mod attendance;
pub mod availability;
pub mod business;
pub mod calendar_feed;
pub mod call;
pub mod channel_address;
pub mod commands;
pub mod contact_point;
pub mod customer;
pub mod customer_note;
pub mod delivery;
pub mod effect;
pub mod policies;
pub mod quota;
pub mod registry;
pub mod request;
pub mod resource;
pub mod service;
pub mod shared;
pub mod voice;
pub mod work;
