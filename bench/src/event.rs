//! Events as the gateway sends them, made from the samples in `events/`.

use serde_json::Value;
use std::path::Path;

/// A GET of `target`, a path with its query, by whom `token` says.
pub(crate) fn event(
    sample: &Path,
    target: &str,
    token: &str,
    number: usize,
) -> Result<String, String> {
    let text = std::fs::read_to_string(sample)
        .map_err(|error| format!("{}: {error}", sample.display()))?;
    let mut event: Value = serde_json::from_str(&text).map_err(|error| error.to_string())?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    for (pointer, value) in [
        ("/rawPath", path.to_owned()),
        ("/rawQueryString", query.to_owned()),
        ("/requestContext/http/path", path.to_owned()),
        ("/requestContext/requestId", format!("bench-{number}")),
        ("/headers/authorization", format!("Bearer {token}")),
    ] {
        let place = event
            .pointer_mut(pointer)
            .ok_or_else(|| format!("the sample event has no {pointer}"))?;
        *place = Value::String(value);
    }
    Ok(event.to_string())
}
