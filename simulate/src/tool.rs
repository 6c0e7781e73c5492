//! `frontdesk simulate tool`: one tool call, as a voice platform makes it.

use anyhow::{Context, bail, ensure};
use reqwest::StatusCode;
use serde_json::{Map, Value};

use crate::http::{Failure, client};
use crate::target::base_url;
use crate::voice::message::{ArgumentForm, Call, ToolCall};
use crate::voice::reply::{Answer, ToolReply};

const TOOLS: [&str; 11] = [
    "check_availability",
    "book_appointment",
    "reschedule_appointment",
    "cancel_appointment",
    "find_appointments",
    "get_business_hours",
    "get_services",
    "join_waitlist",
    "accept_offer",
    "decline_offer",
    "take_message",
];

pub const EXAMPLE: &str = "\
Example:
  frontdesk simulate tool check_availability day=tomorrow 'time=after 3 pm' --secret …";

#[derive(Debug, clap::Args)]
pub struct ToolArgs {
    /// The tool
    #[arg(value_parser = TOOLS)]
    tool: String,
    /// Its arguments, like day=tomorrow
    #[arg(value_name = "NAME=VALUE", value_parser = argument)]
    arguments: Vec<(String, String)>,
    /// The secret of the channel, which `frontdesk demo` prints and `POST …/channels` answers
    #[arg(long, env = "CHANNEL_SECRET", hide_env_values = true)]
    secret: String,
    /// The number that the caller calls from; it is withheld, if it is left out
    #[arg(long, value_name = "NUMBER")]
    from: Option<String>,
    /// The server
    #[arg(long, default_value = "http://127.0.0.1:8080", value_parser = base_url)]
    url: String,
    /// Print the answer as the assistant gets it
    #[arg(long)]
    json: bool,
}

/// Makes the call, and prints what the caller hears.
pub async fn run(args: ToolArgs) -> anyhow::Result<()> {
    let ToolArgs { tool, arguments, secret, from, url, json } = args;
    let tool = TOOLS.into_iter().find(|known| *known == tool).context("there is no such tool")?;
    let mut given = Map::new();
    for (name, value) in arguments {
        ensure!(!given.contains_key(&name), "{name} is given twice");
        given.insert(name, Value::String(value));
    }
    let call = ToolCall::new(tool, given.into());
    let body = Call::showing(from).tool_call(&call, ArgumentForm::Object);
    let request = client()?.post(format!("{url}/webhooks/vapi")).header("x-vapi-secret", secret);
    let request = request.header("content-type", "application/json").body(body);
    let sent = request.send().await.map_err(|error| Failure::transport(error).into_error());
    let response = sent.with_context(|| format!("there is no Frontdesk at {url}"))?;
    let (status, text) = (response.status(), response.text().await?);
    match status {
        StatusCode::OK => {}
        StatusCode::UNAUTHORIZED => bail!("no channel has this secret"),
        _ => bail!("{status}: {text}"),
    }
    let reply = ToolReply::parse(&text, &call)?;
    if json && !reply.is_error {
        println!("{}", reply.text);
        return Ok(());
    }
    let Answer { message, slots, .. } = reply.answer(&call)?;
    println!("{message}");
    for slot in slots {
        println!("  {}: slot_token={}", slot.time, slot.slot_token);
    }
    Ok(())
}

fn argument(text: &str) -> Result<(String, String), String> {
    let (name, value) = text.split_once('=').ok_or("it must be like day=tomorrow")?;
    Ok((name.to_owned(), value.to_owned()))
}
