//! `POST /intake/{intakeKey}`

use crate::lead_intake_form::Form;
use crate::lead_intake_person::Person;
use plat_domain::{Actor, LeadId, UserId};
use plat_http::Problem;
use plat_http::problems::{
    CONFLICT, MALFORMED, NOT_FOUND, TOO_MANY_REQUESTS, UNSUPPORTED_MEDIA_TYPE, VALIDATION,
    not_found,
};
use plat_registry::{
    Api, App, Endpoint, Failure, Grant, Input, Method, NewOrKnown, Signed, Unverified,
};
use plat_store::{ApiSecret, Command, Limit, TakenIn};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What comes by one key in a minute: more than any form or portal sends, and as much as one item of the table bears.
const BY_ONE_KEY: Limit = Limit {
    what: "intake",
    times: 1_200,
    seconds: 60,
};

/// The key in the path.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct IntakePath {
    /// The key, as the team was shown it.
    intake_key: String,
}

/// Which lead it is. Whoever sends somebody in is told nothing else of them.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Intake {
    /// The lead.
    id: LeadId,
    /// Whether it is new.
    created: bool,
}

/// The key is in the address, since most forms and portals send no headers. Whoever has it can send leads in, and do nothing
/// else. It is counted by the key: a portal sends for many people from few addresses.
pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/intake/{intakeKey}",
        "hooks.lead_intake",
        Signed,
        handle,
    )
    .api(Api::Public)
    .summary("Take in a lead from a form, a portal or an automation, as JSON or as a form; one person is one lead")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[
        &CONFLICT,
        &MALFORMED,
        &NOT_FOUND,
        &TOO_MANY_REQUESTS,
        &UNSUPPORTED_MEDIA_TYPE,
        &VALIDATION,
    ])
}

async fn handle(
    app: Arc<App>,
    sent: Unverified,
    input: Input<IntakePath>,
) -> Result<NewOrKnown<Intake>, Failure> {
    let secret = ApiSecret::parse(&input.path.intake_key).ok_or_else(not_found)?;
    let team = app.store.team(secret.team);
    let key = team.api_keys().open(&secret).await?;
    let key = key.ok_or_else(not_found)?.value;
    let (limits, whom) = (app.store.limits(), key.id.to_string());
    let counted = limits.take(BY_ONE_KEY, &whom, input.now).await?;
    counted.map_err(too_many)?;
    let form = Form::read(sent.header("content-type"), sent.body()).await?;
    if form.fills(key.trap.as_str()) {
        // A program that is told so would try again.
        return Ok(answer(TakenIn::Created(app.new_id(input.now))));
    }
    let person = Person::of(&form);
    let definitions = if person.has_more() {
        team.fields().get().await?.definitions
    } else {
        Vec::new()
    };
    // It is the key's doing: no member of the team was at work.
    let command = Command {
        depth: 1,
        ..input.command(&Actor {
            id: UserId::from_bits(key.id.bits()),
            name: key.name.to_string(),
        })
    };
    let sent = person.sent(&command, &key, &definitions)?;
    let taken = team.intake().take_in(&command, &key, sent).await?;
    team.api_keys().used(&key, input.now).await?;
    Ok(answer(taken))
}

fn answer(taken: TakenIn) -> NewOrKnown<Intake> {
    let (id, created) = match taken {
        TakenIn::Created(id) => (id, true),
        TakenIn::Known(id) => (id, false),
    };
    NewOrKnown {
        new: created,
        body: Intake { id, created },
    }
}

fn too_many(wait: i64) -> Problem {
    let detail = format!("Wait {wait} seconds.");
    Problem::new(&TOO_MANY_REQUESTS, detail).retry_after(wait)
}
