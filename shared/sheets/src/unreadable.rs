//! Why a file is not read.

use thiserror::Error;

use crate::reader::{MAX_CELL, MAX_COLUMNS, MAX_ROW};

/// Why a file cannot be read at all. The sentence is for the person who sent it.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum Unreadable {
    /// There is nothing in it.
    #[error("The file is empty.")]
    Empty,
    /// It is of another kind.
    #[error("The file is {0}, not a CSV file. Export it as CSV and send that.")]
    OtherKind(&'static str),
    /// It has bytes that no text has.
    #[error("The file is not text. Export it as CSV and send that.")]
    Binary,
    /// Its first row looks like data.
    #[error("The first row has no names of columns. Add a row with the names on top.")]
    NoHeader,
    /// It has a header and nothing else.
    #[error("The file has names of columns, but no rows.")]
    NoRows,
    /// There are too many columns.
    #[error("Row {row} has more than {MAX_COLUMNS} columns.")]
    TooManyColumns {
        /// Where, counted from 1 with the header.
        row: u64,
    },
    /// A row goes on and on, which mostly means that a quotation mark is never closed.
    #[error(
        "Row {row} is longer than {} KB. A quotation mark in it may not be closed.",
        MAX_ROW / 1024
    )]
    LongRow {
        /// Where.
        row: u64,
    },
    /// A cell is too long.
    #[error("A cell of row {row} is longer than {} KB.", MAX_CELL / 1024)]
    LongCell {
        /// Where.
        row: u64,
    },
}

impl Unreadable {
    /// The code for programs.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty_file",
            Self::OtherKind(_) => "not_csv",
            Self::Binary => "not_text",
            Self::NoHeader => "no_header",
            Self::NoRows => "no_rows",
            Self::TooManyColumns { .. } => "too_many_columns",
            Self::LongRow { .. } => "row_too_long",
            Self::LongCell { .. } => "cell_too_long",
        }
    }
}
