//! `POST /unsubscribe/{token}`

use crate::page::{UnsubscribePath, answer};
use plat_registry::{Api, App, Endpoint, Failure, Grant, Input, Method, Raw, Signed, Unverified};
use std::sync::Arc;

/// A mail program posts here when its reader wants no more (RFC 8058), and so does the page. The link itself is signed, so
/// nothing else of the request is asked: no cookie, no body. Nor is it counted: those of many readers come from the few
/// addresses of their provider, and none may be lost.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/unsubscribe/{token}",
        "hooks.unsubscribe",
        Signed,
        handle,
    )
    .api(Api::Public)
    .summary("Unsubscribe with one click")
    .grants(&[Grant::ReadTable, Grant::WriteTable, Grant::MailTokens])
}

async fn handle(
    app: Arc<App>,
    _: Unverified,
    input: Input<UnsubscribePath>,
) -> Result<Raw, Failure> {
    let link = input.path.read(&app)?;
    let emails = app.store.team(link.team).emails();
    let client = &input.client;
    emails
        .unsubscribe(
            link.email,
            link.address,
            client.ip,
            &client.user_agent,
            input.now,
        )
        .await?;
    Ok(answer())
}
