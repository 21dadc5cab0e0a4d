//! Plat on Lambda: the only crate that knows it runs there.
//!
//! Here belongs what stands between a function of the registry and AWS: the environment, the clients, the shapes of
//! events and replies, the log. Not here: any one domain, and anything that a function does.
//!
//! A binary holds every function of a domain. `_HANDLER`, which Lambda sets, names the one that this process is.

mod aws;
mod deadline;
mod environment;
mod guard;
mod http_event;
mod job_event;
mod log;
mod metrics;
mod sign;
#[cfg(test)]
mod testing;

use environment::Environment;
use metrics::Metrics;
use plat_registry::{App, Function, Grant};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

/// A request allocates some two thousand times, and the C library's allocator spends a sixth of its instructions on that.
/// Built without huge pages, with which a function would hold 8 MB more from its start on.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// How long a start may wait for the table. It answers within milliseconds or is not needed to begin.
const WARM_UP: Duration = Duration::from_secs(1);

/// Runs the one of `functions` that `_HANDLER` names, until Lambda ends the process.
pub fn run(functions: Vec<Function>) -> ExitCode {
    match start(functions) {
        Ok(()) => ExitCode::SUCCESS,
        Err(reason) => {
            complain(&reason);
            ExitCode::FAILURE
        }
    }
}

fn start(functions: Vec<Function>) -> Result<(), String> {
    let variable = |name: &str| std::env::var(name).ok();
    let function = pick(functions, variable("_HANDLER").as_deref())?;
    let environment = Environment::read(variable)?;
    log::start(environment.log_level);
    guard::report_panics();
    // One request at a time is all that Lambda sends, so a second thread would have nothing to do.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| format!("no runtime could be started: {error}"))?;
    runtime.block_on(async {
        let metrics = Metrics::new(environment.metrics);
        let app = Arc::new(environment.into_app(function.grants()).await?);
        warm_up(&app, &function).await?;
        match function {
            Function::Endpoint(endpoint) => http_event::serve(app, endpoint, metrics).await,
            Function::Job(job) => job_event::serve(app, job, metrics).await,
        }
        .map_err(|error| format!("Lambda's runtime interface failed: {error}"))
    })
}

/// The function named `handler`.
fn pick(functions: Vec<Function>, handler: Option<&str>) -> Result<Function, String> {
    let mut known = Vec::with_capacity(functions.len());
    for function in functions {
        if Some(function.operation()) == handler {
            return Ok(function);
        }
        known.push(function.operation());
    }
    let given = match handler {
        None => "is not set".to_owned(),
        Some(handler) => format!("is \"{handler}\", which this binary does not have"),
    };
    Err(format!("_HANDLER {given}; it has {}", known.join(", ")))
}

/// Makes one signed call: the connection, its TLS session and the signer's caches are then made while Lambda is still
/// starting the function, rather than while somebody waits. The call reads the public keys, where they are needed.
async fn warm_up(app: &App, function: &Function) -> Result<(), String> {
    let now = app.clock.now();
    if function.grants().contains(&Grant::SignTokens) {
        // A token must not be out before the key that verifies it.
        app.publish_key(now)
            .await
            .map_err(|error| format!("the signing key cannot be published: {error}"))?;
    }
    let verifies = match function {
        Function::Endpoint(endpoint) => endpoint.access.needs_token(),
        Function::Job(_) => false,
    };
    // Should the table not answer now, it is asked again by who needs it.
    if verifies {
        let _ = tokio::time::timeout(WARM_UP, app.learn_keys(now)).await;
    } else if function.grants().contains(&Grant::ReadTable) {
        let _ = tokio::time::timeout(WARM_UP, app.store.ping()).await;
    }
    Ok(())
}

/// Says why the function does not start; the log is not there yet, or of no use any more.
#[allow(clippy::print_stderr)]
fn complain(reason: &str) {
    eprintln!("plat: {reason}");
}

#[cfg(test)]
mod tests {
    use super::*;
    use plat_registry::{Job, JobFailure};

    fn functions() -> Vec<Function> {
        let job = |operation| {
            Job::on_change(operation, &[], |_, _| async { Ok::<_, JobFailure>(()) }).into()
        };
        vec![job("leads.index"), job("leads.count")]
    }

    #[test]
    fn a_binary_runs_the_function_that_its_handler_names() {
        let picked = pick(functions(), Some("leads.count")).ok();
        assert_eq!(
            picked.map(|function| function.operation()),
            Some("leads.count")
        );
    }

    #[test]
    fn an_unknown_or_missing_handler_is_refused_with_the_names_that_are_known() {
        let refused = |handler| pick(functions(), handler).err().unwrap_or_default();
        assert_eq!(
            refused(Some("leads.bury")),
            "_HANDLER is \"leads.bury\", which this binary does not have; it has leads.index, leads.count"
        );
        assert_eq!(
            refused(None),
            "_HANDLER is not set; it has leads.index, leads.count"
        );
    }
}
