//! The parts of Plat put together for one process.

use crate::apps::Apps;
use crate::engine::{Engine, EngineError};
use crate::files::LocalFiles;
use crate::functions::functions;
use crate::mail_events::{Happening, ses_event};
use crate::pump::{Pump, PumpError};
use crate::queues::{LocalQueues, QueueFileError};
use aws_credential_types::Credentials;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use plat_domain::Email;
use plat_http::{Problem, Reply, Request, problems};
use plat_registry::{App, Endpoint, KeysRead, Routed, Router, Settings, refuse, serve};
use plat_services::vault::VaultError;
use plat_services::{
    Clock, KeyError, KeyMaterial, Keys, LocalVault, Mailer, Outbox, Outgoing, Random, SentMail,
    SetClock, SystemRandom, Writer,
};
use plat_store::{Cost, PublishedKey, Store, StoreError};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use thiserror::Error;
use tokio::net::TcpListener;

/// The table's name on this machine.
pub(crate) const TABLE: &str = "plat";

/// Given the engine's address, the one to speak to instead.
pub type Detour = Box<dyn FnOnce(&str) -> String + Send>;

/// Given what keeps sent mail, what to hand mail to instead.
pub type MailDetour = Box<dyn FnOnce(Arc<dyn Mailer>) -> Arc<dyn Mailer> + Send>;

/// How a host is set up.
pub struct Options {
    /// Where data is kept; in memory if none.
    pub data: Option<PathBuf>,
    /// The clock.
    pub clock: SetClock,
    /// What differs between installations.
    pub settings: Settings,
    /// Where files are put and got; any port if none.
    pub files: Option<TcpListener>,
    /// Where the SDK goes instead of straight to the engine; tests put a proxy between.
    pub endpoint: Option<Detour>,
    /// Where mail goes instead of straight to the outbox; tests put faults between.
    pub mailer: Option<MailDetour>,
    /// Third parties.
    pub outgoing: Arc<dyn Outgoing>,
    /// The installation's own model, if it has one.
    pub bedrock: Option<Arc<dyn Writer>>,
}

