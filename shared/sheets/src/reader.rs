//! Rows of a file that comes in pieces.
//!
//! Quotation marks, line ends and delimiters are csv-core's business. Here are the limits that keep memory bounded whatever
//! comes, which delimiter a file has, and its header.

use std::collections::BTreeSet;

use csv_core::{ReadRecordResult, ReaderBuilder};
use encoding_rs::CoderResult;

use crate::{Encoding, Unreadable};

/// The most columns of a file; the widest known exports have some 250.
pub const MAX_COLUMNS: usize = 500;

/// The longest cell, in bytes of UTF-8.
pub const MAX_CELL: usize = 32 * 1024;

/// The longest row, in bytes of UTF-8.
pub const MAX_ROW: usize = 256 * 1024;

/// How much of a file is looked at before it is read, in bytes.
const START: usize = 64 * 1024;

/// Rows by which the delimiter is found.
const SAMPLE: usize = 20;

/// What separates cells, likeliest first.
const DELIMITERS: [u8; 4] = [b',', b';', b'\t', b'|'];

/// How a file is written, and what its columns are called.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// The encoding of its characters.
    pub encoding: Encoding,
    /// What separates its cells.
    pub delimiter: char,
    /// The names of its columns, each another: `Phone` and `Phone (2)`; one without a name is `Column 7`.
    pub columns: Vec<String>,
}

/// One row below the header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Its place in the file, from 1 for the header. Empty lines are not counted.
    pub number: u64,
    /// Its cells, trimmed. They may be fewer than the columns, or more.
    pub cells: Vec<String>,
}

impl Row {
    /// The cell of a column; empty if the row ends before it.
    pub fn cell(&self, column: usize) -> &str {
        self.cells.get(column).map_or("", String::as_str)
    }
}

/// A file that is being read.
pub struct Sheet {
    /// What has come before it is known how to read it.
    start: Vec<u8>,
    reading: Option<Box<Reading>>,
}

struct Reading {
    encoding: Encoding,
    delimiter: u8,
    decoder: encoding_rs::Decoder,
    parser: csv_core::Reader,
    text: Vec<u8>,
    /// The cells of the row that is being read, one behind the other, and where each ends.
    cells: Vec<u8>,
    ends: Vec<usize>,
    filled: usize,
    ended: usize,
    rows: u64,
    table: Option<Table>,
}

impl Default for Sheet {
    fn default() -> Self {
        Self::new()
    }
}

impl Sheet {
    /// A file of which nothing has come yet.
    pub fn new() -> Self {
        Self {
            start: Vec::new(),
            reading: None,
        }
    }

    /// Takes the next piece and hands each row that it completes to `each`.
    ///
    /// # Errors
    /// The file cannot be read. What was handed over before is still true.
    pub fn push(
        &mut self,
        bytes: &[u8],
        each: &mut dyn FnMut(&Table, Row),
    ) -> Result<(), Unreadable> {
        if let Some(reading) = &mut self.reading {
            return reading.push(bytes, false, each);
        }
        self.start.extend_from_slice(bytes);
        if self.start.len() < START {
            return Ok(());
        }
        self.begin(false, each)
    }

    /// Takes the end of the file and tells what it was.
    ///
    /// # Errors
    /// The file cannot be read, or has no rows.
    pub fn finish(mut self, each: &mut dyn FnMut(&Table, Row)) -> Result<Table, Unreadable> {
        if self.reading.is_none() {
            self.begin(true, each)?;
        }
        let mut reading = self.reading.take().ok_or(Unreadable::Empty)?;
        reading.push(&[], true, each)?;
        let table = reading.table.take().ok_or(Unreadable::Empty)?;
        if reading.rows < 2 {
            return Err(Unreadable::NoRows);
        }
        Ok(table)
    }

