//! `POST /api/leads/bulk/update`

use crate::add_tags::resolve;
use crate::bulk::{BulkReply, BulkWork, answer, which};
use crate::bulk_change::{Change, Changes};
use crate::custom_fields;
use crate::filter::LeadQuery;
use crate::name_or_id::{MAX_ADDED, NameOrId};
use plat_domain::{
    CustomValue, LeadId, LeadStatus, Line, Permission, Reason, Score, Source, TagId,
};
use plat_http::patch::{Patch, never_null, present};
use plat_http::problems::{self, LIMIT_REACHED};
use plat_registry::{App, Can, Endpoint, Failure, Grant, Input, Method, NoPath, Principal, Worked};
use plat_store::{Command, TagSet, TeamScope};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What changes of which leads.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkUpdate {
    /// 1 to 1,000 leads.
    #[schemars(length(min = 1, max = 1_000))]
    ids: Option<BTreeSet<LeadId>>,
    /// Those that it wants; an empty one wants all.
    filter: Option<LeadQuery>,
    /// What changes.
    changes: BulkChanges,
    /// Only tell what would happen.
    #[serde(default)]
    dry_run: bool,
}

/// The fields that change, at least one. A field that is absent stays, one that is null is cleared.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct BulkChanges {
    /// Where they go. A lead that is there stays; one that may not go there is refused.
    #[serde(default, deserialize_with = "present")]
    #[schemars(transform = never_null)]
    status: Option<LeadStatus>,
    /// Why; required to reopen leads that are won or lost.
    note: Option<Reason>,
    #[serde(default)]
    source: Patch<Source>,
    #[serde(default)]
    stage: Patch<Line>,
    #[serde(default)]
    score: Patch<Score>,
    /// Tags to put on, by name or id, at most 20. A name that no tag has yet makes a new tag.
    #[serde(default)]
    #[schemars(length(max = MAX_ADDED))]
    add_tags: Vec<NameOrId>,
    /// Tags to take off, by name or id. One that is not there is on no lead.
    #[serde(default)]
    #[schemars(length(max = MAX_ADDED))]
    remove_tags: Vec<NameOrId>,
    /// Fields to set; null removes one, null in place of all removes all.
    #[serde(default)]
    custom_fields: Patch<BTreeMap<String, Option<CustomValue>>>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/bulk/update",
        "leads.bulk_update",
        Can(Permission::LeadsBulk),
        handle,
    )
    .summary("Change many leads")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&LIMIT_REACHED])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<NoPath, BulkUpdate>,
) -> Result<Worked<BulkReply>, Failure> {
    let command = input.command(&who.user);
    let body = input.body;
    let which = which(body.ids, body.filter)?;
    check(&body.changes)?;
    let team = app.store.team(who.team);
    let changes = found(&team, &command, body.changes, body.dry_run).await?;
    let work = BulkWork {
        which,
        change: Change::Update(Box::new(changes)),
        sight: who.sight(),
    };
    answer(&app, &who, &command, body.dry_run, work).await
}

fn check(changes: &BulkChanges) -> Result<(), Failure> {
    for (pointer, tags) in [
        ("/changes/addTags", &changes.add_tags),
        ("/changes/removeTags", &changes.remove_tags),
    ] {
        if tags.len() > MAX_ADDED {
            let detail = format!("Give at most {MAX_ADDED} tags.");
            return Err(problems::invalid_field(pointer, "invalid_length", &detail).into());
        }
    }
    let keeps_all = changes.status.is_none()
        && changes.source.is_keep()
        && changes.stage.is_keep()
        && changes.score.is_keep()
        && changes.add_tags.is_empty()
        && changes.remove_tags.is_empty()
        && changes.custom_fields.is_keep();
    if keeps_all {
        let detail = "Name at least one field to change.";
        return Err(problems::invalid_field("/changes", "empty_patch", detail).into());
    }
    Ok(())
}

/// The same with tags by id and the team's own fields as they are kept. A dry run makes no tags.
async fn found(
    team: &TeamScope,
    command: &Command,
    body: BulkChanges,
    dry_run: bool,
) -> Result<Changes, Failure> {
    let custom_fields = match body.custom_fields {
        Patch::Keep => Patch::Keep,
        Patch::Clear => {
            custom_fields::may_be_cleared(team).await?;
            Patch::Clear
        }
        Patch::Set(changes) => Patch::Set(custom_fields::of_changes(team, changes).await?),
    };
    let mut set = if body.add_tags.is_empty() && body.remove_tags.is_empty() {
        TagSet::default()
    } else {
        team.tags().get().await?
    };
    let known = set.clone();
    let add = |set: &mut TagSet| resolve(&body.add_tags, set, command, "/changes/addTags");
    let added = add(&mut set);
    let add_tags = match added {
        Ok(added) if set == known || dry_run => added,
        // It may have been made since the tags were read.
        Ok(_) | Err(_) => team.tags().change(command, add).await?.1,
    };
    Ok(Changes {
        status: body.status,
        note: body.note,
        source: body.source,
        stage: body.stage,
        score: body.score,
        add_tags,
        remove_tags: body
            .remove_tags
            .iter()
            .filter_map(|tag| standing(tag, &set))
            .collect(),
        custom_fields,
    })
}

fn standing(tag: &NameOrId, set: &TagSet) -> Option<TagId> {
    match tag {
        NameOrId::Id(id) => Some(*id),
        NameOrId::Name(name) => set.named(name),
    }
}
