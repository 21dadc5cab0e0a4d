//! Processes that the harness starts, and how it ends them.

use std::process::{Child, Command};
use std::time::Duration;

/// How long an asked process may take to end.
const FAREWELL: Duration = Duration::from_secs(30);

/// Asks `child` to end, as Ctrl-C would but without a terminal, and waits until it has.
///
/// Killing would lose what valgrind writes at the end and what the host's database has still to write.
pub(crate) async fn end(mut child: Child) -> Result<(), String> {
    Command::new("kill")
        .args(["-TERM", &child.id().to_string()])
        .status()
        .map_err(|error| format!("kill: {error}"))?;
    let asked = tokio::time::Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(_)) => return Ok(()),
            Ok(None) if asked.elapsed() < FAREWELL => {
                tokio::time::sleep(Duration::from_millis(20)).await
            }
            Ok(None) | Err(_) => {
                let _ = child.kill();
                let _ = child.wait();
                return Err("a process did not end when it was asked to".to_owned());
            }
        }
    }
}

/// What Linux says of a process's memory under `name`, in bytes.
pub(crate) fn memory(process: u32, name: &str) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1024)
}
