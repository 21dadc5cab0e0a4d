//! The files themselves: where they are, and whether they are up to date.

use std::fmt;
use std::path::{Path, PathBuf};

/// Why a committed file is not what it should be.
#[derive(Debug)]
pub enum Differs {
    /// It cannot be made or read.
    Broken(String),
    /// It differs, first in this line.
    Line {
        /// The file.
        file: &'static str,
        /// Which line, from 1.
        number: usize,
        /// What stands there.
        committed: String,
        /// What would stand there.
        made: String,
    },
}

impl fmt::Display for Differs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Broken(reason) => f.write_str(reason),
            Self::Line {
                file,
                number,
                committed,
                made,
            } => write!(
                f,
                "{file} is out of date; run `make generate` and commit it. First difference, line {number}:\n- {committed}\n+ {made}"
            ),
        }
    }
}

/// Where the repository is.
pub fn root() -> PathBuf {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.parent().unwrap_or(here).to_owned()
}

/// Every file and its text.
fn files() -> Result<Vec<(&'static str, String)>, String> {
    let reference = serde_json::to_string_pretty(&crate::openapi()?).map_err(|e| e.to_string())?;
    Ok(vec![("openapi.json", reference + "\n")])
}

/// Makes every file anew. One that would not change is not touched.
///
/// # Errors
/// A line that says what went wrong.
pub fn write() -> Result<(), String> {
    for (file, text) in files()? {
        let path = root().join(file);
        if std::fs::read_to_string(&path).is_ok_and(|committed| committed == text) {
            continue;
        }
        std::fs::write(&path, text).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

/// Compares every file with what it would be.
///
/// # Errors
/// The first difference.
pub fn check() -> Result<(), Differs> {
    for (file, text) in files().map_err(Differs::Broken)? {
        let committed = std::fs::read_to_string(root().join(file))
            .map_err(|error| Differs::Broken(format!("{file}: {error}")))?;
        if committed != text {
            return Err(first_difference(file, &committed, &text));
        }
    }
    Ok(())
}

fn first_difference(file: &'static str, committed: &str, made: &str) -> Differs {
    let (mut old, mut new) = (committed.lines(), made.lines());
    let mut number = 0;
    loop {
        number += 1;
        let (before, after) = (old.next(), new.next());
        if before != after || before.is_none() {
            let text = |line: Option<&str>| line.unwrap_or("(the file ends)").to_owned();
            return Differs::Line {
                file,
                number,
                committed: text(before),
                made: text(after),
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_that_differs_is_named() {
        let differs = first_difference("a.json", "1\n2\n3\n", "1\n4\n3\n");

        assert!(
            differs.to_string().ends_with("line 2:\n- 2\n+ 4"),
            "{differs}"
        );
    }

    #[test]
    fn a_file_that_ends_early_differs_there() {
        let differs = first_difference("a.json", "1\n", "1\n2\n");

        assert!(
            differs
                .to_string()
                .ends_with("line 2:\n- (the file ends)\n+ 2")
        );
    }
}
