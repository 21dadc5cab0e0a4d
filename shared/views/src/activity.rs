//! Lines of timelines.

use jiff::Timestamp;
use plat_domain::{Activity, ActivityId, ActivityType, Actor, SubjectKind, Visibility};
use plat_registry::{Principal, Versioned};
use plat_store::{ActivityRow, Note, RecentActivity, Stored, TimelineLine};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Map, Value, json};

/// A line of a timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "Activity")]
pub struct ActivityView {
    /// Which.
    pub id: ActivityId,
    /// What happened.
    r#type: ActivityType,
    /// When.
    at: Timestamp,
    /// Who did it; null if nobody in particular did.
    actor: Option<Actor>,
    /// The same in words.
    title: String,
    /// What this type has to tell beside: ids, statuses, names of fields; of what was logged by hand `notes`,
    /// `durationMinutes`, `outcome` and `loggedAt`.
    data: Map<String, Value>,
}

impl From<Stored<ActivityRow>> for ActivityView {
    fn from(stored: Stored<ActivityRow>) -> Self {
        let row = stored.value;
        Self {
            id: row.id,
            r#type: row.kind,
            at: if row.kind.is_logged() {
                row.id.created_at()
            } else {
                stored.created_at
            },
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

/// A line of the team's timeline.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "RecentActivity")]
pub struct RecentActivityView {
    /// The line.
    #[serde(flatten)]
    pub line: ActivityView,
    /// What it happened to.
    subject: ActivitySubjectView,
}

/// What a line is about.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "ActivitySubject")]
struct ActivitySubjectView {
    /// Its kind: `lead`, `client`, `deal`, `member`, `team`, `settings`, `integration` or `invitation`.
    kind: SubjectKind,
    /// Its id; that of a member is their user's, and null for an invitation.
    id: Option<String>,
    /// The name of the lead, the client or the team or the address of the deal as of now, or the name of the member as it
    /// was; null for an invitation, a part of the settings or a service.
    name: Option<String>,
    /// Whether it is deleted.
    deleted: bool,
}

impl From<RecentActivity> for RecentActivityView {
    fn from(recent: RecentActivity) -> Self {
        let RecentActivity { line, about } = recent;
        let row = &line.value;
        let of_member = || row.data.get("name")?.as_str().map(str::to_owned);
        let (name, deleted) = match about {
            Some(today) => (Some(today.name), today.deleted),
            None => (of_member(), false),
        };
        let subject = ActivitySubjectView {
            kind: row.subject.kind,
            id: row.subject.id.clone(),
            name,
            deleted,
        };
        let line = line.into();
        Self { line, subject }
    }
}

/// Lines never change.
impl Versioned for RecentActivityView {
    fn version(&self) -> u64 {
        1
    }
}

/// Whether their role lets somebody see lines of this kind about this kind of record.
pub fn seen_by(who: &Principal, line: &ActivityRow) -> bool {
    // Managers and above: they see everything, whatever the team's visibility.
    let sees_invitations = who.role.sees_all(Visibility::Own);
    let of_record = line.subject.record().map(|record| record.seen_with());
    let asked = [of_record, line.kind.seen_with()];
    (sees_invitations || line.kind != ActivityType::InvitationSent)
        && asked.into_iter().flatten().all(|asked| who.can(asked))
}
