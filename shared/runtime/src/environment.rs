//! What the function's environment variables say. All of it is read before anything starts.

use crate::aws::{self, Access};
use plat_registry::{App, Grant, Settings};
use plat_services::{KeyMaterial, Keys, SystemClock, SystemRandom};
use plat_store::Store;
use std::path::PathBuf;
use std::sync::Arc;
use tracing_subscriber::filter::LevelFilter;

/// The environment, read.
pub(crate) struct Environment {
    pub(crate) log_level: LevelFilter,
    table: String,
    settings: Settings,
    mail_from: Option<String>,
    keys: KeyMaterial,
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
        // What is wrong with the keys is told without a word of them: this line is logged.
        let keys = serde_json::from_str(&required("PLAT_KEYS")?)
            .map_err(|error| format!("PLAT_KEYS does not read, at column {}", error.column()))?;
        let shared_endpoint = optional("AWS_ENDPOINT_URL");
        Ok(Self {
            log_level,
            table: required("TABLE_NAME")?,
            settings,
            mail_from: optional("MAIL_FROM"),
            keys,
            access: Access {
                region: required("AWS_REGION")?,
                key_id: required("AWS_ACCESS_KEY_ID")?,
                secret: required("AWS_SECRET_ACCESS_KEY")?,
                session: optional("AWS_SESSION_TOKEN"),
                table_endpoint: optional("AWS_ENDPOINT_URL_DYNAMODB")
                    .or_else(|| shared_endpoint.clone()),
                mail_endpoint: optional("AWS_ENDPOINT_URL_SESV2").or(shared_endpoint),
                trusted: optional("AWS_CA_BUNDLE").map(PathBuf::from),
            },
        })
    }

    /// The parts that a function with these grants runs on.
    pub(crate) fn into_app(self, grants: &[Grant]) -> Result<App, String> {
        let keys = Keys::new(&self.keys).map_err(|error| error.to_string())?;
        let clients = aws::Clients::new(self.access)?;
        let mailer = if grants.contains(&Grant::SendMail) {
            let from = self.mail_from.ok_or("MAIL_FROM is not set")?;
            clients.mailer(from)
        } else {
            aws::no_mailer()
        };
        Ok(App {
            store: Store::new(clients.table(), self.table),
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom::default()),
            mailer,
            keys: Arc::new(keys),
            settings: self.settings,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{read, variables};

    #[test]
    fn an_app_needs_no_more_than_this() {
        let environment = read(&variables()).unwrap_or_else(|reason| panic!("{reason}"));
        assert_eq!(
            environment.settings.cors_origins,
            ["https://app.example.com"]
        );
        assert_eq!(environment.settings.user_per_minute, 100);
        assert!(environment.into_app(&[Grant::ReadTable]).is_ok());
    }

    #[test]
    fn what_is_missing_is_named() {
        for name in [
            "AWS_LAMBDA_RUNTIME_API",
            "APP_ORIGIN",
            "TABLE_NAME",
            "PLAT_KEYS",
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
    fn only_a_function_that_mails_needs_a_sender() {
        let refused = read(&variables())
            .unwrap_or_else(|reason| panic!("{reason}"))
            .into_app(&[Grant::SendMail]);
        assert_eq!(refused.err().as_deref(), Some("MAIL_FROM is not set"));
    }

    #[test]
    fn keys_that_do_not_read_are_not_repeated() {
        let mut variables = variables();
        variables.insert("PLAT_KEYS", "{\"secret\": \"hush".to_owned());
        let refused = read(&variables).err().unwrap_or_default();
        assert!(refused.starts_with("PLAT_KEYS does not read"), "{refused}");
        assert!(!refused.contains("hush"), "{refused}");
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
