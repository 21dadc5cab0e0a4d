//! How the providers of a team are reached: those that it has connected by its own key, and Plat's for the rest.

use crate::App;
use plat_domain::{IntegrationProvider, MailProvider, TeamId};
use plat_services::TeamMailer;
use plat_services::sendgrid::SendGrid;
use plat_services::vault::{Context, Sealed, Secret, VaultError};
use plat_store::{Connection, ForSending};
use std::sync::Arc;

/// Why a team's e-mails are handed to nobody.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NoMailer {
    /// They cannot be as the team is set up; what to do about it.
    SetUp(&'static str),
    /// Trying again may help.
    Unavailable(String),
}

impl App {
    /// The key of a team's connection, opened.
    pub async fn open_key(
        &self,
        team: TeamId,
        connection: &Connection,
    ) -> Result<Secret, VaultError> {
        let integration = &connection.integration;
        let context = Context {
            team,
            provider: integration.provider.to_string(),
        };
        let sealed = Sealed {
            text: connection.sealed.clone(),
            ending: integration.key_ending.clone(),
        };
        self.vault.open(&context, &sealed).await
    }

    /// Who takes the e-mails of a team: SES, or its own SendGrid if it chose that.
    ///
    /// # Errors
    /// SendGrid is not connected, has no address to send from, or its key does not open. Nobody else sends in its place: the
    /// team chose from which address it writes.
    pub async fn team_mailer(
        &self,
        team: TeamId,
        settings: &ForSending,
    ) -> Result<Arc<dyn TeamMailer>, NoMailer> {
        match settings.email.provider {
            MailProvider::Ses => Ok(self.mailer.clone()),
            MailProvider::SendGrid => {
                let connection = settings.connection(IntegrationProvider::SendGrid);
                let connection = connection.ok_or(NoMailer::SetUp("Connect SendGrid first."))?;
                let from = settings.email.from.clone();
                let from = from.ok_or(NoMailer::SetUp("Say from which address SendGrid sends."))?;
                let key = self.open_key(team, &connection.value).await;
                let key = key.map_err(|error| match error {
                    VaultError::Unavailable(inward) => NoMailer::Unavailable(inward),
                    VaultError::DoesNotOpen | VaultError::Refused(_) => {
                        NoMailer::SetUp("Connect SendGrid again; its key cannot be read any more.")
                    }
                })?;
                let (outgoing, at) = (self.outgoing.clone(), &self.settings.sendgrid_url);
                Ok(Arc::new(SendGrid::new(outgoing, at, key, from)))
            }
        }
    }
}
