//! `GET /api/emails`

use crate::view::EmailSummaryView;
use plat_domain::{ClientId, EmailStatus, Permission, TaskId};
use plat_registry::{
    App, Can, Endpoint, Failure, Grant, Input, Listing, Method, NoBody, NoPath, Principal,
};
use plat_store::EmailFilter;
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Which e-mails, in which order.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ListEmails {
    /// E-mails to this client.
    client_id: Option<ClientId>,
    /// E-mails of this status; several may be given.
    #[serde(default)]
    status: BTreeSet<EmailStatus>,
    /// The e-mail that was made for this task.
    task_id: Option<TaskId>,
    /// The order; newest first unless given.
    sort: Option<Sort>,
}

/// An order, by when e-mails were made.
#[derive(Debug, Clone, Copy, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "EmailSort")]
enum Sort {
    Newest,
    Oldest,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::GET,
        "/api/emails",
        "emails.list",
        Can(Permission::EmailsRead),
        handle,
    )
    .summary("List e-mails by client, status and task")
    .grants(&[Grant::ReadTable])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, NoBody, ListEmails>,
) -> Result<Listing<EmailSummaryView>, Failure> {
    let query = input.query;
    let filter = EmailFilter {
        client: query.client_id,
        statuses: query.status,
        task: query.task_id,
        sight: who.sight(),
    };
    let oldest_first = query.sort == Some(Sort::Oldest);
    let emails = app.store.team(who.team).emails();
    let page = emails.list(&filter, oldest_first, &input.page).await?;
    Ok(Listing(
        page.map(|row| EmailSummaryView::of(row, input.now)),
    ))
}