    fn begin(&mut self, whole: bool, each: &mut dyn FnMut(&Table, Row)) -> Result<(), Unreadable> {
        let start = std::mem::take(&mut self.start);
        let encoding = Encoding::detect(&start, whole)?;
        let mut sample = String::with_capacity(start.len() * 3);
        let _ = encoding
            .decoder()
            .decode_to_string(&start, &mut sample, whole);
        let delimiter = delimiter_of(sample.as_bytes());
        let mut reading = Box::new(Reading {
            encoding,
            delimiter,
            decoder: encoding.decoder(),
            parser: ReaderBuilder::new().delimiter(delimiter).build(),
            text: vec![0; START],
            cells: vec![0; MAX_ROW],
            ends: vec![0; MAX_COLUMNS],
            filled: 0,
            ended: 0,
            rows: 0,
            table: None,
        });
        reading.push(&start, false, each)?;
        self.reading = Some(reading);
        Ok(())
    }
}

impl Reading {
    fn push(
        &mut self,
        mut bytes: &[u8],
        last: bool,
        each: &mut dyn FnMut(&Table, Row),
    ) -> Result<(), Unreadable> {
        let mut text = std::mem::take(&mut self.text);
        loop {
            let (result, read, written, _) = self.decoder.decode_to_utf8(bytes, &mut text, last);
            bytes = bytes.get(read..).unwrap_or_default();
            self.parse(text.get(..written).unwrap_or_default(), each)?;
            if result == CoderResult::InputEmpty {
                break;
            }
        }
        self.text = text;
        if last {
            // Nothing more is what ends a last row without a line end.
            self.parse_end(each)?;
        }
        Ok(())
    }

    fn parse(
        &mut self,
        mut text: &[u8],
        each: &mut dyn FnMut(&Table, Row),
    ) -> Result<(), Unreadable> {
        while !text.is_empty() {
            let read = self.step(text, each)?;
            text = text.get(read..).unwrap_or_default();
        }
        Ok(())
    }

    fn parse_end(&mut self, each: &mut dyn FnMut(&Table, Row)) -> Result<(), Unreadable> {
        self.step(&[], each).map(drop)
    }

    /// Reads on until a row is complete or the text is used up, and tells how much was read.
    fn step(
        &mut self,
        text: &[u8],
        each: &mut dyn FnMut(&Table, Row),
    ) -> Result<usize, Unreadable> {
        let row = self.rows + 1;
        let (cells, ends) = (
            self.cells.get_mut(self.filled..).unwrap_or_default(),
            self.ends.get_mut(self.ended..).unwrap_or_default(),
        );
        let (result, read, filled, ended) = self.parser.read_record(text, cells, ends);
        self.filled += filled;
        self.ended += ended;
        match result {
            ReadRecordResult::InputEmpty | ReadRecordResult::End => {}
            ReadRecordResult::OutputFull => return Err(Unreadable::LongRow { row }),
            ReadRecordResult::OutputEndsFull => return Err(Unreadable::TooManyColumns { row }),
            ReadRecordResult::Record => self.complete(row, each)?,
        }
        Ok(read)
    }

    fn complete(&mut self, row: u64, each: &mut dyn FnMut(&Table, Row)) -> Result<(), Unreadable> {
        let mut cells = Vec::with_capacity(self.ended);
        let mut from = 0;
        for end in self.ends.iter().take(self.ended) {
            let cell = self.cells.get(from..*end).unwrap_or_default();
            if cell.len() > MAX_CELL {
                return Err(Unreadable::LongCell { row });
            }
            from = *end;
            cells.push(String::from_utf8_lossy(cell).trim().to_owned());
        }
        (self.filled, self.ended) = (0, 0);
        // A row of delimiters alone is what spreadsheets leave of a row that was cleared.
        if cells.iter().all(String::is_empty) {
            return Ok(());
        }
        self.rows = row;
        match &self.table {
            Some(table) => each(table, Row { number: row, cells }),
            None => {
                if looks_like_data(&cells) {
                    return Err(Unreadable::NoHeader);
                }
                self.table = Some(Table {
                    encoding: self.encoding,
                    delimiter: char::from(self.delimiter),
                    columns: named(cells),
                });
            }
        }
        Ok(())
    }
}