/// Why a host does not start. Each reads as one line.
#[derive(Debug, Error)]
pub enum HostError {
    /// The database.
    #[error(transparent)]
    Engine(#[from] EngineError),
    /// The table.
    #[error("the table cannot be made: {0}")]
    Table(#[from] StoreError),
    /// The queues.
    #[error(transparent)]
    Queues(#[from] QueueFileError),
    /// The files.
    #[error("files cannot be kept: {0}")]
    Files(#[from] std::io::Error),
    /// The keys.
    #[error("the keys cannot be used: {0}")]
    Keys(#[from] KeyError),
    /// The key of secrets.
    #[error("secrets cannot be kept: {0}")]
    Vault(#[from] VaultError),
    /// A file of the data folder.
    #[error("{0} cannot be read or written: {1}")]
    File(PathBuf, String),
}

/// Plat in one process.
pub struct Host {
    /// Everything that handlers get parts of.
    pub app: Arc<App>,
    /// The clock, to be set.
    pub clock: Arc<SetClock>,
    /// The mail that was sent.
    pub outbox: Arc<Outbox>,
    /// The files.
    pub files: Arc<LocalFiles>,
    /// A client of the table, for looking at it from outside.
    pub client: Client,
    /// The bus, the queues and the schedules.
    pub queues: Arc<LocalQueues>,
    apps: Arc<Apps>,
    router: Router,
    pump: Pump,
    engine: Engine,
}

impl Host {
    /// Starts the engine and puts everything together.
    pub async fn start(options: Options) -> Result<Self, HostError> {
        let engine = match &options.data {
            None => Engine::memory().await?,
            Some(folder) => Engine::file(&folder.join("table.db")).await?,
        };
        let endpoint = match options.endpoint {
            None => engine.endpoint.clone(),
            Some(through) => through(&engine.endpoint),
        };
        let client = client_of(&endpoint);
        // Straight to the engine, so that a test's faults do not hit the setting up.
        plat_store::table::create(&client_of(&engine.endpoint), TABLE).await?;
        let clock = Arc::new(options.clock);
        let outbox = Outbox::new("Plat <hello@plat.example>", clock.clone());
        let outbox = Arc::new(match &options.data {
            None => outbox,
            Some(folder) => {
                let file = folder.join("mail.jsonl");
                outbox
                    .kept_in(file.clone())
                    .map_err(|error| HostError::File(file, error.to_string()))?
            }
        });
        let functions = functions();
        let file = options.data.as_ref().map(|folder| folder.join("queues.db"));
        let queues = Arc::new(LocalQueues::open(file.as_deref(), &functions)?);
        queues.tick(clock.now())?;
        let files = LocalFiles::start(
            options.data.as_deref(),
            options.files,
            clock.clone(),
            queues.clone(),
            options.settings.cors_origins.clone(),
        );
        let files = Arc::new(files.await?);
        let material = key_material(options.data.as_ref())?;
        let keys = Arc::new(Keys::new(&material)?);
        if let Some(key) = keys.signing_key() {
            let key = PublishedKey {
                kid: key.kid.clone(),
                x: key.x.clone(),
            };
            let store = Store::new(client_of(&engine.endpoint), TABLE);
            store.public_keys().publish(&key, clock.now()).await?;
        }
        let mailer: Arc<dyn Mailer> = match options.mailer {
            None => outbox.clone(),
            Some(through) => through(outbox.clone()),
        };
        let app = Arc::new(App {
            store: Store::new(client.clone(), TABLE),
            clock: clock.clone(),
            random: Arc::new(SystemRandom::default()),
            mailer,
            bus: queues.clone(),
            queues: queues.clone(),
            files: files.clone(),
            outgoing: options.outgoing,
            vault: Arc::new(LocalVault::new(
                vault_key(options.data.as_ref())?.as_bytes(),
            )?),
            bedrock: options.bedrock,
            keys,
            keys_read: KeysRead::default(),
            settings: options.settings,
        });
        let apps = Arc::new(Apps::new(&app, &material, &functions)?);
        let (router, jobs) = Router::new(functions);
        let parts = (apps.clone(), queues.clone());
        let pump = Pump::new(&engine, jobs, parts, options.data.as_ref());
        Ok(Self {
            app,
            clock,
            outbox,
            files,
            client,
            queues,
            apps,
            router,
            pump,
            engine,
        })
    }

    /// Answers a request, and tells what it used of the table.
    pub async fn handle(&self, request: Request) -> (Reply, Cost) {
        let refused = |problem: Problem| (refuse(&self.app, problem, &request), Cost::default());
        match self.router.find(&request.method, &request.path) {
            Routed::Found(endpoint, parameters) => {
                let app = self.apps.of(endpoint.operation);
                serve(app, endpoint, request, parameters).await
            }
            Routed::Nothing => refused(problems::not_found()),
            Routed::OtherMethods(methods) => {
                let allowed = methods.into_iter().collect::<Vec<_>>().join(", ");
                let problem =
                    Problem::new(&problems::METHOD_NOT_ALLOWED, format!("Use {allowed}."));
                let (reply, cost) = refused(problem);
                (reply.with_header(http::header::ALLOW, &allowed), cost)
            }
        }
    }

    /// Carries changes and messages to jobs until none is left; returns how many there were.
    pub async fn settle(&self) -> Result<usize, PumpError> {
        self.pump.drain().await
    }

    /// Hands what SES would tell of this e-mail to the jobs that follow such; returns how many do.
    pub fn tell_of_mail(
        &self,
        sent: &SentMail,
        happening: &Happening,
    ) -> Result<usize, QueueFileError> {
        let event = ses_event(sent, happening, self.clock.now());
        self.queues.put_mail_event(&event)
    }

    /// Queues the jobs whose time has come.
    pub fn tick(&self) -> Result<(), PumpError> {
        Ok(self.queues.tick(self.clock.now())?)
    }

    /// Every endpoint.
    pub fn endpoints(&self) -> &[Endpoint] {
        self.router.endpoints()
    }

    /// Makes the person with this address an operator of the installation; false if there is none.
    pub async fn make_operator(&self, email: &Email) -> Result<bool, StoreError> {
        let users = self.app.store.users();
        let Some(user) = users.find_by_email(email).await? else {
            return Ok(false);
        };
        users.set_operator(user, true).await?;
        Ok(true)
    }

    /// Removes items that expired before `now`, in Unix seconds.
    pub async fn expire(&self, now: u64) -> Result<usize, EngineError> {
        self.engine.expire(now).await
    }

    /// Stops the engine once what it is doing is done.
    pub async fn stop(self) {
        self.engine.stop().await;
    }
}

/// The SDK's own client, pointed at loopback.
fn client_of(endpoint: &str) -> Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("local"))
        .credentials_provider(Credentials::new("local", "local", None, None, "local"))
        .endpoint_url(endpoint)
        // As in AWS, but for the pause: loopback recovers at once.
        .retry_config(
            RetryConfig::standard()
                .with_max_attempts(3)
                .with_initial_backoff(Duration::from_millis(5)),
        )
        .timeout_config(
            TimeoutConfig::builder()
                .operation_attempt_timeout(Duration::from_secs(3))
                .build(),
        )
        .build();
    Client::from_conf(config)
}

/// Keys that survive a restart, in a file that only its owner may read; fresh ones for a host in memory.
fn key_material(data: Option<&PathBuf>) -> Result<KeyMaterial, HostError> {
    let Some(folder) = data else {
        return Ok(KeyMaterial::generate()?);
    };
    let path = folder.join("keys.json");
    let failed = |error: &dyn std::fmt::Display| HostError::File(path.clone(), error.to_string());
    if path.exists() {
        let text = std::fs::read_to_string(&path).map_err(|error| failed(&error))?;
        return serde_json::from_str(&text).map_err(|error| failed(&error));
    }
    let material = KeyMaterial::generate()?;
    let text = serde_json::to_string_pretty(&material).map_err(|error| failed(&error))?;
    write_private(&path, &text).map_err(|error| failed(&error))?;
    Ok(material)
}

/// What secrets of teams are sealed with, kept as the other keys are.
fn vault_key(data: Option<&PathBuf>) -> Result<String, HostError> {
    let random = SystemRandom::default();
    let fresh = || format!("{:032x}{:032x}", random.bits(), random.bits());
    let Some(folder) = data else {
        return Ok(fresh());
    };
    let path = folder.join("vault.key");
    let failed = |error: std::io::Error| HostError::File(path.clone(), error.to_string());
    match std::fs::read_to_string(&path) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
            let key = fresh();
            write_private(&path, &key).map_err(failed)?;
            Ok(key)
        }
        read => read.map_err(failed),
    }
}

fn write_private(path: &std::path::Path, text: &str) -> std::io::Result<()> {
    use std::io::Write;
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(path)?.write_all(text.as_bytes())
}
