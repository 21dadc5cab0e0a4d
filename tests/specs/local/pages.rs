//! The pages of the local host, as a browser and a script use them.

use super::mail::message;
use http::Method;
use plat_local::{Host, Options, server};
use plat_registry::{Function, Settings, Source};
use plat_services::{Mail, Mailer, NotGranted, SetClock, TeamMailer};
use plat_testing::{FileAnswer, START, fetch};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::Arc;
use tokio::task::JoinHandle;

/// The local host at a port, with a folder of its own.
struct Served {
    host: Arc<Host>,
    origin: String,
    data: PathBuf,
    server: JoinHandle<Result<(), String>>,
}

impl Drop for Served {
    fn drop(&mut self) {
        self.server.abort();
        let _ = std::fs::remove_dir_all(&self.data);
    }
}

fn options(data: Option<PathBuf>) -> Options {
    Options {
        data,
        clock: SetClock::standing_at(START.parse().unwrap()),
        settings: Settings::new("https://app.plat.example"),
        files: None,
        endpoint: None,
        mailer: None,
        outgoing: Arc::new(NotGranted),
        bedrock: None,
    }
}

fn folder(name: &str) -> PathBuf {
    let path = std::env::temp_dir().join(format!("plat-{name}-{}", std::process::id()));
    let _ = std::fs::remove_dir_all(&path);
    std::fs::create_dir_all(&path).unwrap();
    path
}

async fn served(name: &str) -> Served {
    let data = folder(name);
    let host = Arc::new(Host::start(options(None)).await.unwrap());
    let listener = server::bind(0, "PLAT_PORT").await.unwrap();
    let origin = format!("http://{}", listener.local_addr().unwrap());
    let server = tokio::spawn(server::serve(listener, host.clone(), data.clone()));
    Served {
        host,
        origin,
        data,
        server,
    }
}

impl Served {
    async fn ask(&self, method: Method, path: &str, accept: &str, body: &str) -> FileAnswer {
        let url = format!("{}/_local{path}", self.origin);
        fetch(method, &url, &[("accept", accept)], body.to_owned()).await
    }

    async fn page(&self, path: &str) -> String {
        let answer = self.ask(Method::GET, path, "text/html", "").await;
        assert_eq!(answer.status, 200);
        String::from_utf8(answer.bytes.to_vec()).unwrap()
    }

    async fn json(&self, method: Method, path: &str, body: &Value) -> (u16, Value) {
        let body = body.to_string();
        let answer = self.ask(method, path, "application/json", &body).await;
        (
            answer.status,
            serde_json::from_slice(&answer.bytes).unwrap(),
        )
    }
}

#[tokio::test]
async fn a_message_of_a_team_is_shown_with_all_there_is_to_it() {
    let served = served("mail-page").await;
    served.host.outbox.send_for_team(&message()).await.unwrap();

    let (_, told) = served.json(Method::GET, "/mail/1", &Value::Null).await;
    let page = served.page("/mail/1").await;

    assert_eq!(told["replyTo"], "ann@homes.example");
    assert_eq!(told["tags"]["plat_task"], "00000000000000000000000003");
    assert_eq!(told["messageId"], "local-0000000000000001");
    for shown in [
        "&quot;Ann at Homes&quot; &lt;hello@plat.example&gt;",
        "ann@homes.example",
        "<dt>List-Unsubscribe</dt><dd>&lt;https://plat.example/unsubscribe/abc&gt;</dd>",
        "<dt>List-Unsubscribe-Post</dt>",
        "<dt>plat_email</dt><dd>00000000000000000000000002</dd>",
        "<pre>Look: https://homes.example/offer?a=1&amp;b=2</pre>",
        "value=\"open\"",
        "value=\"complaint\"",
        "<option>https://homes.example/offer?a=1&amp;b=2</option>",
    ] {
        assert!(page.contains(shown), "{shown} is not in {page}");
    }
}

#[tokio::test]
async fn what_happens_to_a_message_is_told_to_every_job_that_follows_mail() {
    let served = served("mail-events").await;
    served.host.outbox.send_for_team(&message()).await.unwrap();
    let follows = |function: &Function| match function {
        Function::Job(job) => job.source == Source::Mail,
        Function::Endpoint(_) => false,
    };
    let followers = plat_local::functions()
        .iter()
        .filter(|one| follows(one))
        .count();

    for happening in [
        json!({"type": "delivery"}),
        json!({"type": "open", "userAgent": "GoogleImageProxy", "ip": "203.0.113.7"}),
        json!({"type": "click", "url": "https://homes.example/offer"}),
        json!({"type": "bounce"}),
        json!({"type": "complaint"}),
    ] {
        let told = served
            .json(Method::POST, "/mail/1/events", &happening)
            .await;
        assert_eq!(told, (200, json!({"jobs": followers})), "{happening}");
    }
    let form = "url=https%3A%2F%2Fhomes.example%2Foffer&type=click";
    let clicked = served
        .ask(Method::POST, "/mail/1/events", "text/html", form)
        .await;
    assert_eq!(clicked.status, 303);
    let location = clicked.header("location");
    assert_eq!(location, "/_local/mail/1?told=click");
    let page = served.page("/mail/1?told=click").await;
    assert!(page.contains("Told: Followed."), "{page}");
}

