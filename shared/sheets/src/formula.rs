//! Cells that a spreadsheet would take for a formula.
//!
//! Whoever can put a text into a CRM could have a spreadsheet of somebody else run it
//! (<https://owasp.org/www-community/attacks/CSV_Injection>). So a cell that begins like a formula gets an apostrophe in front,
//! which spreadsheets do not show, and loses it when it is read again. A cell that has such an apostrophe already gets one
//! more, so that reading brings back exactly what was written.

use std::borrow::Cow;

const MARK: char = '\'';

/// Whether a spreadsheet would take it for a formula, once its marks are gone.
fn is_like_a_formula(cell: &str) -> bool {
    cell.trim_start_matches(MARK)
        .starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'])
}

/// The cell as it is written, so that no spreadsheet runs it.
pub fn neutralised(cell: &str) -> Cow<'_, str> {
    if is_like_a_formula(cell) {
        Cow::Owned(format!("{MARK}{cell}"))
    } else {
        Cow::Borrowed(cell)
    }
}

/// The cell as it was before it was written.
pub fn restored(cell: &str) -> &str {
    match cell.strip_prefix(MARK) {
        Some(rest) if is_like_a_formula(cell) => rest,
        Some(_) | None => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn only_what_looks_like_a_formula_is_marked() {
        for (cell, written) in [
            (
                "=HYPERLINK(\"https://example.com\")",
                "'=HYPERLINK(\"https://example.com\")",
            ),
            ("+1 (202) 555-0173", "'+1 (202) 555-0173"),
            ("-5", "'-5"),
            ("@sum", "'@sum"),
            ("\t=1", "'\t=1"),
            ("'=1", "''=1"),
            ("'tis", "'tis"),
            ("O'Neil", "O'Neil"),
            ("1+1", "1+1"),
            ("", ""),
        ] {
            assert_eq!(neutralised(cell), written);
        }
    }

    proptest! {
        #[test]
        fn what_was_written_is_read_again(cell in "['=+@a\\-\\t]{0,6}") {
            let written = neutralised(&cell);
            prop_assert_eq!(restored(&written), cell.as_str());
            prop_assert!(!written.starts_with(['=', '+', '-', '@', '\t']));
        }
    }
}
