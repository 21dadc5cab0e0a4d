//! `leads.export_rows`: writes leads into a file.
//!
//! The names of the team's own fields stand in the first row and are known after the last lead. So the leads are written
//! down as they are read, and put under their names from there. What is interrupted begins anew.

use crate::export::{EXPORTS, ExportWork, file_of};
use crate::export_columns::{COLUMNS, ExportColumn, Written, own};
use crate::filter::Asked;
use futures::stream::{self, Stream, StreamExt, TryStreamExt};
use plat_domain::event::{Event, Fact};
use plat_domain::{BatchId, BatchKind, EventType, Lead, LeadId, UserId};
use plat_registry::{App, Grant, Job, JobFailure};
use plat_services::files::{FileVersion, Growing, Pieces};
use plat_sheets::{BOM, own_column, write_row};
use plat_store::{
    Command, LeadFilter, LeadSort, Member, Note, PageRequest, Sight, StoreError, Stored, TagSet,
    TeamScope,
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

const OPERATION: &str = "leads.export_rows";

/// Where leads are written down on the way.
const WORK: &str = "work/";

/// Leads of a page, as many as one request reads.
const PAGE: usize = 100;

/// Pages that are read at once.
const PAGES_AT_ONCE: usize = 4;

/// Leads of a page whose notes are read at once.
const NOTES_AT_ONCE: usize = 10;

/// Notes that are read of a lead: more than one cell has room for, if they say anything.
const MOST_NOTES: usize = 500;

/// After how many leads it is told how far it is.
const TOLD_EVERY: u64 = 1_000;

/// A million leads take some minutes.
const TIMEOUT: u32 = 900;

/// A lead as it is written down: its cells, and the team's own fields that it has.
#[derive(Serialize, Deserialize)]
struct Line {
    cells: Vec<String>,
    own: BTreeMap<String, String>,
}

/// What every row asks of the team.
struct Team {
    scope: TeamScope,
    tags: TagSet,
    members: BTreeMap<UserId, Member>,
}

pub(crate) fn job() -> Job {
    Job::on_event(OPERATION, &[EventType::BatchStarted], handle)
        .summary("Write the leads of an export into its file")
        .grants(&[
            Grant::ReadTable,
            Grant::WriteTable,
            Grant::UploadFiles(EXPORTS),
            Grant::ReadFiles(EXPORTS),
            Grant::UploadFiles(WORK),
            Grant::ReadFiles(WORK),
            Grant::RemoveFiles(WORK),
        ])
        .batch(1)
        .concurrency(5)
        .timeout(TIMEOUT)
}

async fn handle(app: Arc<App>, event: Event) -> Result<(), JobFailure> {
    let is_export =
        matches!(&event.fact, Fact::BatchStarted(batch) if batch.kind == BatchKind::Export);
    let (true, Some(team)) = (is_export, event.team_id) else {
        return Ok(());
    };
    let export: BatchId = event.subject.id.parse()?;
    let scope = app.store.team(team);
    let work = scope.batch_jobs().work::<ExportWork>(export).await?;
    if work.value.batch.status.is_over() {
        return Ok(());
    }
    let asker = work.created_by.id;
    let work = work.value.options;
    let down = FileVersion {
        key: format!("{WORK}{team}/{export}/leads.jsonl"),
        version: None,
    };
    let Some((down, own)) = write_down(&app, scope, export, asker, &work, down).await? else {
        return Ok(());
    };
    put_under_names(&app, &work, &own, &down, file_of(team, export)).await?;
    app.files.remove(&[down]).await?;
    let command = Command {
        at: app.clock.now(),
        ..Command::after(&event, OPERATION)
    };
    let jobs = app.store.team(team).batch_jobs();
    jobs.complete(&command, export, &BTreeMap::new()).await?;
    Ok(())
}

/// Writes every lead down, a line each. Returns where, and the names of the team's own fields; none if the export was
/// ended meanwhile.
async fn write_down(
    app: &App,
    scope: TeamScope,
    export: BatchId,
    asker: UserId,
    work: &ExportWork,
    file: FileVersion,
) -> Result<Option<(FileVersion, BTreeSet<String>)>, JobFailure> {
    let asked = work.filter.tags(&scope).await?;
    let filter = work.filter.filter(&scope, asker, work.sight).await?;
    let team = Team {
        tags: scope.tags().get().await?,
        members: members(&scope).await?,
        scope,
    };
    let with_notes = wants(work, ExportColumn::Notes);
    let pages = match asked {
        Asked::Nothing => stream::empty().boxed(),
        Asked::NoTag | Asked::Tag(_) => pages(&team, &filter, work.filter.order()).boxed(),
    };
    let mut rows = pages
        .map_ok(|ids| read(&team, ids, work.sight, with_notes))
        .try_buffered(PAGES_AT_ONCE)
        .boxed();
    let mut down = Growing::new(app.files.clone(), file.key.clone(), "application/x-ndjson");
    let (mut own_fields, mut count) = (BTreeSet::new(), 0_u64);
    let mut lines = Vec::new();
    while let Some(page) = rows.try_next().await? {
        let told = count / TOLD_EVERY;
        for (lead, notes) in &page {
            let line = line(&team, work, lead, notes);
            own_fields.extend(line.own.keys().cloned());
            serde_json::to_writer(&mut lines, &line)?;
            lines.push(b'\n');
            count += 1;
        }
        down.write(&lines).await?;
        lines.clear();
        if count / TOLD_EVERY > told && !tell(&team, export, count).await? {
            return Ok(None);
        }
    }
    drop(rows);
    let written = down.finish().await?;
    let file = FileVersion {
        version: written.version,
        ..file
    };
    let is_on = tell(&team, export, count).await?;
    Ok(is_on.then_some((file, own_fields)))
}

async fn tell(team: &Team, export: BatchId, count: u64) -> Result<bool, StoreError> {
    let jobs = team.scope.batch_jobs();
    jobs.count(export, "exported", count).await
}

fn wants(work: &ExportWork, column: ExportColumn) -> bool {
    let columns = work.columns.as_ref();
    columns.is_none_or(|columns| columns.contains(&column))
}

/// The leads that are wanted, page by page.
fn pages<'a>(
    team: &'a Team,
    filter: &'a LeadFilter,
    order: Option<LeadSort>,
) -> impl Stream<Item = Result<Vec<LeadId>, StoreError>> + Send + 'a {
    stream::try_unfold(Some(PageRequest::first(PAGE)), move |page| async move {
        let Some(page) = page else {
            return Ok(None);
        };
        let found = team.scope.leads().list(filter, order, &page).await?;
        let ids = found.items.iter().map(|row| row.lead.id).collect();
        let next = found.next.map(|after| PageRequest {
            after: Some(after),
            ..PageRequest::first(PAGE)
        });
        Ok(Some((ids, next)))
    })
}

