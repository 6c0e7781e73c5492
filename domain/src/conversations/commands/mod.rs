//! What happens in calls. A tool call is answered in the request. Any other webhook is received, and translated later from the log.

pub mod answer_tool_call;
pub mod receive_webhook;
pub mod tool_request;
pub mod translate_webhook;
