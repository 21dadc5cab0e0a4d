//! Cutting a file into parts.
//!
//! The file is read to its end before a row of it is worked: one that cannot be read leaves nothing behind. It comes in pieces
//! and goes in parts, so its size asks for no memory; only what rows are known by is remembered.

use crate::importing::Import;
use crate::importing::columns::{Column, Found, columns};
use crate::importing::files::{ImportKey, Line, write_parts, written};
use crate::importing::options::ImportOptions;
use crate::importing::person::{Person, Reader};
use crate::importing::repeats::Repeats;
use bytes::Bytes;
use plat_domain::{BatchFailure, Color, FieldDefinition, Reason, TagName};
use plat_registry::{App, JobFailure};
use plat_services::files::{FileVersion, Pieces};
use plat_sheets::{Row, Sheet, Table, Unreadable, restored};
use plat_store::{MAX_TEAM_TAGS, StoreError, Tag, TagSet};
use std::collections::{BTreeMap, BTreeSet};

/// Rows of a part.
const ROWS: usize = 1_000;

/// The most rows of a file: what is remembered of them fits into the smallest function.
const MAX_ROWS: u64 = 1_000_000;

/// How much of a piece becomes rows at once.
const SLICE: usize = 1024 * 1024;

/// Why a file is refused.
enum Refused {
    Unreadable(Unreadable),
    /// Somebody said what this column is, and it is not there.
    NoColumn(String),
    TooManyRows,
}

struct Cutter<'a> {
    key: ImportKey,
    folder: String,
    options: &'a ImportOptions,
    definitions: &'a [FieldDefinition],
    import: &'a Import,
    columns: Vec<Column>,
    seen: Repeats,
    tags: BTreeSet<String>,
    rows: u64,
    first: Vec<Line>,
    repeats: Vec<Line>,
    first_parts: u64,
    repeat_parts: u64,
    /// Parts that are to be written.
    ready: Vec<(String, Bytes)>,
}

/// Cuts the file of an import, and says so in its batch. If the file is refused, why.
pub(crate) async fn cut(
    app: &App,
    import: &Import,
    options: &ImportOptions,
    file: FileVersion,
) -> Result<Option<BatchFailure>, JobFailure> {
    let team = app.store.team(import.team);
    let definitions = team.fields().get().await?.definitions;
    let version = file.version.clone().unwrap_or_default();
    let mut cutter = Cutter {
        key: ImportKey {
            team: import.team,
            import: import.id,
        },
        // What is put there later has other parts.
        folder: import.command(&format!("file {version}")).id.to_string(),
        options,
        definitions: &definitions,
        import,
        columns: Vec::new(),
        seen: Repeats::default(),
        tags: BTreeSet::new(),
        rows: 0,
        first: Vec::new(),
        repeats: Vec::new(),
        first_parts: 0,
        repeat_parts: 0,
        ready: Vec::new(),
    };
    let table = match read(app, &mut cutter, file).await? {
        Ok(table) => table,
        Err(refused) => return Ok(Some(refused.told())),
    };
    let tags = cutter
        .tags
        .iter()
        .filter_map(|name| TagName::parse(name).ok());
    make_tags(app, import, tags.collect()).await?;
    let found = Found {
        at_once: cutter.first_parts,
        ..Found::new(
            table.encoding,
            table.delimiter,
            cutter.columns,
            cutter.folder,
        )
    };
    let parts = cutter.first_parts + cutter.repeat_parts;
    let jobs = team.batch_jobs();
    // If it was cut before, it is the parts of then that are worked.
    jobs.cut(import.id, cutter.rows, parts, &found).await?;
    Ok(None)
}

async fn read(
    app: &App,
    cutter: &mut Cutter<'_>,
    file: FileVersion,
) -> Result<Result<Table, Refused>, JobFailure> {
    let mut sheet = Sheet::new();
    let mut pieces = Pieces::of(&*app.files, file);
    while let Some(piece) = pieces.next().await? {
        for slice in piece.chunks(SLICE) {
            let pushed = cutter.take(|each| sheet.push(slice, each));
            if let Err(refused) = pushed {
                return Ok(Err(refused));
            }
            write_parts(app, std::mem::take(&mut cutter.ready)).await?;
        }
    }
    let table = match cutter.take(|each| sheet.finish(each)) {
        Ok(table) => table,
        Err(refused) => return Ok(Err(refused)),
    };
    cutter.end()?;
    write_parts(app, std::mem::take(&mut cutter.ready)).await?;
    Ok(Ok(table))
}

