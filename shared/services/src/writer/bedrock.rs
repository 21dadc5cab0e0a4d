//! Amazon Bedrock's Converse.
//!
//! One request is signed and sent here, rather than by the SDK's client, so that no function carries that client for it.
//! Only some models can be held to a schema; the prompt asks all of them for JSON in words.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>

use super::{Answer, Limits, Writer, WriterError, ask, under, worded};
use crate::Clock;
use crate::outgoing::{Outgoing, OutgoingError, Request};
use async_trait::async_trait;
use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use plat_writing::Prompt;
use serde::Deserialize;
use serde_json::json;
use std::sync::Arc;

/// The service's name in a signature. Its host is named otherwise.
const SERVICE: &str = "bedrock";

/// Bedrock, as the function that asks it.
pub struct Bedrock {
    outgoing: Arc<dyn Outgoing>,
    clock: Arc<dyn Clock>,
    credentials: Credentials,
    region: String,
    endpoint: String,
    model: String,
}

impl Bedrock {
    /// Asks a model, or an inference profile, in a region. `endpoint` is where Bedrock is, if not where AWS has it.
    pub fn new(
        outgoing: Arc<dyn Outgoing>,
        clock: Arc<dyn Clock>,
        credentials: Credentials,
        region: String,
        endpoint: Option<String>,
        model: String,
    ) -> Self {
        let usual = || format!("https://bedrock-runtime.{region}.amazonaws.com");
        Self {
            endpoint: endpoint.unwrap_or_else(usual),
            outgoing,
            clock,
            credentials,
            region,
            model,
        }
    }

    fn signed(&self, url: &str, body: &str) -> Result<Request, OutgoingError> {
        let cannot = OutgoingError::Malformed("it cannot be signed");
        let identity = self.credentials.clone().into();
        let parameters = SigningParams::builder()
            .identity(&identity)
            .region(&self.region)
            .name(SERVICE)
            .time(self.clock.now().into())
            .settings(SigningSettings::default())
            .build();
        let headers = [("content-type", "application/json")];
        let signable = SignableRequest::new(
            "POST",
            url,
            headers.into_iter(),
            SignableBody::Bytes(body.as_bytes()),
        );
        let (Ok(parameters), Ok(signable)) = (parameters, signable) else {
            return Err(cannot);
        };
        let Ok(signature) = sign(signable, &parameters.into()) else {
            return Err(cannot);
        };
        let (instructions, _) = signature.into_parts();
        instructions.headers().try_fold(
            Request::post_json(url, body.to_owned()),
            |request, (name, value)| request.secret(name, value),
        )
    }
}

#[async_trait]
impl Writer for Bedrock {
    async fn write(&self, prompt: &Prompt, limits: Limits) -> Result<Answer, WriterError> {
        let url = under(
            &self.endpoint,
            &format!("/model/{}/converse", in_path(&self.model)),
        );
        let body = json!({
            "system": [{ "text": prompt.system }],
            "messages": [{ "role": "user", "content": [{ "text": prompt.user }] }],
            "inferenceConfig": { "maxTokens": limits.max_tokens },
        })
        .to_string();
        let reply: Reply = ask(&*self.outgoing, limits.within, || self.signed(&url, &body)).await?;
        match reply.stop_reason.as_str() {
            "guardrail_intervened" | "content_filtered" => return Err(WriterError::Declined),
            "max_tokens" => return Err(WriterError::Unreadable("it breaks off")),
            _ => {}
        }
        let blocks = reply.output.message.content;
        let text = blocks.into_iter().filter_map(|block| block.text).collect();
        Ok(Answer {
            text: worded(text)?,
            model: self.model.clone(),
            input_tokens: reply.usage.input_tokens,
            output_tokens: reply.usage.output_tokens,
        })
    }

    /// There is no key to be wrong. What a function may ask is its role's business.
    async fn check(&self) -> Result<(), WriterError> {
        Ok(())
    }
}

/// A model's id as one segment of a path: profiles are named by ARNs, with colons and slashes.
fn in_path(model: &str) -> String {
    let mut segment = String::with_capacity(model.len());
    for byte in model.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            segment.push(char::from(byte));
        } else {
            segment.push_str(&format!("%{byte:02X}"));
        }
    }
    segment
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Reply {
    output: Output,
    stop_reason: String,
    usage: Usage,
}

#[derive(Deserialize)]
struct Output {
    message: Message,
}

#[derive(Deserialize)]
struct Message {
    content: Vec<Block>,
}

/// Models that think tell their thoughts in blocks without text.
#[derive(Deserialize)]
struct Block {
    text: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Usage {
    input_tokens: u64,
    output_tokens: u64,
}
