//! `POST /api/auth/register`

use crate::issue;
use crate::passwords;
use crate::view::{SignedInView, TeamView, UserView};
use plat_domain::{
    Actor, Email, Language, Name, Password, Role, TimeZoneName, UserId, Visibility, team_slug,
};
use plat_http::problems::{self, DUPLICATE};
use plat_registry::{
    App, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Public, Visitor,
};
use plat_store::{Command, Credentials, Registration, Team, User};
use schemars::JsonSchema;
use serde::Deserialize;
use std::sync::Arc;

/// A new person.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct Register {
    /// The address they sign in with.
    email: Email,
    /// 8 to 128 characters with an upper-case letter, a lower-case letter and a digit, and not a common password.
    password: Password,
    /// How they are called.
    name: Name,
    /// What their own team is called; after them unless given.
    team_name: Option<Name>,
    /// Their time zone; UTC unless given.
    timezone: Option<TimeZoneName>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/auth/register",
        "auth.register",
        Public,
        handle,
    )
    .summary("Create a user with a personal team")
    .grants(&[Grant::WriteTable, Grant::SignTokens])
    .problems(&[&DUPLICATE])
}

async fn handle(
    app: Arc<App>,
    _: Visitor,
    input: Input<NoPath, Register>,
) -> Result<Created<SignedInView>, Failure> {
    let command = by_the_new_person(&input);
    let body = input.body;
    let password = Password::parse_for(body.password.as_str(), Some(&body.email))
        .map_err(|refused| problems::invalid_field("/password", refused.code, &refused.detail))?;
    let team_name = body
        .team_name
        .map_or_else(|| team_named_after(&body.name), Ok)?;
    let user = User {
        id: command.by.id,
        email: body.email,
        name: body.name,
        email_verified: false,
        timezone: body.timezone.unwrap_or_else(TimeZoneName::utc),
        language: Language::parse("en").map_err(|error| Failure::fault(error.detail))?,
        weekly_summary: true,
    };
    let team_id = command.new_id(1);
    let team = Team {
        id: team_id,
        slug: team_slug(&team_name, team_id),
        name: team_name,
        visibility: Visibility::Team,
        owners: 1,
        members: 1,
    };
    let session = issue::session(command.new_id(2), team.id, &input.client, command.at);
    let registration = Registration {
        credentials: Credentials {
            user,
            password_hash: passwords::hash(&app, password).await?,
            two_factor: None,
            two_factor_step: None,
        },
        team,
        session,
        verification: command.new_id(3),
        verification_ends: crate::mailed::verification_end(command.at),
    };
    app.store.users().register(&command, &registration).await?;
    let Registration {
        credentials,
        team,
        session,
        ..
    } = registration;
    let active = (team.id, Role::Owner);
    Ok(Created {
        location: "/api/auth/me".to_owned(),
        entity: SignedInView {
            tokens: issue::tokens(&app, credentials.user.id, &session, active, input.now)?,
            user: UserView::at(&credentials, 1),
            team: TeamView::new(&team, Role::Owner),
        },
    })
}

/// Whoever registers is the first to act in their own name; their id follows from the command's.
fn by_the_new_person(input: &Input<NoPath, Register>) -> Command {
    let nobody = Actor {
        id: UserId::from_bits(0),
        name: input.body.name.as_str().to_owned(),
    };
    let command = input.command(&nobody);
    let by = Actor {
        id: command.new_id(0),
        ..nobody
    };
    Command { by, ..command }
}

fn team_named_after(name: &Name) -> Result<Name, Failure> {
    // A name may be as long as a team's; the words behind it still have to fit.
    let short: String = name.as_str().chars().take(180).collect();
    Name::parse(&format!("{}'s team", short.trim_end()))
        .map_err(|refused| Failure::fault(refused.detail))
}
