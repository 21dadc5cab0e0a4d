//! Jobs: functions that follow changes of the table.

use crate::{App, Grant};
use futures::future::BoxFuture;
use plat_store::Change;
use std::future::Future;
use std::sync::Arc;

type Handler =
    Box<dyn Fn(Arc<App>, Change) -> BoxFuture<'static, Result<(), JobFailure>> + Send + Sync>;

/// Why one record could not be worked. It is tried again, and set aside after some tries.
#[derive(Debug)]
pub struct JobFailure(pub String);

impl<E: std::fmt::Display> From<E> for JobFailure {
    fn from(error: E) -> Self {
        Self(error.to_string())
    }
}

/// A function that follows the table's stream. It is safe to run twice on one change.
pub struct Job {
    /// Its name everywhere.
    pub operation: &'static str,
    /// What it does, in one line.
    pub summary: &'static str,
    /// The kinds of record whose changes it follows.
    pub kinds: &'static [&'static str],
    /// What it may do.
    pub grants: &'static [Grant],
    handler: Handler,
}

impl Job {
    /// A job that works each change of a record of one of `kinds`.
    pub fn on_change<F, Fut>(
        operation: &'static str,
        kinds: &'static [&'static str],
        handle: F,
    ) -> Self
    where
        F: Fn(Arc<App>, Change) -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), JobFailure>> + Send + 'static,
    {
        Self {
            operation,
            summary: "",
            kinds,
            grants: &[],
            handler: Box::new(move |app, change| Box::pin(handle(app, change))),
        }
    }

    /// What it may do.
    #[must_use]
    pub fn grants(mut self, grants: &'static [Grant]) -> Self {
        self.grants = grants;
        self
    }

    /// What it does, in one line.
    #[must_use]
    pub fn summary(mut self, summary: &'static str) -> Self {
        self.summary = summary;
        self
    }

    /// Works one change, if it is of a kind that this job follows.
    pub async fn run(&self, app: &Arc<App>, change: &Change) -> Result<(), JobFailure> {
        if self.kinds.contains(&change.kind()) {
            (self.handler)(app.clone(), change.clone()).await
        } else {
            Ok(())
        }
    }
}
