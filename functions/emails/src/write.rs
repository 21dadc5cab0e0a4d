//! Who writes an e-mail, and what comes of it: a model of the team's or of the installation's, or the template.

use crate::correspondence::Correspondence;
use plat_domain::{FollowUpType, IntegrationProvider, WritingProvider, WrittenBy};
use plat_registry::App;
use plat_services::writer::{Answer, Limits};
use plat_services::{Anthropic, ApiKey, OpenAi, Writer, WriterError};
use plat_store::{Connection, Stored};
use plat_writing::{Draft, Rendered, prompt, read_answer, render, template};
use std::sync::Arc;
use std::time::Duration;

/// Why there is no model's text although there is a key: it does not open any more.
const KEY_UNUSABLE: &str = "key_unusable";

/// An e-mail as it would be sent, and who wrote it.
pub(crate) struct Written {
    pub(crate) rendered: Rendered,
    pub(crate) by: WrittenBy,
    /// A connection whose key the provider refused, and its word for why.
    pub(crate) refused: Option<(Stored<Connection>, String)>,
}

/// Somebody who could write.
struct Author {
    provider: WritingProvider,
    writer: Arc<dyn Writer>,
    connection: Option<Stored<Connection>>,
}

/// Writes an e-mail. That never fails: whatever is wrong with the model or its answer, the template stands in.
pub(crate) async fn write(
    app: &App,
    with: &Correspondence,
    kind: FollowUpType,
    instructions: Option<&str>,
    unsubscribe: String,
    within: Duration,
) -> Written {
    let context = with.context(kind, instructions);
    let mut refused = None;
    let written = match author(app, with).await {
        Err(reason) => Err(reason),
        Ok(author) => {
            let limits = Limits {
                within,
                ..Limits::default()
            };
            let answer = author.writer.write(&prompt(&context), limits).await;
            if let (Err(WriterError::Refused(why)), Some(connection)) = (&answer, author.connection)
            {
                refused = Some((connection, why.clone()));
            }
            match answer {
                Err(error) => Err(error.as_str()),
                Ok(answer) => match read_answer(&answer.text, &context) {
                    Err(unusable) => Err(unusable.as_str()),
                    Ok(draft) => Ok((draft, by_model(author.provider, &answer))),
                },
            }
        }
    };
    let (draft, by): (Draft, WrittenBy) = written.unwrap_or_else(|reason| {
        let reason = reason.to_owned();
        (template(&context), WrittenBy::Template { reason })
    });
    Written {
        rendered: render(&draft, &with.footer(unsubscribe)),
        by,
        refused,
    }
}

/// Whoever the team chose; else whom it has connected; else the installation's own model. If none of them can be asked, a
/// word for why.
async fn author(app: &App, with: &Correspondence) -> Result<Author, &'static str> {
    let chosen = with.settings.email.writer;
    let connected = |provider: &IntegrationProvider| with.settings.connection(*provider).is_some();
    let provider = chosen.or_else(|| {
        if connected(&IntegrationProvider::Anthropic) {
            Some(WritingProvider::Anthropic)
        } else if connected(&IntegrationProvider::OpenAi) {
            Some(WritingProvider::OpenAi)
        } else {
            app.bedrock.as_ref().map(|_| WritingProvider::Bedrock)
        }
    });
    let no_key = WriterError::NoKey.as_str();
    let provider = provider.ok_or(no_key)?;
    let service = match provider {
        WritingProvider::Anthropic => IntegrationProvider::Anthropic,
        WritingProvider::OpenAi => IntegrationProvider::OpenAi,
        WritingProvider::Bedrock => {
            return Ok(Author {
                provider,
                writer: app.bedrock.clone().ok_or(no_key)?,
                connection: None,
            });
        }
    };
    let connection = with.settings.connection(service).ok_or(no_key)?;
    let key = app.open_key(with.team, &connection.value).await;
    let key = key.map_err(|_| KEY_UNUSABLE)?;
    let key = ApiKey::parse(key.reveal()).map_err(|error| error.as_str())?;
    // A model belongs to the provider that was chosen with it.
    let model = with
        .settings
        .email
        .model
        .as_ref()
        .filter(|_| chosen.is_some());
    let model = |usual: &str| model.map_or_else(|| usual.to_owned(), ToString::to_string);
    let outgoing = app.outgoing.clone();
    let writer: Arc<dyn Writer> = if service == IntegrationProvider::Anthropic {
        let url = app.settings.anthropic_url.clone();
        Arc::new(Anthropic::new(outgoing, key, url, model(Anthropic::MODEL)))
    } else {
        let url = app.settings.openai_url.clone();
        Arc::new(OpenAi::new(outgoing, key, url, model(OpenAi::MODEL)))
    };
    Ok(Author {
        provider,
        writer,
        connection: Some(connection.clone()),
    })
}

fn by_model(provider: WritingProvider, answer: &Answer) -> WrittenBy {
    WrittenBy::Model {
        provider,
        model: answer.model.clone(),
        input_tokens: answer.input_tokens,
        output_tokens: answer.output_tokens,
        cost: answer.cost(),
    }
}