/// These leads as a whole, in this order. Those that were deleted meanwhile are left out.
async fn read(
    team: &Team,
    ids: Vec<LeadId>,
    sight: Sight,
    with_notes: bool,
) -> Result<Vec<(Stored<Lead>, Vec<Note>)>, StoreError> {
    let found = team.scope.leads().get_many(&ids, sight).await?;
    let mut found: HashMap<LeadId, Stored<Lead>> = found
        .into_iter()
        .map(|lead| (lead.value.id, lead))
        .collect();
    let leads: Vec<Stored<Lead>> = ids.iter().filter_map(|id| found.remove(id)).collect();
    stream::iter(leads)
        .map(|lead| async move {
            let notes = if with_notes && lead.value.notes > 0 {
                let notes = team.scope.notes();
                notes.latest_of(lead.value.id, MOST_NOTES).await?
            } else {
                Vec::new()
            };
            Ok((lead, notes))
        })
        .buffered(NOTES_AT_ONCE)
        .try_collect()
        .await
}

async fn members(scope: &TeamScope) -> Result<BTreeMap<UserId, Member>, StoreError> {
    let mut members = BTreeMap::new();
    let mut page = PageRequest::first(PAGE);
    loop {
        let found = scope.members().list(&page).await?;
        let found_members = found.items.into_iter();
        members.extend(found_members.map(|member| (member.value.user, member.value)));
        match found.next {
            Some(after) => page.after = Some(after),
            None => return Ok(members),
        }
    }
}

fn line(team: &Team, work: &ExportWork, lead: &Stored<Lead>, notes: &[Note]) -> Line {
    let row = Written {
        lead,
        notes,
        tags: &team.tags,
        members: &team.members,
    };
    let columns = COLUMNS.iter().filter(|(column, _, _)| wants(work, *column));
    let cells = columns.map(|(_, _, cell)| cell(&row)).collect();
    let fields = lead.value.custom_fields.iter();
    let fields = fields.filter(|_| wants(work, ExportColumn::CustomFields));
    let own = fields.map(|(name, value)| (name.to_owned(), own(value)));
    Line {
        cells,
        own: own.collect(),
    }
}

/// Makes the file of what was written down.
async fn put_under_names(
    app: &App,
    work: &ExportWork,
    own: &BTreeSet<String>,
    down: &FileVersion,
    key: String,
) -> Result<(), JobFailure> {
    let mut file = Growing::new(app.files.clone(), key, "text/csv; charset=utf-8");
    let mut out = Vec::new();
    if work.bom {
        out.extend_from_slice(BOM.as_bytes());
    }
    let columns = COLUMNS.iter().filter(|(column, _, _)| wants(work, *column));
    let names = columns.map(|(_, name, _)| (*name).to_owned());
    let names: Vec<String> = names
        .chain(own.iter().map(|name| own_column(name)))
        .collect();
    write_row(&mut out, names.iter().map(String::as_str));
    let mut pieces = Pieces::of(&*app.files, down.clone());
    let mut rest = Vec::new();
    while let Some(piece) = pieces.next().await? {
        rest.extend_from_slice(&piece);
        let end = rest.iter().rposition(|byte| *byte == b'\n');
        let whole = end.map_or(0, |end| end + 1);
        let kept = rest.split_off(whole);
        for line in serde_json::Deserializer::from_slice(&rest).into_iter::<Line>() {
            let line = line?;
            let fields = own.iter().map(|name| line.own.get(name));
            let fields = fields.map(|field| field.map(String::as_str).unwrap_or_default());
            write_row(
                &mut out,
                line.cells.iter().map(String::as_str).chain(fields),
            );
            if out.len() >= OUT {
                file.write(&out).await?;
                out.clear();
            }
        }
        rest = kept;
    }
    file.write(&out).await?;
    file.finish().await?;
    Ok(())
}

/// How much is gathered before it is handed on.
const OUT: usize = 64 * 1024;
