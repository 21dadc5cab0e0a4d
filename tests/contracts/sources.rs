//! The text of the code, for what can only be seen there.

use std::fs;
use std::path::Path;

/// A line of code that is part of what runs: no comment, no test.
pub(crate) struct Line {
    /// Its file, from the repository's root.
    pub(crate) file: String,
    /// Its place in the file.
    pub(crate) number: usize,
    /// Its text.
    pub(crate) text: String,
}

impl std::fmt::Display for Line {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}: {}", self.file, self.number, self.text.trim())
    }
}

/// The code under these folders of the repository.
pub(crate) fn code(folders: &[&str]) -> Vec<Line> {
    let root = plat_infra::root();
    let mut lines = Vec::new();
    for folder in folders {
        gather(&root, &root.join(folder), &mut lines);
    }
    assert!(!lines.is_empty(), "there is no code under {folders:?}");
    lines
}

fn gather(root: &Path, folder: &Path, lines: &mut Vec<Line>) {
    let mut entries: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            gather(root, &path, lines);
            continue;
        }
        let name = path.strip_prefix(root).unwrap().display().to_string();
        if !name.ends_with(".rs") || name.ends_with("/tests.rs") {
            continue;
        }
        // Tests stand at the end of a file.
        let text = fs::read_to_string(&path).unwrap();
        let text = text.split("#[cfg(test)]\nmod tests").next().unwrap();
        for (number, text) in text.lines().enumerate() {
            if !text.trim_start().starts_with("//") {
                lines.push(Line {
                    file: name.clone(),
                    number: number + 1,
                    text: text.to_owned(),
                });
            }
        }
    }
}
