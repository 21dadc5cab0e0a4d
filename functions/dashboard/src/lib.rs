//! What a person sees first: the latest of their team at a glance.
//!
//! Here belong replies put together from what others keep. Not here: keeping it.

mod recent_activity;

use plat_registry::Function;

/// Every function of this domain.
pub fn functions() -> Vec<Function> {
    vec![recent_activity::endpoint().into()]
}
