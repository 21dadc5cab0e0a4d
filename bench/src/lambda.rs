//! One function as Lambda runs it, and the instructions that it takes under valgrind.
//!
//! A start costs the same each time, so two runs of different length tell what one event costs.

use crate::event::event;
use crate::interface::Interface;
use crate::process;
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

/// The lengths of the two runs.
const SHORT: usize = 20;
const LONG: usize = 120;

/// How long a run may take; valgrind slows a program down some fifty times.
const LONGEST: Duration = Duration::from_secs(120);

/// What to run, and what to ask it.
pub(crate) struct Function<'a> {
    pub(crate) binary: PathBuf,
    pub(crate) handler: &'static str,
    /// Where DynamoDB is.
    pub(crate) table: &'a str,
    /// The certificate to trust in place of Amazon's.
    pub(crate) trusted: Option<&'a Path>,
    pub(crate) keys: &'a str,
    pub(crate) token: &'a str,
    /// An event to be changed.
    pub(crate) sample: PathBuf,
    /// Paths with their queries, asked for in turn.
    pub(crate) targets: &'a [String],
    /// Where valgrind's files go.
    pub(crate) work: &'a Path,
}

/// Instructions.
pub(crate) struct Counted {
    pub(crate) start: u64,
    pub(crate) each: u64,
}

impl Function<'_> {
    pub(crate) async fn count(&self) -> Result<Counted, String> {
        let short = self.instructions(SHORT).await?;
        let long = self.instructions(LONG).await?;
        let number = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        let each = long.saturating_sub(short) / number(LONG - SHORT);
        Ok(Counted {
            start: short.saturating_sub(each * number(SHORT)),
            each,
        })
    }

    /// The instructions of a process that answers `count` events and asks for another.
    pub(crate) async fn instructions(&self, count: usize) -> Result<u64, String> {
        let interface = Interface::start(self.events(count)?, |_| {}).await?;
        let counts = self
            .work
            .join(format!("{}-{count}.callgrind", self.handler));
        let mut command = Command::new("valgrind");
        command
            .arg("--tool=callgrind")
            .arg(format!("--callgrind-out-file={}", counts.display()))
            .arg(&self.binary);
        self.describe(&mut command, &interface);
        let child = command
            .spawn()
            .map_err(|error| format!("valgrind: {error}"))?;
        let worked = interface.worked(LONGEST).await;
        let ended = process::end(child).await;
        let named = |reason| format!("{}: {reason}", self.handler);
        worked.map_err(named)?;
        ended?;
        interface.check().map_err(named)?;
        total(&counts)
    }

    pub(crate) fn events(&self, count: usize) -> Result<Vec<String>, String> {
        (0..count)
            .map(|number| {
                let target = self.targets.get(number % self.targets.len());
                let target = target.map(String::as_str).unwrap_or_default();
                event(&self.sample, target, self.token, number)
            })
            .collect()
    }

    /// Gives `command` the environment that the function finds in Lambda.
    pub(crate) fn describe(&self, command: &mut Command, interface: &Interface) {
        command
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs([
                ("_HANDLER", self.handler),
                ("AWS_LAMBDA_RUNTIME_API", &interface.address),
                ("AWS_LAMBDA_FUNCTION_NAME", "plat-bench"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "256"),
                ("AWS_REGION", "local"),
                ("AWS_ACCESS_KEY_ID", "local"),
                ("AWS_SECRET_ACCESS_KEY", "local"),
                ("AWS_ENDPOINT_URL_DYNAMODB", self.table),
                ("TABLE_NAME", "plat"),
                ("APP_ORIGIN", "http://localhost:3000"),
                ("PLAT_USER_PER_MINUTE", "1000000"),
            ])
            .envs(self.trusted.map(|trusted| ("AWS_CA_BUNDLE", trusted)))
            .env("PLAT_SEAL", seal(self.keys))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
    }
}

/// The seal among the keys of a local host. Public keys, a function finds in the table.
fn seal(keys: &str) -> String {
    let keys: Value = serde_json::from_str(keys).unwrap_or_default();
    let seal = keys.get("seal").and_then(Value::as_str);
    seal.map(str::to_owned).unwrap_or_default()
}

/// The number of instructions in a file of callgrind's.
fn total(counts: &Path) -> Result<u64, String> {
    let text = std::fs::read_to_string(counts)
        .map_err(|error| format!("{}: {error}", counts.display()))?;
    text.lines()
        .filter_map(|line| {
            line.strip_prefix("summary:")
                .or_else(|| line.strip_prefix("totals:"))
        })
        .filter_map(|number| number.trim().parse().ok())
        .max()
        .ok_or_else(|| format!("{} has no total", counts.display()))
}
