//! Plat in memory, at a set time.

use crate::call::{Answer, Call};
use crate::mail::MailFaults;
use crate::people::Someone;
use crate::providers::Providers;
use crate::proxy::FaultProxy;
use aws_credential_types::Credentials;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use plat_local::{Host, Options};
use plat_registry::Settings;
use plat_services::{Bedrock, Mailer, SentMail, SetClock, Writer};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

/// When every test starts.
pub const START: &str = "2026-03-02T15:00:00Z";

/// Where the installation's own model is, if a test has one.
pub const BEDROCK: &str = "https://bedrock.test";

/// How a test's app is set up.
#[derive(Default)]
pub struct Started {
    user_per_minute: Option<i64>,
    public_per_minute: Option<i64>,
    with_proxy: bool,
    with_bedrock: bool,
}

impl Started {
    /// Keeps the limits of the HTTP contract, which tests otherwise lift.
    #[must_use]
    pub fn with_real_limits(mut self) -> Self {
        self.user_per_minute = Some(100);
        self.public_per_minute = Some(20);
        self
    }

    /// Puts the fault proxy between the SDK and the engine.
    #[must_use]
    pub fn with_proxy(mut self) -> Self {
        self.with_proxy = true;
        self
    }

    /// Gives the installation a model of its own, which [`Providers`] answer for at [`BEDROCK`].
    #[must_use]
    pub fn with_bedrock(mut self) -> Self {
        self.with_bedrock = true;
        self
    }

    /// Starts.
    pub async fn start(self) -> TestApp {
        let mut settings = Settings::new("https://app.plat.example");
        settings.user_per_minute = self.user_per_minute.unwrap_or(1_000_000);
        settings.public_per_minute = self.public_per_minute.unwrap_or(1_000_000);
        let (sender, receiver) = std::sync::mpsc::channel();
        let with_proxy = self.with_proxy;
        let endpoint = move |engine: &str| {
            if !with_proxy {
                return engine.to_owned();
            }
            let proxy = FaultProxy::start(engine);
            let endpoint = proxy.endpoint().to_owned();
            sender
                .send(proxy)
                .expect("the receiver lives as long as this function runs");
            endpoint
        };
        let start: Timestamp = START.parse().expect("the start is a timestamp");
        let (mail_sender, mail_receiver) = std::sync::mpsc::channel();
        let mailer = move |mailer: Arc<dyn Mailer>| {
            let faults = Arc::new(MailFaults::before(mailer));
            mail_sender
                .send(faults.clone())
                .expect("the receiver lives as long as this function runs");
            faults as Arc<dyn Mailer>
        };
        let providers = Arc::new(Providers::default());
        let bedrock = self
            .with_bedrock
            .then(|| Arc::new(bedrock(providers.clone(), start)) as Arc<dyn Writer>);
        let options = Options {
            data: None,
            clock: SetClock::standing_at(start),
            settings,
            files: None,
            endpoint: Some(Box::new(endpoint)),
            mailer: Some(Box::new(mailer)),
            outgoing: providers.clone(),
            bedrock,
        };
        let host = Host::start(options).await.expect("a host in memory starts");
        TestApp {
            host,
            providers,
            mail_faults: mail_receiver.recv().expect("the host took the mailer"),
            proxy: receiver.try_recv().ok(),
            visitors: AtomicU32::new(1),
        }
    }
}

fn bedrock(providers: Arc<Providers>, at: Timestamp) -> Bedrock {
    let clock = Arc::new(SetClock::standing_at(at));
    let credentials = Credentials::new("test", "test", None, None, "test");
    let (region, model) = ("local".to_owned(), "test.model".to_owned());
    let endpoint = Some(BEDROCK.to_owned());
    Bedrock::new(providers, clock, credentials, region, endpoint, model)
}

/// Plat in memory.
pub struct TestApp {
    /// The host, for what has no shorthand here.
    pub host: Host,
    /// Third parties.
    pub providers: Arc<Providers>,
    /// What goes wrong with mail of teams.
    pub mail_faults: Arc<MailFaults>,
    proxy: Option<FaultProxy>,
    visitors: AtomicU32,
}

impl TestApp {
    /// An app with lifted limits and no proxy.
    pub async fn start() -> Self {
        Started::default().start().await
    }

    /// Where faults are injected; the app must have been started with the proxy.
    pub fn faults(&self) -> &FaultProxy {
        self.proxy
            .as_ref()
            .expect("start the app with_proxy to inject faults")
    }

    /// Now.
    pub fn now(&self) -> Timestamp {
        plat_services::Clock::now(&*self.host.clock)
    }

    /// Sets the clock ahead.
    pub fn advance(&self, by: SignedDuration) {
        self.host.clock.advance(by);
    }

    /// Lets the jobs work what has happened.
    pub async fn settle(&self) {
        self.host
            .settle()
            .await
            .expect("the engine reads its stream");
        let dead = self.host.queues.dead_letters();
        let dead = dead.expect("the queues are read");
        assert!(dead.is_empty(), "jobs set work aside: {dead:?}");
    }

    /// Sets the clock ahead, and runs what was due meanwhile.
    pub async fn pass(&self, by: SignedDuration) {
        self.advance(by);
        self.host.tick().expect("the schedules are read");
        self.settle().await;
    }

    /// Makes somebody an operator of the installation.
    pub async fn make_operator(&self, someone: &Someone<'_>) {
        let email = someone.email.parse().expect("a person's address is one");
        let made = self.host.make_operator(&email).await;
        assert_eq!(made, Ok(true));
    }

    /// The mail sent to an address, oldest first, once the jobs are done.
    pub async fn mail_to(&self, address: &str) -> Vec<SentMail> {
        self.settle().await;
        self.host
            .outbox
            .sent()
            .into_iter()
            .filter(|sent| sent.mail.to == address)
            .collect()
    }

    /// A request by nobody in particular, from an address of its own.
    pub fn call(&self, method: Method, path: &str) -> Call<'_> {
        let ip = Ipv4Addr::from(0x0a00_0000 + self.visitors.fetch_add(1, Ordering::Relaxed));
        Call::new(self, method, path, IpAddr::V4(ip))
    }

    /// A GET by nobody in particular.
    pub async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).send().await
    }

    /// A POST by nobody in particular.
    pub async fn post(&self, path: &str, body: serde_json::Value) -> Answer {
        self.call(Method::POST, path).json(body).send().await
    }

    /// A person who registered: the owner of a team of their own.
    pub async fn owner(&self, name: &str) -> Someone<'_> {
        Someone::register(self, name).await
    }
}