/// Makes tags of names that no tag has yet, as many as a team may have. Of what is left out, the rows will tell.
async fn make_tags(app: &App, import: &Import, names: Vec<TagName>) -> Result<(), StoreError> {
    if names.is_empty() {
        return Ok(());
    }
    let command = import.command("tags");
    let tags = app.store.team(import.team).tags();
    let add = |set: &mut TagSet| {
        for (nth, name) in (0..).zip(&names) {
            if set.named(name).is_none() && set.tags.len() < MAX_TEAM_TAGS {
                let tag = Tag {
                    name: name.clone(),
                    color: Color::for_name(name),
                    version: 1,
                };
                set.tags.insert(command.new_id(nth), tag);
            }
        }
        Ok::<_, StoreError>(())
    };
    tags.change(&command, add).await.map(|_| ())
}

impl Cutter<'_> {
    /// Takes the rows that `read` hands over.
    fn take<T>(
        &mut self,
        read: impl FnOnce(&mut dyn FnMut(&Table, Row)) -> Result<T, Unreadable>,
    ) -> Result<T, Refused> {
        let mut rows = Vec::new();
        let mut seen = None;
        let is_begun = !self.columns.is_empty();
        let done = read(&mut |table, row| {
            if !is_begun && seen.is_none() {
                seen = Some(table.clone());
            }
            rows.push(row);
        })
        .map_err(Refused::Unreadable)?;
        if let Some(table) = seen {
            self.columns = columns(&table, &self.options.mapping, self.definitions)
                .map_err(Refused::NoColumn)?;
        }
        for row in rows {
            self.take_row(row)?;
        }
        Ok(done)
    }

    fn take_row(&mut self, row: Row) -> Result<(), Refused> {
        self.rows += 1;
        if self.rows > MAX_ROWS {
            return Err(Refused::TooManyRows);
        }
        let cells = row.cells.iter().map(|cell| restored(cell).to_owned());
        let cells: Vec<String> = cells.collect();
        let reader = Reader {
            columns: &self.columns,
            definitions: self.definitions,
            country: self.options.country(),
            members: &BTreeMap::new(),
        };
        let mut same = Vec::new();
        if let Ok(person) = reader.read(&cells) {
            self.tags
                .extend(person.tags.iter().map(|tag| tag.as_str().to_owned()));
            let lead = person.lead(self.import.lead(row.number), self.import.at);
            let keys = lead.map(|lead| Person::identities(&lead, self.options.duplicates));
            same = self.seen.see(&keys.unwrap_or_default(), row.number);
        }
        let repeats = !same.is_empty();
        let line = Line {
            number: row.number,
            cells,
            same,
        };
        if repeats {
            self.repeats.push(line);
        } else {
            self.first.push(line);
        }
        if self.first.len().max(self.repeats.len()) >= ROWS {
            self.flush(ROWS).map_err(|_| Refused::TooManyRows)?;
        }
        Ok(())
    }

    /// What is left over becomes a part, too.
    fn end(&mut self) -> Result<(), serde_json::Error> {
        self.flush(1)
    }

    /// Makes parts of what has come, if it is `least` rows.
    fn flush(&mut self, least: usize) -> Result<(), serde_json::Error> {
        if self.first.len() >= least {
            let key = self.key.first(&self.folder, self.first_parts);
            self.ready.push((key, written(&self.first)?));
            self.first.clear();
            self.first_parts += 1;
        }
        if self.repeats.len() >= least {
            let key = self.key.repeats(&self.folder, self.repeat_parts);
            self.ready.push((key, written(&self.repeats)?));
            self.repeats.clear();
            self.repeat_parts += 1;
        }
        Ok(())
    }
}

impl Refused {
    fn told(&self) -> BatchFailure {
        let (code, detail) = match self {
            Self::Unreadable(why) => (why.code(), why.to_string()),
            Self::NoColumn(name) => {
                let name: String = name.chars().take(100).collect();
                let detail =
                    format!("The file has no column `{name}`, for which a field was named.");
                ("unknown_column", detail)
            }
            Self::TooManyRows => {
                let detail = format!("The file has more than {MAX_ROWS} rows. Send it in several.");
                ("too_many_rows", detail)
            }
        };
        BatchFailure {
            code: code.to_owned(),
            detail: Reason::parse(&detail).unwrap_or_else(|_| Reason::from_stored(detail)),
        }
    }
}
