//! What every aggregate speaks in: ids, time, people's data, and the events around it.

pub mod chain;
pub mod contact_address;
pub mod decider;
pub mod email;
pub mod holidays;
pub mod hours;
pub mod ids;
pub mod interval;
pub mod metadata;
pub mod money;
pub mod personal;
pub mod phone;
pub mod recorded;
pub mod refusal;
pub mod text;
pub mod time;
pub mod upcast;
pub mod whatsapp;
