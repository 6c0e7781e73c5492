//! `/api/v1/assistant-tools`: the function tools of the voice assistant, to paste into the voice platform.

use std::collections::BTreeMap;

use frontdesk_adapters::providers;
use frontdesk_application::app::App;
use frontdesk_domain::kernel::ids::ChannelId;
use frontdesk_domain::languages::Language;
use frontdesk_projections::channels::{self, Channels};
use poem_openapi::param::Query;
use poem_openapi::types::Any;
use poem_openapi::{Object, OpenApi};
use serde_json::Value;

use super::businesses::entry;
use super::caller::Caller;
use super::field::Field;
use super::problem::{Problem, ReadProblem};
use super::reply::{Out, Reply};
use super::shown::Shown;
use super::tag::Tag;

/// The tools to paste into the voice platform.
#[derive(Debug, Clone, Object)]
#[oai(rename = "AssistantTools")]
pub struct ToolsOut {
    /// All tools. Give the assistant all of them: they refer to each other.
    pub tools: Vec<Shown<ToolOut>>,
}

impl Out for ToolsOut {}

/// A function that a model can call.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AssistantTool", skip_serializing_if_is_none)]
pub struct ToolOut {
    /// Always function.
    #[oai(rename = "type")]
    pub kind: String,
    /// What the model is told of it.
    pub function: FunctionOut,
    /// Where its calls are sent. To the assistant's own server, if it is not there.
    pub server: Option<ServerOut>,
}

/// What a model is told of a function.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AssistantFunction")]
pub struct FunctionOut {
    /// By what it is called.
    pub name: String,
    /// When to call it, and what with.
    pub description: String,
    /// Its arguments.
    pub parameters: ParametersOut,
}

/// The JSON schema of the arguments of a function.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AssistantParameters")]
pub struct ParametersOut {
    /// Always object.
    #[oai(rename = "type")]
    pub kind: String,
    /// The arguments by their names, each with its JSON schema.
    pub properties: BTreeMap<String, Any<Value>>,
    /// Those that cannot be left out.
    pub required: Vec<String>,
}

/// A server that the platform calls.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AssistantServer", rename_all = "camelCase")]
pub struct ServerOut {
    /// The address of the channel's webhooks.
    pub url: String,
    /// How many seconds the platform waits for an answer.
    pub timeout_seconds: u64,
    /// What the platform does when no answer comes.
    pub backoff_plan: BackoffOut,
}

/// How a call is repeated that was not answered.
#[derive(Debug, Clone, PartialEq, Object)]
#[oai(rename = "AssistantBackoff", rename_all = "camelCase")]
pub struct BackoffOut {
    /// How the pauses grow: exponential.
    #[oai(rename = "type")]
    pub kind: String,
    /// How often it is repeated at most.
    pub max_retries: u32,
    /// How many seconds the first pause takes.
    pub base_delay_seconds: u32,
}

pub struct AssistantToolsApi(pub App);

#[OpenApi(prefix_path = "/api/v1", tag = "Tag::Operations")]
impl AssistantToolsApi {
    /// Get the tools of the voice assistant
    ///
    /// Function tools to paste into the assistant, as the platform of the channel wants them; without
    /// channel_id, as Vapi does. They are sent to the assistant's own server, which knows the secret; with
    /// channel_id, to the address of that channel, and the credential must be chosen in each tool. They tell
    /// the model which language to speak.
    #[oai(path = "/assistant-tools", method = "get", operation_id = "get_assistant_tools")]
    async fn assistant_tools(
        &self,
        caller: Caller,
        /// For the platform of this channel, with its address.
        channel_id: Query<Option<Field<ChannelId>>>,
        /// The business's own, if it is left out; en for operators.
        language: Query<Option<Field<Language>>>,
    ) -> Result<Reply<ToolsOut>, ReadProblem> {
        let language = match (&*language, caller.0.tenant) {
            (Some(language), _) => language.0,
            (None, Some(tenant)) => {
                let business = entry(&self.0, tenant).await?.state;
                business.registered().map(|business| business.profile.language).unwrap_or_default()
            }
            (None, None) => Language::default(),
        };
        let (provider, url) = match &*channel_id {
            Some(channel_id) => {
                let (pool, tenant) = (&self.0.pool, caller.0.tenant);
                let channel = self
                    .0
                    .positions
                    .find(&Channels, || async {
                        Ok::<_, Problem>(channels::find(pool, tenant, channel_id.0).await?)
                    })
                    .await?;
                let channel = channel
                    .ok_or_else(|| Problem::not_found("there is no such channel, or not for this key"))?;
                let provider =
                    providers::find(&channel.details.provider).unwrap_or_else(providers::of_new_channels);
                (provider, Some(self.0.webhook_url(provider.name(), channel_id.0)))
            }
            None => (providers::of_new_channels(), None),
        };
        let tools = provider.tool_definitions(url.as_deref(), language);
        Ok(Reply::new(ToolsOut { tools: tools.into_iter().map(Shown::of).collect() }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::shown::tests::is_described;

    #[test]
    fn the_tools_are_what_the_document_says() {
        for provider in providers::ALL {
            for url in [None, Some("https://example.com/webhooks")] {
                let tools = provider.tool_definitions(url, Language::default());
                tools.into_iter().for_each(is_described::<ToolOut>);
            }
        }
    }
}
