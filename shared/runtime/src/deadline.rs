//! How long there is: Lambda ends a function that takes longer, and whoever waits would not be told why.

use jiff::Timestamp;
use lambda_runtime::Context;
use std::future::Future;
use std::time::{Duration, Instant};

/// What is kept back for the reply.
const MARGIN: Duration = Duration::from_millis(400);

/// When an invocation that begins `now` has to be done; none if nobody says.
pub(crate) fn of(context: &Context, now: Timestamp) -> Option<Instant> {
    let ends = Duration::from_millis(context.deadline);
    let now = Duration::from_millis(u64::try_from(now.as_millisecond()).ok()?);
    (context.deadline > 0)
        .then(|| Instant::now().checked_add(ends.saturating_sub(now + MARGIN)))
        .flatten()
}

/// The outcome of `work`, or none if it is not there in time.
pub(crate) async fn within<T>(until: Option<Instant>, work: impl Future<Output = T>) -> Option<T> {
    match until {
        None => Some(work.await),
        Some(until) => tokio::time::timeout_at(until.into(), work).await.ok(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn what_takes_too_long_is_given_up() {
        let soon = Instant::now() + Duration::from_millis(5);
        assert_eq!(within(Some(soon), std::future::pending::<()>()).await, None);
        assert_eq!(within(Some(soon), async { 7 }).await, Some(7));
        assert_eq!(within(None, async { 7 }).await, Some(7));
    }

    #[test]
    fn a_margin_is_kept_back_for_the_reply() {
        let now = Timestamp::from_second(1_772_463_600).unwrap();
        let mut context = Context::default();
        assert_eq!(of(&context, now), None);
        context.deadline = 1_772_463_610_000;
        let left = of(&context, now).unwrap() - Instant::now();
        assert!(left <= Duration::from_secs(10) - MARGIN, "{left:?}");
        assert!(left > Duration::from_secs(9), "{left:?}");
    }
}
