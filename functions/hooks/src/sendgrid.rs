//! `POST /webhook/sendgrid`

use crate::problems::{NOT_SIGNED, not_signed};
use futures::{StreamExt, stream};
use plat_domain::{IntegrationProvider, MailEvent, TeamId, VerificationKey};
use plat_http::Problem;
use plat_http::problems::{MALFORMED, NOT_FOUND, not_found};
use plat_registry::{
    Api, App, Endpoint, Failure, Grant, Input, Method, NoBody, NoContent, NoPath, Signed,
    Unverified,
};
use plat_services::mail_events::{SIGNATURE_HEADER, TIMESTAMP_HEADER, WebhookKey, from_sendgrid};
use plat_store::{Emails, StoreError};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// E-mails whose events are written at a time. Those of one e-mail wait for each other.
const AT_ONCE: usize = 16;

/// Whose SendGrid tells.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Teller {
    /// The team, as in the address that its integration shows.
    team: TeamId,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/webhook/sendgrid",
        "hooks.sendgrid",
        Signed,
        handle,
    )
    .api(Api::Public)
    .summary("Take in what a team's SendGrid tells of its e-mails")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&MALFORMED, &NOT_FOUND, &NOT_SIGNED])
}

async fn handle(
    app: Arc<App>,
    told: Unverified,
    input: Input<NoPath, NoBody, Teller>,
) -> Result<NoContent, Failure> {
    let team = input.query.team;
    let scope = app.store.team(team);
    let connection = scope
        .integrations()
        .get(IntegrationProvider::SendGrid)
        .await?;
    let connection = connection.ok_or_else(not_found)?.value.integration;
    let key = connection
        .verification_key
        .as_ref()
        .map(VerificationKey::as_str);
    let key = key.and_then(|key| WebhookKey::parse(key).ok());
    let key = key.ok_or_else(not_found)?;
    key.verify(
        told.header(TIMESTAMP_HEADER),
        told.header(SIGNATURE_HEADER),
        told.body(),
        input.now,
    )
    .map_err(|_| not_signed())?;
    let told = from_sendgrid(told.body(), team)
        .map_err(|error| Problem::new(&MALFORMED, error.to_string()))?;
    if !told.unreadable.is_empty() {
        let (count, first) = (told.unreadable.len(), told.unreadable.first());
        let first = first.map(ToString::to_string).unwrap_or_default();
        tracing::warn!(count, first, "events of SendGrid do not read");
    }
    record(&scope.emails(), told.events, input.now).await?;
    Ok(NoContent)
}

/// Records events. If one is not recorded, SendGrid sends all of them again; those that are there count once.
async fn record(
    emails: &Emails,
    events: Vec<MailEvent>,
    now: jiff::Timestamp,
) -> Result<(), Failure> {
    let mut by_email: BTreeMap<_, Vec<MailEvent>> = BTreeMap::new();
    for event in events {
        by_email.entry(event.email_id).or_default().push(event);
    }
    let outcomes = stream::iter(by_email.into_values()).map(|events| async move {
        let mut outcome = Ok(());
        for event in events {
            match emails.tell(&event, now).await {
                // It was removed since, with its client.
                Ok(()) | Err(StoreError::NotFound) => {}
                Err(error) => outcome = Err(error),
            }
        }
        outcome
    });
    let outcomes: Vec<_> = outcomes.buffer_unordered(AT_ONCE).collect().await;
    let failed = outcomes.into_iter().find_map(Result::err);
    failed.map_or(Ok(()), |error| Err(error.into()))
}
