//! Channels, and what happens in calls. A tool call is answered in the request. Any other webhook is
//! received, and later translated from the log.

pub mod answer_tool_call;
pub mod channels;
pub mod receive_webhook;
pub mod tool_request;
pub mod translate_webhook;