/// The delimiter under which the first rows have the same number of cells, and most of them.
fn delimiter_of(sample: &[u8]) -> u8 {
    let rated = DELIMITERS.into_iter().map(|delimiter| {
        let widths = widths(sample, delimiter);
        let widest = widths.iter().copied().max().unwrap_or_default();
        let header = widths.first().copied().unwrap_or_default();
        let alike = widths.iter().filter(|width| **width == header).count();
        let share = if header > 1 {
            alike * 100 / widths.len().max(1)
        } else {
            0
        };
        (share, header.min(widest), delimiter)
    });
    // The first of the best: they are in the order of likelihood.
    let best = rated.reduce(|best, next| {
        if (next.0, next.1) > (best.0, best.1) {
            next
        } else {
            best
        }
    });
    best.map_or(b',', |(_, _, delimiter)| delimiter)
}

/// How many cells each of the first rows has.
fn widths(mut sample: &[u8], delimiter: u8) -> Vec<usize> {
    let mut parser = ReaderBuilder::new().delimiter(delimiter).build();
    let (mut cells, mut ends) = (vec![0; MAX_ROW], vec![0; MAX_COLUMNS]);
    let mut widths = Vec::new();
    let mut width = 0;
    while !sample.is_empty() && widths.len() < SAMPLE {
        let (result, read, _, ended) = parser.read_record(sample, &mut cells, &mut ends);
        width += ended;
        sample = sample.get(read..).unwrap_or_default();
        match result {
            ReadRecordResult::Record => widths.push(std::mem::take(&mut width)),
            ReadRecordResult::End => break,
            ReadRecordResult::InputEmpty
            | ReadRecordResult::OutputFull
            | ReadRecordResult::OutputEndsFull => {}
        }
    }
    // A file of one row without a line end.
    if widths.is_empty() {
        widths.push(width + 1);
    }
    widths
}

/// Whether a row that should name columns holds what columns hold: an address, a phone number or an amount.
fn looks_like_data(cells: &[String]) -> bool {
    let is_address = |cell: &str| {
        cell.split_once('@')
            .is_some_and(|(_, domain)| domain.contains('.') && !cell.contains(' '))
    };
    let is_number = |cell: &str| {
        let digits = cell.chars().filter(char::is_ascii_digit).count();
        digits >= 5 && !cell.chars().any(char::is_alphabetic)
    };
    let mut filled = cells.iter().filter(|cell| !cell.is_empty());
    filled.any(|cell| is_address(cell) || is_number(cell))
}

