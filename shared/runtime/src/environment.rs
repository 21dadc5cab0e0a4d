//! What the function's environment variables say. All of it is read before anything starts.

use crate::aws::{self, Access, Sender};
use plat_registry::{App, Grant, KeysRead, Settings};
use plat_services::{
    Bus, Files, KeyMaterial, Keys, Mailer, NotGranted, Outgoing, Queues, SystemClock, SystemRandom,
    Vault,
};
use plat_store::Store;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tracing_subscriber::filter::LevelFilter;

/// Where Lambda's operating system, Amazon Linux 2023, keeps the roots that it trusts.
const SYSTEM_ROOTS: &str = "/etc/pki/tls/certs/ca-bundle.crt";

/// The environment, read.
pub(crate) struct Environment {
    pub(crate) log_level: LevelFilter,
    /// Whether metrics are written.
    pub(crate) metrics: bool,
    table: String,
    settings: Settings,
    mail: Option<Sender>,
    bus: Option<String>,
    queues: BTreeMap<String, String>,
    files: Option<String>,
    vault: Option<String>,
    bedrock: Option<String>,
    seal: String,
    /// Where Secrets Manager keeps what only some functions may read.
    token_secret: Option<String>,
    signing_secret: Option<String>,
    access: Access,
}

impl Environment {
    /// Reads the variables that `variable` looks up; one that is empty counts as absent.
    pub(crate) fn read(variable: impl Fn(&str) -> Option<String>) -> Result<Self, String> {
        let optional = |name: &str| variable(name).filter(|value| !value.is_empty());
        let required = |name: &str| optional(name).ok_or_else(|| format!("{name} is not set"));
        // Lambda's client takes these for granted and panics without them.
        for name in [
            "AWS_LAMBDA_RUNTIME_API",
            "AWS_LAMBDA_FUNCTION_NAME",
            "AWS_LAMBDA_FUNCTION_VERSION",
            "AWS_LAMBDA_FUNCTION_MEMORY_SIZE",
        ] {
            required(name).map_err(|missing| format!("this is not Lambda: {missing}"))?;
        }
        let log_level = match optional("PLAT_LOG") {
            None => LevelFilter::INFO,
            Some(level) => level
                .parse()
                .map_err(|_| format!("PLAT_LOG is not a level: {level}"))?,
        };
        let limit = |name: &str, usual: i64| match optional(name) {
            None => Ok(usual),
            Some(value) => value
                .parse()
                .ok()
                .filter(|limit| *limit > 0)
                .ok_or_else(|| format!("{name} is not a positive number: {value}")),
        };
        let mut settings = Settings::new(required("APP_ORIGIN")?);
        if let Some(origins) = optional("CORS_ORIGINS") {
            let origins = origins.split(',').map(str::trim);
            settings.cors_origins = origins
                .filter(|origin| !origin.is_empty())
                .map(str::to_owned)
                .collect();
        }
        settings.user_per_minute = limit("PLAT_USER_PER_MINUTE", settings.user_per_minute)?;
        settings.public_per_minute = limit("PLAT_PUBLIC_PER_MINUTE", settings.public_per_minute)?;
        for (setting, name) in [
            (&mut settings.api_origin, "API_ORIGIN"),
            (&mut settings.openai_url, "OPENAI_BASE_URL"),
            (&mut settings.anthropic_url, "ANTHROPIC_BASE_URL"),
            (&mut settings.sendgrid_url, "SENDGRID_BASE_URL"),
        ] {
            if let Some(said) = optional(name) {
                *setting = said;
            }
        }
        // The names of jobs alone: with the address of each, they would not fit into a function's variables.
        let queues = match optional("QUEUES") {
            None => BTreeMap::new(),
            Some(jobs) => {
                let place = required("QUEUES_AT")?;
                let url = |job: &str| format!("{place}{}", job.replace('.', "-"));
                let jobs = jobs.split(',');
                jobs.map(|job| (job.to_owned(), url(job))).collect()
            }
        };
        let metrics = match optional("METRICS").as_deref() {
            None | Some("on") => true,
            Some("off") => false,
            Some(other) => return Err(format!("METRICS is neither on nor off: {other}")),
        };
        let trusted = match (
            optional("AWS_CA_BUNDLE"),
            optional("TRUST_STORE").as_deref(),
        ) {
            (Some(bundle), _) => Some(PathBuf::from(bundle)),
            (None, None | Some("amazon")) => None,
            (None, Some("system")) => Some(PathBuf::from(SYSTEM_ROOTS)),
            (None, Some(other)) => {
                return Err(format!("TRUST_STORE is neither amazon nor system: {other}"));
            }
        };
        let shared_endpoint = optional("AWS_ENDPOINT_URL");
        Ok(Self {
            log_level,
            table: required("TABLE_NAME")?,
            settings,
            metrics,
            mail: optional("MAIL_FROM").map(|from| Sender {
                from,
                configuration_set: optional("MAIL_CONFIGURATION_SET"),
                team_configuration_set: optional("TEAM_MAIL_CONFIGURATION_SET"),
            }),
            bus: optional("BUS_NAME"),
            queues,
            files: optional("FILES_BUCKET"),
            vault: optional("VAULT_KEY"),
            bedrock: optional("BEDROCK_MODEL"),
            seal: required("PLAT_SEAL")?,
            token_secret: optional("TOKEN_SECRET"),
            signing_secret: optional("SIGNING_SECRET"),
            access: Access {
                region: required("AWS_REGION")?,
                key_id: required("AWS_ACCESS_KEY_ID")?,
                secret: required("AWS_SECRET_ACCESS_KEY")?,
                session: optional("AWS_SESSION_TOKEN"),
                table_endpoint: optional("AWS_ENDPOINT_URL_DYNAMODB")
                    .or_else(|| shared_endpoint.clone()),
                mail_endpoint: optional("AWS_ENDPOINT_URL_SESV2")
                    .or_else(|| shared_endpoint.clone()),
                files_endpoint: optional("AWS_ENDPOINT_URL_S3").or_else(|| shared_endpoint.clone()),
                shared_endpoint,
                trusted,
            },
        })
    }

