//! What each function gets of the whole: no more than it was granted, as its role sees to in AWS.
//!
//! So a grant that is missing fails here, on the first request or change that needs it, and not after the deployment.

use crate::files::Granted;
use crate::granted::{GrantedMail, GrantedVault};
use plat_registry::{App, Function, Grant, KeysRead};
use plat_services::{KeyError, KeyMaterial, Keys, NotGranted};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// The parts of every function, by its operation.
pub(crate) struct Apps {
    apps: BTreeMap<&'static str, Arc<App>>,
    nothing: Arc<App>,
}

impl Apps {
    /// Of `whole`, whose keys are made of `material`, to each of `functions` what it was granted.
    pub(crate) fn new(
        whole: &Arc<App>,
        material: &KeyMaterial,
        functions: &[Function],
    ) -> Result<Self, KeyError> {
        let mails = keys(whole, material.tokens.clone(), material)?;
        let verifies = keys(whole, None, material)?;
        let part = |grants: &'static [Grant], actions| {
            let has = |grant: &Grant| grants.contains(grant);
            let uses_queues =
                |grant: &Grant| matches!(grant, Grant::SendTo(_) | Grant::InspectQueues);
            let keys = if has(&Grant::SignTokens) {
                &whole.keys
            } else if has(&Grant::MailTokens) {
                &mails
            } else {
                &verifies
            };
            let mut app = App {
                store: whole.store.limited(actions),
                clock: whole.clock.clone(),
                random: whole.random.clone(),
                mailer: Arc::new(NotGranted),
                bus: Arc::new(NotGranted),
                queues: Arc::new(NotGranted),
                files: Arc::new(NotGranted),
                outgoing: Arc::new(NotGranted),
                vault: Arc::new(NotGranted),
                bedrock: None,
                keys: keys.clone(),
                keys_read: KeysRead::default(),
                settings: whole.settings.clone(),
            };
            if grants.iter().any(Grant::concerns_mail) {
                let mailer = whole.mailer.clone();
                app.mailer = Arc::new(GrantedMail { mailer, grants });
            }
            if grants.iter().any(Grant::concerns_secrets) {
                let vault = whole.vault.clone();
                app.vault = Arc::new(GrantedVault { vault, grants });
            }
            if has(&Grant::CallProviders) {
                app.outgoing = whole.outgoing.clone();
            }
            if has(&Grant::AskBedrock) {
                app.bedrock = whole.bedrock.clone();
            }
            if has(&Grant::PublishEvents) {
                app.bus = whole.bus.clone();
            }
            if grants.iter().any(uses_queues) {
                app.queues = whole.queues.clone();
            }
            if grants.iter().any(Grant::concerns_files) {
                app.files = Arc::new(Granted::new(whole.files.clone(), grants));
            }
            Arc::new(app)
        };
        let app = |function: &Function| {
            let app = part(function.grants(), function.table_actions());
            (function.operation(), app)
        };
        Ok(Self {
            apps: functions.iter().map(app).collect(),
            nothing: part(&[], BTreeSet::new()),
        })
    }

    /// The parts of the function of this name; what is not a function was granted nothing.
    pub(crate) fn of(&self, operation: &str) -> &Arc<App> {
        self.apps.get(operation).unwrap_or(&self.nothing)
    }
}

/// Keys that cannot sign, and know the public key of those that can.
fn keys(
    whole: &App,
    tokens: Option<String>,
    material: &KeyMaterial,
) -> Result<Arc<Keys>, KeyError> {
    let keys = Keys::new(&KeyMaterial {
        seal: material.seal.clone(),
        tokens,
        signing: None,
    })?;
    keys.learn(whole.keys.public())?;
    Ok(Arc::new(keys))
}
