//! The files themselves: where they are, and whether they are up to date.

use plat_registry::Function;
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
        file: String,
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
fn files(functions: &[Function]) -> Result<Vec<(String, String)>, String> {
    let document = |value: &serde_json::Value| {
        let text = serde_json::to_string_pretty(value).map_err(|error| error.to_string())?;
        Ok::<_, String>(text + "\n")
    };
    let stacks = crate::stacks::stacks(functions)?;
    let template = crate::stacks::with_domains(&read("template.yaml")?, &stacks)?;
    let mut files = vec![
        ("openapi.json".to_owned(), document(&crate::openapi()?)?),
        (
            "events/catalogue.json".to_owned(),
            document(&crate::catalogue())?,
        ),
        ("template.yaml".to_owned(), template),
    ];
    files.extend(stacks.into_iter().map(|stack| (stack.file, stack.text)));
    Ok(files)
}

/// The domains' stacks that are there although no function is in them any more.
fn left_over(files: &[(String, String)]) -> Result<Vec<String>, String> {
    let folder = crate::stacks::FOLDER;
    let entries = std::fs::read_dir(root().join(folder)).map_err(|e| format!("{folder}: {e}"))?;
    let mut left = Vec::new();
    for entry in entries {
        let name = entry
            .map_err(|error| format!("{folder}: {error}"))?
            .file_name();
        let file = format!("{folder}/{}", name.display());
        if !files.iter().any(|(known, _)| *known == file) {
            left.push(file);
        }
    }
    left.sort();
    Ok(left)
}

pub(crate) fn read(file: &str) -> Result<String, String> {
    std::fs::read_to_string(root().join(file)).map_err(|error| format!("{file}: {error}"))
}

/// Makes every file anew. One that would not change is not touched.
///
/// # Errors
/// A line that says what went wrong.
pub fn write() -> Result<(), String> {
    let files = files(&plat_local::functions())?;
    for (file, text) in &files {
        if read(file).is_ok_and(|committed| committed == *text) {
            continue;
        }
        std::fs::write(root().join(file), text).map_err(|error| format!("{file}: {error}"))?;
    }
    for file in left_over(&files)? {
        std::fs::remove_file(root().join(&file)).map_err(|error| format!("{file}: {error}"))?;
    }
    Ok(())
}

/// Compares every file with what it would be.
///
/// # Errors
/// The first difference.
pub fn check() -> Result<(), Differs> {
    let files = files(&plat_local::functions()).map_err(Differs::Broken)?;
    for (file, text) in &files {
        let committed = read(file).map_err(Differs::Broken)?;
        if committed != *text {
            return Err(first_difference(file, &committed, text));
        }
    }
    match left_over(&files).map_err(Differs::Broken)?.first() {
        None => Ok(()),
        Some(file) => Err(Differs::Broken(format!(
            "{file} has no function any more; run `make generate` and commit that it is gone"
        ))),
    }
}

fn first_difference(file: &str, committed: &str, made: &str) -> Differs {
    let (mut old, mut new) = (committed.lines(), made.lines());
    let mut number = 0;
    loop {
        number += 1;
        let (before, after) = (old.next(), new.next());
        if before != after || before.is_none() {
            let text = |line: Option<&str>| line.unwrap_or("(the file ends)").to_owned();
            return Differs::Line {
                file: file.to_owned(),
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