    /// The parts that a function with these grants runs on. What was not granted is not there: a function that uses it all
    /// the same fails at once, as its role would have it fail later.
    pub(crate) async fn into_app(self, grants: &[Grant]) -> Result<App, String> {
        let signs = grants.contains(&Grant::SignTokens);
        let mails = signs || grants.contains(&Grant::MailTokens);
        let clients = aws::Clients::new(self.access)?;
        let secret = async |granted: bool, name: &str, place: Option<String>| match (granted, place)
        {
            (false, _) => Ok(None),
            (true, None) => Err(format!("{name} is not set")),
            (true, Some(place)) => clients.secret(name, &place).await.map(Some),
        };
        let material = KeyMaterial {
            seal: self.seal,
            tokens: secret(mails, "TOKEN_SECRET", self.token_secret).await?,
            signing: secret(signs, "SIGNING_SECRET", self.signing_secret).await?,
        };
        let keys = Keys::new(&material).map_err(|error| error.to_string())?;
        let mailer: Arc<dyn Mailer> = if grants.iter().any(Grant::concerns_mail) {
            let sender = self.mail.ok_or("MAIL_FROM is not set")?;
            // By Plat's own set, links of teams would not be counted, and nothing told of them.
            if grants.contains(&Grant::SendTeamMail) && sender.team_configuration_set.is_none() {
                return Err("TEAM_MAIL_CONFIGURATION_SET is not set".to_owned());
            }
            clients.mailer(sender)
        } else {
            Arc::new(NotGranted)
        };
        let bus: Arc<dyn Bus> = if grants.contains(&Grant::PublishEvents) {
            clients.bus(self.bus.ok_or("BUS_NAME is not set")?)
        } else {
            Arc::new(NotGranted)
        };
        let uses_queues = |grant: &Grant| matches!(grant, Grant::SendTo(_) | Grant::InspectQueues);
        let queues: Arc<dyn Queues> = if grants.iter().any(uses_queues) {
            clients.queues(self.queues)
        } else {
            Arc::new(NotGranted)
        };
        let files: Arc<dyn Files> = if grants.iter().any(Grant::concerns_files) {
            clients.files(self.files.ok_or("FILES_BUCKET is not set")?)
        } else {
            Arc::new(NotGranted)
        };
        let outgoing: Arc<dyn Outgoing> = if grants.contains(&Grant::CallProviders) {
            clients.internet()
        } else {
            Arc::new(NotGranted)
        };
        let vault: Arc<dyn Vault> = if grants.iter().any(Grant::concerns_secrets) {
            clients.vault(self.vault.ok_or("VAULT_KEY is not set")?)
        } else {
            Arc::new(NotGranted)
        };
        let bedrock = self
            .bedrock
            .filter(|_| grants.contains(&Grant::AskBedrock))
            .map(|model| clients.bedrock(model));
        Ok(App {
            store: Store::new(clients.table(), self.table),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::default()),
            mailer,
            bus,
            queues,
            files,
            outgoing,
            vault,
            bedrock,
            keys: Arc::new(keys),
            keys_read: KeysRead::default(),
            settings: self.settings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{read, variables};
    use futures::executor::block_on;

    #[test]
    fn an_app_needs_no_more_than_this() {
        let environment = read(&variables()).unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(
            environment.settings.cors_origins,
            ["https://app.example.com"]
        );
        assert_eq!(environment.settings.user_per_minute, 100);
        assert!(block_on(environment.into_app(&[Grant::ReadTable])).is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in [
            "AWS_LAMBDA_RUNTIME_API",
            "APP_ORIGIN",
            "TABLE_NAME",
            "PLAT_SEAL",
        ] {
            let mut variables = variables();
            variables.insert(name, String::new());
            let refused = read(&variables).err().unwrap_or_default();
            assert!(
                refused.ends_with(&format!("{name} is not set")),
                "{refused}"
            );
        }
    }

    #[test]
    fn only_what_was_granted_has_to_be_set() {
        for (grant, missing) in [
            (Grant::SendMail, "MAIL_FROM"),
            (Grant::PublishEvents, "BUS_NAME"),
            (Grant::MailTokens, "TOKEN_SECRET"),
            (Grant::ReadFiles("documents/"), "FILES_BUCKET"),
            (Grant::SendTeamMail, "MAIL_FROM"),
            (Grant::OpenSecrets, "VAULT_KEY"),
        ] {
            let environment = read(&variables()).unwrap_or_else(|reason| panic!("{reason}"));
            let refused = block_on(environment.into_app(&[grant])).err();
            assert_eq!(refused, Some(format!("{missing} is not set")));
        }
    }

    #[test]
    fn a_queue_is_where_its_name_says() {
        let mut variables = variables();
        variables.insert(
            "QUEUES",
            "admin.recount_team,tasks.send_follow_up".to_owned(),
        );
        let refused = read(&variables).err().unwrap_or_default();
        assert_eq!(refused, "QUEUES_AT is not set");
        variables.insert("QUEUES_AT", "https://sqs.example/1/plat-dev-".to_owned());

        let environment = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));

        let urls: Vec<_> = environment.queues.values().map(String::as_str).collect();
        assert_eq!(
            urls,
            [
                "https://sqs.example/1/plat-dev-admin-recount_team",
                "https://sqs.example/1/plat-dev-tasks-send_follow_up",
            ]
        );
        assert!(environment.queues.contains_key("tasks.send_follow_up"));
    }

    #[test]
    fn providers_are_where_they_are_unless_something_else_is_said() {
        let mut variables = variables();
        let usual = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(usual.settings.openai_url, "https://api.openai.com/v1");
        assert_eq!(usual.settings.anthropic_url, "https://api.anthropic.com");
        assert_eq!(usual.settings.sendgrid_url, "https://api.sendgrid.com");
        assert_eq!(usual.settings.api_origin, "https://app.example.com");
        for name in [
            "OPENAI_BASE_URL",
            "ANTHROPIC_BASE_URL",
            "SENDGRID_BASE_URL",
            "API_ORIGIN",
        ] {
            variables.insert(name, format!("https://{name}.example"));
        }

        let said = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));

