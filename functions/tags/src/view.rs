//! What clients see of a tag.

use plat_domain::{Color, TagId, TagName};
use plat_registry::Versioned;
use plat_store::{StoreError, Tag, TagRow, TagSet};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The id in the path of everything about one tag.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct TagPath {
    /// The tag.
    pub(crate) tag_id: TagId,
}

/// A tag.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Tag")]
pub(crate) struct TagView {
    /// Which.
    id: TagId,
    /// Its name; unique in the team, whatever the case.
    name: TagName,
    /// Its colour.
    color: Color,
    /// How many leads wear it.
    uses: u64,
    /// One more with each change of the tag; the `ETag`.
    version: u64,
}

impl Versioned for TagView {
    fn version(&self) -> u64 {
        self.version
    }
}

impl From<TagRow> for TagView {
    fn from(row: TagRow) -> Self {
        Self::new(row.id, row.tag, row.uses)
    }
}

impl TagView {
    pub(crate) fn new(id: TagId, tag: Tag, uses: u64) -> Self {
        Self {
            id,
            name: tag.name,
            color: tag.color,
            uses,
            version: tag.version,
        }
    }
}

/// The tag of this id, to be changed by somebody who may have named its version.
pub(crate) fn standing(
    set: &mut TagSet,
    id: TagId,
    if_match: Option<u64>,
) -> Result<&mut Tag, StoreError> {
    let tag = set.tags.get_mut(&id).ok_or(StoreError::NotFound)?;
    match if_match {
        Some(wanted) if wanted != tag.version => Err(StoreError::Stale {
            current: tag.version,
        }),
        Some(_) | None => Ok(tag),
    }
}
