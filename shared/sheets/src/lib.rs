//! Tables in files: reading what other programs exported, and writing what they read.
//!
//! What belongs here: the characters of a file (`encoding`), its rows and cells (`reader`), what its columns are
//! (`columns`), what amounts and dates say (`cells`), several texts in one cell (`blocks`), and cells that a spreadsheet must
//! not take for formulas (`formula`). What does not: where files are kept, what becomes of a row, and anything that
//! waits. A file is pushed in pieces, so its size asks for no memory.

mod blocks;
mod cells;
mod columns;
mod encoding;
mod formula;
mod names;
mod reader;
mod unreadable;
mod writer;

pub use blocks::{joined, listed, split, split_list};
pub use cells::{read_amount, read_date, read_yes_no};
pub use columns::{Field, Part, own_column, own_field, recognise};
pub use encoding::Encoding;
pub use formula::{neutralised, restored};
pub use reader::{MAX_CELL, MAX_COLUMNS, MAX_ROW, Row, Sheet, Table};
pub use unreadable::Unreadable;
pub use writer::{BOM, write_row};
