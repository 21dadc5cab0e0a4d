//! `POST /api/settings/email/test`: one e-mail to the asking person, as a client would get it.

use crate::problems::{EMAIL_REFUSED, no_mailer, not_taken};
use plat_domain::{Address, Email, IntegrationProvider, Line, MailProvider, Permission};
use plat_http::{Problem, problems};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Json, Method, Principal};
use plat_services::mail::{HeaderText, Headers, MailTags, NotAHeader};
use plat_services::{MailError, Sent, TeamMail};
use plat_store::{ForSending, Limit};
use plat_writing::{Draft, Footer, render};
use schemars::JsonSchema;
use serde::Serialize;
use std::sync::Arc;

/// Test e-mails of a team in an hour: enough to set SendGrid up, too few to be a nuisance.
const LIMIT: Limit = Limit {
    what: "test-email",
    times: 5,
    seconds: 60 * 60,
};

/// A test e-mail was taken.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "TestEmail")]
struct TestEmailView {
    /// Who it went to.
    to: Email,
    /// Who took it.
    provider: MailProvider,
    /// Who it is from, as people read it.
    from_name: String,
    /// What the provider calls it, if it said.
    message_id: Option<String>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/settings/email/test",
        "settings.test_email",
        Can(Permission::TeamManage),
        handle,
    )
    .summary("Send a test e-mail to yourself, by the team's provider")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::MailTokens,
        Grant::SendTeamMail,
        Grant::CallProviders,
        Grant::OpenSecrets,
    ])
    .problems(&[&EMAIL_REFUSED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input,
) -> Result<Json<TestEmailView>, Failure> {
    let limits = app.store.limits();
    let whom = who.team.to_string();
    if let Err(wait) = limits.take(LIMIT, &whom, input.now).await? {
        let detail = format!("Too many tests within an hour. Wait {wait} seconds.");
        return Err(Problem::new(&problems::TOO_MANY_REQUESTS, detail)
            .retry_after(wait)
            .into());
    }
    let settings = app.store.team(who.team).settings().for_sending().await?;
    let asking = app.store.users().get(who.id()).await?.value.user;
    let from_name = settings.sender_name(Some(asking.name.as_str()));
    let email = input.command(&who.user).new_id(0);
    let token = app.keys.unsubscribe_token(who.team, email, &asking.email)?;
    let unsubscribe = format!("{}/unsubscribe/{token}", app.settings.api_origin);
    let tags = MailTags {
        team: who.team,
        email,
        task: None,
    };
    let mail = compose(&settings, &from_name, &asking.email, tags, unsubscribe)
        .map_err(|error| Failure::fault(error.to_string()))?;
    let sent = send(&app, &who, &settings, &mail).await?;
    Ok(Json(TestEmailView {
        to: asking.email,
        provider: settings.email.provider,
        from_name,
        message_id: sent.message_id,
    }))
}

/// Hands the e-mail over, and remembers of the team's own provider whether it took it.
async fn send(
    app: &App,
    who: &Principal,
    settings: &ForSending,
    mail: &TeamMail,
) -> Result<Sent, Failure> {
    let integrations = app.store.team(who.team).integrations();
    let own = match settings.email.provider {
        MailProvider::Ses => None,
        MailProvider::SendGrid => settings.connection(IntegrationProvider::SendGrid),
    };
    let mailer = app.team_mailer(who.team, settings).await;
    let mailer = mailer.map_err(no_mailer)?;
    match (mailer.send_for_team(mail).await, own) {
        (Ok(sent), own) => {
            if let Some(connection) = own {
                integrations.works(connection).await?;
            }
            Ok(sent)
        }
        (Err(error), own) => {
            if let (MailError::Refused(said), Some(connection)) = (&error, own) {
                integrations.refused(connection, said).await?;
            }
            Err(not_taken(&error).into())
        }
    }
}

/// The e-mail: as those to clients, but for what it says.
fn compose(
    settings: &ForSending,
    from_name: &str,
    to: &Email,
    tags: MailTags,
    unsubscribe: String,
) -> Result<TeamMail, NotAHeader> {
    let business = settings.business_name().to_string();
    let draft = Draft {
        subject: format!("Test e-mail from {business}"),
        body: format!(
            "This is what e-mails from {business} look like to clients: the sender, the address for answers, and the \
             lines below.\n\nAnswers to this one come to you, as those of your own clients do."
        ),
    };
    let address = settings.business.postal_address.as_ref();
    let footer = Footer {
        business,
        website: settings
            .business
            .website
            .as_ref()
            .map(ToString::to_string)
            .unwrap_or_default(),
        postal_address: address
            .and_then(Address::line)
            .map(Line::into_string)
            .unwrap_or_default(),
        unsubscribe: unsubscribe.clone(),
    };
    let rendered = render(&draft, &footer);
    Ok(TeamMail {
        to: to.clone(),
        from_name: HeaderText::parse(from_name)?,
        reply_to: Some(to.clone()),
        subject: HeaderText::parse(&rendered.subject)?,
        text: rendered.text,
        html: rendered.html,
        headers: Headers::one_click(&unsubscribe)?,
        tags,
    })
}
