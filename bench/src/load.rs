//! A small loader: so many connections, each of which asks again as soon as it was answered.

use crate::connection::Connection;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

/// After this a measurement ends, whatever number it was to reach.
const LONGEST: Duration = Duration::from_secs(10);

/// Whom to ask, as whom, and how many times at once.
#[derive(Clone, Copy)]
pub(crate) struct Load<'a> {
    pub(crate) address: SocketAddr,
    pub(crate) token: &'a str,
    pub(crate) connections: usize,
}

/// How fast answers came.
pub(crate) struct Speed {
    pub(crate) per_second: u128,
    pub(crate) half_within: Duration,
    pub(crate) nearly_all_within: Duration,
}

impl Load<'_> {
    /// Asks for `targets` in turn, `requests` times altogether.
    pub(crate) async fn get(self, targets: &[String], requests: usize) -> Result<Speed, String> {
        let started = Instant::now();
        let next = Arc::new(AtomicUsize::new(0));
        let mut tasks = Vec::with_capacity(self.connections);
        for _ in 0..self.connections {
            let mut connection = Connection::open(self.address).await?;
            let (token, targets, next) = (self.token.to_owned(), targets.to_vec(), next.clone());
            tasks.push(tokio::spawn(async move {
                let mut took = Vec::new();
                while started.elapsed() < LONGEST {
                    let turn = next.fetch_add(1, Ordering::Relaxed);
                    let target = targets
                        .get(turn % targets.len())
                        .filter(|_| turn < requests);
                    let Some(target) = target else { break };
                    let asked = Instant::now();
                    connection.get(target, &token).await?;
                    took.push(asked.elapsed());
                }
                Ok::<_, String>(took)
            }));
        }
        let mut took = Vec::with_capacity(requests);
        for task in tasks {
            took.extend(task.await.map_err(|error| error.to_string())??);
        }
        Ok(Speed::of(took, started.elapsed()))
    }
}

impl Speed {
    /// Of requests that took these times each, and `together` from the first to the last.
    pub(crate) fn of(mut took: Vec<Duration>, together: Duration) -> Self {
        took.sort_unstable();
        let within = |percent: usize| {
            let place = (took.len() * percent / 100).min(took.len().saturating_sub(1));
            took.get(place).copied().unwrap_or_default()
        };
        let count = u128::try_from(took.len()).unwrap_or(u128::MAX);
        Self {
            per_second: count * 1_000_000 / together.as_micros().max(1),
            half_within: within(50),
            nearly_all_within: within(99),
        }
    }
}
