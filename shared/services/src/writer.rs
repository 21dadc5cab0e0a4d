//! Models that write: what is asked of one, and what comes of it.
//!
//! Here belongs what all providers have in common: how long they may take, when they are asked again, what their failures
//! mean and what an answer costs. A provider's own words are in a file of its own. Not here: what the prompt says, whether
//! the answer can be sent, and what is sent when it cannot. All of that is `plat-writing`.

mod anthropic;
mod bedrock;
mod openai;
mod prices;

use crate::outgoing::{Outcome, Outgoing, OutgoingError, Request, Response};
use crate::vault::Secret;
use async_trait::async_trait;
use plat_writing::Prompt;
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::fmt;
use std::time::Duration;
use thiserror::Error;
use tokio::time::Instant;

pub use anthropic::Anthropic;
pub use bedrock::Bedrock;
pub use openai::OpenAi;

/// How long to wait before a provider is asked again that did not say how long.
const PAUSE: Duration = Duration::from_millis(500);

/// A provider that has less time left than this is not asked again: it would not be done.
const WORTH_A_TRY: Duration = Duration::from_secs(3);

/// What one writing may take.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// How long, second try included.
    pub within: Duration,
    /// The most tokens that the model writes.
    pub max_tokens: u32,
}

impl Default for Limits {
    /// Most models write a mail in five seconds, with some three hundred tokens.
    fn default() -> Self {
        Self {
            within: Duration::from_secs(20),
            max_tokens: 700,
        }
    }
}

/// What a model answered.
#[derive(Clone, PartialEq, Eq)]
pub struct Answer {
    /// Its words, as they came.
    pub text: String,
    /// The model, as the provider names the one that wrote.
    pub model: String,
    /// The tokens of the prompt.
    pub input_tokens: u64,
    /// The tokens of the answer.
    pub output_tokens: u64,
}

/// Without its words, which are about a client.
impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (model, input, output) = (&self.model, self.input_tokens, self.output_tokens);
        write!(f, "Answer({model}, {input} + {output} tokens)")
    }
}

impl Answer {
    /// What it cost in millionths of a dollar, rounded up, by the provider's list. None if the model is not on it.
    pub fn cost(&self) -> Option<u64> {
        prices::cost(&self.model, self.input_tokens, self.output_tokens)
    }
}

/// Why a model wrote nothing.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum WriterError {
    /// There is no key, or what is there is none.
    #[error("there is no key")]
    NoKey,
    /// It took too long.
    #[error("the provider did not answer in time")]
    TimedOut,
    /// The provider cannot be reached or is too busy. Trying again later may help.
    #[error("the provider is not available: {0}")]
    Unavailable(String),
    /// The provider does not accept the request: the key, the model or the account is wrong. Its code, but none of its
    /// words, which may repeat the key or the prompt.
    #[error("the provider refused: {0}")]
    Refused(String),
    /// The model would not write this.
    #[error("the model declined")]
    Declined,
    /// The answer is not what the provider's answers look like, or breaks off.
    #[error("the answer of the provider cannot be read: {0}")]
    Unreadable(&'static str),
}

impl WriterError {
    /// The name under which it is kept with the mail that was written without the model.
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::NoKey => "no_key",
            Self::TimedOut => "timed_out",
            Self::Unavailable(_) => "unavailable",
            Self::Refused(_) => "refused",
            Self::Declined => "declined",
            Self::Unreadable(_) => "unreadable",
        }
    }
}

/// Writes what it is asked for.
#[async_trait]
pub trait Writer: Send + Sync {
    /// The answer to a prompt. It is whatever the model wrote; nobody has looked at it.
    async fn write(&self, prompt: &Prompt, limits: Limits) -> Result<Answer, WriterError>;

    /// Asks whether the provider knows who is asking. That costs nothing.
    async fn check(&self) -> Result<(), WriterError>;
}

/// A provider's key.
#[derive(Clone, PartialEq, Eq)]
pub struct ApiKey(Secret);

/// The longest key that is taken for one.
const MAX_KEY: usize = 512;

