//! The committed tables beside this folder: plain CSV, a header and no quotes.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::path::PathBuf;

/// A table: rows by the name in their first column.
pub(crate) struct Table {
    file: &'static str,
    columns: Vec<String>,
    rows: BTreeMap<String, Vec<String>>,
}

impl Table {
    /// Reads `tests/<file>`.
    pub(crate) fn read(file: &'static str) -> Self {
        let text = std::fs::read_to_string(path(file)).unwrap_or_else(|e| panic!("{file}: {e}"));
        let mut lines = text.lines().map(|line| -> Vec<String> {
            line.split(',').map(|cell| cell.trim().to_owned()).collect()
        });
        let columns = lines.next().unwrap_or_else(|| panic!("{file} is empty"));
        let mut rows = BTreeMap::new();
        for row in lines {
            assert_eq!(row.len(), columns.len(), "{file}: {row:?}");
            let name = row[0].clone();
            assert!(
                rows.insert(name.clone(), row).is_none(),
                "{file}: {name} stands twice"
            );
        }
        Self {
            file,
            columns,
            rows,
        }
    }

    /// The names in the first column.
    pub(crate) fn names(&self) -> Vec<&str> {
        self.rows.keys().map(String::as_str).collect()
    }

    /// A row as the file has it.
    pub(crate) fn row(&self, name: &str) -> String {
        self.rows
            .get(name)
            .map(|row| row.join(","))
            .unwrap_or_default()
    }

    /// One cell.
    pub(crate) fn cell(&self, name: &str, column: &str) -> &str {
        let place = self.columns.iter().position(|known| known == column);
        let place = place.unwrap_or_else(|| panic!("{} has no column {column}", self.file));
        &self.rows[name][place]
    }

    /// Fails unless the first column has exactly these names.
    #[track_caller]
    pub(crate) fn has_rows_for(&self, names: &[&str]) {
        let known = self.names();
        let missing: Vec<_> = names.iter().filter(|name| !known.contains(name)).collect();
        let surplus: Vec<_> = known.iter().filter(|name| !names.contains(name)).collect();
        assert!(
            missing.is_empty() && surplus.is_empty(),
            "tests/{} has no row for {missing:?}, and a row too many for {surplus:?}",
            self.file
        );
    }

    /// Replaces the rows and writes the file.
    pub(crate) fn write(&self, rows: impl IntoIterator<Item = String>) {
        let mut text = self.columns.join(",") + "\n";
        for row in rows {
            writeln!(text, "{row}").unwrap();
        }
        std::fs::write(path(self.file), text).unwrap();
    }
}

fn path(file: &str) -> PathBuf {
    plat_infra::root().join("tests").join(file)
}
