//! Mail and secrets for one function: no more of them than it was granted, as its role sees to in AWS.

use async_trait::async_trait;
use plat_registry::Grant;
use plat_services::vault::{Context, Sealed, Secret, VaultError};
use plat_services::{
    Mail, MailError, MailStatus, Mailer, NotGranted, Sent, TeamMail, TeamMailer, Vault,
};
use std::sync::Arc;

/// Mail of which a function may send and see what its grants say.
pub(crate) struct GrantedMail {
    pub(crate) mailer: Arc<dyn Mailer>,
    pub(crate) grants: &'static [Grant],
}

#[async_trait]
impl Mailer for GrantedMail {
    async fn send(&self, mail: &Mail) -> Result<Sent, MailError> {
        if self.grants.contains(&Grant::SendMail) {
            self.mailer.send(mail).await
        } else {
            Mailer::send(&NotGranted, mail).await
        }
    }

    async fn status(&self) -> Result<MailStatus, MailError> {
        if self.grants.contains(&Grant::InspectMail) {
            self.mailer.status().await
        } else {
            NotGranted.status().await
        }
    }
}

#[async_trait]
impl TeamMailer for GrantedMail {
    async fn send_for_team(&self, mail: &TeamMail) -> Result<Sent, MailError> {
        if self.grants.contains(&Grant::SendTeamMail) {
            self.mailer.send_for_team(mail).await
        } else {
            NotGranted.send_for_team(mail).await
        }
    }
}

/// Secrets that a function may seal or open as its grants say.
pub(crate) struct GrantedVault {
    pub(crate) vault: Arc<dyn Vault>,
    pub(crate) grants: &'static [Grant],
}

#[async_trait]
impl Vault for GrantedVault {
    async fn seal(&self, context: &Context, secret: &Secret) -> Result<Sealed, VaultError> {
        if self.grants.contains(&Grant::SealSecrets) {
            self.vault.seal(context, secret).await
        } else {
            NotGranted.seal(context, secret).await
        }
    }

    async fn open(&self, context: &Context, sealed: &Sealed) -> Result<Secret, VaultError> {
        if self.grants.contains(&Grant::OpenSecrets) {
            self.vault.open(context, sealed).await
        } else {
            NotGranted.open(context, sealed).await
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_domain::Id;
    use plat_services::mail::{HeaderText, Headers, MailTags};
    use plat_services::{LocalVault, Outbox, SystemClock};
    use std::collections::BTreeMap;

    fn own() -> Mail {
        Mail {
            to: "bob@example.com".to_owned(),
            subject: "Hello".to_owned(),
            text: String::new(),
            html: String::new(),
            headers: BTreeMap::new(),
        }
    }

    fn of_a_team() -> TeamMail {
        TeamMail {
            to: "bob@example.com".parse().unwrap(),
            from_name: HeaderText::parse("Ann").unwrap(),
            reply_to: None,
            subject: HeaderText::parse("Hello").unwrap(),
            text: String::new(),
            html: String::new(),
            headers: Headers::one_click("https://plat.example/u/abc").unwrap(),
            tags: MailTags {
                team: Id::from_bits(1),
                email: Id::from_bits(2),
                task: None,
            },
        }
    }

    #[tokio::test]
    async fn each_grant_is_for_one_kind_of_mail() {
        const NOTHING: &[Grant] = &[];
        for (grants, expected) in [
            (&[Grant::SendMail][..], [true, false, false]),
            (&[Grant::SendTeamMail][..], [false, true, false]),
            (&[Grant::InspectMail][..], [false, false, true]),
            (NOTHING, [false; 3]),
        ] {
            let outbox = Outbox::new("Plat <hello@plat.example>", Arc::new(SystemClock));
            let mailer = Arc::new(outbox);
            let granted = GrantedMail { mailer, grants };
            let done = [
                granted.send(&own()).await.is_ok(),
                granted.send_for_team(&of_a_team()).await.is_ok(),
                granted.status().await.is_ok(),
            ];
            assert_eq!(done, expected, "{grants:?}");
        }
    }

    #[tokio::test]
    async fn who_may_seal_a_secret_may_not_open_it() {
        let vault = Arc::new(LocalVault::new(&[7; 32]).unwrap());
        let context = Context {
            team: Id::from_bits(1),
            provider: "openai".to_owned(),
        };
        let secret = Secret::new("sk-very-secret-0123456789");
        let sealed = vault.seal(&context, &secret).await.unwrap();
        for (grants, expected) in [
            (&[Grant::SealSecrets][..], [true, false]),
            (&[Grant::OpenSecrets][..], [false, true]),
        ] {
            let granted = GrantedVault {
                vault: vault.clone(),
                grants,
            };
            let done = [
                granted.seal(&context, &secret).await.is_ok(),
                granted.open(&context, &sealed).await.is_ok(),
            ];
            assert_eq!(done, expected, "{grants:?}");
        }
    }
}