#[tokio::test]
async fn nothing_happens_to_a_message_that_is_not_there_or_not_a_teams() {
    let served = served("mail-refused").await;
    let own = Mail {
        to: "bob@example.com".to_owned(),
        subject: "Hello".to_owned(),
        text: String::new(),
        html: String::new(),
        headers: BTreeMap::new(),
    };
    served.host.outbox.send(&own).await.unwrap();

    let happens = async |id: u64, happening: Value| {
        let path = format!("/mail/{id}/events");
        served.json(Method::POST, &path, &happening).await.0
    };

    assert_eq!(happens(1, json!({"type": "open"})).await, 422);
    assert_eq!(happens(1, json!({"type": "party"})).await, 422);
    assert_eq!(happens(1, json!({"type": "open", "ip": "here"})).await, 422);
    assert_eq!(happens(2, json!({"type": "open"})).await, 404);
    assert!(!served.page("/mail/1").await.contains("<form"));
}

#[tokio::test]
async fn the_clock_is_set_ahead_by_scripts_and_by_people() {
    let served = served("clock-page").await;

    let (status, told) = served
        .json(Method::POST, "/clock", &json!({"advance": "1d2h"}))
        .await;
    let clicked = served
        .ask(Method::POST, "/clock", "text/html", "advance=10m")
        .await;

    assert_eq!(status, 200);
    assert_eq!(told["now"], "2026-03-03T17:00:00Z");
    assert_eq!(told["aheadSeconds"], 93_600);
    assert_eq!(
        (clicked.status, clicked.header("location")),
        (303, "/_local/clock")
    );
    let page = served.page("/clock").await;
    assert!(page.contains("Tuesday, 2026-03-03 17:10:00"), "{page}");
    assert_eq!(
        server::clock_ahead(&served.data).as_secs(),
        93_600 + 600,
        "it is still ahead after a restart"
    );
    for wrong in [
        "",
        "advance=",
        "advance=-1h",
        "advance=soon",
        "advance=99999d",
    ] {
        let refused = served.ask(Method::POST, "/clock", "text/html", wrong).await;
        assert_eq!(refused.status, 422, "{wrong}");
    }
}

#[tokio::test]
async fn setting_the_clock_ahead_runs_what_was_due_meanwhile() {
    let served = served("clock-due").await;
    let user = json!({"email": "ann@example.com", "password": "Harvest Moon 7", "name": "Ann"});
    let url = format!("{}/api/auth/register", served.origin);
    let headers = [("content-type", "application/json")];
    let registered = fetch(Method::POST, &url, &headers, user.to_string()).await;
    assert_eq!(registered.status, 201);
    let findings = async || served.host.app.store.health().latest().await.unwrap();
    assert!(findings().await.is_none());

    served
        .json(Method::POST, "/clock", &json!({"advance": "1h"}))
        .await;
    served.json(Method::GET, "/idle", &Value::Null).await;

    assert!(findings().await.is_some());
}

#[tokio::test]
async fn a_secret_that_was_sealed_before_a_restart_opens_after_it() {
    use plat_services::vault::{Context, Secret};

    let data = folder("vault");
    let context = Context {
        team: plat_domain::Id::from_bits(1),
        provider: "openai".to_owned(),
    };
    let secret = Secret::new("sk-very-secret-0123456789");
    let first = Host::start(options(Some(data.clone()))).await.unwrap();
    let sealed = first.app.vault.seal(&context, &secret).await.unwrap();
    first.stop().await;

    let second = Host::start(options(Some(data.clone()))).await.unwrap();

    let opened = second.app.vault.open(&context, &sealed).await;
    assert_eq!(opened, Ok(secret));
    let stranger = Host::start(options(None)).await.unwrap();
    assert!(stranger.app.vault.open(&context, &sealed).await.is_err());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = std::fs::metadata(data.join("vault.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o600);
    }
    second.stop().await;
    let _ = std::fs::remove_dir_all(&data);
}
