//! What a person sees first: the latest of their team at a glance.
//!
//! Here belong replies put together from what others keep. Not here: keeping it.

mod recent_activity;
mod send_weekly_summaries;
mod send_weekly_summary;
mod stats;
mod weekly_summary;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![
        recent_activity::endpoint().into(),
        send_weekly_summaries::job().into(),
        send_weekly_summary::job().into(),
        stats::endpoint().into(),
    ]
}
