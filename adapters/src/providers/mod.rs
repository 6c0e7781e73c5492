//! The platforms that calls and messages come from, one folder each: what they say on the wire, how their webhooks are verified, what we
//! answer.

pub mod vapi;
