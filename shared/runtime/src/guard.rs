//! A panic ends one request, not the process.

use futures::FutureExt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, set_hook};

/// It panicked. Where and why is in the log.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Panicked;

/// The outcome of `work`, unless it panics.
///
/// What it was working on is dropped with it. What outlives it is the app, whose parts either do not change or guard
/// themselves.
pub(crate) async fn guarded<T>(work: impl Future<Output = T>) -> Result<T, Panicked> {
    AssertUnwindSafe(work)
        .catch_unwind()
        .await
        .map_err(|_| Panicked)
}

/// Logs every panic where it happens.
///
/// A message that was put together may hold what somebody sent, so only one that stands in the source is repeated.
pub(crate) fn report_panics() {
    set_hook(Box::new(|panic| {
        let place = panic
            .location()
            .map(ToString::to_string)
            .unwrap_or_default();
        let said = panic
            .payload()
            .downcast_ref::<&str>()
            .copied()
            .unwrap_or_default();
        tracing::error!(place, said, "panicked at {place}: {said}");
    }));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_is_an_outcome() {
        let outcome: Result<(), _> = futures::executor::block_on(guarded(async { panic!("ouch") }));
        assert_eq!(outcome, Err(Panicked));
        assert_eq!(futures::executor::block_on(guarded(async { 7 })), Ok(7));
    }
}
