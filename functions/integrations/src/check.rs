//! Whether a provider takes a key. That costs nothing there, and nothing is written or sent.

use crate::problems::{refused, unreachable};
use crate::secret::Secret;
use plat_domain::IntegrationProvider;
use plat_registry::{App, Failure};
use plat_services::sendgrid::{KeyUnusable, SendGrid};
use plat_services::{Anthropic, ApiKey, OpenAi, Writer, WriterError};

/// Asks `provider`.
pub(crate) async fn check(
    app: &App,
    provider: IntegrationProvider,
    key: &Secret,
) -> Result<(), Failure> {
    let (outgoing, settings) = (app.outgoing.clone(), &app.settings);
    match provider {
        IntegrationProvider::Anthropic => {
            let (at, model) = (settings.anthropic_url.clone(), Anthropic::MODEL.to_owned());
            let writer = |key| Anthropic::new(outgoing, key, at, model);
            answered(provider, by(key, writer).await)
        }
        IntegrationProvider::OpenAi => {
            let (at, model) = (settings.openai_url.clone(), OpenAi::MODEL.to_owned());
            let writer = |key| OpenAi::new(outgoing, key, at, model);
            answered(provider, by(key, writer).await)
        }
        IntegrationProvider::SendGrid => {
            let at = &settings.sendgrid_url;
            SendGrid::test_key(&*outgoing, at, key.reveal())
                .await
                .map_err(|error| match error {
                    KeyUnusable::Unknown | KeyUnusable::MayNotSend => {
                        refused(provider, &error.to_string()).into()
                    }
                    KeyUnusable::Unavailable(inward) => unreachable(provider, inward),
                })
        }
    }
}

async fn by<W: Writer>(key: &Secret, writer: impl FnOnce(ApiKey) -> W) -> Result<(), WriterError> {
    let key = ApiKey::parse(key.reveal().reveal())?;
    writer(key).check().await
}

fn answered(provider: IntegrationProvider, answer: Result<(), WriterError>) -> Result<(), Failure> {
    answer.map_err(|error| match &error {
        WriterError::NoKey | WriterError::Refused(_) | WriterError::Declined => {
            refused(provider, &error.to_string()).into()
        }
        WriterError::TimedOut | WriterError::Unavailable(_) | WriterError::Unreadable(_) => {
            unreachable(provider, error.to_string())
        }
    })
}
