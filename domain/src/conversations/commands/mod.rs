//! Channels, what happens in calls, and messages in and out. A tool call is answered in the request. Any
//! other webhook is received, and later translated from the log.

pub mod answer_tool_call;
pub mod channels;
pub mod charge;
pub mod consents;
mod correspondence;
pub mod receive_message;
pub mod receive_status;
pub mod receive_webhook;
pub mod send_message;
#[cfg(test)]
mod tests;
pub mod tool_request;
pub mod translate_webhook;
