//! OpenAI's Chat Completions, and what speaks like it.
//!
//! The newer Responses API does nothing more for a single answer, and few servers that stand in for OpenAI have it.
//! <https://platform.openai.com/docs/api-reference/chat>

use super::{Answer, ApiKey, Limits, Writer, WriterError, ask, under, worded};
use crate::outgoing::{Outgoing, Request};
use async_trait::async_trait;
use plat_writing::Prompt;
use serde::Deserialize;
use serde_json::{Value, json};
use std::sync::Arc;

/// A team's account with OpenAI.
pub struct OpenAi {
    outgoing: Arc<dyn Outgoing>,
    key: ApiKey,
    base_url: String,
    model: String,
}

impl OpenAi {
    /// Where OpenAI is.
    pub const BASE_URL: &str = "https://api.openai.com/v1";

    /// Cheap, quick, and good at short texts. It does not think before it writes, which would use the tokens up.
    pub const MODEL: &str = "gpt-4.1-mini";

    /// Where it is.
    pub const URL: &str = "https://api.openai.com/v1";

    /// Asks `model` at `base_url` with a team's key. The model has to know structured outputs, as all since `gpt-4o` do.
    pub fn new(outgoing: Arc<dyn Outgoing>, key: ApiKey, base_url: String, model: String) -> Self {
        Self {
            outgoing,
            key,
            base_url,
            model,
        }
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.key.reveal())
    }
}

#[async_trait]
impl Writer for OpenAi {
    async fn write(&self, prompt: &Prompt, limits: Limits) -> Result<Answer, WriterError> {
        let body = json!({
            "model": self.model,
            "messages": [
                { "role": "system", "content": prompt.system },
                { "role": "user", "content": prompt.user },
            ],
            "max_completion_tokens": limits.max_tokens,
            "response_format": {
                "type": "json_schema",
                "json_schema": { "name": "email", "strict": true, "schema": prompt.schema },
            },
        })
        .to_string();
        let completion: Completion = ask(&*self.outgoing, limits.within, || {
            Request::post_json(under(&self.base_url, "/chat/completions"), body.clone())
                .secret("authorization", &self.bearer())
        })
        .await?;
        let choice = completion
            .choices
            .into_iter()
            .next()
            .ok_or(WriterError::Unreadable("it has no choice"))?;
        if choice.message.refusal.is_some()
            || choice.finish_reason.as_deref() == Some("content_filter")
        {
            return Err(WriterError::Declined);
        }
        if choice.finish_reason.as_deref() == Some("length") {
            return Err(WriterError::Unreadable("it breaks off"));
        }
        Ok(Answer {
            text: worded(choice.message.content.unwrap_or_default())?,
            model: completion.model.unwrap_or_else(|| self.model.clone()),
            input_tokens: completion.usage.prompt_tokens,
            output_tokens: completion.usage.completion_tokens,
        })
    }

    async fn check(&self) -> Result<(), WriterError> {
        let _: Value = ask(&*self.outgoing, Limits::default().within, || {
            Request::get(under(&self.base_url, "/models")).secret("authorization", &self.bearer())
        })
        .await?;
        Ok(())
    }
}

#[derive(Deserialize)]
struct Completion {
    model: Option<String>,
    choices: Vec<Choice>,
    #[serde(default)]
    usage: Usage,
}

#[derive(Deserialize)]
struct Choice {
    message: Message,
    finish_reason: Option<String>,
}

#[derive(Deserialize)]
struct Message {
    content: Option<String>,
    refusal: Option<String>,
}

/// Servers that stand in for OpenAI do not all count.
#[derive(Deserialize, Default)]
#[serde(default)]
struct Usage {
    prompt_tokens: u64,
    completion_tokens: u64,
}
