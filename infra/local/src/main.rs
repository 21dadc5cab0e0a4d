//! `make run`: Plat on this machine.

use plat_local::{Host, Options, demo, server};
use plat_registry::Settings;
use plat_services::{Internet, SetClock};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use tracing_subscriber::EnvFilter;

/// What the environment says of this run.
struct Setup {
    port: u16,
    files_port: u16,
    data: PathBuf,
    demo: bool,
    user_per_minute: Option<i64>,
    public_per_minute: Option<i64>,
    openai_url: Option<String>,
    anthropic_url: Option<String>,
    sendgrid_url: Option<String>,
}

/// The engine warns of every refused condition, which is how most of our writes ask a question; the store of files takes
/// each request that it refuses for an error of its own.
const LOGGED: &str = "info,dynoxide=error,s3s=off";

#[tokio::main]
async fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("PLAT_LOG").unwrap_or_else(|_| EnvFilter::new(LOGGED));
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .init();
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(message) => {
            say(&format!("plat: {message}"));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), String> {
    let setup = setup()?;
    // The ports first: a second start must not touch the data of the first.
    let listener = server::bind(setup.port, "PLAT_PORT").await?;
    let files = server::bind(setup.files_port, "PLAT_FILES_PORT").await?;
    std::fs::create_dir_all(&setup.data)
        .map_err(|error| format!("{} cannot be made: {error}", setup.data.display()))?;
    let clock = SetClock::default();
    clock.advance(server::clock_ahead(&setup.data));
    let host = Host::start(Options {
        data: Some(setup.data.clone()),
        clock,
        settings: settings(&setup),
        files: Some(files),
        endpoint: None,
        mailer: None,
        outgoing: Arc::new(Internet::new(None)),
        bedrock: None,
    })
    .await
    .map_err(|error| error.to_string())?;
    let host = Arc::new(host);
    let origin = format!("http://127.0.0.1:{}", setup.port);
    if setup.demo {
        demo::create(&host, &setup.data).await?;
    }
    say(&welcome(&origin, &host.files.endpoint, &setup));
    server::serve(listener, host, setup.data).await
}

fn setup() -> Result<Setup, String> {
    let text = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
    let number = |name: &str| match text(name) {
        None => Ok(None),
        Some(value) => value
            .parse::<i64>()
            .ok()
            .filter(|number| *number > 0)
            .map(Some)
            .ok_or_else(|| format!("{name} is not a positive number: {value}")),
    };
    let port = |name: &str, usual: u16| match text(name) {
        None => Ok(usual),
        Some(value) => value
            .parse()
            .map_err(|_| format!("{name} is not a port: {value}")),
    };
    let main_port = port("PLAT_PORT", 8000)?;
    Ok(Setup {
        port: main_port,
        files_port: port("PLAT_FILES_PORT", main_port.saturating_add(1))?,
        data: text("PLAT_DATA_DIR").map_or_else(|| PathBuf::from(".local"), PathBuf::from),
        demo: text("PLAT_DEMO").is_none_or(|value| value != "0"),
        user_per_minute: number("PLAT_USER_PER_MINUTE")?,
        public_per_minute: number("PLAT_PUBLIC_PER_MINUTE")?,
        openai_url: text("OPENAI_BASE_URL"),
        anthropic_url: text("ANTHROPIC_BASE_URL"),
        sendgrid_url: text("SENDGRID_BASE_URL"),
    })
}

fn settings(setup: &Setup) -> Settings {
    let mut settings = Settings::new("http://localhost:3000");
    settings.api_origin = format!("http://127.0.0.1:{}", setup.port);
    for host in ["127.0.0.1", "localhost"] {
        settings
            .cors_origins
            .push(format!("http://{host}:{}", setup.port));
    }
    if let Some(limit) = setup.user_per_minute {
        settings.user_per_minute = limit;
    }
    if let Some(limit) = setup.public_per_minute {
        settings.public_per_minute = limit;
    }
    for (setting, said) in [
        (&mut settings.openai_url, &setup.openai_url),
        (&mut settings.anthropic_url, &setup.anthropic_url),
        (&mut settings.sendgrid_url, &setup.sendgrid_url),
    ] {
        if let Some(said) = said {
            setting.clone_from(said);
        }
    }
    settings
}

fn welcome(origin: &str, files: &str, setup: &Setup) -> String {
    let demo = setup.demo;
    let mut lines = vec![
        format!("Plat is at {origin}"),
        format!("  reference  {origin}/docs"),
        format!("  mail       {origin}/_local/mail"),
        format!("  files      {files}, and {origin}/_local/files"),
        format!("  data       {}", setup.data.display()),
        String::new(),
    ];
    if demo {
        lines.push(format!(
            "Sign in with the password \"{}\" as",
            demo::PASSWORD
        ));
        lines.extend(
            demo::PEOPLE
                .iter()
                .map(|person| format!("  {:<9} {}", person.role, person.email)),
        );
        lines.push(String::new());
    }
    lines.push("Try:".to_owned());
    lines.extend(demo::tries(origin, demo));
    lines.push(String::new());
    lines.push("Ctrl-C stops it.".to_owned());
    lines.join("\n")
}

/// What a person starting Plat reads; the log goes to standard error.
#[allow(clippy::print_stdout)]
fn say(text: &str) {
    println!("{text}");
}
