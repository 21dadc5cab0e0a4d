//! What stands behind an error, in words.

use std::error::Error;

/// An error and everything that caused it, without what programs print of it: that would show whole replies.
pub(crate) fn causes(error: &(dyn Error + 'static)) -> String {
    let causes: Vec<String> = std::iter::successors(Some(error), |error| (*error).source())
        .map(ToString::to_string)
        .collect();
    causes.join(": ")
}