        assert_eq!(said.settings.openai_url, "https://OPENAI_BASE_URL.example");
        assert_eq!(
            said.settings.anthropic_url,
            "https://ANTHROPIC_BASE_URL.example"
        );
        assert_eq!(
            said.settings.sendgrid_url,
            "https://SENDGRID_BASE_URL.example"
        );
        assert_eq!(said.settings.api_origin, "https://API_ORIGIN.example");
    }

    #[test]
    fn only_who_was_granted_it_has_the_model_of_the_installation() {
        const ASKS: &[Grant] = &[Grant::AskBedrock];
        for (model, grants, expected) in [
            ("", ASKS, false),
            ("eu.amazon.nova-lite-v1:0", ASKS, true),
            ("eu.amazon.nova-lite-v1:0", &[Grant::CallProviders], false),
        ] {
            let mut variables = variables();
            variables.insert("BEDROCK_MODEL", model.to_owned());
            let environment = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));
            let app = block_on(environment.into_app(grants));
            let app = app.unwrap_or_else(|reason| panic!("{reason}"));
            assert_eq!(app.bedrock.is_some(), expected, "{model}");
        }
    }

    #[test]
    fn mail_of_teams_needs_a_set_of_its_own() {
        let mut variables = variables();
        variables.insert("MAIL_FROM", "hello@plat.example".to_owned());
        variables.insert("MAIL_CONFIGURATION_SET", "plat-dev".to_owned());
        let environment = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));
        let refused = block_on(environment.into_app(&[Grant::SendTeamMail])).err();
        let missing = "TEAM_MAIL_CONFIGURATION_SET is not set".to_owned();
        assert_eq!(refused, Some(missing));
    }

    #[test]
    fn keys_that_do_not_read_are_not_repeated() {
        let mut variables = variables();
        variables.insert("PLAT_SEAL", "hush".to_owned());
        let environment = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));
        let refused = block_on(environment.into_app(&[]))
            .err()
            .unwrap_or_default();
        assert!(refused.contains("64 hexadecimal digits"), "{refused}");
        assert!(!refused.contains("hush"), "{refused}");
    }

    #[test]
    fn metrics_are_on_or_off() {
        for (said, expected) in [("", Ok(true)), ("on", Ok(true)), ("off", Ok(false))] {
            let mut variables = variables();
            variables.insert("METRICS", said.to_owned());
            assert_eq!(read(&variables).map(|read| read.metrics), expected);
        }
        let mut variables = variables();
        variables.insert("METRICS", "some".to_owned());
        assert!(read(&variables).is_err());
    }

    #[test]
    fn whose_roots_are_trusted_can_be_said() {
        let system = Some(PathBuf::from(SYSTEM_ROOTS));
        let named = Some(PathBuf::from("/tmp/roots.pem"));
        for (bundle, store, trusted) in [
            ("", "", None),
            ("", "amazon", None),
            ("", "system", system),
            ("/tmp/roots.pem", "amazon", named),
        ] {
            let mut variables = variables();
            variables.insert("AWS_CA_BUNDLE", bundle.to_owned());
            variables.insert("TRUST_STORE", store.to_owned());
            assert_eq!(
                read(&variables).map(|read| read.access.trusted),
                Ok(trusted)
            );
        }
        let mut variables = variables();
        variables.insert("TRUST_STORE", "mine".to_owned());
        assert!(read(&variables).is_err());
    }

    #[test]
    fn origins_are_listed_with_commas() {
        let mut variables = variables();
        variables.insert(
            "CORS_ORIGINS",
            "https://a.example, https://b.example,".to_owned(),
        );
        let environment = read(&variables).unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(
            environment.settings.cors_origins,
            ["https://a.example", "https://b.example"]
        );
    }
}
