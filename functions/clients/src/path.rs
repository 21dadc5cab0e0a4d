//! The path of everything about one client.

use plat_domain::ClientId;
use schemars::JsonSchema;
use serde::Deserialize;

/// The id in the path of everything about one client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct ClientPath {
    /// The client.
    pub(crate) client_id: ClientId,
}
