//! `POST /api/leads/{leadId}/tags`

use crate::name_or_id::{MAX_ADDED, NameOrId, one_to_twenty};
use crate::view::{LeadPath, LeadView};
use plat_domain::{Color, MAX_TAGS, Permission, TagId};
use plat_http::problems::{LIMIT_REACHED, MERGED, STALE};
use plat_http::{FieldError, problems};
use plat_registry::{App, Can, Endpoint, Entity, Failure, Grant, Input, Method, Principal};
use plat_store::{Command, LeadChange, StoreError, Tag, TagSet};
use schemars::JsonSchema;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::sync::Arc;

/// Tags to put on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct AddTags {
    /// Names or ids, 1 to 20. A name that no tag has yet makes a new tag.
    #[serde(deserialize_with = "one_to_twenty")]
    #[schemars(length(min = 1, max = MAX_ADDED))]
    tags: Vec<NameOrId>,
}

pub(crate) fn endpoint() -> Endpoint {
    Endpoint::new(
        Method::POST,
        "/api/leads/{leadId}/tags",
        "leads.add_tags",
        Can(Permission::LeadsWrite),
        handle,
    )
    .summary("Put tags on a lead; names that are new become tags")
    .grants(&[Grant::ReadTable, Grant::WriteTable])
    .problems(&[&LIMIT_REACHED, &MERGED, &STALE])
}

async fn handle(
    app: Arc<App>,
    who: Principal,
    input: Input<LeadPath, AddTags>,
) -> Result<Entity<LeadView>, Failure> {
    let command = input.command(&who.user);
    let team = app.store.team(who.team);
    // Nothing is made for a lead that is not there, has other tags than the caller thinks, or has no room for more.
    // The tags come along only for a lead that wears some; for others the change below reads them.
    let (lead, known) = team.leads().get(input.path.lead_id, who.sight()).await?;
    let mut set = known.clone();
    let resolved = resolve(&input.body.tags, &mut set, &command, "/tags");
    if let (Ok(added), false) = (&resolved, lead.is_written_by(&command)) {
        check_version(input.if_match, lead.version)?;
        room(lead.value.tags, added, &set)?;
    }
    let (set, added) = match resolved {
        Ok(added) if set == known => (set, added),
        Ok(_) | Err(_) => {
            team.tags()
                .change(&command, |set| {
                    resolve(&input.body.tags, set, &command, "/tags")
                })
                .await?
        }
    };
    let stored = team
        .leads()
        .change(
            &command,
            input.path.lead_id,
            who.sight(),
            input.if_match,
            |lead| {
                lead.tags = room(std::mem::take(&mut lead.tags), &added, &set)?;
                Ok::<_, Failure>(LeadChange::default())
            },
        )
        .await?;
    Ok(Entity(LeadView::new(stored, &set)))
}

/// The ids that are meant; names that no tag has are added to `set`. `at` is where the request names them.
pub(crate) fn resolve(
    given: &[NameOrId],
    set: &mut TagSet,
    command: &Command,
    at: &str,
) -> Result<BTreeSet<TagId>, Failure> {
    let mut ids = BTreeSet::new();
    let mut unknown = Vec::new();
    for (place, tag) in (0_u32..).zip(given) {
        let id = match tag {
            NameOrId::Id(id) => Some(*id).filter(|id| set.tags.contains_key(id)),
            NameOrId::Name(name) => Some(set.named(name).unwrap_or_else(|| {
                let id = command.new_id(place);
                let tag = Tag {
                    name: name.clone(),
                    color: Color::for_name(name),
                    version: 1,
                };
                set.tags.entry(id).or_insert(tag);
                id
            })),
        };
        match id {
            Some(id) => {
                ids.insert(id);
            }
            None => unknown.push(FieldError {
                pointer: format!("{at}/{place}"),
                code: "reference_not_found".to_owned(),
                detail: "There is no such tag in this team.".to_owned(),
            }),
        }
    }
    if unknown.is_empty() {
        Ok(ids)
    } else {
        Err(problems::invalid(unknown).into())
    }
}

/// The tags worn with those added, if they are not too many. Those that were deleted take no room.
fn room(
    mut worn: BTreeSet<TagId>,
    added: &BTreeSet<TagId>,
    set: &TagSet,
) -> Result<BTreeSet<TagId>, Failure> {
    worn.extend(added);
    let standing = worn.iter().filter(|id| set.tags.contains_key(id)).count();
    if standing > MAX_TAGS {
        return Err(StoreError::LimitReached("tags").into());
    }
    Ok(worn)
}

fn check_version(if_match: Option<u64>, current: u64) -> Result<(), Failure> {
    match if_match {
        Some(wanted) if wanted != current => Err(StoreError::Stale { current }.into()),
        Some(_) | None => Ok(()),
    }
}
