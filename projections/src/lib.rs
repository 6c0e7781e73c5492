//! Read models: what the API reads, built from the log and nothing else.
//!
//! * [`read_models`]: every read model there is;
//! * [`tables`]: the tables of all of them, made when the database is migrated;
//! * [`reader`]: what follows the log;
//! * [`runner`] and [`group`]: who runs one, and all that are at the same place: what a reader writes and its
//!   checkpoint move in one transaction;
//! * [`reached`]: waiting until a reader has come to a position;
//! * [`checkpoints`]: the table of how far each reader has come;
//! * [`parked`]: the table of events that a reader could not take;
//! * one file, or a file and a folder, for each read model: its tables, what it does with events, its queries.
//!
//! A read model lives in a schema that carries its version. To change its tables, raise the version: the new
//! one is filled from the beginning of the log while processes of the old release go on serving from the old
//! one.

pub mod agenda;
pub mod appointments;
pub mod calendar_feeds;
pub mod channels;
pub mod checkpoints;
pub mod consents;
pub mod conversations;
pub mod customer_figures;
pub mod customer_notes;
pub mod customers;
pub mod deliveries;
pub mod directory;
pub mod edition;
pub mod editions;
pub mod group;
pub mod messages;
pub mod page;
pub mod parked;
pub mod reached;
pub mod read_model;
pub mod reader;
pub mod runner;
pub mod series;
pub mod tables;
pub mod waitlist;

use std::sync::Arc;

use read_model::ReadModel;

/// The read model with a name.
pub fn read_model(name: &str) -> Option<Arc<dyn ReadModel>> {
    read_models().into_iter().find(|model| model.name() == name)
}

/// Every read model there is.
pub fn read_models() -> Vec<Arc<dyn ReadModel>> {
    vec![
        Arc::new(directory::Directory),
        Arc::new(channels::Channels),
        Arc::new(agenda::Agenda),
        Arc::new(appointments::Appointments),
        Arc::new(series::SeriesList),
        Arc::new(customers::Customers),
        Arc::new(customer_notes::CustomerNotes),
        Arc::new(customer_figures::CustomerFigures),
        Arc::new(messages::Messages),
        Arc::new(conversations::Conversations),
        Arc::new(consents::Consents),
        Arc::new(deliveries::Deliveries),
        Arc::new(calendar_feeds::CalendarFeeds),
        Arc::new(waitlist::Waitlist),
    ]
}
