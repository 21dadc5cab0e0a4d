//! Rows as they are written: RFC 4180, with nothing that a spreadsheet runs.

use crate::formula::neutralised;

/// By which spreadsheets know that a file is UTF-8.
pub const BOM: &str = "\u{feff}";

/// Writes a row behind what `out` has.
pub fn write_row<'a>(out: &mut Vec<u8>, cells: impl IntoIterator<Item = &'a str>) {
    let mut first = true;
    for cell in cells {
        if !first {
            out.push(b',');
        }
        let cell = neutralised(cell);
        // A row of one empty cell would be an empty line, which readers skip.
        let quoted = cell.contains([',', '"', '\n', '\r', ';', '\t'])
            || cell.starts_with(' ')
            || cell.ends_with(' ')
            || (first && cell.is_empty());
        first = false;
        if quoted {
            out.push(b'"');
            out.extend_from_slice(cell.replace('"', "\"\"").as_bytes());
            out.push(b'"');
        } else {
            out.extend_from_slice(cell.as_bytes());
        }
    }
    out.extend_from_slice(b"\r\n");
}
