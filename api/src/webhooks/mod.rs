//! Webhooks: one file for each provider.
//!
//! Each does the same: prove who sent it, append its receipt under its delivery identity, answer. Whatever the provider does not wait for is
//! translated later, from the log, by [`frontdesk_application::inbound::translator`].

mod vapi;

use poem::{Route, post};

pub const ROOT: &str = "/webhooks";
/// Voice platforms send the whole conversation again and again; an end-of-call report of a long call stays below this.
pub const BODY_BYTES_MAX: usize = 4 << 20;

pub fn routes() -> Route {
    Route::new().at("/vapi", post(vapi::receive))
}
