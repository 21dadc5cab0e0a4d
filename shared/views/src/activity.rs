//! Lines of timelines.

use jiff::Timestamp;
use plat_domain::{Activity, ActivityId, ActivityType, Actor};
use plat_store::{ActivityRow, Note, Stored, TimelineLine};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A line of a timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Activity")]
pub struct ActivityView {
    /// Which.
    id: ActivityId,
    /// What happened.
    r#type: ActivityType,
    /// When.
    at: Timestamp,
    /// Who did it; null if nobody in particular did.
    actor: Option<Actor>,
    /// The same in words.
    title: String,
    /// What this type has to tell beside: ids, statuses, names of fields.
    data: Map<String, Value>,
}

impl From<Stored<ActivityRow>> for ActivityView {
    fn from(stored: Stored<ActivityRow>) -> Self {
        let row = stored.value;
        Self {
            id: row.id,
            r#type: row.kind,
            at: stored.created_at,
            actor: Some(stored.created_by),
            title: row.title,
            data: row.data,
        }
    }
}

/// A note that is a line itself tells what it says today.
impl From<Stored<Note>> for ActivityView {
    fn from(stored: Stored<Note>) -> Self {
        let note = stored.value;
        let data = [
            ("noteId", json!(note.id)),
            ("content", json!(note.content)),
            ("version", json!(stored.version)),
            ("updatedAt", json!(stored.updated_at)),
        ];
        Self {
            id: ActivityId::from_bits(note.id.bits()),
            r#type: ActivityType::NoteAdded,
            at: stored.created_at,
            actor: Some(stored.created_by),
            title: Activity::NOTE_ADDED.to_owned(),
            data: data
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect(),
        }
    }
}

impl From<TimelineLine> for ActivityView {
    fn from(line: TimelineLine) -> Self {
        match line {
            TimelineLine::Told(line) => line.into(),
            TimelineLine::Note(note) => note.into(),
        }
    }
}
