//! What a person has written and sent at once. They decide when, so no quiet hours hold it back; who said no is not written
//! to all the same.

use crate::correspondence::Correspondence;
use crate::hand_over::{hand_over, of_this_run, outcome};
use crate::problems::suppressed;
use plat_domain::{Client, ClientId, FollowUpType, HandingOver, Instructions, OutgoingEmail};
use plat_http::{Problem, problems};
use plat_registry::{App, Failure, Principal};
use plat_services::TeamMailer;
use plat_store::{Command, StoreError, Stored, Suppression, TakenUp, Then};
use schemars::JsonSchema;
use serde::Deserialize;
use std::time::Duration;

/// How long a model may write while a person waits. The gateway waits for half a minute, and sending takes its time too.
pub(crate) const WITHIN: Duration = Duration::from_secs(12);

/// What somebody wants written.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schemars(rename = "AskedEmail")]
pub(crate) struct Asked {
    /// To whom.
    client_id: ClientId,
    /// Which follow-up it is; `custom` unless given.
    follow_up_type: Option<FollowUpType>,
    /// What is asked of whoever writes. A template takes no instructions.
    instructions: Option<Instructions>,
}

impl Asked {
    pub(crate) fn kind(&self) -> FollowUpType {
        self.follow_up_type.unwrap_or(FollowUpType::Custom)
    }

    pub(crate) fn instructions(&self) -> Option<&str> {
        self.instructions.as_ref().map(Instructions::as_str)
    }

    /// The client, who must be seen by who asks.
    pub(crate) async fn client(&self, app: &App, who: &Principal) -> Result<Client, Failure> {
        let clients = app.store.team(who.team).clients();
        match clients.get(self.client_id, who.sight()).await {
            Ok(client) => Ok(client.value),
            Err(StoreError::NotFound) => Err(StoreError::MissingReference("clientId").into()),
            Err(error) => Err(error.into()),
        }
    }
}

/// Refuses if the team does not write to this address.
pub(crate) fn check(found: Option<Suppression>) -> Result<(), Failure> {
    found.map_or(Ok(()), |suppression| Err(suppressed(suppression).into()))
}

/// Sends an e-mail now, and answers with what became of it. It is tried once; whether again, whoever asked decides.
pub(crate) async fn send_now(
    app: &App,
    with: &Correspondence,
    mailer: &dyn TeamMailer,
    command: &Command,
    mut email: OutgoingEmail,
    before: Option<&Stored<OutgoingEmail>>,
) -> Result<Stored<OutgoingEmail>, Failure> {
    let scope = app.store.team(with.team);
    let emails = scope.emails();
    let id = email.id;
    email.take_up(app.clock.now());
    let begun = of_this_run(app, command);
    match emails.take_up(&begun, email, before, None).await? {
        TakenUp::Yes(taken) => {
            let handed = hand_over(app, with, mailer, &taken.value).await;
            let how = match outcome(&handed) {
                // Nobody takes it up again by itself.
                HandingOver::PutOff { error } | HandingOver::NotTaken { error, .. } => {
                    HandingOver::NotTaken {
                        error,
                        for_good: true,
                    }
                }
                how @ (HandingOver::Taken { .. } | HandingOver::Unknown { .. }) => how,
            };
            let nothing = |_: &OutgoingEmail| Then::Held(String::new());
            let ended = of_this_run(app, command);
            Ok(emails.handed_over(&ended, id, &how, None, nothing).await?)
        }
        TakenUp::Suppressed => {
            let found = scope.suppressions().get(with.client.email.hash()).await?;
            check(found)?;
            Err(StoreError::Contended.into())
        }
        // The same request, repeated: what became of it then is told.
        TakenUp::Elsewhere if before.is_none() => Ok(emails.latest(id).await?),
        TakenUp::Elsewhere | TakenUp::TaskMoved => {
            let detail = "Somebody else is sending it.";
            Err(Problem::new(&problems::CONFLICT, detail).into())
        }
    }
}
