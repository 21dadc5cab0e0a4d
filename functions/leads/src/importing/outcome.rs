//! Putting together what all rows came to: a table of verdicts, and one of the rows that failed, to be mended and sent again.

use crate::importing::columns::Found;
use crate::importing::files::{CSV, ImportKey, Line, lines, verdicts};
use crate::importing::verdict::{Came, Verdict};
use plat_registry::{App, JobFailure};
use plat_services::files::Growing;
use plat_sheets::{BOM, write_row};
use std::collections::{BTreeMap, VecDeque};
use std::ops::Range;

/// What the table of verdicts has.
const HEADER: [&str; 7] = [
    "Row", "Verdict", "Lead", "Reason", "Column", "Detail", "Remarks",
];

/// The column that says why a row failed. It is passed over when the row is sent again.
const WHY: &str = "Plat reason";

/// Verdicts of several parts, in the order of their rows.
struct Told<'a> {
    app: &'a App,
    key: ImportKey,
    found: &'a Found,
    parts: Range<u64>,
    read: VecDeque<(Verdict, Option<Vec<String>>)>,
}

/// Writes both tables. The second is written only if a row failed.
pub(crate) async fn put_together(
    app: &App,
    key: ImportKey,
    found: &Found,
    parts: u64,
) -> Result<(), JobFailure> {
    let told = |parts| Told {
        app,
        key,
        found,
        parts,
        read: VecDeque::new(),
    };
    let mut first = told(0..found.at_once);
    let mut repeats = told(found.at_once..parts);
    let mut result = Growing::new(app.files.clone(), key.result(), CSV);
    let mut failed = Growing::new(app.files.clone(), key.failed(), CSV);
    result.write(&row_of(Some(BOM), HEADER)).await?;
    let mut columns: Vec<&str> = found.columns.iter().map(|c| c.name.as_str()).collect();
    columns.push(WHY);
    let wide = columns.len();
    let mut any_failed = false;
    loop {
        let next = match (first.next_row().await?, repeats.next_row().await?) {
            (Some(one), Some(other)) if other < one => repeats.read.pop_front(),
            (Some(_), _) => first.read.pop_front(),
            (None, Some(_)) => repeats.read.pop_front(),
            (None, None) => break,
        };
        let Some((verdict, cells)) = next else {
            break;
        };
        result.write(&verdict.row()).await?;
        if let Some(mut cells) = cells {
            if !any_failed {
                failed
                    .write(&row_of(Some(BOM), columns.iter().copied()))
                    .await?;
                any_failed = true;
            }
            cells.resize(wide.saturating_sub(1).max(cells.len()), String::new());
            let why = verdict.detail.as_deref().unwrap_or_default();
            let cells = cells.iter().map(String::as_str).chain([why]);
            failed.write(&row_of(None, cells)).await?;
        }
    }
    result.finish().await?;
    if any_failed {
        failed.finish().await?;
    }
    Ok(())
}

impl Told<'_> {
    /// The number of the row that is next.
    async fn next_row(&mut self) -> Result<Option<u64>, JobFailure> {
        while self.read.is_empty() {
            let Some(part) = self.parts.next() else {
                return Ok(None);
            };
            let key = self.key.verdicts(&self.found.folder, part);
            let verdicts = verdicts(self.app, &key).await?;
            let missing = || JobFailure(format!("what the part {part} came to is gone"));
            let verdicts = verdicts.ok_or_else(missing)?;
            let mut cells = BTreeMap::new();
            if verdicts.iter().any(|verdict| verdict.came == Came::Failed) {
                let lines = self.lines(part).await?;
                cells.extend(lines.into_iter().map(|line| (line.number, line.cells)));
            }
            self.read = verdicts
                .into_iter()
                .map(|verdict| {
                    let cells = match verdict.came {
                        Came::Failed => cells.remove(&verdict.row),
                        Came::Created | Came::Updated | Came::Skipped => None,
                    };
                    (verdict, cells)
                })
                .collect();
        }
        Ok(self.read.front().map(|(verdict, _)| verdict.row))
    }

    async fn lines(&self, part: u64) -> Result<Vec<Line>, JobFailure> {
        let Found {
            folder, at_once, ..
        } = self.found;
        lines(self.app, &self.key.part(folder, *at_once, part)).await
    }
}

impl Verdict {
    fn row(&self) -> Vec<u8> {
        let (row, remarks) = (self.row.to_string(), self.remarks.join("; "));
        let lead = self.lead.map(|lead| lead.to_string()).unwrap_or_default();
        let or_none = |text: &Option<String>| text.clone().unwrap_or_default();
        let cells = [
            row,
            self.came.as_str().to_owned(),
            lead,
            or_none(&self.reason),
            or_none(&self.column),
            or_none(&self.detail),
            remarks,
        ];
        row_of(None, cells.iter().map(String::as_str))
    }
}

fn row_of<'a>(mark: Option<&str>, cells: impl IntoIterator<Item = &'a str>) -> Vec<u8> {
    let mut row = mark.unwrap_or_default().as_bytes().to_vec();
    write_row(&mut row, cells);
    row
}