impl ApiKey {
    /// Reads a key.
    ///
    /// # Errors
    /// [`WriterError::NoKey`] if it is empty, or has characters that no provider's keys have.
    pub fn parse(text: &str) -> Result<Self, WriterError> {
        let text = text.trim();
        let is_key =
            (1..=MAX_KEY).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_graphic());
        if is_key {
            Ok(Self(Secret::new(text)))
        } else {
            Err(WriterError::NoKey)
        }
    }
}

impl ApiKey {
    fn reveal(&self) -> &str {
        self.0.reveal()
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ApiKey")
    }
}

/// Sends what `request` makes, and once more if the provider is busy and there is time; reads what was answered.
async fn ask<T: DeserializeOwned>(
    outgoing: &dyn Outgoing,
    within: Duration,
    request: impl Fn() -> Result<Request, OutgoingError> + Send + Sync,
) -> Result<T, WriterError> {
    let end = Instant::now() + within;
    let mut is_last = false;
    loop {
        let left = end.saturating_duration_since(Instant::now());
        let request = request().map_err(failed)?.within(left);
        let (error, pause) = match outgoing.send(request).await {
            Ok(response) => match outcome(&response) {
                Ok(()) => {
                    return serde_json::from_slice(&response.body).map_err(|_| {
                        WriterError::Unreadable("it is not the JSON that was expected")
                    });
                }
                Err(error) => (error, response.retry_after().unwrap_or(PAUSE)),
            },
            Err(error) => (failed(error), PAUSE),
        };
        let left = end.saturating_duration_since(Instant::now());
        let may_help = matches!(error, WriterError::Unavailable(_));
        if is_last || !may_help || left < pause.saturating_add(WORTH_A_TRY) {
            return Err(error);
        }
        tokio::time::sleep(pause).await;
        is_last = true;
    }
}

fn outcome(response: &Response) -> Result<(), WriterError> {
    let code = || code(response);
    match response.outcome() {
        Outcome::Done => Ok(()),
        // An account without credit is told that it asks too often, which waiting does not mend.
        Outcome::Busy if code() == "insufficient_quota" => Err(WriterError::Refused(code())),
        Outcome::Busy => Err(WriterError::Unavailable(code())),
        Outcome::Refused => Err(WriterError::Refused(code())),
    }
}

/// The longest code of an error that is passed on.
const MAX_CODE: usize = 64;

/// The provider's name for an error: OpenAI's and Anthropic's are in the body, Amazon's is in a header. What does not look
/// like a name is left out, and the number stands for it.
fn code(response: &Response) -> String {
    let body: Value = serde_json::from_slice(&response.body).unwrap_or_default();
    let named = |name: &str| body.get("error")?.get(name)?.as_str();
    let amazon = response
        .header("x-amzn-errortype")
        .and_then(|kind| kind.split(':').next());
    let is_name = |code: &&str| {
        (1..=MAX_CODE).contains(&code.len())
            && code.bytes().all(|b| b.is_ascii_alphabetic() || b == b'_')
    };
    [named("code"), named("type"), amazon]
        .into_iter()
        .flatten()
        .find(is_name)
        .map_or_else(|| response.status.to_string(), str::to_owned)
}

fn failed(error: OutgoingError) -> WriterError {
    match error {
        OutgoingError::TimedOut => WriterError::TimedOut,
        OutgoingError::Unreachable(_) | OutgoingError::Interrupted(_) => {
            WriterError::Unavailable(error.to_string())
        }
        OutgoingError::TooLarge => WriterError::Unreadable("it is too large"),
        OutgoingError::Malformed(_) => WriterError::Refused(error.to_string()),
    }
}

/// Where `path` is under a base address, with or without a slash at its end.
fn under(base: &str, path: &str) -> String {
    format!("{}{path}", base.trim_end_matches('/'))
}

/// The text of an answer, if there is any.
fn worded(text: String) -> Result<String, WriterError> {
    if text.trim().is_empty() {
        Err(WriterError::Unreadable("it is empty"))
    } else {
        Ok(text)
    }
}

#[cfg(test)]
mod tests;
