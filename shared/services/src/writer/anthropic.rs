//! Anthropic's Messages.
//!
//! The model is made to use a tool whose input has the schema, which every model since Claude 3 can do.
//! <https://docs.anthropic.com/en/api/messages>

use super::{Answer, ApiKey, Limits, Writer, WriterError, ask, under, worded};
use crate::outgoing::{Outgoing, OutgoingError, Request};
use async_trait::async_trait;
use plat_writing::Prompt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// The version of the API that is spoken.
const VERSION: &str = "2023-06-01";

/// The name of the tool.
const TOOL: &str = "write_email";

/// A team's account with Anthropic.
pub struct Anthropic {
    outgoing: Arc<dyn Outgoing>,
    key: ApiKey,
    base_url: String,
    model: String,
}

impl Anthropic {
    /// Where Anthropic is.
    pub const BASE_URL: &str = "https://api.anthropic.com";

    /// The smallest of its kind writes mails well.
    pub const MODEL: &str = "claude-haiku-4-5";

    /// Where it is.
    pub const URL: &str = "https://api.anthropic.com";

    /// Asks `model` at `base_url` with a team's key.
    pub fn new(outgoing: Arc<dyn Outgoing>, key: ApiKey, base_url: String, model: String) -> Self {
        Self {
            outgoing,
            key,
            base_url,
            model,
        }
    }

    fn signed(&self, request: Request) -> Result<Request, OutgoingError> {
        request
            .secret("x-api-key", self.key.reveal())?
            .header("anthropic-version", VERSION)
    }
}

#[async_trait]
impl Writer for Anthropic {
    async fn write(&self, prompt: &Prompt, limits: Limits) -> Result<Answer, WriterError> {
        let body = json!({
            "model": self.model,
            "max_tokens": limits.max_tokens,
            "system": prompt.system,
            "messages": [{ "role": "user", "content": prompt.user }],
            "tools": [{
                "name": TOOL,
                "description": "Takes the finished e-mail.",
                "input_schema": prompt.schema,
            }],
            "tool_choice": { "type": "tool", "name": TOOL },
        })
        .to_string();
        let message: Message = ask(&*self.outgoing, limits.within, || {
            self.signed(Request::post_json(
                under(&self.base_url, "/v1/messages"),
                body.clone(),
            ))
        })
        .await?;
        match message.stop_reason.as_deref() {
            Some("refusal") => return Err(WriterError::Declined),
            Some("max_tokens") => return Err(WriterError::Unreadable("it breaks off")),
            Some(_) | None => {}
        }
        // What is said beside the tool's input is not for the client.
        let mut text = String::new();
        for block in message.content {
            match block {
                Block::ToolUse { input } => {
                    text = input.to_string();
                    break;
                }
                Block::Text { text: said } => text.push_str(&said),
                Block::Other => {}
            }
        }
        Ok(Answer {
            text: worded(text)?,
            model: message.model.unwrap_or_else(|| self.model.clone()),
            input_tokens: message.usage.input_tokens,
            output_tokens: message.usage.output_tokens,
        })
    }

    async fn check(&self) -> Result<(), WriterError> {
        let _: Value = ask(&*self.outgoing, Limits::default().within, || {
            self.signed(Request::get(under(&self.base_url, "/v1/models")))
        })
        .await?;
        Ok(())
    }
}

#[derive(Deserialize)]
struct Message {
    model: Option<String>,
    content: Vec<Block>,
    stop_reason: Option<String>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
enum Block {
    ToolUse {
        input: Value,
    },
    Text {
        text: String,
    },
    #[serde(other)]
    Other,
}

#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
}
