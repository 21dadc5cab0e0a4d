//! Plat in memory, at a set time.

use crate::call::{Answer, Call};
use crate::people::Someone;
use crate::proxy::FaultProxy;
use http::Method;
use jiff::{SignedDuration, Timestamp};
use plat_local::{Host, Options};
use plat_registry::Settings;
use plat_services::{SentMail, SetClock};
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicU32, Ordering};

/// When every test starts.
pub const START: &str = "2026-03-02T15:00:00Z";

/// How a test's app is set up.
#[derive(Default)]
pub struct Started {
    user_per_minute: Option<i64>,
    public_per_minute: Option<i64>,
    with_proxy: bool,
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
        let options = Options {
            data: None,
            clock: SetClock::standing_at(start),
            settings,
            files: None,
            endpoint: Some(Box::new(endpoint)),
        };
        let host = Host::start(options).await.expect("a host in memory starts");
        TestApp {
            host,
            proxy: receiver.try_recv().ok(),
            visitors: AtomicU32::new(1),
        }
    }
}

/// Plat in memory.
pub struct TestApp {
    /// The host, for what has no shorthand here.
    pub host: Host,
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
