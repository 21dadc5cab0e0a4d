//! `POST /api/emails/preview`

use crate::by_hand::{Asked, WITHIN};
use crate::correspondence::Correspondence;
use crate::view::WrittenByView;
use crate::write::write;
use plat_domain::Permission;
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, NoPath, Principal};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// An e-mail as it would be sent. No other will read exactly so: a model writes anew each time.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailPreview")]
struct PreviewView {
    /// What it is about.
    subject: String,
    /// How its text begins.
    snippet: String,
    /// Its HTML part.
    html: String,
    /// Its text part.
    text: String,
    /// Who it would be from, as people read it.
    from_name: String,
    /// Who wrote it.
    written_by: WrittenByView,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/emails/preview",
        "emails.preview",
        Can(Permission::EmailsWrite),
        handle,
    )
    .summary("Write a follow-up without sending it")
    .grants(&[
        Grant::ReadTable,
        Grant::CallProviders,
        Grant::OpenSecrets,
        Grant::AskBedrock,
    ])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, Asked>,
) -> Result<Json<PreviewView>, Failure> {
    let asked = input.body;
    let client = asked.client(&app, &who).await?;
    let with = Correspondence::with(&app, who.team, client).await?;
    // What is not sent has nothing to unsubscribe from: the link shows where it will stand, and leads nowhere.
    let link = format!("{}/unsubscribe/preview", app.settings.api_origin);
    let instructions = asked.instructions();
    let written = write(&app, &with, asked.kind(), instructions, link, WITHIN).await;
    Ok(Json(PreviewView {
        subject: written.rendered.subject,
        snippet: written.rendered.snippet,
        html: written.rendered.html,
        text: written.rendered.text,
        from_name: with.sender_name(),
        written_by: written.by.into(),
    }))
}
