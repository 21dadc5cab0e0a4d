//! `POST /api/leads/import`

use crate::importing::columns::Target;
use crate::importing::files::{CSV, IMPORTS, ImportKey};
use crate::importing::options::{Duplicates, ImportOptions, MAX_ASSIGNEES, MAX_MAPPED, MAX_SIZE};
use crate::importing::view::ImportView;
use crate::name_or_id::MAX_ADDED;
use plat_domain::{
    BatchKind, BatchStatus, Color, Country, FileName, Permission, Source, TagId, TagName, UserId,
};
use plat_http::FieldError;
use plat_http::problems::LIMIT_REACHED;
use plat_registry::{
    App, Can, Created, Endpoint, Failure, Grant, Input, Method, NoPath, Principal, Versioned,
};
use plat_services::files::Announced;
use plat_store::{BatchWork, Command, StoreError, Tag, TagSet, TeamScope};
use plat_views::PresignedView;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A file that is to be sent, and what is to become of its rows.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct ImportLeads {
    /// The name of the file.
    file_name: FileName,
    /// Its size in bytes, at most 250 MiB.
    #[schemars(range(min = 1, max = 262_144_000))]
    size: u64,
    /// What columns are, by their names: the name of a field, such as `phone` or `address.street`; `custom:` and a key, for one
    /// of the team's own; or `ignore`. Other columns are recognised by their names.
    #[serde(default)]
    mapping: BTreeMap<String, String>,
    /// What becomes of a row whose person is a lead already; `skip` unless given.
    #[serde(default)]
    duplicates: Duplicates,
    /// Tags of every lead, by name, at most 20. A name that no tag has yet makes a new tag.
    #[serde(default)]
    tags: Vec<TagName>,
    /// Where leads came from whose rows do not say.
    source: Option<Source>,
    /// Who works on new leads whose rows do not say.
    assigned_to: Option<UserId>,
    /// Members among whom they are dealt out instead, at most 50.
    #[serde(default)]
    round_robin: Vec<UserId>,
    /// The country of phone numbers that do not say theirs; the United States unless given.
    default_country: Option<Country>,
}

/// An import that waits for its file.
#[derive(Debug, Serialize, JsonSchema)]
struct AwaitedImport {
    /// The import.
    import: ImportView,
    /// How to send the file.
    upload: PresignedView,
}

impl Versioned for AwaitedImport {
    fn version(&self) -> u64 {
        self.import.version()
    }
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/import",
        "leads.import",
        Can(Permission::LeadsImport),
        handle,
    )
    .summary("Announce a CSV of leads, and learn where to send it")
    .grants(&[
        Grant::ReadTable,
        Grant::WriteTable,
        Grant::UploadFiles(IMPORTS),
    ])
    .problems(&[&LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, ImportLeads>,
) -> Result<Created<AwaitedImport>, Failure> {
    let command = input.command(&who.user);
    let now = input.now;
    let body = input.body;
    body.check()?;
    let team = app.store.team(who.team);
    let assignees = members(&team, &body).await?;
    let tags = if body.tags.is_empty() {
        BTreeSet::new()
    } else {
        let add = |set: &mut TagSet| Ok::<_, StoreError>(put_on(set, &body.tags, &command));
        team.tags().change(&command, add).await?.1
    };
    let options = ImportOptions {
        file_name: body.file_name,
        size: body.size,
        duplicates: body.duplicates,
        mapping: body.mapping,
        tags,
        source: body.source,
        assignees,
        country: body.default_country,
    };
    let jobs = team.batch_jobs();
    let import = jobs
        .begin(&command, BatchKind::Import, BatchStatus::Waiting, &options)
        .await?;
    let key = ImportKey {
        team: who.team,
        import: import.value.id,
    };
    let announced = Announced {
        key: key.to_string(),
        content_type: CSV.to_owned(),
        size: options.size,
        sha256: None,
    };
    let upload = app.files.presign_upload(&announced, now).await?;
    let begun = import.map(|batch| BatchWork {
        batch,
        options,
        found: None,
        cursor: None,
        parts: None,
        parts_done: 0,
    });
    Ok(Created {
        location: format!("/api/leads/imports/{}", key.import),
        entity: AwaitedImport {
            import: ImportView::of(&app, who.team, now, begun, None).await?,
            upload: upload.into(),
        },
    })
}

impl ImportLeads {
    /// What a type cannot say of a body.
    fn check(&self) -> Result<(), Failure> {
        let mut wrong = Vec::new();
        let mut tell = |pointer: &str, code: &str, detail: String| {
            wrong.push(FieldError {
                pointer: pointer.to_owned(),
                code: code.to_owned(),
                detail,
            });
        };
        if !(1..=MAX_SIZE).contains(&self.size) {
            let detail = format!("Send a file of 1 to {MAX_SIZE} bytes.");
            tell("/size", "invalid_size", detail);
        }
        for (field, count, most) in [
            ("/mapping", self.mapping.len(), MAX_MAPPED),
            ("/roundRobin", self.round_robin.len(), MAX_ASSIGNEES),
            ("/tags", self.tags.len(), MAX_ADDED),
        ] {
            if count > most {
                tell(field, "invalid_length", format!("Give at most {most}."));
            }
        }
        if self.assigned_to.is_some() && !self.round_robin.is_empty() {
            let detail = "Name who works on them, or those who take turns, not both.";
            tell("/roundRobin", "not_together", detail.to_owned());
        }
        let mut meant = BTreeSet::new();
        for (column, target) in &self.mapping {
            let pointer = format!("/mapping/{}", column.replace('~', "~0").replace('/', "~1"));
            match target.parse::<Target>() {
                Err(detail) => tell(&pointer, "invalid_choice", detail),
                Ok(Target::Ignored) => {}
                Ok(Target::Field(_) | Target::Own(_)) if meant.insert(target) => {}
                Ok(Target::Field(_) | Target::Own(_)) => {
                    let detail = "Another column is that already.".to_owned();
                    tell(&pointer, "duplicate", detail);
                }
            }
        }
        if wrong.is_empty() {
            Ok(())
        } else {
            Err(wrong.into())
        }
    }
}

/// Who works on the new leads: each is a member of the team.
async fn members(team: &TeamScope, body: &ImportLeads) -> Result<Vec<UserId>, Failure> {
    let mut found = Vec::new();
    let one = body.assigned_to.iter().map(|user| ("assignedTo", user));
    let several = body.round_robin.iter().map(|user| ("roundRobin", user));
    for (field, user) in one.chain(several) {
        match team.members().get(*user).await {
            Ok(_) => found.push(*user),
            Err(StoreError::NotFound) => return Err(StoreError::MissingReference(field).into()),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(found)
}

/// The ids of tags of these names; those that no tag has are added to `set`.
fn put_on(set: &mut TagSet, names: &[TagName], command: &Command) -> BTreeSet<TagId> {
    let mut ids = BTreeSet::new();
    for (place, name) in (0..).zip(names) {
        let id = set.named(name).unwrap_or_else(|| {
            let id = command.new_id(place);
            let tag = Tag {
                name: name.clone(),
                color: Color::for_name(name),
                version: 1,
            };
            set.tags.insert(id, tag);
            id
        });
        ids.insert(id);
    }
    ids
}