fn named(cells: Vec<String>) -> Vec<String> {
    let mut taken: BTreeSet<String> = BTreeSet::new();
    let name = |(place, cell): (usize, String)| {
        let plain = if cell.is_empty() {
            format!("Column {}", place + 1)
        } else {
            crate::restored(&cell).to_owned()
        };
        let mut name = plain.clone();
        let mut nth = 2;
        while !taken.insert(name.to_lowercase()) {
            name = format!("{plain} ({nth})");
            nth += 1;
        }
        name
    };
    cells.into_iter().enumerate().map(name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::write_row;
    use proptest::prelude::*;

    fn read_in(bytes: &[u8], piece: usize) -> Result<(Table, Vec<Vec<String>>), Unreadable> {
        let mut sheet = Sheet::new();
        let mut rows = Vec::new();
        let mut each = |_: &Table, row: Row| rows.push(row.cells);
        for piece in bytes.chunks(piece) {
            sheet.push(piece, &mut each)?;
        }
        let table = sheet.finish(&mut each)?;
        Ok((table, rows))
    }

    fn read(bytes: &[u8]) -> Result<(Table, Vec<Vec<String>>), Unreadable> {
        read_in(bytes, 1_000)
    }

    #[test]
    fn delimiters_and_line_ends_are_found_out() {
        for (text, delimiter) in [
            ("Name,Phone\nAnn,1\n", ','),
            ("Name;Phone\r\nAnn;1\r\n", ';'),
            ("Name\tPhone\rAnn\t1\r", '\t'),
            ("Name|Phone\nAnn|1", '|'),
            ("Name;Note\n\"Lee; Ann\";\"a, b, c, d\"\n", ';'),
            ("Name,Note\n\"Lee; Ann\",\"x;y;z\"\n", ','),
            ("Email\nann@example.com\n", ','),
        ] {
            let (table, rows) = read(text.as_bytes()).unwrap();
            assert_eq!(table.delimiter, delimiter, "{text:?}");
            assert_eq!(rows.len(), 1, "{text:?}");
        }
    }

    #[test]
    fn quoted_cells_hold_delimiters_line_ends_and_quotation_marks() {
        let (_, rows) =
            read(b"Name,Note\n\"Lee, Ann\",\"First\r\nsecond \"\"line\"\"\"\n").unwrap();

        assert_eq!(rows, [["Lee, Ann", "First\r\nsecond \"line\""]]);
    }

    #[test]
    fn columns_without_a_name_or_with_the_same_one_get_their_own() {
        let (table, _) = read(b"Phone,,phone,Phone,\n1,2,3,4,5\n").unwrap();

        assert_eq!(
            table.columns,
            ["Phone", "Column 2", "phone (2)", "Phone (3)", "Column 5"]
        );
    }

    #[test]
    fn empty_rows_are_passed_over() {
        let (table, rows) = read(b"\n,,\nName,Phone\n\n,\nAnn,1\n").unwrap();

        assert_eq!(table.columns, ["Name", "Phone"]);
        assert_eq!(rows, [["Ann", "1"]]);
    }

    #[test]
    fn what_cannot_be_read_is_refused_with_a_reason() {
        let wide = vec!["a"; MAX_COLUMNS + 1].join(",");
        let wide = format!("{wide}\n");
        let open = format!("Name,Note\nAnn,\"{}", "x".repeat(MAX_ROW * 4));
        let long = format!("Name\n{}\n", "x".repeat(MAX_CELL + 1));
        let cases: [(&[u8], &str); 9] = [
            (b"", "empty_file"),
            (b"\r\n\r\n", "empty_file"),
            (b"Name,Phone\n", "no_rows"),
            (b"Ann,ann@example.com\nBob,bob@example.com\n", "no_header"),
            (b"Ann,(202) 555-0173\n", "no_header"),
            (b"PK\x03\x04\x14\x00\x06\x00", "not_csv"),
            (wide.as_bytes(), "too_many_columns"),
            (open.as_bytes(), "row_too_long"),
            (long.as_bytes(), "cell_too_long"),
        ];
        for (bytes, code) in cases {
            let told = read(bytes).map_err(|why| why.code());
            assert_eq!(told.unwrap_err(), code);
        }
    }

    #[test]
    fn a_byte_order_mark_is_no_part_of_the_first_name() {
        let utf16: Vec<u8> = "\u{feff}Name\tTown\r\nZo\u{eb}\t\u{141}\u{f3}d\u{17a}\r\n"
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();

        let (table, rows) = read_in(&utf16, 3).unwrap();

        assert_eq!(table.columns, ["Name", "Town"]);
        assert_eq!(table.encoding, Encoding::Utf16Le);
        assert_eq!(rows, [["Zo\u{eb}", "\u{141}\u{f3}d\u{17a}"]]);
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_again_however_it_comes(
            rows in prop::collection::vec(
                prop::collection::vec("[a-c=+'\",;\\n\u{eb}]{0,5}x", 3),
                1..30,
            ),
            piece in 1_usize..70_000,
        ) {
            let mut file = crate::BOM.as_bytes().to_vec();
            write_row(&mut file, ["One", "Two", "Three"]);
            for row in &rows {
                write_row(&mut file, row.iter().map(String::as_str));
            }

            let (table, read) = read_in(&file, piece).unwrap();

            let restored: Vec<Vec<String>> = read
                .iter()
                .map(|row| row.iter().map(|cell| crate::restored(cell).trim().to_owned()).collect())
                .collect();
            let trimmed: Vec<Vec<String>> = rows
                .iter()
                .map(|row| row.iter().map(|cell| cell.trim().to_owned()).collect())
                .collect();
            prop_assert_eq!(restored, trimmed);
            prop_assert_eq!(table.columns, ["One", "Two", "Three"]);
        }

        #[test]
        fn whatever_comes_nothing_breaks(
            bytes in prop::collection::vec(any::<u8>(), 0..3_000),
            piece in 1_usize..100,
        ) {
            let _ = read_in(&bytes, piece);
        }
    }
}
