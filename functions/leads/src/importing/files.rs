//! The files of an import: what was sent, its parts, and what became of them.

use crate::importing::verdict::Verdict;
use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use plat_domain::{BatchId, TeamId};
use plat_registry::{App, JobFailure};
use plat_services::FilesError;
use plat_services::files::{FileVersion, Pieces};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use std::fmt;
use std::str::FromStr;

/// How the keys begin of files that people send, and of those that tell what became of them.
pub(crate) const IMPORTS: &str = "imports/";

/// How the keys begin of what lies between.
pub(crate) const WORK: &str = "work/";

/// The media type of tables.
pub(crate) const CSV: &str = "text/csv";

/// The media type of parts: a JSON value on each line.
const LINES: &str = "application/x-ndjson";

/// Parts that are written at once.
const AT_ONCE: usize = 4;

/// The file that somebody sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ImportKey {
    pub(crate) team: TeamId,
    pub(crate) import: BatchId,
}

/// A key of another shape.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Foreign;

/// A row as it is handed on.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Line {
    /// Its place in the file.
    #[serde(rename = "n")]
    pub(crate) number: u64,
    /// Its cells.
    #[serde(rename = "c")]
    pub(crate) cells: Vec<String>,
    /// Rows before it that may be of the same person.
    #[serde(rename = "s", default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) same: Vec<u64>,
}

impl ImportKey {
    /// Where what each row came to is told.
    pub(crate) fn result(self) -> String {
        format!("{IMPORTS}{}/{}.result.csv", self.team, self.import)
    }

    /// Where the rows are that came to nothing.
    pub(crate) fn failed(self) -> String {
        format!("{IMPORTS}{}/{}.failed.csv", self.team, self.import)
    }

    /// Where a part is: one of those that are worked at once, or of those that are worked behind them.
    pub(crate) fn part(self, folder: &str, at_once: u64, part: u64) -> String {
        match part.checked_sub(at_once) {
            None => self.first(folder, part),
            Some(nth) => self.repeats(folder, nth),
        }
    }

    /// Where the `nth` part is of those that are worked at once.
    pub(crate) fn first(self, folder: &str, nth: u64) -> String {
        format!("{WORK}{}/{}/{folder}/{nth}.jsonl", self.team, self.import)
    }

    /// Where the `nth` part is of the rows that repeat others.
    pub(crate) fn repeats(self, folder: &str, nth: u64) -> String {
        format!("{WORK}{}/{}/{folder}/r{nth}.jsonl", self.team, self.import)
    }

    /// Where is told what its rows came to.
    pub(crate) fn verdicts(self, folder: &str, part: u64) -> String {
        format!("{WORK}{}/{}/{folder}/{part}.result", self.team, self.import)
    }
}

impl fmt::Display for ImportKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{IMPORTS}{}/{}.csv", self.team, self.import)
    }
}

impl FromStr for ImportKey {
    type Err = Foreign;

    fn from_str(text: &str) -> Result<Self, Foreign> {
        let read = || {
            let (team, rest) = text.strip_prefix(IMPORTS)?.split_once('/')?;
            Some(Self {
                team: team.parse().ok()?,
                import: rest.strip_suffix(".csv")?.parse().ok()?,
            })
        };
        read().ok_or(Foreign)
    }
}

/// The part's rows.
pub(crate) async fn lines(app: &App, key: &str) -> Result<Vec<Line>, JobFailure> {
    let read = read(app, key).await?;
    read.ok_or_else(|| JobFailure(format!("the part {key} is gone")))
}

/// What the part's rows came to; none if it was not worked yet.
pub(crate) async fn verdicts(app: &App, key: &str) -> Result<Option<Vec<Verdict>>, JobFailure> {
    read(app, key).await
}

/// Writes what the part's rows came to.
pub(crate) async fn write_verdicts(
    app: &App,
    key: &str,
    verdicts: &[Verdict],
) -> Result<(), JobFailure> {
    app.files.put(key, LINES, written(verdicts)?).await?;
    Ok(())
}

/// Writes parts.
pub(crate) async fn write_parts(app: &App, parts: Vec<(String, Bytes)>) -> Result<(), FilesError> {
    stream::iter(parts)
        .map(|(key, bytes)| async move { app.files.put(&key, LINES, bytes).await })
        .buffer_unordered(AT_ONCE)
        .try_for_each(|_| async { Ok(()) })
        .await
}

/// One JSON value on each line.
pub(crate) fn written<T: Serialize>(lines: &[T]) -> Result<Bytes, serde_json::Error> {
    let mut bytes = Vec::new();
    for line in lines {
        serde_json::to_writer(&mut bytes, line)?;
        bytes.push(b'\n');
    }
    Ok(bytes.into())
}

async fn read<T: DeserializeOwned>(app: &App, key: &str) -> Result<Option<Vec<T>>, JobFailure> {
    let file = FileVersion {
        key: key.to_owned(),
        version: None,
    };
    if app.files.part(&file, 0, 1).await?.is_none() {
        return Ok(None);
    }
    let mut bytes = Vec::new();
    let mut pieces = Pieces::of(&*app.files, file);
    while let Some(piece) = pieces.next().await? {
        bytes.extend_from_slice(&piece);
    }
    let lines = serde_json::Deserializer::from_slice(&bytes).into_iter();
    let lines = lines.collect::<Result<Vec<T>, _>>();
    // The text may be somebody's: only where it is wrong is told.
    let told = |error: serde_json::Error| {
        JobFailure(format!("{key} does not read: line {}", error.line()))
    };
    lines.map(Some).map_err(told)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_sent_is_an_import() {
        let key = ImportKey {
            team: TeamId::from_bits(7),
            import: BatchId::from_bits(8),
        };

        assert_eq!(key.to_string().parse(), Ok(key));
        for other in [
            key.result(),
            key.failed(),
            key.first("v", 1),
            "imports/x.csv".to_owned(),
        ] {
            assert_eq!(other.parse::<ImportKey>(), Err(Foreign), "{other}");
        }
    }
}
