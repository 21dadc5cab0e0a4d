//! The log: one JSON object a line on standard output, with the `timestamp` and `level` that Lambda looks for.

use tracing_subscriber::filter::LevelFilter;

/// Starts logging what is at least as grave as `level`.
///
/// A plain level rather than a filter expression: it is compared as a number, and takes nothing to prepare.
pub(crate) fn start(level: LevelFilter) {
    tracing_subscriber::fmt()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_target(false)
        .with_ansi(false)
        .with_max_level(level)
        .with_writer(std::io::stdout)
        .init();
}
